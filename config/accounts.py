"""OpenID Connect and mail, from the environment."""

import os
from urllib.parse import parse_qs, unquote, urlsplit

from config.errors import Refusal


def openid_connect() -> list[dict]:
    """The provider that people may sign in with (LEANOPS_OIDC_*), as django-allauth wants it; empty without one."""
    issuer, client = os.environ.get("LEANOPS_OIDC_ISSUER"), os.environ.get("LEANOPS_OIDC_CLIENT_ID")
    if not issuer:
        return []
    if not client:
        raise Refusal("LEANOPS_OIDC_ISSUER needs LEANOPS_OIDC_CLIENT_ID (and LEANOPS_OIDC_CLIENT_SECRET) beside it.")
    return [
        {
            "provider_id": "company",
            "name": os.environ.get("LEANOPS_OIDC_NAME", "OpenID Connect"),
            "client_id": client,
            "secret": os.environ.get("LEANOPS_OIDC_CLIENT_SECRET", ""),
            "settings": {"server_url": issuer},
        }
    ]


def openid_connect_origin() -> list[str]:
    """The provider's origin, for the content policy: browsers hold the redirect after a form to `form-action`."""
    parts = urlsplit(os.environ.get("LEANOPS_OIDC_ISSUER", ""))
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def mailers() -> dict:
    """Django's MAILERS from LEANOPS_EMAIL_URL (smtp://user:password@host:587?tls=1); without it, mail is printed."""
    url = os.environ.get("LEANOPS_EMAIL_URL")
    if not url:
        return {"default": {"BACKEND": "django.core.mail.backends.console.EmailBackend"}}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Refusal("LEANOPS_EMAIL_URL must look like smtp://user:password@host:587?tls=1 (or smtps://…:465).")
    is_ssl = parts.scheme == "smtps"
    options = {
        "host": parts.hostname,
        "port": port or (465 if is_ssl else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": is_ssl,
        "use_tls": not is_ssl and parse_qs(parts.query).get("tls", ["1"]) != ["0"],
        "timeout": 20,
    }
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}
