"""Parts: the list that search and filters find."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.paging import in_order
from apps.core.roles import EVERYONE, Role, roles_allowed
from apps.inventory import queries
from apps.inventory.models import AbcClass, plain
from apps.inventory.part_forms import USE, PartFilterForm

PAGE = 50
COLUMNS = [
    "sku", "name", "category", "unit", "min_level", "max_level", "barcode", "supplier", "lead_days", "abc_class",
    "is_active", "on_hand", "reserved", "available", "ordered",
]  # fmt: skip


@require_GET
@roles_allowed(*EVERYONE)
def parts(request):
    """What is kept in stock, by SKU, with how much of each is there, available and ordered.

    `?code=`: what was scanned or typed; where it is a part's, its page opens.
    """
    code = request.GET.get("code", "").replace("\x00", "").strip()[:500]
    if part := queries.find_part(request.tenant, code):
        return redirect("inventory:part_detail", pk=part.pk)
    look = PartFilterForm(request.GET).look()
    after = request.GET.get("after", "")
    page = in_order(queries.parts_found(request.tenant, look), field="sku", after=after, size=PAGE)
    context = {
        "code": code, "look": look, "is_filtered": any(look.values()), "rows": page.rows, "next": page.next, "is_first": not after,
        "categories": queries.categories(request.tenant), "classes": AbcClass.choices, "uses": USE,
        "manages": request.user.is_at_least(Role.MANAGER),
    }  # fmt: skip
    return render(request, "inventory/part_list.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def parts_file(request, kind):
    """All that the filters find, with the columns that an import takes, and the levels."""
    look = PartFilterForm(request.GET).look()
    found = queries.parts_found(request.tenant, look)

    def page(after):
        rows = in_order(found, field="sku", after=after, size=EXPORT_PAGE)
        return [_cells(part) for part in rows.rows], rows.next

    asked = {name: value for name, value in look.items() if value}
    return EXPORTS[kind](request, name="parts", table="parts", asked=asked, found=found, columns=COLUMNS, page=page)


def _cells(part) -> list:
    numbers = {"min_level", "max_level", "on_hand", "reserved", "available", "ordered"}
    values = {name: getattr(part, name) for name in COLUMNS}
    return [plain(value) if name in numbers and value is not None else value for name, value in values.items()]
