"""Lists in pages by key: each begins after the last row of the one before, so nothing is skipped or doubled when rows come
in meanwhile, and the last page costs what the first does."""

import base64
import binascii
import json
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.core.api.errors import Refused
from apps.core.fields import IdentityField

USUAL, MOST = 100, 500


class KeysetPagination(BasePagination):
    """`{"next", "previous", "results"}`, by the queryset's own order (of fields that are stored) and its key."""

    def paginate_queryset(self, queryset, request, view=None):
        self.address = request.build_absolute_uri()
        size = _limit(request.query_params.get("limit"))
        return self.page_of(queryset, after=request.query_params.get("cursor"), size=size)

    def page_of(self, queryset, *, after, size) -> list:
        """The rows of the page that a cursor begins; none is the first."""
        self.order = _order(queryset)
        is_back, values = _read(after, queryset.model, self.order) if after else (False, [])
        order = [(name, not down) for name, down in self.order] if is_back else self.order
        if values:
            queryset = queryset.filter(_beyond(queryset.model, order, values, nulls_first=is_back))
        queryset = queryset.order_by(*(_term(queryset.model, *term, nulls_first=is_back) for term in order))
        rows = list(queryset[: size + 1])
        is_more, rows = len(rows) > size, rows[:size]
        self.rows = rows[::-1] if is_back else rows
        # Where one came from there is a page, even if its rows are gone by now.
        self.has_next, self.has_previous = is_more or is_back, (is_more if is_back else bool(values))
        return self.rows

    def cursor_after(self) -> str:
        """Where the next page begins; empty on the last."""
        return self._cursor("n", self.rows[-1]) if self.rows and self.has_next else ""

    def get_paginated_response(self, data):
        following = self.cursor_after()
        before = self._cursor("p", self.rows[0]) if self.rows and self.has_previous else ""
        return Response(
            {
                "next": replace_query_param(self.address, "cursor", following) if following else None,
                "previous": replace_query_param(self.address, "cursor", before) if before else None,
                "results": data,
            }
        )

    def _cursor(self, way, row) -> str:
        words = json.dumps([way, *(getattr(row, name) for name, _down in self.order)], default=str)
        return base64.urlsafe_b64encode(words.encode()).decode().rstrip("=")

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {
            "next": link | {"description": "The address of the next page; null on the last."},
            "previous": link | {"description": "The address of the page before; null on the first."},
            "results": schema,
        }
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "How many of them at most.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins: taken from `next` or `previous`, never made up.",
                "schema": {"type": "string"},
                "x-cursor": True,
            },
        ]


def _limit(text) -> int:
    if text is None:
        return USUAL
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise Refused(limit=_("A whole number from 1 to %d.") % MOST)
    return int(text)


def _order(queryset) -> list[tuple[str, bool]]:
    """(attribute, whether it falls) of each field the queryset is ordered by, down to one that no two rows share."""
    order = []
    for term in queryset.query.order_by or queryset.model._meta.ordering:
        name = term.lstrip("-")
        order.append(("pk" if name == "id" else name, term.startswith("-")))
    if not any(name == "pk" or isinstance(_field(queryset.model, name), IdentityField) for name, _down in order):
        order.append(("pk", order[-1][1] if order else False))
    return order


def _field(model, name):
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _term(model, name, down, *, nulls_first):
    """An ordering with empty ones last (first, when read backwards); a plain one where there are none, for the index."""
    if not _field(model, name).null:
        return f"-{name}" if down else name
    where = {"nulls_first": True} if nulls_first else {"nulls_last": True}
    return F(name).desc(**where) if down else F(name).asc(**where)


def _beyond(model, order, after, *, nulls_first) -> Q:
    """The rows that come after `after`, the values of one row, in this order."""
    beyond = Q()
    same = Q()
    for position, ((name, down), value) in enumerate(zip(order, after, strict=True)):
        if value is None:
            further = Q(**{f"{name}__isnull": False}) if nulls_first else Q(pk__in=[])
        else:
            further = Q(**{f"{name}__{'lt' if down else 'gt'}": value})
            if _field(model, name).null and not nulls_first:
                further |= Q(**{f"{name}__isnull": True})
        beyond |= same & further
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
        if position == 0 and value is not None and not _field(model, name).null:
            # Said apart, an index scan begins at the right place; the OR alone would read all that comes before.
            start = Q(**{f"{name}__{'lte' if down else 'gte'}": value})
    first, value = order[0][0], after[0]
    return beyond if value is None or _field(model, first).null else start & beyond


def _read(cursor, model, order) -> tuple[bool, list]:
    """(whether it goes backwards, the values of the row it starts from)."""
    try:
        way, *words = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        values = [_value(_field(model, name), word) for (name, _down), word in zip(order, words, strict=True)]
    except (binascii.Error, ValueError, TypeError, OverflowError, RecursionError, ValidationError):
        values = None
    if values is None or way not in ("n", "p"):
        raise Refused(cursor=_("This is no cursor of this list; begin anew without one."))
    return way == "p", values


def _value(field, word):
    if word is None and field.null:
        return None
    if not isinstance(word, str | int) or isinstance(word, bool) or "\x00" in str(word):
        raise ValueError
    value = field.to_python(word)
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError
    return value
