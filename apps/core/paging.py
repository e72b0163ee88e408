"""Pages by key: each begins after the last row of the one before, so nothing is skipped when rows come in meanwhile."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.dateparse import parse_datetime


@dataclass(frozen=True)
class Page:
    """rows of this page, and the `after` of the next (empty: there is none)."""

    rows: list
    next: str


def newest_first(queryset, *, moment: str, tie: str, after: str, size: int) -> Page:
    """A page of a queryset by moment and tie-breaker, both descending, as an index holds them.

    after: the cursor of the page before ("" for the first); one that cannot be read begins at the start.
    """
    if cursor := _read(after, queryset.model._meta.get_field(tie)):
        at, number = cursor
        # The first condition starts the index scan at the right place; alone, the OR would read all that is newer.
        queryset = queryset.filter(**{f"{moment}__lte": at}).filter(
            Q(**{f"{moment}__lt": at}) | Q(**{moment: at, f"{tie}__lt": number})
        )
    rows = list(queryset.order_by(f"-{moment}", f"-{tie}")[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, cursor_of(rows[-1], moment, tie) if more else "")


def in_order(queryset, *, field: str, after: str, size: int) -> Page:
    """A page of a queryset by a text and the key, both ascending, as an index holds them. after: as above."""
    key, _tilde, text = after.partition("~")
    try:
        key = queryset.model._meta.pk.to_python(key)
    except ValidationError:
        key = None
    if key and "\x00" not in text:
        queryset = queryset.filter(**{f"{field}__gte": text}).filter(
            Q(**{f"{field}__gt": text}) | Q(**{field: text, "pk__gt": key})
        )
    rows = list(queryset.order_by(field, "pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, f"{rows[-1].pk}~{getattr(rows[-1], field)}" if more else "")


def ranked(queryset, *, rank: str, after: str, size: int, falling: bool = False) -> Page:
    """A page of a queryset by what it computes of each row (an annotation, never empty) and the key. after: as above.

    Nothing holds such an order but the answer: the database computes all of it for each page.
    """
    key, _tilde, text = after.partition("~")
    try:
        key = queryset.model._meta.pk.to_python(key) if key else None
        value = queryset.query.annotations[rank].output_field.to_python(text)
    except (ValidationError, ValueError, OverflowError):  # a cursor that somebody changed by hand
        key = None
    if key and _comparable(value):
        beyond = "lt" if falling else "gt"
        queryset = queryset.filter(Q(**{f"{rank}__{beyond}": value}) | Q(**{rank: value, "pk__gt": key}))
    rows = list(queryset.order_by(f"-{rank}" if falling else rank, "pk")[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, f"{rows[-1].pk}~{getattr(rows[-1], rank)}" if more else "")


def _comparable(value) -> bool:
    """Whether a number or a moment can be compared in the database."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return value is not None and not (isinstance(value, datetime) and value.tzinfo is None)


def cursor_of(row, moment: str, tie: str) -> str:
    return f"{getattr(row, moment).isoformat()}~{getattr(row, tie)}"


def _read(after: str, tie_field) -> tuple[datetime, object] | None:
    moment, _tilde, tie = after.replace(" ", "+").partition("~")
    try:
        at = parse_datetime(moment)
        number = tie_field.to_python(tie)
    except (ValidationError, ValueError, OverflowError):  # a cursor that somebody changed by hand
        return None
    if at is None or at.tzinfo is None or number is None or (isinstance(number, int) and abs(number) >= 2**63):
        return None
    return at, number
