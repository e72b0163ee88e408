"""What `manage.py check` says of an installation: tenants that could see each other, keys that could be guessed."""

from django.conf import settings
from django.core.checks import Error, Info, Tags, Warning, register
from django.db import connections

from apps.core import guards

SHORTEST_KEY = 50  # characters; what `up` makes has 67


@register(Tags.database)
def isolation_stands(app_configs, databases, **kwargs):
    if "default" not in (databases or []) or "tenants" not in connections["default"].introspection.table_names():
        return []  # not migrated yet
    return [Error(problem, id="leanops.E001") for problem in guards.problems()]


@register(Tags.security)
def secret_keys_cannot_be_guessed(app_configs, **kwargs):
    """Not on deployment alone, as Django's own: the key is the pepper of PINs wherever LeanOps runs."""
    keys = {
        "LEANOPS_SECRET_KEY": [settings.SECRET_KEY],
        "LEANOPS_SECRET_KEY_FALLBACKS": settings.SECRET_KEY_FALLBACKS,
    }
    hint = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
    return [
        Warning(
            f"{name} has a key that could be guessed: fewer than {SHORTEST_KEY} characters, or few different ones.",
            hint,
            id="leanops.W001",
        )
        for name, values in keys.items()
        if any(len(key) < SHORTEST_KEY or len(set(key)) < 10 for key in values)
    ]


@register(Tags.security, deploy=True)
def host_names_are_named(app_configs, **kwargs):
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [Info("LEANOPS_HOSTS names no host: the server answers to every name.", id="leanops.W002")]
