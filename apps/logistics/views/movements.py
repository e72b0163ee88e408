"""Movements: the list and its files, one of them, and preparing new ones by scanning."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.doing import done, posted
from apps.core.errors import BrokenRule
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.core.sheets.names import as_key
from apps.logistics import lists, services
from apps.logistics.models import AssetMovement, GatePass, MovementStatus
from apps.logistics.movement_forms import MOST_PREPARED, MovementsLookForm, PlanForm, scanned
from apps.registry.models import Asset

PAGE = 50
FILTERS = ("which", "q", "location", "asset")
COLUMNS = [
    "asset_code", "asset", "from", "to", "status", "gate_pass", "shipment", "comes_back", "expected_return",
    "dispatched_at", "dispatched_by", "condition_out", "received_at", "received_by", "received_at_place", "condition_in",
]  # fmt: skip


@require_GET
@roles_allowed(*EVERYONE)
def movements(request):
    """What moves, or is about to; by status, place and words."""
    form = MovementsLookForm(request.GET, tenant=request.tenant)
    look = form.look()
    pages = page_from(
        lists.movements(request.tenant, look).with_is_out(), after=request.GET.get("after", ""), size=PAGE
    )
    context = {
        "rows": pages.rows,
        "look": look,
        "which": MovementsLookForm.WHICH,
        "place_field": form["location"],
        "is_filtered": any(look[name] for name in ("q", "location", "asset")),
        "next": pages.cursor_after(),
        "is_first": not pages.has_previous,
        "today": timezone.localdate(),
        "supervises": request.user.is_at_least(Role.SUPERVISOR),
    }
    return render(request, "logistics/movements.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def movements_file(request, kind):
    """All that the filters find, in the order of the page."""
    look = MovementsLookForm(request.GET, tenant=request.tenant).look()
    return list_file(
        request, kind, name="movements", rows=lists.movements(request.tenant, look), columns=COLUMNS,
        cells=lambda found: [_cells(row) for row in found], filters=FILTERS,
    )  # fmt: skip


def _cells(row) -> list:
    return [
        row.asset.identity.client_code, row.asset.name, str(row.from_location), str(row.to_location), row.status,
        row.gate_pass_ref, str(row.shipment or ""), row.returnable, row.expected_return or "",
        as_moment(row.dispatched_at), str(row.dispatched_by or ""), row.condition_out, as_moment(row.received_at),
        str(row.received_by or ""), str(row.received_location or ""), row.condition_in,
    ]  # fmt: skip


def chosen(request, name):
    """The key that a press names. Raises BrokenRule where it names none."""
    if key := as_key(request.POST.get(name, "")):
        return key
    raise BrokenRule(_("Choose what is meant first."))


def movement_or_404(request, pk):
    rows = AssetMovement.objects.for_tenant(request.tenant).with_names()
    return get_object_or_404(
        rows.select_related("tenant", "returns", "carried_by__asset", "lost_by", "created_by"), pk=pk
    )


@require_GET
@roles_allowed(*EVERYONE)
def movement_detail(request, pk):
    """Where an asset goes, with which pass, in what condition it left and arrived, and what can be done now."""
    (row,) = lists.with_photos(lists.with_handovers([movement_or_404(request, pk)]))
    passed = GatePass.objects.for_tenant(request.tenant).filter(number=row.gate_pass_ref).select_related("issued_by")
    is_planned, is_away = row.status == MovementStatus.PLANNED, row.status == MovementStatus.IN_TRANSIT
    is_out = (
        row.returnable and AssetMovement.objects.for_tenant(request.tenant).outstanding().filter(pk=row.pk).exists()
    )
    supervises = request.user.is_at_least(Role.SUPERVISOR) and not row.carried_by_id
    context = {
        "row": row,
        "gate_pass": passed.first() if row.gate_pass_ref else None,
        "inside": row.carries.select_related("asset").order_by("asset__name", "pk")[:MOST_PREPARED],
        "returned_by": row.returned_by.exclude(status=MovementStatus.CANCELLED).first() if row.returnable else None,
        "today": timezone.localdate(),
        "may": {
            "dispatch": supervises and is_planned,
            "receive": supervises and is_away,
            "hand_over": supervises and is_away,
            "cancel": supervises and is_planned,
            "lose": supervises and is_away,
            "issue": supervises and row.is_open,
            "note": supervises and row.takes_condition,
            "change": supervises and (is_planned or is_out),
            "bring_back": supervises and is_out and not is_away,
        },
        "is_own": row.dispatched_by_id == request.user.pk and not request.tenant.rules.agile_mode,
        "is_out": is_out,
        "reads_history": request.user.is_admin,
    }
    return render(request, "logistics/movement_detail.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def movement_new(request):
    """Prepare assets to go somewhere: `?asset=` names those scanned so far, `code` the next one; POST prepares them all."""
    told = request.POST if request.method == "POST" else request.GET
    keys = list(dict.fromkeys(filter(None, map(as_key, told.getlist("asset")))))[:MOST_PREPARED]
    assets, problem = _chosen(request.tenant, keys), ""
    if code := request.GET.get("code", "").strip()[:500]:
        try:
            asset = scanned(request.tenant, code)
            if asset.pk not in {row.pk for row in assets}:
                assets.append(asset)
        except ValidationError as refused:
            problem = refused.messages[0]
    is_sent = request.method == "POST"
    form = PlanForm(posted(request), tenant=request.tenant)
    if is_sent and len(assets) < len(keys):
        form.add_error(None, _("One of them is not there any more. Look at the list again."))
    if is_sent and (rows := done(form, lambda form: _move(request, assets, form.cleaned_data))):
        return _moved(request, rows)
    context = {"form": form, "assets": assets, "problem": problem}
    return render(request, "logistics/movement_new.html", context, status=422 if form.errors else 200)


def _move(request, assets, said) -> list:
    """Prepared; in agile mode, where no truck takes them, they are there at once."""
    rows = services.plan_movements(assets, by=request.user, **said)
    if request.tenant.rules.agile_mode and said["shipment"] is None:
        rows = services.dispatch_movements(rows, by=request.user)
    return rows


def _moved(request, rows):
    count, row = len(rows), rows[0]
    if row.status == MovementStatus.PLANNED:
        words = ngettext("%d movement is prepared.", "%d movements are prepared.", count)
    else:
        words = ngettext("%d asset is moved.", "%d assets are moved.", count)
    messages.success(request, words % count)
    if count == 1:
        return redirect("logistics:movement_detail", pk=row.pk)
    return (
        redirect("logistics:shipment_detail", pk=row.shipment_id)
        if row.shipment_id
        else redirect("logistics:movements")
    )


def _chosen(tenant, keys) -> list:
    found = Asset.objects.for_tenant(tenant).select_related("location").prefetch_related("identity").in_bulk(keys)
    return [found[key] for key in keys if key in found]
