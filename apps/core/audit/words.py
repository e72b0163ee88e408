"""The record in words: rows of the audit log as a page shows them, with today's names and no query per row."""

import json
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.core.audit import recorded_models
from apps.core.models import User

ACTIONS = {
    "create": gettext_lazy("created"),
    "update": gettext_lazy("changed"),
    "delete": gettext_lazy("deleted"),
    "login": gettext_lazy("signed in"),
    "login_failed": gettext_lazy("sign-in failed"),
    "logout": gettext_lazy("signed out"),
    "reset_asked": gettext_lazy("asked for a new password"),
    "export": gettext_lazy("exported"),
}
ICONS = {"create": "plus", "delete": "trash", "update": "note", "export": "down"}  # else a person
NAMED_BY = ("code", "display_name", "name")  # what people call a row: the first of these that its table has
NOTHING = pgettext_lazy("no value", "–")
LONGEST = 300  # letters of a value on the page; the CSV has it whole


def action_words(action: str) -> str:
    return str(ACTIONS.get(action, action.replace("_", " ")))


def table_names() -> dict[str, str]:
    """Every table of ours in words, by its name in the database."""
    return {
        model._meta.db_table: capfirst(str(model._meta.verbose_name_plural))
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and not hasattr(model, "history_id")
    }


@dataclass(frozen=True)
class Change:
    """One field of an audit row. is_kept is False where only that it changed is recorded."""

    name: str
    old: str
    new: str
    is_kept: bool = True


@dataclass(frozen=True)
class Entry:
    """An audit row as it is shown."""

    row: object
    who: str
    action: str
    icon: str
    kind: str  # what the object is: Station
    name: str  # what it is called
    address: str  # of its own history; empty where it has none
    changes: list[Change] = field(default_factory=list)


def entries(rows, tenant) -> list[Entry]:
    """Audit rows in words. Asks each table that is named once, whatever the number of rows."""
    tables, all_names = recorded_models(), table_names()
    names = Names(tenant)
    for row in rows:
        names.want(User, row.user_id)
        if model := tables.get(row.entity_type):
            names.want(model, row.entity_id)
            for column, values in _pairs(row.changes):
                names.want_value(_field(model, column), *values)
    names.load()
    return [_entry(row, tables.get(row.entity_type), names, all_names) for row in rows]


def _entry(row, model, names, all_names) -> Entry:
    kind = capfirst(str(model._meta.verbose_name)) if model else all_names.get(row.entity_type, row.entity_type)
    return Entry(
        row=row,
        who=names.of(User, row.user_id) if row.user_id else _("the system"),
        action=action_words(row.action),
        icon=ICONS.get(row.action, "person"),
        kind=kind,
        name=(names.of(model, row.entity_id) if model else row.entity_id) or "",
        address=_address(row) if model else "",
        changes=[_change(row, model, column, values, names) for column, values in _shown(row)],
    )


def _address(row) -> str:
    try:
        return reverse("core:object_history", args=[row.entity_type, uuid.UUID(row.entity_id)])
    except ValueError:
        return ""


def _pairs(changes):
    """{column: [old, new]} of history; anything else (the filters of an export) as what is new."""
    if not isinstance(changes, dict):
        return []
    return [
        (column, values if isinstance(values, list) and len(values) == 2 else [None, values])
        for column, values in changes.items()
    ]


def _shown(row):
    """A new or deleted row's empty fields say nothing."""
    empty = row.action in ("create", "delete")
    return [(column, values) for column, values in _pairs(row.changes) if not empty or values != [None, None]]


def _change(row, model, column, values, names) -> Change:
    field = _field(model, column)
    name = capfirst(str(field.verbose_name)) if field else capfirst(column.replace("_", " "))
    old, new = (names.shown(field, value) for value in values)
    return Change(name, old, new, is_kept=row.action != "update" or values != [None, None])


def _field(model, column):
    return next((f for f in model._meta.concrete_fields if f.column == column), None) if model else None


class Names:
    """What rows are called, gathered first and then asked for once per table."""

    def __init__(self, tenant):
        self.tenant = tenant
        self.wanted: dict[type[models.Model], set] = defaultdict(set)
        self.known: dict[tuple[type[models.Model], str], str] = {}

    def want(self, model, key) -> None:
        if key:
            self.wanted[model].add(str(key))

    def want_value(self, field, *values) -> None:
        if field is not None and field.is_relation:
            for value in values:
                self.want(field.related_model, value)

    def load(self) -> None:
        for model, keys in self.wanted.items():
            column = next((name for name in NAMED_BY if any(f.name == name for f in model._meta.fields)), None)
            if column:
                rows = model._default_manager.filter(pk__in=filter(_is_key, keys)).order_by()
                self.known |= {(model, str(key)): name for key, name in rows.values_list("pk", column) if name}

    def of(self, model, key) -> str:
        """Today's name; the id of what is gone, erased or has no name."""
        return self.known.get((model, str(key)), str(key))

    def shown(self, field, value) -> str:
        """A value of a field as a person reads it. Takes Python's values and JSON's."""
        if value is None or value == "":
            return str(NOTHING)
        if field is not None:
            if field.is_relation:
                return self.of(field.related_model, value)
            if field.flatchoices and not isinstance(value, list | dict):
                return str(dict(field.flatchoices).get(value, value))
            if isinstance(value, str):
                try:
                    value = field.to_python(value)
                except (ValidationError, ValueError, TypeError):
                    pass  # as it was written
        return _as_text(value)


def _is_key(text: str) -> bool:
    try:
        return bool(uuid.UUID(text))
    except ValueError:
        return False


def _as_text(value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        try:
            value = timezone.localtime(value) if timezone.is_aware(value) else value
        except OverflowError:  # at the ends of time
            pass
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list) and not any(isinstance(part, list | dict) for part in value):
        return ", ".join(map(str, value)) or str(NOTHING)
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
