"""Column types the plant needs beside Django's."""

import uuid

import uuid_utils.compat
from django.db import models


def uuid7() -> uuid.UUID:
    """A UUIDv7: unique, and in the order of making, so that keys are written side by side."""
    return uuid_utils.compat.uuid7()


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
