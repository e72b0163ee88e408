"""Stations and what is done at them, by the services that the pages call."""

from datetime import timedelta

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.core.api.errors import Refused
from apps.core.api.filters import Filters, Flag
from apps.core.api.parsers import JSON
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.errors import BrokenRule
from apps.core.roles import SUPERVISORS
from apps.shopfloor import queries, services
from apps.shopfloor.api.bodies import (
    Act,
    CallBody,
    CompleteBody,
    CorrectBody,
    NoteBody,
    ReassignBody,
    ReportBody,
    StartBody,
    StatusBody,
    UndoBody,
)
from apps.shopfloor.api.shapes import CallShape, EventShape, StationShape, TimelineShape
from apps.shopfloor.models import Station, StationStatus, StopReason
from apps.shopfloor.rights import allow, may_start, rights_of
from apps.shopfloor.services.state import active_assignment, moved
from apps.shopfloor.timeline import UNKNOWN, station_timeline

LONGEST = timedelta(days=92)


class StationFilters(Filters):
    line = CharFilter()
    status = ChoiceFilter(choices=StationStatus.choices)
    is_active = Flag()


def late(view, occurred_at):
    """When an act was, where that is entered late: a supervisor's right."""
    if occurred_at is not None:
        allow(rights_of(view.request).supervises)
    return occurred_at


class Stations(Creates, Changes, Resource):
    """Workstations. Their status and job change by the actions alone."""

    model, shape = Station, StationShape
    lookup_field = "code"
    filterset_class = StationFilters
    search_fields = ("code", "name", "line")
    ordering = ("code",)
    ordering_fields = ("code", "line", "status_since")

    def rows(self, tenant):
        return super().rows(tenant).select_related("stop_reason")

    def make(self, **data):
        return services.save_station(checked(Station(tenant=self.request.tenant, **data)), by=self.request.user)

    def change(self, station, **data):
        for name, value in data.items():
            setattr(station, name, value)
        return services.save_station(checked(station), by=self.request.user)

    def based_on(self, station, data) -> dict:
        """Who acts, on what state that rests, and when it was: taken out of the body, for the service."""
        seen, expected = self.seen(station), data.pop("expected_status", None)
        if expected not in (None, station.status):
            raise moved(station)
        if expected and seen is None:
            seen = station.version  # so that it still holds under the service's lock
        return {"by": self.request.user, "seen": seen, "at": late(self, data.pop("occurred_at", None))}

    @does(StatusBody, compares=True, is_fresh=True)
    def status(self, station, *, status, **data):
        """Run, idle or block. Setting what it already has does nothing."""
        return services.set_status(station, status, **self.based_on(station, data), **data)

    @does(StartBody, compares=True)
    def start(self, station, *, job, **data):
        """Put a job on the station."""
        tile = queries.tile_of(self.request.tenant, station.pk)
        allow(may_start(self.request, tile, job))
        return services.assign_job(station, job, **self.based_on(station, data), **data)

    @does(ReportBody)
    def report(self, station, *, assignment=None, **data):
        """Count good and scrapped units for the job that is on."""
        assignment = assignment or active_assignment(station)
        if assignment is None or assignment.station_id != station.pk:
            raise BrokenRule(_("%s has no such job; start one first.") % station)
        data["at"] = late(self, data.pop("occurred_at", None))
        return services.report(assignment, by=self.request.user, **data).station

    @does(ReassignBody, roles=SUPERVISORS, compares=True)
    def reassign(self, station, *, to, **data):
        """Move the job to another station, at one instant."""
        return services.reassign_job(station, to, **self.based_on(station, data), **data)[0]

    @does(Act, roles=SUPERVISORS, compares=True)
    def release(self, station, **data):
        """Take the job off; it waits again, its quantity kept."""
        return services.take_off_job(station, **self.based_on(station, data), **data)

    @does(CompleteBody, compares=True)
    def complete(self, station, **data):
        """Complete the job that is on, wherever it runs."""
        assignment = active_assignment(station)
        if assignment is None:
            raise BrokenRule(_("%s has no job.") % station)
        job = assignment.job
        allow(rights_of(self.request).completes(done=job.sum_done(), total=job.qty_total))
        services.complete_job(job, station=station, **self.based_on(station, data), **data)
        return station

    @does(UndoBody)
    def undo(self, station, *, event=None):
        """Undo the last status change, report or completion: one's own within seconds, or as a supervisor."""
        return services.undo(station, by=self.request.user, event_id=event)

    @does(CorrectBody, roles=SUPERVISORS)
    def correct(self, station, *, start, end, status, reason=None, note=""):
        """Say what the status really was in a period, at most 7 days back."""
        found = StopReason.objects.for_tenant(self.request.tenant).filter(code=reason or "").first()
        if reason and found is None and status != StationStatus.RUNNING:
            raise Refused(reason=_("There is no stop reason “%s”.") % reason[:60])
        if found is None:
            note = note or reason or ""
        return services.correct_period(
            station, start=start, end=end, status=status, reason=found, note=note, by=self.request.user
        )

    @does(CallBody, answer=CallShape)
    def call(self, station, *, kind, occurred_at=None, **data):
        """Call for material, maintenance, quality or help; an open call of the kind is returned."""
        return services.call_for(station, kind, by=self.request.user, at=late(self, occurred_at), **data)

    @does(NoteBody, answer=EventShape, creates=True, parser_classes=[JSON, MultiPartParser])
    def notes(self, station, *, text="", photos=(), occurred_at=None):
        """Write a note into the station's story; photos go along as multipart/form-data."""
        return services.add_note(station, text, by=self.request.user, at=late(self, occurred_at), photos=photos)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="The window's begin; today's, if left out."),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="The window's end, at the latest now."),
        ],
        responses=TimelineShape,
    )
    @action(detail=True, methods=["get"])
    def timeline(self, request, **kwargs):
        """The statuses within a window, without gaps: their seconds add up to the window's."""
        station, now = self.get_object(), timezone.now()
        midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        start = _moment(request, "from", midnight)
        end = min(_moment(request, "to", now), now)
        if not start < end:
            raise Refused(**{"from": _("The window must begin before it ends, and before now.")})
        if end - start > LONGEST:
            raise Refused(**{"from": _("At most %d days at once.") % LONGEST.days})
        return Response(TimelineShape(timeline_of(station, start, end)).data)

    timeline.queries = ("from", "to")


def checked(station):
    station.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
    return station


def _moment(request, name, usual):
    text = request.query_params.get(name)
    if text is None:
        return usual
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1900 < found.year < 9000:
        raise Refused(**{name: _("A moment reads like 2026-03-01T06:00:00+01:00, with its offset.")})
    return found


def timeline_of(station, start, end) -> dict:
    """Intervals with whole seconds that add up to the window's: each edge is rounded, not each length."""
    totals = dict.fromkeys((*StationStatus.values, UNKNOWN), 0)
    intervals, stops, before = [], 0, ""
    for interval in station_timeline(station, start, end):
        seconds = round((interval.end - start).total_seconds()) - round((interval.start - start).total_seconds())
        totals[interval.status] += seconds
        stops += interval.status == StationStatus.BLOCKED and before != StationStatus.BLOCKED
        before = interval.status
        shown = {"from": interval.start, "to": interval.end, "seconds": seconds}
        intervals.append(shown | {"status": interval.status, "reason": interval.reason or None})
    return {"from": start, "to": end, "intervals": intervals, "totals": totals, "stops": stops}
