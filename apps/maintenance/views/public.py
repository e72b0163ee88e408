"""Reporting a problem without an account, and following it. Nothing else of the tenant is shown."""

import math

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from apps.core import throttle
from apps.core.errors import BrokenRule
from apps.core.middleware import refusal
from apps.core.request_keys import USABLE, key_of
from apps.maintenance import services
from apps.maintenance.models import RequestStatus, ServiceRequest
from apps.maintenance.queries.requests import is_about
from apps.maintenance.request_forms import PublicForm
from apps.registry.scanning import holder


@require_http_methods(["GET", "POST"])
@login_not_required
def public_report(request, qr):
    """Report a problem with the machine of a label; whoever has an account is led to the own page of it."""
    if request.link_tenant is None:
        return redirect("registry:scanned", qr=qr)
    asset = holder(request.tenant, qr).asset
    is_sent = request.method == "POST"
    form = PublicForm(*((request.POST, request.FILES) if is_sent else ()))
    if is_sent and form.is_valid():
        name = f"report:{asset.pk}"
        if seconds := throttle.seconds_left(request, name):
            return _too_many(request, seconds)
        if link := _reported(request, asset, form):
            throttle.failed(request, name)  # each report counts like a wrong try
            return redirect("maintenance:public_request", token=link)
    context = {"asset": asset, "form": form, "known": _known(asset), "most_photos": PublicForm.most_photos}
    return render(request, "maintenance/public_report.html", context, status=422 if form.errors else 200)


def _reported(request, asset, form) -> str:
    """The private link of what was reported; none where the photo is none, which the form then says."""
    said, key = form.cleaned_data, key_of(request)
    row = ServiceRequest(
        tenant=request.tenant, asset=asset, description=said["description"], reporter_name=said["name"]
    )
    try:
        return services.report_publicly(row, photos=said["photos"], key=key if USABLE.fullmatch(key) else "")[1]
    except BrokenRule as refused:
        form.add_error(None, str(refused))
        return ""


def _known(asset) -> dict:
    """How much of this machine waits, and since when the newest: nobody's words."""
    rows = ServiceRequest.objects.for_tenant(asset.tenant_id).filter(
        is_about({"asset": asset}), status=RequestStatus.PENDING
    )
    times = sorted(rows.values_list("created_at", flat=True), reverse=True)
    return {"count": len(times), "newest": times[0]} if times else {}


def _too_many(request, seconds):
    minutes = math.ceil(seconds / 60)
    words = ngettext(
        "Much was reported of this machine just now. Wait %d minute, then report again.",
        "Much was reported of this machine just now. Wait %d minutes, then report again.",
        minutes,
    )
    response = refusal(request, words % minutes, 429)
    response["Retry-After"] = str(seconds)
    return response


@require_GET
@login_not_required
def public_request(request, token):
    """What became of a report, for whoever has its private link."""
    row = services.of_link(token) if request.tenant else None
    if row is None or row.tenant_id != request.tenant.pk:
        raise Http404
    if request.user.is_authenticated:
        return redirect("maintenance:request_detail", number=row.number)
    return render(request, "maintenance/public_request.html", {"row": row})
