"""The cells of a day's grid as people type and paste them: read by the reader of all sheets, which never guesses."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.sheets import reading, ways
from apps.core.sheets.tables import Change, Comparison, Sheet
from apps.registry.log_grid import GridRow, cell_text
from apps.registry.models import DailyLog
from apps.registry.services.daily_logs import FIELDS


class CellSheet(Sheet):
    """The grid's three columns: hours, dial reading, fuel."""

    model = DailyLog
    fields = FIELDS

    def read(self, changes, answers) -> Comparison:
        """Numbers of the cells, by the way their column is written. answers: {column: way}."""
        found = Comparison(self.columns, changes)
        chosen = self._ask(found, self.columns, answers)
        for change in () if found.is_asking else changes:
            for column in self.columns:
                if not (cell := change.cells.get(column.name, "")).strip():
                    continue
                try:
                    change.values[column.name] = column.parse(cell, chosen.get(column.name, ""))
                except ValidationError as error:
                    change.errors[column.name] = " ".join(error.messages)
        return found


def fill(rows: list[GridRow], data) -> None:
    """Put what a form sent into the cells. What nobody touched shows what is stored by now."""
    for row in rows:
        seen = _seen(data.get(f"seen-{row.asset.pk}", ""))
        for name in FIELDS:
            text = data.get(f"{name}-{row.asset.pk}", "").strip()[:100]
            if text != cell_text(seen[name]):
                row.texts[name], row.seen[name] = text, seen[name]


def _seen(text) -> dict[str, Decimal | None]:
    found: dict[str, Decimal | None] = dict.fromkeys(FIELDS)
    for name, word in zip(FIELDS, text.split("|"), strict=False):
        try:
            found[name] = Decimal(word) if re.fullmatch(r"[0-9.]{1,20}", word) else None
        except InvalidOperation:
            continue
    return found


def read_cells(tenant, rows: list[GridRow], answers) -> tuple[Comparison, list[dict]]:
    """(what the touched cells were read as, with its questions; the rows for `save_daily_logs`). Errors go to the rows."""
    touched: list[dict[str, object]] = [
        {name: text for name, text in row.texts.items() if text != cell_text(row.seen[name])} for row in rows
    ]
    found = CellSheet(tenant).read([Change(place, cells) for place, cells in enumerate(touched)], answers)
    sent = []
    for row, change in zip(rows, found.rows, strict=True):
        row.errors = {name: [error] for name, error in change.errors.items()}
        values = {name: change.values.get(name) if name in change.cells else row.seen[name] for name in FIELDS}
        sent.append({"asset": row.asset, "seen": dict(row.seen), **values})
    return found, sent


def confirmed_in(rows: list[GridRow], marks) -> set:
    """What was said to be right although it is unusual: marks of cells whose text is still the one asked about."""
    given = set(marks)
    return {
        (row.asset.pk, name) for row in rows for name, text in row.texts.items() if mark_of(row, name, text) in given
    }


def mark_of(row, name, text) -> str:
    return f"{row.asset.pk}:{name}:{text}"


@dataclass
class Pasted:
    """What became of a block of cells. problems: sentences; split: set where it could be one column or two."""

    problems: list[str] = field(default_factory=list)
    asks_split: bool = False
    count: int = 0


def paste(rows: list[GridRow], text: str, *, at="", split="") -> Pasted:
    """Put a block of cells into the grid: by code where its first column has codes, else from one cell on, down and right.

    at: `field:key of the asset` of that cell ("": the first). split: "one" or "two" columns, where commas could be either.
    """
    done = Pasted()
    try:
        block = _block(text, split)
    except reading.Unreadable as refused:
        done.problems.append(str(refused))
        return done
    if block is None:
        done.asks_split = True
        return done
    name, _colon, key = at.partition(":")
    column = FIELDS.index(name) if name in FIELDS else 0
    start = next((place for place, row in enumerate(rows) if str(row.asset.pk) == key), 0)
    codes = _codes(rows)
    if any(cells and cells[0].strip().casefold() in codes for cells in block):
        _paste_by_code(rows, block, codes, column if key else 0, done)
    else:
        for row, cells in zip(rows[start:], block, strict=False):
            _put(row, cells, column, done)
        if (left := len(block) - len(rows[start:])) > 0:
            words = ngettext("%d row did not fit below.", "%d rows did not fit below.", left)
            done.problems.append(words % left)
    return done


def _block(text, split) -> list[list[str]] | None:
    """Rows of cells; None where it cannot be known whether commas separate columns or are decimal signs."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    is_plain = lines and "\t" not in text and ";" not in text
    if is_plain and all("," in line and ways.number_readings(line) for line in lines):
        if split not in ("one", "two"):
            return None
        if split == "one":
            return [[line] for line in lines]
    return [[str(cell) for cell in row.cells] for row in reading.read_text(text).rows]


def _codes(rows) -> dict[str, int]:
    """Where in the grid an asset is, by its code and by its name if no other is called so."""
    names = [row.asset.name.strip().casefold() for row in rows]
    codes = {name: place for place, name in enumerate(names) if names.count(name) == 1}
    return codes | {row.code.casefold(): place for place, row in enumerate(rows) if row.code}


def _paste_by_code(rows, block, codes, column, done) -> None:
    unknown = []
    for cells in block:
        word = cells[0].strip() if cells else ""
        if word.casefold() in codes:
            _put(rows[codes[word.casefold()]], cells[1:], column, done)
        elif word:
            unknown.append(word)
    if unknown and not _is_heading(block[0], unknown):
        shown = ", ".join(f"“{word[:40]}”" for word in unknown[:5]) + (" …" if len(unknown) > 5 else "")
        done.problems.append(_("These are not on this page, and were left out: %s") % shown)


def _is_heading(first, unknown) -> bool:
    """The only word that means no asset stands in the first row, above columns that are no numbers."""
    is_text = not any(ways.number_readings(cell) for cell in first[1:] if cell.strip())
    return len(unknown) == 1 and first[0].strip() == unknown[0] and is_text


def _put(row, cells, column, done) -> None:
    for name, cell in zip(FIELDS[column:], cells, strict=False):
        if cell.strip():
            row.texts[name] = cell.strip()[:100]
            done.count += 1
