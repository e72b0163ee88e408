"""Jobs pasted from a spreadsheet: read by the reader of all sheets; new ones only, and with or without a heading."""

from django.utils.translation import gettext as _

from apps.core.sheets import reading
from apps.core.sheets.tables import Comparison, plain
from apps.shopfloor.job_forms import COLUMNS
from apps.shopfloor.sheets import JobSheet

MOST_ROWS = 1000
REQUIRED = ("code", "part_name", "qty_total")


class PasteSheet(JobSheet):
    """A sheet of new jobs."""

    fields = COLUMNS
    needed = REQUIRED
    most_rows = MOST_ROWS

    def check(self, found: Comparison) -> None:
        for row in found.rows:
            if row.instance is not None and not row.is_new:
                row.errors.setdefault("code", _("There is a job %s already.") % row.instance.code)


def read_paste(text: str, tenant, answers=None) -> Comparison:
    """Read cells copied from a spreadsheet. answers: {column: how what could be two things is meant}.

    Nothing is guessed: what could be two days, or two numbers, becomes a question.
    """
    sheet = PasteSheet(tenant)
    try:
        grid = reading.read_text(text)
    except reading.Unreadable as refused:
        return Comparison([], problems=[str(refused)])
    if not _is_heading(sheet, grid.rows[0].cells):
        grid.rows.insert(0, reading.Row(0, list(COLUMNS)))
    found = sheet.compare(grid, answers or {})
    used = {name for row in found.rows for name in row.cells}
    found.columns = [column for column in found.columns if column.name in used]
    return found


def _is_heading(sheet, cells) -> bool:
    """Whether the first row names columns: two of them, or all there are."""
    known = {plain(word) for column in sheet.columns for word in (column.name, *column.words)}
    words = [plain(cell) for cell in cells]
    return sum(word in known for word in words) >= min(2, len(words))
