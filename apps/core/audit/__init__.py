"""The record: how it is read, sealed and verified. It is written by triggers (migrations 0002 and 0003 of core)."""

from django.apps import apps

CHANGES = ("create", "update", "delete")  # the actions that history makes; all others are written by services


def recorded_models() -> dict:
    """The models with history, by their tables' names."""
    return {model._meta.db_table: model for model in apps.get_models() if hasattr(model, "history")}
