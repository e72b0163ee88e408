"""The files: those of people, and what each app lists as TABLES in its `tables`, in the order of the apps."""

from collections.abc import Iterator
from importlib import import_module

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from .people import People
from .table import Table


def _tables() -> Iterator[Table]:
    yield People()
    for app in apps.get_app_configs():
        if app.name.startswith("apps.") and app.label != "core" and module_has_submodule(app.module, "tables"):
            yield from import_module(f"{app.name}.tables").TABLES


TABLES: tuple[Table, ...] = tuple(_tables())
# What a new tenant is given, unless all of it comes along.
GIVEN = {table.file for table in TABLES if table.is_given}
