"""What people may type about jobs; what a spreadsheet says about many."""

import csv
import datetime
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.shopfloor.models import Job, JobStatus, Priority, Station

COLUMNS = ("code", "part_name", "qty_total", "due_date", "priority", "line_hint", "cycle_seconds", "rank")
MOST_ROWS = 1000


def lines_of(tenant) -> list[str]:
    """The tenant's lines: those of its stations."""
    return list(Station.objects.for_tenant(tenant).order_by("line").values_list("line", flat=True).distinct())


def sensible_day(day):
    """A due date of this century; anything else is a slip of the finger, and would stand as late on every board."""
    if day and not 2000 <= day.year <= 2099:
        raise ValidationError(_("Write a date from 2000 to 2099."))
    return day


class JobForm(forms.ModelForm):
    """A job's data. seen: the version of the job that the person looked at, kept in the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Job
        fields = ["code", "part_name", "qty_total", "due_date", "priority", "line_hint", "cycle_seconds", "rank"]
        widgets = {
            "code": forms.TextInput(attrs={"autocomplete": "off"}),
            "part_name": forms.TextInput,
            "line_hint": forms.TextInput(attrs={"list": "lines"}),
            "due_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "qty_total": forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
        }
        help_texts = {
            "line_hint": gettext_lazy("Orders and filters; it does not forbid other lines."),
            "cycle_seconds": gettext_lazy("For the pace on the board; empty: no pace."),
            "rank": gettext_lazy("Pins the job in the queue: 1 comes first. Empty: by priority and due date."),
        }

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.tenant = tenant
        if not self.instance._state.adding:
            self.initial["seen"] = self.instance.version

    def clean_code(self):
        code = self.cleaned_data["code"]
        others = Job.objects.for_tenant(self.tenant).filter(code=code).exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError(_("There is a job %s already; give it another code.") % code)
        return code

    def clean_due_date(self):
        return sensible_day(self.cleaned_data["due_date"])

    @property
    def values(self) -> dict:
        """The fields for the service."""
        return {name: self.cleaned_data[name] for name in COLUMNS}

    @property
    def changes(self) -> dict:
        """Only what the person changed: what others changed meanwhile stays theirs."""
        return {name: self.cleaned_data[name] for name in COLUMNS if name in self.changed_data}


class RankForm(forms.Form):
    rank = forms.IntegerField(label=gettext_lazy("Rank"), min_value=0, max_value=2**31 - 1, required=False)
    seen = forms.IntegerField(required=False)


class EndForm(forms.Form):
    """Complete: missing units are booked, or the reason says why there are fewer."""

    missing = forms.ChoiceField(choices=[("fill", ""), ("short", "")], required=False)
    reason = forms.CharField(max_length=500, required=False)
    told = forms.IntegerField(required=False)  # how many the person was told are missing


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, required=False)
    seen = forms.IntegerField(required=False)


class JobFilterForm(forms.Form):
    """The filters of the list, from its address."""

    DUE = [
        ("", gettext_lazy("Any")),
        ("late", gettext_lazy("Late")),
        ("today", gettext_lazy("Today")),
        ("week", gettext_lazy("Within 7 days")),
        ("none", gettext_lazy("No due date")),
    ]
    q = forms.CharField(required=False, max_length=200, strip=True)
    status = forms.ChoiceField(choices=[("", ""), *JobStatus.choices], required=False)
    due = forms.ChoiceField(choices=DUE, required=False)
    line = forms.CharField(required=False, max_length=80)
    part = forms.CharField(required=False, max_length=200)


# --- paste from a spreadsheet -----------------------------------------------------------------------------------------

# What people call the columns, in lower case without punctuation.
NAMES = {
    "code": ("code", "job", "job code", "job no", "job number", "id", "job id", "order"),
    "part_name": ("part", "part name", "item", "product", "article", "description"),
    "qty_total": ("qty", "qty total", "quantity", "total", "amount", "pieces", "pcs", "units"),
    "due_date": ("due", "due date", "date", "deadline"),
    "priority": ("priority", "prio"),
    "line_hint": ("line", "line hint"),
    "cycle_seconds": ("cycle", "cycle seconds", "cycle time", "cycle time s", "cycle s", "cycle time in seconds"),
    "rank": ("rank",),
}
REQUIRED = ("code", "part_name", "qty_total")


@dataclass
class PastedRow:
    """One line of the paste: what was read, what it says, and what is wrong by column."""

    number: int
    cells: dict[str, str]
    values: dict = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass
class Paste:
    """A whole paste: its columns in order, its rows, and what is wrong with it as a whole."""

    columns: list[str]
    rows: list[PastedRow]
    problems: list[str]

    @property
    def is_good(self) -> bool:
        return bool(self.rows) and not self.problems and not any(row.errors for row in self.rows)

    @property
    def error_count(self) -> int:
        return sum(len(row.errors) for row in self.rows)


def read_paste(text: str, tenant) -> Paste:
    """Read cells copied from a spreadsheet: tabs, semicolons or commas between, with or without a header row.

    Nothing is guessed: a date that could be two days, or a number that could be two, is refused with a sentence.
    """
    lines = _cells(text)
    if not lines:
        return Paste([], [], [_("There is nothing to read. Copy the cells in your spreadsheet, then paste them here.")])
    columns, problems = _columns(lines[0][1])
    if columns is not None:
        lines = lines[1:]
        if not lines:
            problems.append(_("There is a header, but no job below it."))
    else:
        columns = list(COLUMNS)
    if len(lines) > MOST_ROWS:
        problems.append(
            _("These are %(count)d jobs; paste at most %(most)d at once.") % {"count": len(lines), "most": MOST_ROWS}
        )
        lines = lines[:20]
    rows = [_row(number, cells, columns) for number, cells in lines]
    _refuse_taken(rows, tenant)
    used = [c for place, c in enumerate(columns) if any(place < len(cells) for _number, cells in lines)]
    return Paste([c for c in columns if c in used], rows, problems)


def _cells(text: str) -> list[tuple[int, list[str]]]:
    """The lines that are not empty, each with its number in the paste."""
    text = text.replace("\ufeff", "").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    first = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = "\t" if "\t" in first else ";" if first.count(";") >= first.count(",") and ";" in first else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    found = []
    try:
        for cells in reader:
            cells = [re.sub(r"\s+", " ", cell).strip() for cell in cells]
            if any(cells):
                found.append((reader.line_num, cells))
    except csv.Error:
        return []
    return found


def _columns(cells) -> tuple[list[str] | None, list[str]]:
    """The columns a header row names (None: it is no header), and what is wrong with them."""
    words = [re.sub(r"[\s_./()-]+", " ", cell.lower()).strip() for cell in cells]
    while words and not words[-1]:
        words.pop()
    names = _all_names()
    known = [names.get(word) for word in words]
    if len([name for name in known if name]) < min(2, len(words)):
        return None, []
    problems = [
        _("“%(name)s” is no column; known are %(known)s.") % {"name": cell, "known": ", ".join(_column_words())}
        for cell, name in zip(cells, known, strict=False)
        if name is None
    ]
    problems += [_("The column “%s” is there twice.") % name for name in COLUMNS if known.count(name) > 1]
    problems += [_("The column “%s” is missing.") % name for name in REQUIRED if name not in known]
    return [name or f"unknown-{place}" for place, name in enumerate(known)], problems


def _all_names() -> dict[str, str]:
    own = {word: name for name, words in NAMES.items() for word in words}
    return own | {str(Job._meta.get_field(name).verbose_name).lower(): name for name in COLUMNS}


def _column_words() -> list[str]:
    return [NAMES[name][0] for name in COLUMNS]


def _row(number, cells, columns) -> PastedRow:
    row = PastedRow(number, dict(zip(columns, cells, strict=False)))
    if extra := [cell for cell in cells[len(columns) :] if cell]:
        row.errors["code"] = _("There are more cells than columns: “%s”.") % extra[0]
    for name in COLUMNS:
        text = row.cells.get(name, "")
        if not text and name not in REQUIRED:
            continue
        try:
            row.values[name] = READERS[name](text)
        except ValidationError as error:
            row.errors.setdefault(name, error.messages[0])
    return row


def _refuse_taken(rows, tenant) -> None:
    """A code that another job has, or that is twice in the paste."""
    codes = [row.values["code"] for row in rows if "code" in row.values]
    taken = set(Job.objects.for_tenant(tenant).filter(code__in=codes).values_list("code", flat=True))
    first: dict[str, int] = {}
    for row in rows:
        code = row.values.get("code")
        if code is None:
            continue
        if code in taken:
            row.errors.setdefault("code", _("There is a job %s already.") % code)
        elif code in first:
            row.errors.setdefault("code", _("Line %d has this code too.") % first[code])
        first.setdefault(code, row.number)


def _checked(name, text):
    """A cell as the form's field and the table's column take it."""
    value = JobForm.base_fields[name].clean(text)
    if value is not None:
        Job._meta.get_field(name).run_validators(value)
    return value


def _whole_number(name, text):
    digits = text.replace(" ", "").replace("'", "").replace("’", "")
    if match := re.fullmatch(r"(\d+)[.,]0{1,2}", digits):  # 240,00: a spreadsheet's way of writing 240
        digits = match[1]
    if text and not re.fullmatch(r"[0-9]+", digits):
        raise ValidationError(_("“%s” is no whole number. Write it without points or commas, like 1200.") % text)
    return _checked(name, digits)


def _date(text):
    """ISO dates, and others only where they can mean one day alone."""
    text = re.sub(r"[ T]00:00(:00(\.0+)?)?$", "", text)
    refusal = ValidationError(_("“%s” could be more than one day. Write it as year-month-day, like 2026-04-03.") % text)
    try:
        if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", text):
            return datetime.date(*map(int, match.groups()))
        if match := re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", text):
            first, point, second, year = int(match[1]), match[2], int(match[3]), int(match[4])
            if point == "." or first > 12 or first == second:
                return datetime.date(year, second, first)
            if second > 12:
                return datetime.date(year, first, second)
            raise refusal
    except ValueError:
        raise ValidationError(_("There is no day “%s”.") % text) from None
    if re.fullmatch(r"\d{1,2}([-/.])\d{1,2}\1\d{2}", text):
        raise refusal
    raise ValidationError(_("“%s” is no date. Write it as year-month-day, like 2026-04-03.") % text)


def _priority(text):
    words = {str(label).lower(): value for value, label in Priority.choices} | {v: v for v in Priority.values}
    if text.lower() not in words:
        raise ValidationError(
            _("“%(word)s” is no priority; known are %(known)s.")
            % {"word": text, "known": ", ".join(str(label).lower() for label in Priority.labels)}
        )
    return words[text.lower()]


def _decimal(text):
    """12.5 and 12,5; with both signs one separates thousands, and which is a guess."""
    number = text.replace(" ", "")
    if "," in number and "." in number or number.count(",") > 1:
        raise ValidationError(_("“%s” could be two numbers. Write it without separators of thousands.") % text)
    try:
        return _checked("cycle_seconds", number.replace(",", "."))
    except ValidationError as error:
        if getattr(error, "code", "") == "invalid":
            raise ValidationError(_("“%s” is no number of seconds.") % text) from None
        raise


READERS: dict[str, Callable[[str], object]] = {
    "code": partial(_checked, "code"),
    "part_name": partial(_checked, "part_name"),
    "qty_total": partial(_whole_number, "qty_total"),
    "due_date": lambda text: sensible_day(_date(text)),
    "priority": _priority,
    "line_hint": partial(_checked, "line_hint"),
    "cycle_seconds": _decimal,
    "rank": partial(_whole_number, "rank"),
}
