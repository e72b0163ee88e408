"""Column types the plant needs beside Django's."""

import uuid

import uuid_utils.compat
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _


def uuid7() -> uuid.UUID:
    """A UUIDv7: unique, and in the order of making, so that keys are written side by side."""
    return uuid_utils.compat.uuid7()


def sensible_day(day) -> None:
    """A day, or moment, of this century; anything else is a slip of the finger, and would stand as late on every board."""
    if not 2000 <= day.year <= 2099:
        raise ValidationError(_("Write a date from 2000 to 2099."))


def day_of_a_machine(day) -> None:
    """A day, or moment, that a machine of ours may have seen or will see: the ends of the calendar are none."""
    if not 1900 <= day.year < 2200:
        raise ValidationError(_("Write a date from 1900 to 2199."))


class IdentityField(models.BigIntegerField):
    """A number the database counts up itself, that nobody can choose or change: the order of writing.

    Django makes no such column, so the migration does (`isolation.AddIdentity`); reading it back works as usual.
    """

    generated = True  # never part of an INSERT or UPDATE
    db_returning = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **(kwargs | {"editable": False}))

    def db_type(self, connection):
        return None


def key_to(model, related_name, verbose_name=None, **kwargs):
    """A foreign key without an index of its own: every index of a business table leads with the tenant."""
    if verbose_name:
        kwargs["verbose_name"] = verbose_name
    return models.ForeignKey(
        model, kwargs.pop("on_delete", models.PROTECT), related_name=related_name, db_index=False, **kwargs
    )


class OneToOne(models.OneToOneField):
    """One row of this table for each of another, of the same tenant: unique by a constraint that leads with the tenant."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._unique = False
        self.db_index = False
