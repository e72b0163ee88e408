"""What a cell may hold, by the field behind it: how it is read, and how it is written so that it reads back the same."""

import csv
import datetime
import io
import json
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps.core.sheets import ways
from apps.core.sheets.formulas import as_written, harmless
from apps.core.sheets.names import SEVERAL
from apps.core.sheets.workbooks import writable

KEPT = object()
YES, NO = {"t", "true", "yes", "y", "1", "x"}, {"f", "false", "no", "n", "0"}


class Column:
    """A column of a sheet and its field; text, unless a subclass says otherwise.

    name: its heading. words: what people call it too. kind: which question it may raise ("number", "date").
    """

    kind = ""
    sample: object = "Example"

    def __init__(
        self,
        name: str,
        field: models.Field | None = None,
        *,
        words=(),
        read_only=False,
        is_optional=False,
        example=None,
        clean=None,
    ):
        self.name, self.field, self.read_only, self.example = name, field, read_only, example
        self.is_optional = is_optional  # the field must have a value, which the sheet finds where the cell is empty
        self.attribute = field.attname if field is not None else name
        self.label = str(field.verbose_name) if field is not None else name.replace("_", " ")
        self.words = {name, self.label, *words}
        self.further: Callable[[Any], Any] = clean or (lambda value: value)

    @property
    def is_needed(self) -> bool:
        """A new row must have it."""
        field = self.field
        return not (field is None or self.is_optional or field.has_default() or field.blank or field.null)

    @property
    def empty(self):
        """What an empty cell stores. KEPT: something must stand there; what is stays, and a new row takes the default."""
        if self.field.null:
            return None
        if self.field.blank and self.field.empty_strings_allowed:
            return ""
        if self.is_needed or (not self.is_optional and isinstance(self.field, models.ForeignKey)):
            raise ValidationError(_("This may not be empty."))
        return KEPT

    def parse(self, cell, way: str):
        """The value of a cell that is not empty. way: how the column is read. Raises ValidationError."""
        return self.checked(self.read(as_text(cell) if self.takes_text else cell, way))

    takes_text = True

    def read(self, cell, way):
        return as_written(cell).strip()

    def checked(self, value):
        longest = getattr(self.field, "max_length", None)
        if longest and isinstance(value, str) and len(value) > longest:
            raise ValidationError(
                _("At most %(most)d characters; this has %(count)d.") % {"most": longest, "count": len(value)}
            )
        return self.further(self.field.clean(value, None))

    def readings(self, cell) -> dict:
        """What a cell could be, by way, where its column may raise a question."""
        return {}

    def shown(self, value):
        """A stored value as a cell of an export."""
        return "" if value is None else value if isinstance(value, int) else str(value)

    def is_same(self, cell, value) -> bool:
        """Whether the cell is what an export writes for the value: whatever it is, then nothing has changed."""
        cell, written = as_text(cell), as_text(self.shown(value))
        return cell in (written, harmless(written)) or cell == writable(harmless(written))

    @property
    def help(self) -> str:
        longest = getattr(self.field, "max_length", None)
        return _("text of at most %d characters") % longest if longest else _("text")


class Whole(Column):
    kind, takes_text, sample = "number", False, 10

    def read(self, cell, way):
        if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
            number = Decimal(cell)
        else:
            number = _chosen(self.readings(cell), way, cell, _("“%s” is no number."))
        if number != number.to_integral_value():
            raise ValidationError(_("“%s” is no whole number.") % cell)
        return int(number) if abs(number) < 10**18 else 10**18  # too large: the field says so

    def readings(self, cell):
        return ways.number_readings(as_written(cell)) if isinstance(cell, str) else {}

    def shown(self, value):
        return "" if value is None else value

    @property
    def help(self):
        return _("a whole number")


class Number(Whole):
    def read(self, cell, way):
        if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
            return Decimal(cell)
        return _chosen(self.readings(cell), way, cell, _("“%s” is no number."))

    def shown(self, value):
        """Three digits after the point could be thousands to whoever reads them; four or two cannot."""
        if value is None:
            return ""
        whole, _point, digits = f"{value:f}".partition(".")
        digits = digits.rstrip("0")
        return Decimal(f"{whole}.{digits}{'0' if len(digits) == 3 else ''}" if digits else whole)

    @property
    def help(self):
        return _("a number")


class Flag(Column):
    takes_text, sample = False, "true"

    def read(self, cell, way):
        word = as_text(cell).strip().lower()
        if word in YES | NO:
            return word in YES
        raise ValidationError(_("“%s” is neither yes nor no; write true or false.") % cell)

    def shown(self, value):
        return "" if value is None else "true" if value else "false"

    def is_same(self, cell, value):
        return as_text(cell).lower() == self.shown(value)

    @property
    def help(self):
        return _("true or false")


class Choice(Column):
    @property
    def sample(self):
        return str(self.field.get_default() or self.field.flatchoices[0][0])

    @cached_property
    def meant(self) -> dict[str, str]:
        return {str(label).lower(): value for value, label in self.field.flatchoices} | {
            value.lower(): value for value, _label in self.field.flatchoices
        }

    def read(self, cell, way):
        word = as_written(cell).strip()
        if word.lower() not in self.meant:
            raise ValidationError(_("“%(word)s” is none of %(known)s.") % {"word": word, "known": self.known})
        return self.meant[word.lower()]

    @property
    def known(self) -> str:
        return ", ".join(value for value, _label in self.field.flatchoices if value)

    @property
    def help(self):
        return _("one of %s") % self.known


class Day(Column):
    kind, takes_text, sample = "date", False, "2026-04-03"

    def read(self, cell, way):
        if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):
            return cell
        text = as_text(cell)
        refusal = _("“%s” is no date. Write it as year-month-day, like 2026-04-03.")
        return _chosen(self.readings(text), way, text, refusal)

    def readings(self, cell):
        return ways.date_readings(_without_midnight(as_written(cell).strip())) if isinstance(cell, str) else {}

    def shown(self, value):
        return "" if value is None else value

    @property
    def help(self):
        return _("a date; year-month-day is always understood")


class Moment(Day):
    sample = "2026-04-03 14:30"

    def read(self, cell, way):
        if isinstance(cell, datetime.date):
            moment = cell if isinstance(cell, datetime.datetime) else datetime.datetime.combine(cell, datetime.time())
        else:
            moment = _iso_moment(as_text(cell).strip())
            if moment is None:
                day, _space, time = as_written(as_text(cell)).strip().rpartition(" ")
                refusal = _("“%s” is no moment. Write it like 2026-04-03 14:30.")
                found = _chosen(self.readings(as_text(cell)), way, as_text(cell), refusal)
                moment = _iso_moment(f"{found.isoformat()} {time if day else '00:00'}")
                if moment is None:
                    raise ValidationError(refusal % cell)
        if moment.tzinfo is None:
            moment = timezone.make_aware(moment)
        if not 1900 < moment.year < 2200:
            raise ValidationError(_("“%s” is of another age.") % cell)
        return moment

    def readings(self, cell):
        if not isinstance(cell, str):
            return {}
        text = as_written(cell).strip()
        day, _space, _time = text.rpartition(" ")
        return ways.date_readings(day or text)

    def shown(self, value):
        return "" if value is None else timezone.localtime(value).isoformat(sep=" ")

    @property
    def help(self):
        return _("a moment, like 2026-04-03 14:30")


class Clock(Column):
    sample = "06:00"

    def read(self, cell, way):
        try:
            return datetime.time.fromisoformat(as_written(cell).strip().zfill(5)).replace(second=0, microsecond=0)
        except ValueError:
            raise ValidationError(_("“%s” is no time of day. Write it like 06:00.") % cell) from None

    def shown(self, value):
        return "" if value is None else value.strftime("%H:%M")

    @property
    def help(self):
        return _("a time of day, like 06:00")


class Words(Column):
    """Several texts in one cell, with commas between, quoted where they have commas themselves."""

    sample = ""

    def read(self, cell, way):
        return [
            word.strip() for word in next(csv.reader([as_written(cell)], skipinitialspace=True), []) if word.strip()
        ]

    def shown(self, value):
        file = io.StringIO()
        csv.writer(file, lineterminator="").writerow(value or [])
        return file.getvalue().replace('""', "") if not value else file.getvalue()

    @property
    def empty(self):
        return []

    @property
    def help(self):
        return _("names with commas between")


class Json(Column):
    """Written for other programs; not read."""

    def shown(self, value):
        return "" if value is None else json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)


class Reference(Column):
    """A row of another table, by its name there (names.py)."""

    def __init__(self, name, field, **options):
        super().__init__(name, field, **options)
        self.to = field.related_model
        self.keys: dict = {}  # {name: key}, of the names that stand in the sheet
        self.names: dict = {}  # {key: name}

    def read(self, cell, way):
        word = as_written(cell).strip()
        key = self.keys.get(word)
        if key is None:
            what = str(self.to._meta.verbose_name)
            raise ValidationError(_("There is no %(what)s “%(word)s”.") % {"what": what, "word": word})
        if key is SEVERAL:
            raise ValidationError(_("More than one is called “%s”; write its id, as an export does.") % word)
        return key

    def checked(self, value):
        return value

    def shown(self, value):
        return "" if value is None else self.names.get(value, str(value))

    @property
    def help(self):
        return _("the %s, as it is called in an export") % self.to._meta.verbose_name


def _chosen(readings, way, cell, refusal):
    if not readings:
        raise ValidationError(refusal % cell)
    return readings[way] if way in readings else next(iter(readings.values()))


def _iso_moment(text):
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _without_midnight(text: str) -> str:
    for tail in (" 00:00:00", " 00:00", "T00:00:00", "T00:00"):
        text = text.removesuffix(tail)
    return text


def as_text(cell) -> str:
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    return cell.isoformat(sep=" ") if isinstance(cell, datetime.datetime) else str(cell)


KINDS: list[tuple[type[models.Field], type[Column]]] = [
    (models.ForeignKey, Reference),
    (models.BooleanField, Flag),
    (models.DecimalField, Number),
    (models.IntegerField, Whole),
    (models.DateTimeField, Moment),
    (models.TimeField, Clock),
    (models.DateField, Day),
    (models.JSONField, Json),
]


def column_of(field: models.Field, **options) -> Column:
    """The column of a model's field."""
    name, source = field.name, getattr(field, "output_field", None) or field  # a generated one is of what it generates
    if getattr(source, "base_field", None) is not None:
        return Words(name, field, **options)
    if source.choices:
        return Choice(name, field, **options)
    kind = next((column for of, column in KINDS if isinstance(source, of)), Column)
    return kind(name, field, **options)
