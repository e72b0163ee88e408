"""shifts.csv, shift_exceptions.csv: what a form would not store is refused here too."""

import json

from django.core.exceptions import ValidationError

from apps.core.errors import BrokenRule
from apps.core.tables.columns import DEFAULT, NULL, Choice, Clock, Day, JsonList, Key, Text
from apps.core.tables.table import Table
from apps.shopfloor.models import ExceptionType, Shift, ShiftException
from apps.shopfloor.models.shifts import ShiftKind, validate_breaks
from apps.shopfloor.services.shifts import hold, one_writer, refuse_clash, refuse_clash_of_exception


def _weekdays(value):
    if not value or value != sorted({day for day in value if type(day) is int and 1 <= day <= 7}):
        raise ValidationError("weekdays are numbers from 1 (Monday) to 7, in order")


def _lines(value):
    if not all(isinstance(line, str) and line for line in value):
        raise ValidationError("must be names of lines")


class OfShifts(Table):
    """Compared as they will be, all together: one may make room for another."""

    def check(self, load):
        for model in (Shift, ShiftException):
            hold(model.objects.for_tenant(load.tenant))
        one_writer(load.tenant.pk)
        of_week, exceptions = (
            load.tables[name].as_they_will_be(load)[0].values() for name in ("shifts", "shift_exceptions")
        )
        rows, line_of = self.as_they_will_be(load)
        bad: list[tuple] = []
        for key, line in line_of.items():
            row = rows[key]
            try:
                row.clean()
                self.refuse_clash(row, of_week, exceptions)
            except ValidationError as error:
                ((field, messages),) = error.message_dict.items()
                bad.append((line, field, json.dumps(getattr(row, field), default=str), " ".join(messages)))
            except BrokenRule as rule:
                bad.append((line, "name", row.name, str(rule)))
        load.refuse_each(self, bad)

    def stored(self, tenant):
        return self.model.objects.for_tenant(tenant)

    def as_they_will_be(self, load) -> tuple[dict, dict]:
        """The rows by key, and the lines of those that come with the load."""
        rows, line_of = {row.pk: row for row in self.stored(load.tenant)}, {}
        if self.file not in load.report.files:
            return rows, line_of
        names = ", ".join(f'"{name}"' for name in self.by_name)
        load.cursor.execute(f"select at_line, {names} from {self.staging} where not is_refused order by at_line")
        for line, key, *cells in load.cursor.fetchall():
            row = rows.setdefault(key, self.model(tenant=load.tenant, id=key))
            for column, cell in zip(self.columns[1:], cells, strict=True):
                if cell is not None:
                    setattr(row, column.attribute, column.stored(cell))
            line_of[key] = line
        return rows, line_of


class Shifts(OfShifts):
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
    refuse_clash = staticmethod(refuse_clash)


class ShiftExceptions(OfShifts):
    model = ShiftException
    columns = [
        Key("id"),
        Day("date"),
        Choice("type", values=tuple(ExceptionType.values)),
        Text("name", usual=40),
        Choice("kind", DEFAULT, values=tuple(ShiftKind.values)),
        Clock("start", NULL),
        Clock("end", NULL),
        JsonList("lines", DEFAULT, check=_lines),
        JsonList("breaks", DEFAULT, check=validate_breaks),
    ]
    order = "t.date, t.id"
    refuse_clash = staticmethod(refuse_clash_of_exception)

    def stored(self, tenant):
        return super().stored(tenant).still_to_come(tenant)
