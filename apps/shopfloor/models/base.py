"""What the shop floor's tables have in common."""

from django.db import models

from apps.core.models import code_validator

CODE = {"max_length": 40, "validators": [code_validator]}


def key_to(model, related_name, verbose_name=None, **kwargs):
    """A foreign key without an index of its own: every index of a business table leads with the tenant."""
    if verbose_name:
        kwargs["verbose_name"] = verbose_name
    return models.ForeignKey(
        model, kwargs.pop("on_delete", models.PROTECT), related_name=related_name, db_index=False, **kwargs
    )
