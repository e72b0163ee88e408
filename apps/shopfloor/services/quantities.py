"""Reporting what a station made."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.core.roles import Role
from apps.shopfloor.events import moment, record_event, tell_board
from apps.shopfloor.models import EventType, Job, StationAssignment
from apps.shopfloor.services.state import check_reason


@transaction.atomic
def report(assignment, *, by, good=0, scrap=0, reason=None, note="", override="", at=None):
    """Add good and scrapped units to what a station made of a job; negative numbers correct earlier ones.

    reason: a ScrapReason, needed when scrap is added. override: why a supervisor allows more than the job's limit.
    Conflicts only if the assignment has ended, never because the quantity moved; a supervisor may correct an ended one.
    Returns the fresh StationAssignment. Raises Conflict or BrokenRule, the latter with the figure that is allowed.
    Source: domain §6.
    """
    job = Job.objects.locked().select_related("tenant").get(pk=assignment.job_id)
    assignment = StationAssignment.objects.locked().select_related("station").get(pk=assignment.pk)
    assignment.job, station = job, assignment.station
    may_correct = by is None or by.is_at_least(Role.SUPERVISOR)
    if not assignment.is_active and not may_correct:
        raise Conflict(
            _("%(job)s is no longer on %(station)s; nothing was counted.") % {"job": job, "station": station},
            current=station,
        )
    if not good and not scrap:
        raise BrokenRule(_("Report at least one unit."))
    if scrap > 0 and reason is None:
        raise BrokenRule(_("Say why the units are scrap: choose a reason."), code="reason_needed")
    check_reason(reason, station)
    if assignment.qty_done + good < 0 or assignment.qty_scrap + scrap < 0:
        raise BrokenRule(
            _("%(station)s has reported %(good)d good and %(scrap)d scrap; no more than that can be taken back.")
            % {"station": station, "good": assignment.qty_done, "scrap": assignment.qty_scrap}
        )
    if good > 0 and not (override.strip() and may_correct):
        _check_limit(job, good, may_override=may_correct)

    at = moment(at, station if at else None)
    assignment.qty_done += good
    assignment.qty_scrap += scrap
    assignment._change_reason = override.strip()
    assignment.save()
    assignment.act = record_event(
        EventType.QUANTITY_REPORTED,
        tenant=job.tenant,
        by=by,
        at=at,
        station=station,
        job=job,
        good=good,
        scrap=scrap,
        reason=reason.code if reason else None,
        note=note,
        assignment=str(assignment.pk),
        **({"override": override.strip()} if override.strip() else {}),
    )
    tell_board(station, *job_stations(job, but=station), tenant=job.tenant)
    return assignment


def job_stations(job, *, but=None):
    """The other stations that run the job now: their tiles show its sum."""
    active = job.assignments.active().select_related("station")
    return [assignment.station for assignment in active if not but or assignment.station_id != but.pk]


def _check_limit(job, good, *, may_override):
    limit = job.qty_limit(job.tenant.rules)
    done = job.sum_done()
    if done + good > limit:
        if may_override:
            way_out = _("To report it all the same, say under “Note, correction” why it is above the limit.")
        else:
            way_out = _("A supervisor may allow more.")
        raise BrokenRule(
            _("%(job)s has %(done)d of %(total)d; at most %(left)d more can be reported. %(way_out)s")
            % {"job": job, "done": done, "total": job.qty_total, "left": max(limit - done, 0), "way_out": way_out},
            code="over_limit",
        )
