"""A sheet and what is stored: compared row by row, shown, then written, all or none.

A `Sheet` says which columns a table has and how its rows are known and stored. Plain rows are written in bulk, with
history; where there are rules, a subclass hands them to its service.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.errors import BrokenRule
from apps.core.sheets import ways
from apps.core.sheets.columns import KEPT, Column, Reference, as_text, column_of
from apps.core.sheets.formulas import as_written
from apps.core.sheets.names import Names
from apps.core.sheets.reading import MOST_ROWS, Grid

BATCH = 1000
REASON = "import"  # stands in the history and in the audit log
NEW, CHANGED, UNCHANGED, REFUSED = "new", "changed", "unchanged", "refused"
ERRORS = {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}  # what a formula of a workbook came to


@dataclass(slots=True)
class Change:
    """One row of a sheet: its cells by column, what it would store, and what is wrong with it by column ("": as a whole)."""

    number: int
    cells: dict[str, object]
    instance: Any = None
    is_new: bool = False
    values: dict[str, object] = field(default_factory=dict)  # by attribute, of a changed row only those that differ
    former: dict[str, object] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def other_errors(self) -> list[str]:
        """Those that stand at none of its cells."""
        return [f"{name}: {error}" if name else error for name, error in self.errors.items() if name not in self.cells]

    @property
    def kind(self) -> str:
        if self.errors:
            return REFUSED
        return NEW if self.is_new else CHANGED if self.values else UNCHANGED


@dataclass
class Question:
    """A column whose cells could be two things: the cell it is about, and what it is by each way. answer: as given."""

    column: Column
    cell: str
    readings: dict[str, object]
    answer: str = ""


@dataclass
class Comparison:
    """What a sheet would do. problems: with the sheet as a whole. left_out: headings that are only looked at."""

    columns: list[Column]
    rows: list[Change] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    @property
    def is_asking(self) -> bool:
        return any(not question.answer for question in self.questions)

    @property
    def is_good(self) -> bool:
        return not self.problems and not self.is_asking and bool(self.rows) and not any(row.errors for row in self.rows)

    @cached_property
    def counts(self) -> Counter:
        return Counter(row.kind for row in self.rows)

    @property
    def error_count(self) -> int:
        return sum(len(row.errors) for row in self.rows)

    def of_kind(self, kind: str) -> list[Change]:
        return [row for row in self.rows if row.kind == kind]

    @property
    def mark(self) -> str:
        """What would be written, in short: it differs if what is stored has changed since it was shown."""
        new = {row.instance.pk: row.number for row in self.rows if row.is_new}  # whose keys are made up each time
        digest = hashlib.sha256()
        for row in self.rows:
            values = {
                name: new.get(value, value) if isinstance(value, UUID) else value for name, value in row.values.items()
            }
            which = row.instance and not row.is_new and row.instance.pk
            digest.update(repr((row.number, row.kind, which, row.former, values)).encode("utf-8", "replace"))
        return digest.hexdigest()


class Sheet:
    """The columns of a table in spreadsheets. Subclasses name what is below and, where there are rules, how to `store`.

    fields: of the model, in order, or Columns. key: those by which a row is known. read_only: exported, not imported.
    options: {field: more for its Column}.
    """

    model: type[models.Model]
    fields: tuple[Any, ...] = ()
    key: tuple[str, ...] = ("code",)
    read_only: tuple[str, ...] = ()
    options: dict[str, dict] = {}
    most_rows = MOST_ROWS
    is_plain = True  # a whole sheet is written at once; else row by row, as `store` does

    def __init__(self, tenant, by=None):
        self.tenant, self.by, self.names = tenant, by, Names(tenant)

    # -- columns ----------------------------------------------------------------------------------------------------

    @cached_property
    def columns(self) -> list[Column]:
        return [name if isinstance(name, Column) else self._column(name) for name in self.fields]

    def _column(self, name):
        options = {"read_only": name in self.read_only} | self.options.get(name, {})
        try:
            found = self.model._meta.get_field(name)
        except FieldDoesNotExist:  # a sum that the query adds
            return Column(name, **(options | {"read_only": True}))
        if isinstance(found, models.GeneratedField) or not isinstance(found, models.Field):
            options["read_only"] = True
        return column_of(found, **options)

    def column(self, name) -> Column:
        return next(column for column in self.columns if column.name == name)

    # -- out --------------------------------------------------------------------------------------------------------

    def headings(self) -> list[str]:
        return [column.name for column in self.columns]

    def cells(self, rows) -> list[list]:
        """The cells of rows; what they refer to is asked once for each column."""
        for column in self.columns:
            if isinstance(column, Reference):
                column.names = self.names.of(column.to, {getattr(row, column.attribute) for row in rows})
        return [[column.shown(getattr(row, column.attribute)) for column in self.columns] for row in rows]

    # -- in ---------------------------------------------------------------------------------------------------------

    def compare(self, grid: Grid, answers: dict[str, str], *, lock=False) -> Comparison:
        """What the sheet would do; nothing is written. answers: {column: way}. lock: hold the rows that are there."""
        header = [as_text(cell).strip() for cell in grid.rows[0].cells]
        found = self._header(header)
        if len(grid.rows) == 1 and not found.problems:
            found.problems.append(_("There is a heading, and no row below it."))
        if len(grid.rows) - 1 > self.most_rows:
            found.problems.append(
                _("These are %(count)d rows; at most %(most)d go at once.")
                % {"count": len(grid.rows) - 1, "most": self.most_rows}
            )
        if not found.problems:
            self.fill(found, grid.rows[1:], answers, lock=lock)
        return found

    def _header(self, header) -> Comparison:
        known = {plain(word): column for column in self.columns for word in (*column.words, column.name)}
        columns = [known.get(plain(word)) for word in header]
        found = Comparison([])
        names = ", ".join(self.headings())
        found.problems += [
            _("“%(name)s” is no column here; known are %(known)s.") % {"name": word[:100], "known": names}
            for word, column in zip(header, columns, strict=True)
            if column is None
        ]
        counts = Counter(column.name for column in columns if column)
        found.problems += [_("The column “%s” is there twice.") % name for name, count in counts.items() if count > 1]
        if not found.problems:
            found.problems += [
                _("The column “%s” is missing: by it a row is known.") % name
                for name in self.needed
                if name not in counts
            ]
        found.columns = [column for column in columns if column]
        found.left_out = [column.name for column in found.columns if column.read_only]
        return found

    @property
    def needed(self) -> tuple[str, ...]:
        return self.key

    def fill(self, found: Comparison, rows, answers, *, lock=False) -> None:
        """Compare rows with what is stored. found.columns are theirs, in order."""
        found.rows = [self._change(found.columns, row) for row in rows]
        read = [column for column in found.columns if not column.read_only]
        chosen = self._ask(found, read, answers)
        if found.is_asking:
            return
        for column in read:
            if isinstance(column, Reference):
                texts = {as_written(as_text(row.cells.get(column.name, ""))).strip() for row in found.rows}
                column.keys = self.names.keys(column.to, texts)
        self.match(found, chosen, lock=lock)
        for column in read:
            if isinstance(column, Reference):
                keys = {
                    getattr(row.instance, column.attribute) for row in found.rows if not row.is_new and row.instance
                }
                column.names = self.names.of(column.to, keys)
        writable = self.written_columns()
        for row in found.rows:
            if row.instance is not None:
                for column in writable:
                    self._compare_cell(row, column, chosen.get(column.name, ""))
        self.check(found)

    def _change(self, columns, row) -> Change:
        change = Change(row.number, {column.name: cell for column, cell in zip(columns, row.cells, strict=False)})
        if any(as_text(cell).strip() for cell in row.cells[len(columns) :]):
            change.errors[""] = _("There are more cells than columns.")
        for name, cell in change.cells.items():
            if isinstance(cell, str) and cell in ERRORS and not self.column(name).read_only:
                change.errors[name] = _("“%s” is an error of the spreadsheet.") % cell
        return change

    def _ask(self, found, read, answers) -> dict[str, str]:
        """The way each column is read: as its cells show, or as the person says."""
        chosen = {}
        for column in read:
            if not column.kind:
                continue
            readings = [
                (cell, seen)
                for row in found.rows
                if isinstance(cell := row.cells.get(column.name, ""), str) and cell and (seen := column.readings(cell))
            ]
            doubtful = next(((cell, seen) for cell, seen in readings if ways.is_doubtful(seen)), None)
            if doubtful is None:
                continue
            way = ways.decided(seen for _cell, seen in readings)
            if not way:
                question = Question(column, *doubtful, answer=answers.get(column.name, ""))
                question.answer = question.answer if question.answer in question.readings else ""
                found.questions.append(question)
                way = question.answer
            chosen[column.name] = way
        return chosen

    # -- which row is meant -----------------------------------------------------------------------------------------

    def match(self, found: Comparison, chosen, *, lock) -> None:
        """Find for each row the one that is stored, or make a new one."""
        keys = [self.key_of(row, chosen) for row in found.rows]
        there = self.find({key for key, raw, _errors in keys for key in (key, raw) if key}, lock=lock)
        first: dict = {}
        for row, (key, raw, errors) in zip(found.rows, keys, strict=True):
            if raw in there:
                key = raw
            elif errors:
                row.errors = errors | row.errors
                continue
            if key in first:
                row.errors.setdefault(self.key[0], _("Line %d has this one too.") % first[key])
                continue
            first[key] = row.number
            row.instance = there.get(key)
            if row.instance is None:
                self.start(row)

    def start(self, row: Change) -> None:
        row.instance, row.is_new = self.model(tenant=self.tenant), True

    def key_of(self, row: Change, chosen) -> tuple:
        """The key as it is read; as it is written (a stored one may be what no form would take); what is wrong with it."""
        key, raw, errors = [], [], {}
        for name in self.key:
            column, cell = self.column(name), row.cells.get(name, "")
            value = None
            try:
                value = column.parse(cell, chosen.get(name, "")) if as_text(cell).strip() else column.empty
            except ValidationError as error:
                errors[name] = " ".join(error.messages)
            key.append(value)
            raw.append(as_written(as_text(cell)) if type(column) is Column else value)
        return None if errors else tuple(key), tuple(raw), errors

    def find(self, keys, *, lock) -> dict[tuple, models.Model]:
        """{key: row} of the tenant's rows with these keys, locked in the order of ids if asked."""
        attributes = [self.column(name).attribute for name in self.key]
        asked = Q()
        for place, attribute in enumerate(attributes):
            values = {key[place] for key in keys}
            condition = Q(**{f"{attribute}__in": values - {None}})
            asked &= condition | Q(**{attribute: None}) if None in values else condition
        rows = self.rows().filter(asked) if keys else self.rows().none()
        if lock:
            rows = rows.select_for_update(of=("self",), no_key=True)
        return {tuple(getattr(row, name) for name in attributes): row for row in rows.order_by("pk")}

    def rows(self):
        """The tenant's rows."""
        return self.model._default_manager.filter(tenant=self.tenant)

    # -- what differs -----------------------------------------------------------------------------------------------

    def _compare_cell(self, row: Change, column: Column, way: str) -> None:
        name, attribute = column.name, column.attribute
        if name not in row.cells:
            if row.is_new and column.is_needed:
                row.errors.setdefault(name, _("A new row needs this."))
            return
        cell = row.cells[name]
        if row.is_new and not column.is_needed and not as_text(cell).strip():
            return  # the default
        former = getattr(row.instance, attribute)
        if name in row.errors or (not row.is_new and column.is_same(cell, former)):
            return
        try:
            value = column.parse(cell, way) if as_text(cell).strip() else column.empty
        except ValidationError as error:
            row.errors[name] = " ".join(error.messages)
            return
        if value is KEPT or (not row.is_new and value == former):
            return
        row.values[attribute] = value
        if not row.is_new:
            row.former[attribute] = former

    def check(self, found: Comparison) -> None:
        """Refuse what only all rows together, or other tables, show."""

    # -- writing ----------------------------------------------------------------------------------------------------

    def write(self, found: Comparison) -> None:
        """Store what is new and what differs. What a rule refuses becomes an error of its row: look at is_good again."""
        for row in found.rows:
            if row.kind in (NEW, CHANGED):
                for attribute, value in row.values.items():
                    setattr(row.instance, attribute, value)
        new, changed = found.of_kind(NEW), found.of_kind(CHANGED)
        if self.is_plain:
            self.write_all([row.instance for row in new], [row.instance for row in changed], changed)
            return
        for row in [*new, *changed]:
            try:
                self.store(row)
            except BrokenRule as refused:
                row.errors[""] = str(refused)

    def rehearse(self, found: Comparison) -> None:
        """What the rules say to a good comparison, for its preview: written in a transaction that is rolled back.

        Plain rows have no rules but those that `check` knows.
        """
        if not self.is_plain:
            self.write(found)

    def write_all(self, new, changed, changes) -> None:
        """Write plain rows in bulk, with history."""
        bulk_create_with_history(new, self.model, batch_size=BATCH, default_change_reason=REASON)
        names = sorted({self.model._meta.get_field(name).name for row in changes for name in row.values})
        if names:
            bulk_update_with_history(changed, self.model, names, batch_size=BATCH, default_change_reason=REASON)

    def store(self, row: Change) -> None:
        """Store one row by its service. Raises BrokenRule."""
        raise NotImplementedError

    # -- templates --------------------------------------------------------------------------------------------------

    def written_columns(self) -> list[Column]:
        return [column for column in self.columns if not column.read_only]

    def examples(self) -> list:
        """One row that can be imported as it is: what it refers to is there."""
        return [self._example(column) for column in self.written_columns()]

    def _example(self, column):
        if column.example is not None or not isinstance(column, Reference):
            return column.sample if column.example is None else column.example
        first = column.to._default_manager.for_tenant(self.tenant).values_list("pk", flat=True).first()
        return self.names.of(column.to, {first}).get(first, "")

    def need_of(self, column: Column) -> str:
        if column.name in self.key:
            return _("yes: by it a row is known")
        return _("for a new row") if column.is_needed else _("no")


def plain(word: str) -> str:
    """A heading without what people write differently."""
    return re.sub(r"[\s_./()-]+", " ", word.lower()).strip()
