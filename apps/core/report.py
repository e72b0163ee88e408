"""Reports on paper: tables under headings, one template for all (apps/core/typst/report.typ)."""

from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.pdf import heading, render_pdf

MOST_LINES = 1500


def report(tenant, title, sections, *, widths, numbers=(), facts=(), nothing="", signs=()) -> bytes:
    """The PDF. sections: [(heading or "", names of the columns, rows of words)]. widths: of the columns, in shares.

    numbers: which columns stand right. facts: [(name, value)] below the title. nothing: what is said where no section has
    a row. signs: lines to sign on. Raises BrokenRule for more lines than anybody reads on paper.
    """
    if sum(len(rows) for _heading, _columns, rows in sections) > MOST_LINES:
        raise BrokenRule(
            _("These are more than %d lines, too many for paper. Filter them, or take the CSV.") % MOST_LINES
        )
    data = heading(tenant) | {
        "title": title,
        "facts": [list(fact) for fact in facts],
        "sections": [
            {"heading": name, "columns": columns, "rows": rows, "widths": widths, "numbers": list(numbers)}
            for name, columns, rows in sections
            if rows
        ],
        "nothing": nothing,
        "signs": list(signs),
    }
    return render_pdf("report", data)
