"""The questions of a sheet in words: what could be two things, and which."""

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
                {"way": way, "words": WAYS[way], "value": str(value), "is_chosen": way == question.answer}
                for way, value in question.readings.items()
            ],
        }
        for question in (found.questions if found else ())
    ]
