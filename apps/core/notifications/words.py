"""Notifications as they are read: the sentence in the language in force, with one question for all names in it."""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.models import User
from apps.core.notifications.kinds import all_kinds
from apps.core.notifications.models import Notification


@dataclass(frozen=True)
class Told:
    """A notification in words."""

    row: Notification
    sentence: str
    kind: str
    icon: str


def in_words(rows) -> list[Told]:
    """Asks once for the people in them, whatever the number of rows."""
    kinds = all_kinds()
    keys = {row.parts["person"] for row in rows if "person" in row.parts}
    names = dict(User.objects.filter(pk__in=map(uuid.UUID, keys)).values_list("pk", "display_name")) if keys else {}
    return [_told(row, kinds.get(row.kind), names) for row in rows]


def _told(row, kind, names) -> Told:
    if kind is None:  # of a version that knew more
        return Told(row, row.kind.replace("_", " ").capitalize(), "", "bell")
    parts = row.parts
    if "person" in parts:
        parts = parts | {"person": names.get(uuid.UUID(parts["person"])) or _("Somebody")}
    return Told(row, kind.describe(parts), str(kind.name), kind.icon)
