"""Shifts in spreadsheets: known by their id, or by their name and lines."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.core.sheets.columns import Column, Words, as_text
from apps.core.sheets.formulas import as_written
from apps.core.sheets.names import as_key
from apps.core.sheets.tables import Change, Comparison, Sheet
from apps.shopfloor.models import Shift
from apps.shopfloor.models.shifts import WEEKDAYS
from apps.shopfloor.services import shifts


class Days(Words):
    """1, 2, 3 from Monday on, or their names."""

    sample = "1,2,3,4,5"

    def read(self, cell, way):
        known = {str(name).lower(): day for day, name in WEEKDAYS} | {str(day): day for day, _name in WEEKDAYS}
        known |= {name[:3]: day for name, day in known.items() if len(name) > 3}
        words = super().read(cell, way)
        if wrong := [word for word in words if word.lower() not in known]:
            raise ValidationError(_("“%s” is no weekday; write 1 for Monday to 7 for Sunday.") % wrong[0])
        return sorted({known[word.lower()] for word in words})

    @property
    def help(self):
        return _("1 for Monday to 7 for Sunday, with commas between")


class Breaks(Column):
    """09:30-09:45, 12:00-12:30."""

    sample = "09:30-09:45"

    def read(self, cell, way):
        words = [word.partition("-") for word in as_written(cell).replace("–", "-").split(",") if word.strip()]
        return [{"start": start.strip(), "end": end.strip()} for start, _dash, end in words]

    def shown(self, value):
        return ", ".join(f"{pause['start']}-{pause['end']}" for pause in value or ())

    @property
    def empty(self):
        return []

    @property
    def help(self):
        return _("like 09:30-09:45, 12:00-12:30")


class ShiftSheet(Sheet):
    model = Shift
    fields = (
        "id", "name", "kind", "start", "end",
        Days("weekdays", Shift._meta.get_field("weekdays")), "lines", Breaks("breaks", Shift._meta.get_field("breaks")),
    )  # fmt: skip
    key = ("id",)
    options = {"id": {"example": ""}, "name": {"example": "Early"}, "end": {"example": "14:00"}}
    is_plain = False
    most_rows = 500

    @property
    def needed(self):
        return ("name",)

    def match(self, found: Comparison, chosen, *, lock) -> None:
        rows = self.rows().order_by("pk")
        there = {row.pk: row for row in (rows.select_for_update(of=("self",), no_key=True) if lock else rows)}
        known: dict = {}
        for row in there.values():
            known.setdefault((row.name.strip(), tuple(sorted(row.lines))), []).append(row)
        first: dict = {}
        for change in found.rows:
            text = as_text(change.cells.get("id", "")).strip()
            lines = self.column("lines").parse(as_text(change.cells.get("lines", "")), "")
            name = as_written(as_text(change.cells.get("name", ""))).strip()
            meant = known.get((name, tuple(sorted(lines))), []) if not text else [there.get(as_key(text))]
            if text and meant == [None]:
                change.errors["id"] = _("No row here has this id; leave it empty for a new one.")
            elif len(meant) > 1:
                change.errors["name"] = _("More than one is called so there; write its id, as an export does.")
            elif (which := meant[0].pk if meant else (name, *sorted(lines))) in first:
                change.errors["name"] = _("Line %d has this one too.") % first[which]
            else:
                first[which] = change.number
                change.instance = meant[0] if meant else None
                if not meant:
                    self.start(change)

    def store(self, row: Change) -> None:
        try:
            row.instance.clean()
        except ValidationError as error:
            row.errors["breaks"] = " ".join(error.messages)
        else:
            shifts.save_shift(row.instance, by=self.by)
