"""Numbers and dates as people write them. What could be two is asked, once for its column, and never guessed.

A way says how a column is read: the decimal sign ("," or "."), or the order of day and month ("dmy" or "mdy").
"""

import datetime
import re
from decimal import Decimal

# Between thousands, in one country or another: never a decimal sign.
SPACES = re.compile("(?<=[0-9])[ \u00a0\u202f\u2009'\u2019](?=[0-9]{3}(?![0-9]))")
GROUPED = {  # by decimal sign: groups of the other sign before it
    ",": re.compile(r"[+-]?\d{1,3}(\.\d{2,3})*\.\d{3}(,\d{1,40})?", re.ASCII),
    ".": re.compile(r"[+-]?\d{1,3}(,\d{2,3})*,\d{3}(\.\d{1,40})?", re.ASCII),
}
UNGROUPED = {
    ",": re.compile(r"[+-]?(\d{1,40}(,\d{0,40})?|,\d{1,40})", re.ASCII),
    ".": re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})", re.ASCII),
}
THOUSANDS = {",": ".", ".": ","}
NUMBER_WAYS = (",", ".")
DATE_WAYS = ("dmy", "mdy")

ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
WITH_MONTH = re.compile(r"(\d{1,2})[-/. ]([A-Za-z]{3,9})[-/., ]{1,2}(\d{4}|\d{2})", re.ASCII)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def number_readings(text: str) -> dict[str, Decimal]:
    """What a text is as a number, by decimal sign: {} is none, two equal values are no question."""
    text = SPACES.sub("", text.strip())
    found = {}
    for sign, other in THOUSANDS.items():
        is_grouped = GROUPED[sign].fullmatch(text) and not text.lstrip("+-").startswith("0")
        if is_grouped or UNGROUPED[sign].fullmatch(text):
            found[sign] = Decimal(text.replace(other, "").replace(sign, "."))
    return found


def date_readings(text: str) -> dict[str, datetime.date]:
    """What a text is as a date, by the order of its parts."""
    if found := ISO.fullmatch(text):
        year, _sign, month, day = found.groups()
        return _by_way(year, **dict.fromkeys(DATE_WAYS, (month, day)))
    if found := WITH_MONTH.fullmatch(text):
        day, word, year = found.groups()
        month = str(MONTHS.index(word[:3].lower()) + 1) if word[:3].lower() in MONTHS else "0"
        return _by_way(year, **dict.fromkeys(DATE_WAYS, (month, day)))
    if found := NUMERIC.fullmatch(text):
        first, sign, second, year = found.groups()
        if sign == "." and len(year) == 4:  # 03.04.2026 is written where the day comes first
            return _by_way(year, **dict.fromkeys(DATE_WAYS, (second, first)))
        return _by_way(year, dmy=(second, first), mdy=(first, second))
    return {}


def _by_way(year, **parts) -> dict[str, datetime.date]:
    found = {}
    for way, (month, day) in parts.items():
        try:
            found[way] = datetime.date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        except ValueError:
            continue
    return found


def is_doubtful(readings: dict) -> bool:
    """Whether a cell could be two things."""
    return len(set(readings.values())) > 1


def decided(columns_readings) -> str:
    """The way that a column's other cells show, or "": none does, or they contradict each other."""
    shown = set()
    for readings in columns_readings:
        if len(readings) == 1:
            shown.update(readings)
    return shown.pop() if len(shown) == 1 else ""
