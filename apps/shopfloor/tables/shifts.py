"""shifts.csv: what a form would not store is refused here too."""

import json

from django.core.exceptions import ValidationError

from apps.core.errors import BrokenRule
from apps.core.tables.columns import DEFAULT, Choice, Clock, JsonList, Key, Text
from apps.core.tables.table import Table
from apps.shopfloor.models import Shift
from apps.shopfloor.models.shifts import ShiftKind, validate_breaks
from apps.shopfloor.services.shifts import hold, one_writer, refuse_clash


def _weekdays(value):
    if not value or value != sorted({day for day in value if type(day) is int and 1 <= day <= 7}):
        raise ValidationError("weekdays are numbers from 1 (Monday) to 7, in order")


def _lines(value):
    if not all(isinstance(line, str) and line for line in value):
        raise ValidationError("must be names of lines")


class Shifts(Table):
    model = Shift
    columns = [
        Key("id"),
        Text("name", usual=40),
        Choice("kind", DEFAULT, values=tuple(ShiftKind.values)),
        Clock("start"),
        Clock("end"),
        JsonList("weekdays", check=_weekdays),
        JsonList("lines", DEFAULT, check=_lines),
        JsonList("breaks", DEFAULT, check=validate_breaks),
    ]
    order = "t.start, t.id"

    def check(self, load):
        """As they will be, all together: one may make room for another."""
        hold(Shift.objects.for_tenant(load.tenant))
        one_writer(load.tenant.pk)
        shifts = {shift.pk: shift for shift in Shift.objects.for_tenant(load.tenant)}
        names = ", ".join(f'"{name}"' for name in self.by_name)
        load.cursor.execute(f"select at_line, {names} from {self.staging} where not is_refused order by at_line")
        line_of = {}
        for line, key, *cells in load.cursor.fetchall():
            shift = shifts.setdefault(key, Shift(tenant=load.tenant, id=key))
            for column, cell in zip(self.columns[1:], cells, strict=True):
                if cell is not None:
                    setattr(shift, column.attribute, column.stored(cell))
            line_of[key] = line
        bad: list[tuple] = []
        for key, line in line_of.items():
            shift = shifts[key]
            try:
                shift.clean()
                refuse_clash(shift, shifts.values())
            except ValidationError as error:
                bad.append((line, "breaks", json.dumps(shift.breaks), " ".join(error.messages)))
            except BrokenRule as rule:
                bad.append((line, "name", shift.name, str(rule)))
        load.refuse_each(self, bad)
