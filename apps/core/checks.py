"""`manage.py check --database default` fails when tenants could see each other."""

from django.core.checks import Error, Tags, register
from django.db import connections

from apps.core import guards


@register(Tags.database)
def isolation_stands(app_configs, databases, **kwargs):
    if "default" not in (databases or []) or "tenants" not in connections["default"].introspection.table_names():
        return []  # not migrated yet
    return [Error(problem, id="leanops.E001") for problem in guards.problems()]
