"""The event log as a feed: filtered by its address, in pages by key, live, and as CSV."""

import json
from datetime import datetime, time, timedelta
from itertools import groupby
from urllib.parse import urlencode

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from apps.core.csv_export import EXPORTS
from apps.core.csv_export import PAGE as CSV_PAGE
from apps.core.models import User
from apps.core.paging import newest_first
from apps.core.roles import EVERYONE, roles_allowed
from apps.shopfloor.models import Event, EventType, Job, ScrapReason, Station, StopReason
from apps.shopfloor.stories import describe, icon, photos_of

PAGE = 50
CSV_COLUMNS = ["occurred_at", "event_type", "station", "job", "person", "description", "payload", "created_at", "seq"]
KNOWN = dict(EventType.choices)


class ActivityFilterForm(forms.Form):
    """The filters of the feed, from its address."""

    station = forms.ModelChoiceField(Station.objects.none(), required=False, label=gettext_lazy("Station"))
    kind = forms.CharField(required=False, max_length=100, label=gettext_lazy("Kind"))
    person = forms.ModelChoiceField(User.objects.none(), required=False, label=gettext_lazy("Person"))
    job = forms.CharField(required=False, max_length=40, label=gettext_lazy("Job"))
    day = forms.DateField(required=False, label=gettext_lazy("Day"))

    def __init__(self, *args, tenant, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["station"].queryset = Station.objects.for_tenant(tenant).order_by("code")
        self.fields["person"].queryset = User.objects.for_tenant(tenant)


def _look(request) -> dict:
    """What the address asks for; what cannot be read (a day that is none) finds nothing, as `broken` says."""
    form = ActivityFilterForm(request.GET, tenant=request.tenant)
    form.is_valid()
    found = dict(form.cleaned_data) | {"broken": bool(form.errors)}
    if code := found.get("job"):
        found["job"] = Job.objects.for_tenant(request.tenant).filter(code__iexact=code).order_by("code").first()
        found["broken"] = found["broken"] or found["job"] is None
    if found.get("day") and not 1900 < found["day"].year < 9000:  # a slip of the hand; the last of days has no next
        found["broken"] = True
    return found


def _events(tenant, look):
    """The events looked for. Each filter is an equality or a range of moments: what the log's indexes are for."""
    events = Event.objects.for_tenant(tenant).select_related("station", "job", "user")
    if look["broken"]:
        return events.none()
    for name, column in (("station", "station"), ("job", "job"), ("person", "user"), ("kind", "event_type")):
        if value := look.get(name):
            events = events.filter(**{column: value})
    if day := look.get("day"):
        # Midnight to midnight of the tenant's own days: 23 or 25 hours at clock changes.
        start, end = (datetime.combine(d, time.min, tenant.zone) for d in (day, day + timedelta(days=1)))
        events = events.filter(occurred_at__gte=start, occurred_at__lt=end)
    return events


def reason_names(tenant) -> dict[str, str]:
    """The names of stop and scrap reasons by code, for the sentences of the log."""
    reasons = StopReason.objects.for_tenant(tenant).order_by().values_list("code", "name")
    scrap = ScrapReason.objects.for_tenant(tenant).order_by().values_list("code", "name")
    return dict(reasons.union(scrap, all=True))


def _said(event, reasons) -> dict:
    """What the feed shows of an event; a kind from elsewhere shows its payload as it came."""
    said = {"event": event, "icon": icon(event) if isinstance(event.payload, dict) else "pulse", "details": ""}
    if event.event_type in KNOWN and isinstance(event.payload, dict):
        status = event.payload.get("new_status") if event.event_type == EventType.STATUS_CHANGE else None
        return said | {"sentence": describe(event, reasons=reasons), "status": status}
    details = json.dumps(event.payload, ensure_ascii=False, indent=2) if event.payload else ""
    return said | {"sentence": event.get_event_type_display(), "details": details}


@require_GET
@roles_allowed(*EVERYONE)
def activity(request):
    look = _look(request)
    after = request.GET.get("after", "")
    page = newest_first(_events(request.tenant, look), moment="occurred_at", tie="seq", after=after, size=PAGE)
    reasons = reason_names(request.tenant)
    photos = photos_of(page.rows)
    days = [
        (day, [_said(event, reasons) | {"photos": photos.get(event.pk)} for event in events])
        for day, events in groupby(page.rows, key=lambda event: timezone.localdate(event.occurred_at))
    ]
    asked = {name: value for name, value in request.GET.items() if name != "after" and value}
    context = {
        "days": days,
        "look": look,
        "asked": request.GET,
        "query": urlencode(asked),
        "next_query": urlencode(asked | {"after": page.next}) if page.next else "",
        "is_first": not after,
        "is_filtered": bool(asked),
        "kinds": EventType.choices,
        "unknown_kind": asked.get("kind") if asked.get("kind") not in KNOWN else None,
        "today": timezone.localdate(),
    }
    if request.htmx and not request.htmx.boosted and request.htmx.target == "feed":
        return render(request, "shopfloor/_activity_feed.html", context)
    context["stations"] = Station.objects.for_tenant(request.tenant).order_by("code").only("code", "name")
    context["people"] = User.objects.for_tenant(request.tenant).only("display_name", "email")
    return render(request, "shopfloor/activity.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def activity_file(request, kind):
    """All that the filters find, newest first, sent as it is read."""
    tenant, look = request.tenant, _look(request)

    def page(after):
        found = newest_first(_events(tenant, look), moment="occurred_at", tie="seq", after=after, size=CSV_PAGE)
        reasons = reason_names(tenant)
        return [_csv_cells(event, tenant, reasons) for event in found.rows], found.next

    return EXPORTS[kind](
        request,
        name="activity",
        table="events_log",
        asked={name: value for name, value in request.GET.items() if value and name in ActivityFilterForm.base_fields},
        found=_events(tenant, look),
        columns=CSV_COLUMNS,
        page=page,
    )


def _csv_cells(event, tenant, reasons):
    payload = json.dumps(event.payload, ensure_ascii=False, cls=DjangoJSONEncoder)
    sentence = _said(event, reasons)["sentence"]
    words = [event.event_type, event.station or "", event.job or "", event.user or "", sentence, payload]
    local = tenant.local(event.occurred_at).isoformat(sep=" ", timespec="milliseconds")
    written = tenant.local(event.created_at).isoformat(sep=" ", timespec="milliseconds")
    return [local, *map(str, words), written, event.seq]
