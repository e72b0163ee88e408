"""What places and assets have in common: what is above and below each, and the lock of their tree."""

from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api.errors import Refused
from apps.core.trees import tree_guard


class InTree:
    """GET descendants/ and ancestors/, from the top down. The tree is locked before one of its rows is."""

    def locked(self):
        with tree_guard(self.model, self.request.tenant.pk):
            return super().locked()

    def get_serializer(self, *args, **kwargs):
        if self.action in ("descendants", "ancestors"):  # (the API's description asks without rows)
            kwargs.setdefault("many", True)
        return super().get_serializer(*args, **kwargs)

    @action(detail=True, methods=["get"], filter_backends=[])
    def descendants(self, request, **kwargs):
        """All below it, each after what it hangs below."""
        row = self.get_object()
        below = self.rows(request.tenant).filter(tree_id=row.tree_id, lft__gt=row.lft, rght__lt=row.rght)
        page = self.paginate_queryset(below.order_by("lft"))
        return self.get_paginated_response(self.get_serializer(page).data)

    descendants.queries = ("limit", "cursor")

    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def ancestors(self, request, **kwargs):
        """All above it, from the top down."""
        row = self.get_object()
        above = self.rows(request.tenant).filter(tree_id=row.tree_id, lft__lt=row.lft, rght__gt=row.rght)
        return Response(self.get_serializer(above.order_by("lft")).data)


def stays_put(row, data, *names) -> None:
    """Refuse a change of where a row hangs or is; take it out of the data."""
    for name in names:
        if name in data and data.pop(name) != getattr(row, name):
            raise Refused(**{name: _("It is moved by POST move/; leave this as it is.")})
