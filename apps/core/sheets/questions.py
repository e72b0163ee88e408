"""The questions of a sheet in words: what could be two things, and which."""

import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

WAYS = {
    ",": _("with a decimal comma"),
    ".": _("with a decimal point"),
    "dmy": _("the day first"),
    "mdy": _("the month first"),
}


def questions(found) -> list[dict]:
    """For the page, of a Comparison (or None): column, cell, and the ways it can be read with what each makes of it."""
    return [
        {
            "column": question.column,
            "cell": question.cell,
            "is_open": not question.answer,
            "ways": [
                {"way": way, "words": WAYS[way], "value": _plain(value), "is_chosen": way == question.answer}
                for way, value in question.readings.items()
            ],
        }
        for question in (found.questions if found else ())
    ]


def _plain(value) -> str:
    """A date or number that nobody can take for the other one."""
    if isinstance(value, datetime.date):
        return date_format(value, "j F Y")
    whole, _point, digits = f"{value:f}".partition(".")
    parts = f" + {int(digits)}/{10 ** len(digits)}" if int(digits or 0) else ""
    return f"{int(whole):,}".replace(",", "\u202f") + (parts if not whole.startswith("-") else parts.replace("+", "−"))
