"""Reporting a problem, the list of what was reported, and what became of one of them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from apps.core.errors import BrokenRule
from apps.core.list_files import as_moment, list_file, page_from
from apps.core.middleware import whole_page
from apps.core.roles import EVERYONE, SUPERVISORS, Role, roles_allowed
from apps.core.sheets.names import as_key
from apps.core.uploads import attachments_of, store_upload
from apps.maintenance import services
from apps.maintenance.models import RequestStatus, ServiceRequest
from apps.maintenance.queries import requests as queries
from apps.maintenance.request_forms import (
    MOST_PHOTOS,
    SUBJECTS,
    ConvertForm,
    MergeForm,
    RejectForm,
    ReportForm,
    RequestsLookForm,
)

PAGE = 50
COLUMNS = [
    "number", "reported_at", "reported_by", "asset_code", "asset", "station", "location", "description", "urgency",
    "stands", "status", "answered_at", "work_order", "rejection_reason",
]  # fmt: skip
FILTERS = ("q", "status", "whose", "urgency", "location")


# -- reporting ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@roles_allowed(*EVERYONE)
def request_new(request):
    """Report a problem: `?asset=`, `?station=` or `?location=`. What is known of it already comes first."""
    is_sent = request.method == "POST"
    subject, sent = _subject(request), (request.POST, request.FILES) if is_sent else ()
    form = ReportForm(*sent, tenant=request.tenant, subject=subject)
    if is_sent and form.is_valid() and (row := _reported(request, form)):
        said = _("%(request)s is %(order)s now.") if row.work_order else _("%(request)s is reported.")
        messages.success(request, said % {"request": row, "order": row.work_order})
        return whole_page(request, reverse("maintenance:request_detail", args=[row.number]))
    context = {
        "form": form,
        "subject": subject,
        "about": _about(subject),
        "known": queries.known_of(request.tenant, subject),
        "most_photos": MOST_PHOTOS,
    }
    return render(request, "maintenance/request_new.html", context, status=422 if form.errors else 200)


def _subject(request) -> dict:
    """What it is about, as far as the address or the form says so; nothing where the person has to say it."""
    told = request.POST if request.method == "POST" else request.GET
    found = {
        name: model.objects.for_tenant(request.tenant).filter(pk=key).first()
        for name, model in SUBJECTS.items()
        if "code" not in told and (key := as_key(told.get(name, "")))
    }
    return {name: row for name, row in found.items() if row}


def _about(subject) -> dict:
    """What it is about as templates show it: as the row of a request, and its name alone."""
    code = subject["asset"].identity.client_code if "asset" in subject else ""
    return dict.fromkeys(SUBJECTS) | subject | {"code": code, "name": next(iter(subject.values()), "")}


def _reported(request, form):
    """The request that was made of a good form; None where a photo is none, which the form then says."""
    said = form.cleaned_data
    try:
        photos = [store_upload(file, tenant=request.tenant, by=request.user) for file in said["photos"]]
    except BrokenRule as refused:
        form.add_error(None, str(refused))
        return None
    told = {name: said[name] for name in ("description", "urgency", "is_down")}
    row = ServiceRequest(tenant=request.tenant, **told, **said["subject"])
    return services.report(row, by=request.user, photos=photos, at=said["occurred_at"])


# -- the list -----------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*EVERYONE)
def requests(request):
    """All that was reported, newest first; operators begin with their own."""
    form, look = _look(request)
    pages = page_from(queries.found(request.tenant, request.user, look), after=request.GET.get("after", ""), size=PAGE)
    context = {
        "rows": pages.rows,
        "look": look,
        "place_field": form["location"],
        "statuses": RequestsLookForm.STATUSES,
        "urgencies": form.fields["urgency"].choices[1:],
        "whose": RequestsLookForm.WHOSE,
        "is_filtered": any(look[name] for name in ("q", "status", "urgency", "location")),
        "next": pages.cursor_after(),
        "is_first": not pages.has_previous,
        "supervises": request.user.is_at_least(Role.SUPERVISOR),
    }
    return render(request, "maintenance/requests.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def requests_file(request, kind):
    """All that the filters find, in the order of the page."""
    _form, look = _look(request)
    rows = queries.found(request.tenant, request.user, look)
    return list_file(
        request, kind, name="service-requests", rows=rows, columns=COLUMNS,
        cells=lambda found: [_cells(row) for row in found], filters=FILTERS,
    )  # fmt: skip


def _look(request):
    form = RequestsLookForm(request.GET, tenant=request.tenant)
    look = form.look()
    look["whose"] = look["whose"] or ("all" if request.user.is_at_least(Role.TECHNICIAN) else "mine")
    return form, look


def _cells(row) -> list:
    return [
        row.number, as_moment(row.created_at), str(row.reported_by or row.reporter_name),
        row.code or "", str(row.asset or ""), str(row.station or ""),
        str(row.location or ""), row.description, row.urgency, row.is_down, row.status, as_moment(row.triaged_at),
        str(row.work_order or ""), row.rejection_reason,
    ]  # fmt: skip


# -- one of them --------------------------------------------------------------------------------------------------------


@require_GET
@roles_allowed(*EVERYONE)
def request_detail(request, number):
    """What was reported, and what became of it."""
    return detail_page(request, request_or_404(request, number))


def request_or_404(request, number):
    return get_object_or_404(queries.reports(request.tenant).select_related("triaged_by"), number=number)


def detail_page(request, row, *, forms=None, sentence="", status=200):
    """The page of a request. forms: what was sent and is wrong, by act. sentence: why nothing was done."""
    is_waiting = row.status == RequestStatus.PENDING
    context = {
        "row": row,
        "photos": attachments_of([row])[row.pk],
        "acts": acts_of(request, row) | (forms or {}) if is_waiting else {},
        "sentence": sentence,
        "is_own": row.reported_by_id == request.user.pk,
        "reads_history": request.user.is_admin,
    }
    return render(request, "maintenance/request_detail.html", context, status=status)


def acts_of(request, row, *, people=None, orders=None) -> dict:
    """What this person may do about a request that waits: a form of each act, by name.

    people, orders: what to choose from, where they are read already.
    """
    acts: dict = {}
    shared: dict = {"initial": {"seen": row.version, "priority": row.urgency}, "auto_id": f"id_{row.number}_%s"}
    if request.user.is_at_least(Role.TECHNICIAN) and services.is_urgent(row):
        acts["take"] = True
    if request.user.is_superuser or request.user.role in SUPERVISORS:
        acts["convert"] = ConvertForm(tenant=request.tenant, people=people, **shared)
        acts["reject"] = RejectForm(**shared)
        found = queries.open_orders_about(row) if orders is None else orders
        if found:
            acts["merge"] = MergeForm(orders=queries.open_orders_about(row), shown=orders, **shared)
    return acts
