"""Shipments: the list and its files, one of them, and sending and receiving it by scanning."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.doing import done, posted
from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.http import lasting_address
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.core.sheets.names import as_key
from apps.core.uploads import store_upload
from apps.logistics import lists, services
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment, ShipmentStatus
from apps.logistics.movement_forms import GiveUpForm, PassForm, pressed, scanned
from apps.logistics.shipment_forms import ArriveForm, ArriveSignedForm, LeaveForm, ShipmentForm, ShipmentsLookForm
from apps.logistics.views.movements import chosen
from apps.registry.models import Asset

PAGE, MOST = 50, 1000
COLUMNS = ["reference", "status", "driver", "vehicle", "departed_at", "movements", "arrived", "manifest", "notes"]


@require_GET
@roles_allowed(*EVERYONE)
def shipments(request):
    """What travels together; by status and words."""
    look = ShipmentsLookForm(request.GET).look()
    pages = page_from(lists.shipments(request.tenant, look), after=request.GET.get("after", ""), size=PAGE)
    context = {
        "rows": pages.rows,
        "look": look,
        "statuses": ShipmentsLookForm.STATUSES,
        "next": pages.cursor_after(),
        "is_first": not pages.has_previous,
        "supervises": request.user.is_at_least(Role.SUPERVISOR),
    }
    return render(request, "logistics/shipments.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def shipments_file(request, kind):
    """All that the filters find, in the order of the page."""
    look = ShipmentsLookForm(request.GET).look()
    return list_file(
        request, kind, name="shipments", rows=lists.shipments(request.tenant, look), columns=COLUMNS,
        cells=lambda found: [_cells(row) for row in found], filters=("status", "q"),
    )  # fmt: skip


def _cells(row) -> list:
    return [
        row.jms_reference, row.status, row.driver_name, row.vehicle, as_moment(row.departed_at), row.of, row.arrived,
        row.manifest_pdf_url, row.notes,
    ]  # fmt: skip


def shipment_or_404(request, pk):
    return get_object_or_404(Shipment.objects.for_tenant(request.tenant).select_related("tenant"), pk=pk)


def movements_of(shipment):
    rows = AssetMovement.objects.for_tenant(shipment.tenant_id).by_themselves().filter(shipment=shipment)
    return rows.with_names().order_by("to_location__name", "created_at", "pk")


@require_GET
@roles_allowed(*EVERYONE)
def shipment_detail(request, pk):
    """What is on it, where it is, and what can be done now."""
    row = shipment_or_404(request, pk)
    found = lists.with_photos(movements_of(row)[:MOST])
    states = {movement.status for movement in found}
    numbers = {movement.gate_pass_ref for movement in found}
    taken = row.handovers.filter(taken_at__isnull=False).select_related("given_by", "taken_by", "signature")
    supervises = request.user.is_at_least(Role.SUPERVISOR)
    context = {
        "row": row,
        "movements": found,
        "passes": GatePass.objects.for_tenant(request.tenant).filter(number__in=numbers - {""}).order_by("number"),
        "handovers": taken.order_by("taken_at", "pk"),
        "away": [one for one in found if one.status == MovementStatus.IN_TRANSIT],
        "may": {
            "load": supervises and row.status == ShipmentStatus.PLANNED,
            "dispatch": supervises and MovementStatus.PLANNED in states and row.is_open,
            "receive": supervises and MovementStatus.IN_TRANSIT in states,
            "cancel": supervises and row.status == ShipmentStatus.PLANNED,
            "change": supervises and row.is_open,
            "pass": supervises and any(m.status == MovementStatus.PLANNED and not m.gate_pass_ref for m in found),
            "issue": supervises and bool(states - {MovementStatus.CANCELLED}),
        },
        "supervises": supervises,
        "reads_history": request.user.is_admin,
    }
    return render(request, "logistics/shipment_detail.html", context)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_new(request):
    """A new shipment; what goes on it is scanned then."""
    return _edited(request, Shipment(tenant=request.tenant))


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_change(request, pk):
    """Its reference, driver, vehicle and notes."""
    return _edited(request, shipment_or_404(request, pk))


def _edited(request, row):
    is_new = row._state.adding
    form = ShipmentForm(posted(request), instance=row)
    if form.is_bound and done(
        form, lambda form: services.save_shipment(form.instance, by=request.user, seen=form.cleaned_data["seen"])
    ):
        messages.success(request, _("%s is saved.") % row)
        return redirect("logistics:shipment_detail", pk=row.pk)
    back = reverse("logistics:shipments") if is_new else reverse("logistics:shipment_detail", args=[row.pk])
    title = _("New shipment") if is_new else _("Change the shipment")
    context = {"form": form, "title": title, "button": _("Save"), "back": back}
    return render(request, "logistics/act.html", context, status=422 if form.errors else 200)


@require_POST
@roles_allowed(*SUPERVISORS)
def shipment_load(request, pk):
    """Put on it what is scanned: the planned movement of that asset."""
    row = shipment_or_404(request, pk)
    asset = pressed(request)
    planned = AssetMovement.objects.for_tenant(request.tenant).by_themselves().filter(asset=asset)
    movement = planned.filter(status=MovementStatus.PLANNED).first()
    if movement is None:
        raise BrokenRule(_("%s is not planned to move; prepare its movement first.") % asset)
    services.load_movements(row, [movement], by=request.user)
    messages.success(request, _("%s is on it.") % asset)
    return redirect("logistics:shipment_detail", pk=row.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def shipment_unload(request, pk):
    """Take a movement off it; it stays planned."""
    row = shipment_or_404(request, pk)
    movement = get_object_or_404(movements_of(row), pk=chosen(request, "movement"))
    services.unload_movements([movement], by=request.user)
    messages.success(request, _("%s is not on it any more.") % movement.asset)
    return redirect("logistics:shipment_detail", pk=row.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def shipment_manifest(request, pk):
    """Issue its manifest, as it is now."""
    row = services.issue_manifest(
        shipment_or_404(request, pk), by=request.user, address=lambda path: lasting_address(request, path)
    )
    messages.success(request, _("The manifest is issued."))
    return redirect("logistics:shipment_detail", pk=row.pk)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_pass(request, pk):
    """One gate pass for all that is planned on it and has none."""
    row = shipment_or_404(request, pk)

    def issue(form):
        said = form.cleaned_data
        return services.issue_gate_pass(
            list(without_pass(row)), by=request.user, address=lambda path: lasting_address(request, path),
            number=said["number"], bearer=said["bearer"], vehicle=said["vehicle"], valid_until=said["valid_until"],
        )  # fmt: skip

    form = PassForm(posted(request), row=row, initial={"bearer": row.driver_name, "vehicle": row.vehicle})
    if form.is_bound and (issued := done(form, issue)):
        messages.success(request, _("The gate pass %s is issued.") % issued)
        return redirect("logistics:shipment_detail", pk=row.pk)
    context = {
        "form": form, "heading": row, "title": _("Gate pass"), "button": _("Issue"),
        "back": reverse("logistics:shipment_detail", args=[row.pk]),
    }  # fmt: skip
    return render(request, "logistics/act.html", context, status=422 if form.errors else 200)


def without_pass(shipment):
    return movements_of(shipment).filter(status=MovementStatus.PLANNED, gate_pass_ref="")


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_dispatch(request, pk):
    """Send what was scanned or ticked; the rest stays planned."""
    row = shipment_or_404(request, pk)

    def leave(said):
        services.dispatch_shipment(
            row, by=request.user, movements=said["movement"], gate_pass_ref=said.get("gate_pass_ref", ""),
            condition=said["condition"], at=said["occurred_at"], take_off=said["take_off"], seen=said["seen"],
        )  # fmt: skip
        return _("%s is on its way.") % row

    return _by_scanning(request, row, LeaveForm, MovementStatus.PLANNED, leave, title=_("Dispatch"))


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_receive(request, pk):
    """Receive what was scanned or ticked; what is missing is named, and stays in transit."""
    row = shipment_or_404(request, pk)

    def arrive(said):
        return services.receive_shipment(row, by=request.user, **_arrived(said)).words

    return _by_scanning(request, row, ArriveForm, MovementStatus.IN_TRANSIT, arrive, title=_("Receive"))


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_sign(request, pk):
    """Receive what was scanned or ticked, and have its giver sign on the screen."""
    row = shipment_or_404(request, pk)

    def arrive(said):
        signature = store_upload(said["signature"], tenant=request.tenant, by=request.user)
        signed = {"signer_name": said["signer_name"], "signature": signature}
        return services.sign_over(row, by=request.user, **signed, **_arrived(said)).words

    return _by_scanning(
        request, row, ArriveSignedForm, MovementStatus.IN_TRANSIT, arrive, title=_("Receive with a signature")
    )


def _arrived(said) -> dict:
    return {
        "movements": said["movement"], "assets": list(said["unexpected"]), "location": said["location"],
        "condition": said["condition"], "at": said["occurred_at"], "seen": said["seen"],
    }  # fmt: skip


def _by_scanning(request, row, form_class, status, act, *, title):
    """The page on which movements are scanned one after the other: `movement` names those so far, `code` the next one."""
    rows = lists.with_photos(movements_of(row).filter(status=status)[:MOST])
    told = request.POST if request.method == "POST" else request.GET
    ticked = {key for key in map(as_key, told.getlist("movement")) if key}
    strangers = _strangers(request, told.getlist("unexpected"))
    problem = ""
    if code := request.GET.get("code", "").strip()[:500]:
        try:
            asset = scanned(request.tenant, code)
        except ValidationError as refused:
            problem = refused.messages[0]
        else:
            found = {one.asset_id: one for one in rows}.get(asset.pk)
            if found:
                ticked.add(found.pk)
            elif asset.pk not in {stranger.pk for stranger in strangers}:
                strangers.append(asset)
    form = form_class(*([request.POST, request.FILES] if request.method == "POST" else []), row=row)
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                if not form.cleaned_data["movement"]:
                    raise BrokenRule(_("Scan or tick what is meant first."))
                words = act(form.cleaned_data | {"movement": list(form.cleaned_data["movement"])})
        except (Conflict, NotAllowed):
            raise
        except BrokenRule as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, words)
            return redirect("logistics:shipment_detail", pk=row.pk)
    context = {
        "row": row, "form": form, "title": title, "problem": problem, "strangers": strangers,
        "rows": [(one, one.pk in ticked) for one in rows], "count": len(ticked & {one.pk for one in rows}),
        "missing": len(rows) - len(ticked & {one.pk for one in rows}),
    }  # fmt: skip
    return render(request, "logistics/shipment_scan.html", context, status=422 if form.errors else 200)


def _strangers(request, keys) -> list:
    return list(
        Asset.objects.for_tenant(request.tenant).filter(pk__in=[key for key in map(as_key, keys[:MOST]) if key])
    )


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def shipment_cancel(request, pk):
    """Give up a shipment that has not left, with what was planned on it."""
    row = shipment_or_404(request, pk)
    form = GiveUpForm(posted(request), row=row)
    if form.is_bound and done(
        form,
        lambda form: services.cancel_shipment(
            row, by=request.user, reason=form.cleaned_data["reason"], seen=form.cleaned_data["seen"]
        ),
    ):
        messages.success(request, _("%s is cancelled.") % row)
        return redirect("logistics:shipment_detail", pk=row.pk)
    context = {
        "form": form, "heading": row, "title": _("Cancel the shipment"), "button": _("Cancel it"), "is_danger": True,
        "back": reverse("logistics:shipment_detail", args=[row.pk]),
    }  # fmt: skip
    return render(request, "logistics/act.html", context, status=422 if form.errors else 200)
