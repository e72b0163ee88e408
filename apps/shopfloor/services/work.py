"""Who works on what: put a job on a station, move it, take it off."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor.events import moment, record_event, tell_board
from apps.shopfloor.models import EventType, Job, JobStatus, Station, StationAssignment, StationStatus
from apps.shopfloor.services.state import active_assignment, change_status, free_station, lock_station, touch


@transaction.atomic
def assign_job(station, job, *, by, run=False, take_off=False, note="", seen=None, at=None):
    """Put a waiting job, or one that runs elsewhere too, on a station.

    run: an idle station starts running. take_off: the job that is on comes off first, its quantity kept; without it
    such a station is refused (code "occupied"). seen: the station's version that the person saw.
    Returns the fresh Station. Raises Conflict, or BrokenRule where job or station cannot. Source: domain §6.
    """
    job, station, current = lock_work(station, job, seen=seen)
    if job.tenant_id != station.tenant_id:
        raise BrokenRule(_("%s belongs to another tenant.") % job)
    if current and current.job_id == job.pk:
        raise BrokenRule(_("%(job)s is on %(station)s already.") % {"job": job, "station": station})
    if current and not take_off:
        raise BrokenRule(
            _("%(station)s is working on %(job)s; take that off first.") % {"station": station, "job": current.job},
            code="occupied",
        )
    at = moment(at, station)
    if current:
        _pause(current, by=by, at=at)
    _begin(station, job, by=by, at=at, note=note, run=run)
    tell_board(station, tenant=station.tenant, queue=True)
    return station


def lock_work(station, *jobs, seen=None, others=()):
    """Lock a station's job and `jobs`, then the station and `others`, in the one order of locks.

    Returns (*fresh jobs, fresh station, its active assignment or None). Raises Conflict if the job changed meanwhile.
    """
    current = active_assignment(station)
    wanted = {job.pk for job in jobs} | ({current.job_id} if current else set())
    fresh = {job.pk: job for job in Job.objects.locked().filter(pk__in=wanted).order_by("pk")}
    if others:
        keys = {station.pk, *(other.pk for other in others)}
        list(Station.objects.locked().filter(pk__in=keys).order_by("pk"))
    station = lock_station(station, seen=seen)
    now_active = active_assignment(station)
    if (now_active and now_active.job_id) != (current and current.job_id):
        raise Conflict(_("%s got another job meanwhile; nothing was done.") % station, current=station)
    if now_active:
        now_active.job = fresh[now_active.job_id]
    return *(fresh[job.pk] for job in jobs), station, now_active


def _begin(station, job, *, by, at, note="", run=False, tell=True):
    """A locked, free station begins a locked job at quantity 0."""
    if job.status != JobStatus.RUNNING:
        if job.status != JobStatus.WAITING:
            raise BrokenRule(
                _("%(job)s is %(status)s; reopen it first.") % {"job": job, "status": job.get_status_display().lower()}
            )
        job.move_to(JobStatus.RUNNING)
        job.version += 1
        job.save()
    assignment = StationAssignment.objects.create(
        tenant=station.tenant, station=station, job=job, started_at=at, notes=note.strip()
    )
    event = None
    if tell:
        before = job.sum_done()
        event = record_event(
            EventType.JOB_STARTED,
            tenant=station.tenant,
            by=by,
            at=at,
            station=station,
            job=job,
            qty_before=before,
            note=note.strip(),
        )
    if run and station.status == StationStatus.IDLE:
        change_status(station, StationStatus.RUNNING, by=by, at=at, assignment=assignment, caused_by=event)
        station.save()
    else:
        touch(station)
    return assignment


def end_assignment(assignment, *, at):
    """End an active assignment, keeping its quantity. A late entry cannot end it before it began."""
    assignment.is_active, assignment.ended_at = False, max(at, assignment.started_at)
    assignment.save()


def rest_job(job) -> None:
    """A locked job waits again if no station works on it any more, its quantity kept."""
    if job.status == JobStatus.RUNNING and not job.assignments.active().exists():
        job.move_to(JobStatus.WAITING)
        job.version += 1
        job.save()


def _pause(assignment, *, by, at):
    end_assignment(assignment, at=at)
    rest_job(assignment.job)
    return record_event(
        EventType.JOB_PAUSED,
        tenant=assignment.tenant,
        by=by,
        at=at,
        station=assignment.station,
        job=assignment.job,
        qty_done=assignment.qty_done,
    )


@transaction.atomic
def take_off_job(station, *, by, seen=None, at=None):
    """Take the job off a station; it waits again unless another station runs it. Its quantity is kept.

    Returns the fresh Station, idle if it was running. Raises BrokenRule without a job.
    """
    station, current = lock_work(station, seen=seen)
    if current is None:
        raise BrokenRule(_("%s has no job.") % station)
    at = moment(at, station)
    current.station = station
    event = _pause(current, by=by, at=at)
    free_station(station, by=by, at=at, caused_by=event)
    tell_board(station, tenant=station.tenant, queue=True)
    return station


@transaction.atomic
def reassign_job(station, to, *, by, take_off=False, run=True, seen=None, to_seen=None, at=None):
    """Move a station's job to another station at one instant: here it keeps its quantity, there it begins at 0.

    take_off: the job that is on there comes off first; without it an occupied station is refused (code "occupied").
    run: an idle station there starts running, if this one ran. seen, to_seen: both stations' versions that the person
    saw. Returns both fresh Stations. Source: domain §6.
    """
    if station.pk == to.pk:
        raise BrokenRule(_("%s has this job already.") % station)
    other_job = active_assignment(to)
    jobs = [other_job.job] if other_job else []
    *_others, station, current = lock_work(station, *jobs, seen=seen, others=[to])
    to = lock_station(to, seen=to_seen)
    there = active_assignment(to)
    if current is None:
        raise BrokenRule(_("%s has no job.") % station)
    if (there and there.job_id) != (other_job and other_job.job_id):
        raise Conflict(_("%s got another job meanwhile; nothing was done.") % to, current=to)
    if there and there.job_id == current.job_id:
        raise BrokenRule(_("%(job)s is on %(station)s already.") % {"job": current.job, "station": to})
    if there and not take_off:
        raise BrokenRule(
            _("%(station)s is working on %(job)s; take that off first.") % {"station": to, "job": there.job},
            code="occupied",
        )
    at = max(moment(at, station), moment(at, to))
    job, ran = current.job, station.status == StationStatus.RUNNING
    if there:
        there.station, there.job = to, _others[0]
        _pause(there, by=by, at=at)
    end_assignment(current, at=at)
    done = job.sum_done()
    event = record_event(
        EventType.JOB_REASSIGNED,
        tenant=station.tenant,
        by=by,
        at=at,
        station=station,
        job=job,
        to=to.code,
        qty_carried=current.qty_done,
        remaining=max(job.qty_total - done, 0),
        **{"from": station.code},
    )
    begun = _begin(to, job, by=by, at=at, tell=False)
    if run and ran and to.status == StationStatus.IDLE:
        change_status(to, StationStatus.RUNNING, by=by, at=at, assignment=begun, caused_by=event)
        to.save()
    free_station(station, by=by, at=at, caused_by=event)
    tell_board(station, to, tenant=station.tenant, queue=True)
    return station, to
