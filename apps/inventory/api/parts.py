"""The catalogue: parts, what moved of them, what is to be ordered; their barcodes and units of receipt."""

from django.utils import timezone
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api.filters import ByKey, Filters, Flag, Moment
from apps.core.api.resources import Changes, Creates, Deletes, Resource
from apps.core.models import User
from apps.inventory import queries, services
from apps.inventory.api.shapes import MoveShape, PartBarcodeShape, PartShape, PartUnitShape, ReorderShape
from apps.inventory.models import AbcClass, MoveKind, Part, PartBarcode, PartUnit, StockMove


class PartFilters(Filters):
    category = CharFilter()
    supplier = CharFilter()
    barcode = CharFilter()
    abc_class = ChoiceFilter(choices=AbcClass.choices)
    is_active = Flag()


class Parts(Creates, Changes, Resource):
    """What is kept in stock, by SKU, with its levels over all warehouses."""

    model, shape = Part, PartShape
    lookup_field = "sku"
    filterset_class = PartFilters
    search_fields = ("sku", "name", "barcode")
    ordering = ("sku",)
    ordering_fields = ("sku", "name", "category", "created_at")

    def rows(self, tenant):
        return queries.with_levels(super().rows(tenant))

    def make(self, **data):
        return self.store(Part(tenant=self.request.tenant), data)

    def change(self, row, **data):
        return self.store(row, data)

    def store(self, part, data):
        for name, value in data.items():
            setattr(part, name, value)
        stays = () if part._state.adding else {field.name for field in Part._meta.fields} - set(data)  # as it is
        part.full_clean(exclude={"tenant", *stays}, validate_unique=False, validate_constraints=False)
        return services.save_part(part, by=self.request.user)

    @extend_schema(responses=MoveShape(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def moves(self, request, **kwargs):
        """The ledger of a part, newest first."""
        rows = StockMove.objects.for_tenant(request.tenant).filter(part=self.get_object())
        page = self.paginate_queryset(rows.select_related("part").order_by("-seq"))
        return self.get_paginated_response(MoveShape(page, many=True, context=self.get_serializer_context()).data)

    moves.queries = ("limit", "cursor")

    @extend_schema(operation_id="parts_reorder_of_one", responses=ReorderShape)
    @action(detail=True, methods=["get"])
    def reorder(self, request, **kwargs):
        """What to order of a part."""
        (line,) = queries.reorder_lines(request.tenant, [self.get_object()], now=timezone.now())
        return Response(ReorderShape(line).data)

    @extend_schema(operation_id="parts_to_reorder", responses=ReorderShape(many=True), filters=False)
    @action(detail=False, methods=["get"], url_path="reorder")
    def to_reorder(self, request, **kwargs):
        """All parts that are available below their minimum."""
        page = self.paginate_queryset(queries.to_reorder(request.tenant).order_by("sku"))
        lines = queries.reorder_lines(request.tenant, page, now=timezone.now())
        return self.get_paginated_response(ReorderShape(lines, many=True).data)

    to_reorder.queries = ("limit", "cursor")


class MoveFilters(Filters):
    part = ByKey(Part, "sku")
    kind = ChoiceFilter(choices=MoveKind.choices)
    user = ByKey(User, "id")
    reference = CharFilter()
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")


class StockMoves(Resource):
    """The ledger: every move of every part, newest first."""

    model, shape = StockMove, MoveShape
    filterset_class = MoveFilters
    ordering = ("-seq",)

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")


class OfPart(Filters):
    part = ByKey(Part, "sku")


class OfAPart(Creates, Changes, Deletes, Resource):
    """Rows that belong to a part; `save` is the service that stores them."""

    filterset_class = OfPart

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    def make(self, **data):
        return self.save(self.model(tenant=self.request.tenant, **data), by=self.request.user)

    def change(self, row, **data):
        for name, value in data.items():
            setattr(row, name, value)
        return self.save(row, by=self.request.user)

    def end(self, row):
        row.delete()


class PartBarcodes(OfAPart):
    """Further barcodes that find a part."""

    model, shape = PartBarcode, PartBarcodeShape
    save = staticmethod(services.save_barcode)
    search_fields = ("barcode",)


class PartUnits(OfAPart):
    """Units that parts come in: a box of 12."""

    model, shape = PartUnit, PartUnitShape
    save = staticmethod(services.save_unit)
