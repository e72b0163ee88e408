"""One part: its page, and what managers do to it."""

from base64 import b64encode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.doing import done, posted
from apps.core.errors import BrokenRule
from apps.core.http import lasting_address
from apps.core.label_sheets import qr_svg
from apps.core.models import Attachment
from apps.core.roles import EVERYONE, MANAGERS, Role, roles_allowed
from apps.inventory import queries, services
from apps.inventory.models import Part, PartBarcode, PartUnit, Stock
from apps.inventory.part_forms import BarcodeForm, PartForm, UnitForm
from apps.inventory.services.photos import MOST_PHOTOS
from apps.registry.meter_page import bars

MOVES_SHOWN, SHOWN = 10, 50


def part_or_404(request, pk) -> Part:
    return get_object_or_404(Part.objects.for_tenant(request.tenant).select_related("tenant"), pk=pk)


@require_GET
@roles_allowed(*EVERYONE)
def part_detail(request, pk):
    """A part: how much is where, who carries it, what is promised, what moved."""
    return _page(request, part_or_404(request, pk))


def _page(request, part, *, barcode_form=None, unit_form=None):
    tenant, today, now = request.tenant, timezone.localdate(), timezone.now()
    rows = Stock.objects.for_tenant(tenant).filter(part=part, qty_on_hand__gt=0).select_related("location")
    stock = list(rows.order_by("location__name", "bin_location"))
    queries.note_reserved(tenant, stock)
    moves = list(queries.moves_found(tenant, {"part": part})[:MOVES_SHOWN])
    queries.note_left(moves)
    orders = list(part.orders.open().for_tenant(tenant).order_by("expected_on", "pk")[:SHOWN])
    months = queries.used_by_month(tenant, now=now, part=part)
    (line,) = queries.reorder_lines(tenant, [queries.levels(part)], now=now)
    address = lasting_address(request, reverse("inventory:part_detail", args=[part.pk]))
    context = {
        "part": part,
        "line": line,
        "stock": stock,
        "carriers": list(queries.carriers(part)[:SHOWN]),
        "reservations": part.reservations.for_tenant(tenant).filter(qty_open__gt=0).order_by("created_at")[:SHOWN],
        "orders": [(order, order.is_late(today)) for order in orders],
        "barcodes": part.barcodes.for_tenant(tenant).order_by("barcode"),
        "units": part.units.for_tenant(tenant).order_by("code"),
        "moves": moves,
        "bars": bars(list(months), months) if any(months.values()) else (),
        "photos": list(services.photos_of(part)),
        "most_photos": MOST_PHOTOS,
        "qr": f"data:image/svg+xml;base64,{b64encode(qr_svg(address).encode()).decode()}",
        "barcode_form": barcode_form or BarcodeForm(),
        "unit_form": unit_form or UnitForm(instance=PartUnit(tenant=tenant, part=part)),
        "manages": request.user.is_at_least(Role.MANAGER),
        "supervises": request.user.is_at_least(Role.SUPERVISOR),
        "own": next((row for row in queries.carriers(part) if row.user_id == request.user.pk), None),
    }
    status = 422 if barcode_form or unit_form else 200
    return render(request, "inventory/part_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def part_new(request):
    """A new part; the address may give its SKU or barcode: `?sku=`, `?barcode=`."""
    part = Part(tenant=request.tenant)
    return _form(request, part, title=_("New part"), button=_("Create the part"), said=_("%s is there."))


@require_http_methods(["GET", "POST"])
@roles_allowed(*MANAGERS)
def part_change(request, pk):
    part = part_or_404(request, pk)
    return _form(request, part, title=_("Change %s") % part, button=_("Save"), said=_("%s is changed."))


def _form(request, part, *, title, button, said):
    is_new = part._state.adding
    start = {name: request.GET.get(name, "")[:60] for name in ("sku", "barcode")} if is_new else {}
    form = PartForm(posted(request), instance=part, initial=start)
    if request.method == "POST" and done(form, lambda form: services.save_part(form.instance, by=request.user)):
        messages.success(request, said % part)
        return redirect("inventory:part_detail", pk=part.pk)
    context = {
        "form": form, "title": title, "button": button, "part": None if is_new else part,
        "categories": queries.categories(request.tenant),
    }  # fmt: skip
    return render(request, "inventory/part_form.html", context, status=422 if form.errors else 200)


@require_POST
@roles_allowed(*MANAGERS)
def part_use(request, pk):
    """Put it out of use, or back into it."""
    part, use = part_or_404(request, pk), request.POST.get("use")
    if use not in ("0", "1"):
        raise BrokenRule(_("Say what becomes of it: in use, or out of use."))
    part = services.set_in_use(part, use == "1", by=request.user)
    said = _("%s is in use again.") if part.is_active else _("%s is out of use.")
    messages.success(request, said % part)
    return redirect("inventory:part_detail", pk=part.pk)


@require_POST
@roles_allowed(*MANAGERS)
def part_barcode_new(request, pk):
    part = part_or_404(request, pk)
    form = BarcodeForm(request.POST, instance=PartBarcode(tenant=request.tenant, part=part))
    if not done(form, lambda form: services.save_barcode(form.instance, by=request.user)):
        return _page(request, part, barcode_form=form)
    messages.success(request, _("%(barcode)s finds %(part)s, too.") % {"barcode": form.instance, "part": part})
    return redirect("inventory:part_detail", pk=part.pk)


@require_POST
@roles_allowed(*MANAGERS)
def part_unit_new(request, pk):
    part = part_or_404(request, pk)
    form = UnitForm(request.POST, instance=PartUnit(tenant=request.tenant, part=part))
    if not done(form, lambda form: services.save_unit(form.instance, by=request.user)):
        return _page(request, part, unit_form=form)
    messages.success(request, _("It can be received by the %s.") % form.instance)
    return redirect("inventory:part_detail", pk=part.pk)


@require_POST
@roles_allowed(*MANAGERS)
def part_barcode_remove(request, pk):
    return _remove(request, PartBarcode, pk)


@require_POST
@roles_allowed(*MANAGERS)
def part_unit_remove(request, pk):
    return _remove(request, PartUnit, pk)


def _remove(request, model, pk):
    row = get_object_or_404(model.objects.for_tenant(request.tenant).select_related("part"), pk=pk)
    services.remove_code(row, by=request.user)
    messages.success(request, _("%s is gone.") % row)
    return redirect("inventory:part_detail", pk=row.part_id)


@require_POST
@roles_allowed(*MANAGERS)
def part_photos(request, pk):
    part = part_or_404(request, pk)
    services.add_photos(part, request.FILES.getlist("photos"), by=request.user)
    messages.success(request, _("The photos are kept."))
    return redirect("inventory:part_detail", pk=part.pk)


@require_POST
@roles_allowed(*MANAGERS)
def part_photo_remove(request, pk):
    photo = get_object_or_404(Attachment.objects.for_tenant(request.tenant).filter(entity_type="parts"), pk=pk)
    services.remove_photo(photo)
    messages.success(request, _("The photo is gone."))
    return redirect("inventory:part_detail", pk=photo.entity_id)
