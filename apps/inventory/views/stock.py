"""What is where: by warehouse and bin."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from apps.core.list_files import list_file, page_from
from apps.core.roles import EVERYONE, roles_allowed
from apps.inventory import queries
from apps.inventory.models import plain
from apps.inventory.stock_forms import StockFilterForm

PAGE = 100
COLUMNS = ["warehouse", "bin", "sku", "name", "unit", "on_hand", "reserved", "available", "unit_cost", "value"]
FILTERS = ("q", "place", "bin", "empty")


@require_GET
@roles_allowed(*EVERYONE)
def stock(request):
    """What lies in which bin, how much of it is free, and what it is worth."""
    look = StockFilterForm(request.GET, tenant=request.tenant).look()
    page = page_from(queries.stock_found(request.tenant, look), after=request.GET.get("after", ""), size=PAGE)
    queries.note_reserved(request.tenant, page.rows)
    context = {
        "look": look, "is_filtered": any(look.values()), "rows": page.rows, "next": page.cursor_after(),
        "is_first": not page.has_previous, "places": queries.stores(request.tenant),
    }  # fmt: skip
    return render(request, "inventory/stock.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def stock_file(request, kind):
    """All that the filters find."""
    look = StockFilterForm(request.GET, tenant=request.tenant).look()
    rows = queries.stock_found(request.tenant, look)

    def cells(found):
        queries.note_reserved(request.tenant, found)
        return [_cells(row) for row in found]

    return list_file(request, kind, name="stock", rows=rows, columns=COLUMNS, cells=cells, filters=FILTERS)


def _cells(row) -> list:
    return [
        str(row.location), row.bin_location, row.part.sku, row.part.name, row.part.unit, plain(row.qty_on_hand),
        plain(row.reserved), plain(row.available), "" if row.unit_cost is None else plain(row.unit_cost), plain(row.value),
    ]  # fmt: skip
