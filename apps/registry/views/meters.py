"""An asset's meters: figures, chart, readings; post one, take one back, correct it, put in a new meter."""

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as EXPORT_PAGE
from apps.core.errors import BrokenRule
from apps.core.paging import newest_first
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.registry import services
from apps.registry.meter_forms import CorrectForm, ReadingForm, ReplaceForm, WhyForm
from apps.registry.meter_page import fuel_of, hours_by_source, meters_of
from apps.registry.meter_words import amount, found_in_words
from apps.registry.models import UNITS, Asset, Meter, MeterReading

PAGE = 50
READERS = (Role.TECHNICIAN, *SUPERVISORS)
COLUMNS = ["read_at", "meter", "kind", "value", "unit", "source", "person", "reason", "taken_back", "id"]


@require_GET
@roles_allowed(*EVERYONE)
def meters(request, pk):
    """All of an asset's meters, and its readings, newest first."""
    return _page(request, _asset(request, pk))


@require_POST
@roles_allowed(*READERS)
def meter_read(request, pk):
    """Post a reading; an unusual one is asked about once."""
    asset, form = _asset(request, pk), ReadingForm(request.POST)
    done = form.is_valid() and _try(
        form,
        lambda said: services.post_reading(
            asset, said["meter"], said["value"], kind=said["kind"], read_at=said["read_at"], reason=said["reason"],
            confirmed=form.is_confirmed, by=request.user,
        ),
    )  # fmt: skip
    if not done:
        return _page(request, asset, form=form)
    found = services.found_by(done)
    said = _("%s is noted.") % amount(done.value, done.meter)
    messages.success(request, f"{said} {found_in_words(found)}" if found else said)
    return redirect("registry:meters", pk=asset.pk)


@require_POST
@roles_allowed(*SUPERVISORS)
def meter_replace(request, pk):
    """Note that a new meter was put in."""
    asset, form = _asset(request, pk), ReplaceForm(request.POST)
    done = form.is_valid() and _try(
        form,
        lambda said: services.replace_meter(
            asset, said["meter"], old_value=said["value"], new_value=said["new_value"], read_at=said["read_at"],
            reason=said["reason"], confirmed=form.is_confirmed, by=request.user,
        ),
    )  # fmt: skip
    if not done:
        return _page(request, asset, replace_form=form)
    messages.success(request, _("The new meter is noted; counting goes on."))
    return redirect("registry:meters", pk=asset.pk)


@require_http_methods(["GET", "POST"])
@roles_allowed(*SUPERVISORS)
def reading_correct(request, pk):
    """One reading: put the right value in its place, or take it back."""
    reading, form = _reading(request, pk), CorrectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        done = _try(
            form,
            lambda said: services.correct_reading(
                reading, said["value"], reason=said["reason"], confirmed=form.is_confirmed, by=request.user
            ),
        )
        if done:
            messages.success(request, _("The reading is corrected."))
            return redirect("registry:meters", pk=reading.asset_id)
    context = {"reading": reading, "asset": reading.asset, "unit": UNITS[reading.meter], "form": form, "why": WhyForm()}
    return render(request, "registry/reading.html", context, status=422 if form.errors else 200)


@require_POST
@roles_allowed(*SUPERVISORS)
def reading_void(request, pk):
    """Take a reading back."""
    reading, form = _reading(request, pk), WhyForm(request.POST)
    if not form.is_valid():
        raise BrokenRule(_("Say why the reading is taken back."))
    services.void_reading(reading, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("The reading is taken back; what came after it is computed anew."))
    return redirect("registry:meters", pk=reading.asset_id)


@require_GET
@roles_allowed(*EVERYONE)
def meters_file(request, pk, kind):
    """All readings of an asset, newest first; what was taken back says so."""
    asset, tenant = _asset(request, pk), request.tenant
    found = _readings(asset)

    def page(after):
        rows = newest_first(found, moment="read_at", tie="seq", after=after, size=EXPORT_PAGE)
        return [_cells(row, tenant) for row in rows.rows], rows.next

    return EXPORTS[kind](
        request, name="readings", table="meter_readings", asked={"asset": str(asset.pk)}, found=found, columns=COLUMNS,
        page=page,
    )  # fmt: skip


def _cells(row, tenant):
    return [
        tenant.local(row.read_at).isoformat(sep=" ", timespec="seconds"), row.meter, row.kind, row.value,
        UNITS[row.meter], row.source, str(row.user or ""), row.reason, str(row.is_void), str(row.pk),
    ]  # fmt: skip


def _asset(request, pk):
    return get_object_or_404(Asset.objects.for_tenant(request.tenant), pk=pk)


def _reading(request, pk):
    rows = MeterReading.objects.for_tenant(request.tenant).filter(voids=None).select_related("asset", "user")
    return get_object_or_404(rows, pk=pk)


def _readings(asset):
    """The ledger without the entries that take others back: what they took back says so itself."""
    rows = MeterReading.objects.for_tenant(asset.tenant_id).filter(asset=asset, voids=None)
    return rows.with_voids().select_related("user", "daily_log")


def _try(form, act):
    """What a service made of a form, or None and the refusal beside the value."""
    value = form.cleaned_data["value"]
    try:
        with transaction.atomic():
            return act(form.cleaned_data)
    except BrokenRule as refused:
        form.add_error("value", str(refused))
        form.asks = str(value) if refused.code == "unusual" else ""
    return None


def _page(request, asset, *, form=None, replace_form=None):
    page = newest_first(_readings(asset), moment="read_at", tie="seq", after=request.GET.get("after", ""), size=PAGE)
    per_hour, fuel = fuel_of(asset)
    context = {
        "asset": asset,
        "meters": meters_of(asset),
        "per_hour": per_hour,
        "fuel": fuel,
        "sources": hours_by_source(asset),
        "readings": [(row, UNITS[row.meter], found_in_words(row)) for row in page.rows],
        "next": page.next,
        "is_first": not request.GET.get("after"),
        "may_read": request.user.is_at_least(Role.TECHNICIAN),
        "may_correct": request.user.is_at_least(Role.SUPERVISOR),
        "form": form or ReadingForm(initial={"meter": Meter.RUN_HOURS}),
        "replace_form": replace_form or ReplaceForm(),
        "replaces": replace_form is not None,
    }
    return render(request, "registry/meters.html", context, status=422 if form or replace_form else 200)
