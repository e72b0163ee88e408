"""Jobs: create, change, rank, complete, cancel, reopen."""

from collections import Counter

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from apps.core.errors import BrokenRule, Conflict
from apps.shopfloor.events import event_of, moment, record_event, record_events, tell_board
from apps.shopfloor.models import Event, EventType, Job, JobStatus, Station
from apps.shopfloor.services.state import free_station, lock_station
from apps.shopfloor.services.work import end_assignment

# What a person may change of a job once it is there; each is told in the `job_changed` event.
CHANGEABLE = ("code", "part_name", "qty_total", "due_date", "priority", "line_hint", "rank", "cycle_seconds")
BATCH = 1000


@transaction.atomic
def create_job(tenant, *, by, at=None, **fields):
    """Put a new job into the queue. fields: those of CHANGEABLE. Returns it.

    Raises BrokenRule where the code is taken.
    """
    return create_jobs(tenant, [fields], by=by, at=at)[0]


@transaction.atomic
def create_jobs(tenant, rows, *, by, at=None):
    """Put several new jobs into the queue, all or none. rows: dicts of CHANGEABLE fields. Returns the Jobs."""
    at = moment(at)
    codes = Counter(row["code"] for row in rows)
    taken = Job.objects.for_tenant(tenant).filter(code__in=codes).values_list("code", flat=True)
    twice = {code for code, count in codes.items() if count > 1} | set(taken)
    if twice:
        raise BrokenRule(_("There is a job %s already; give it another code.") % ", ".join(sorted(twice)))
    jobs = [Job(tenant=tenant, created_at=at, **row) for row in rows]
    bulk_create_with_history(jobs, Job, batch_size=BATCH)
    record_events(
        tenant,
        [event_of(EventType.JOB_CREATED, tenant=tenant, by=by, at=at, job=job, payload=_created(job)) for job in jobs],
    )
    tell_board(tenant=tenant, queue=True)
    return jobs


def _created(job) -> dict:
    return {"qty_total": job.qty_total, "part": job.part_name}


@transaction.atomic
def change_job(job, *, by, seen=None, **changes):
    """Change a job's data (fields of CHANGEABLE). seen: the job's version that the person saw.

    Returns the fresh Job. Raises Conflict, or BrokenRule for a quantity below what is done.
    """
    job = _lock_job(job, seen=seen)
    before = {name: getattr(job, name) for name in changes if name in CHANGEABLE}
    for name in before:
        setattr(job, name, changes[name])
    moved = {name: [old, getattr(job, name)] for name, old in before.items() if old != getattr(job, name)}
    if not moved:
        return job
    done = job.sum_done()
    if "qty_total" in moved and job.qty_total < done:
        raise BrokenRule(_("%(done)d of %(job)s are done; its quantity cannot be less.") % {"done": done, "job": job})
    job.version += 1
    job.save()
    record_event(EventType.JOB_CHANGED, tenant=job.tenant, by=by, at=moment(None), job=job, **moved)
    tell_board(*_stations_of(job), tenant=job.tenant, queue=True)
    return job


@transaction.atomic
def move_in_queue(job, to, *, by):
    """Move a waiting job "up", "down" or to the "top": it and those before it are ranked as they then stand.

    Returns the fresh Job. Raises BrokenRule if it no longer waits.
    """
    waiting = Job.objects.for_tenant(job.tenant_id).waiting()
    list(waiting.locked().order_by("pk"))  # by key, as everyone locks them
    queue = list(waiting.in_queue_order())
    if job not in queue:
        raise BrokenRule(_("%s no longer waits in the queue.") % job)
    place = queue.index(job)
    target = {"up": max(place - 1, 0), "down": min(place + 1, len(queue) - 1), "top": 0}[to]
    queue.insert(target, queue.pop(place))
    for rank, other in enumerate(queue[: max(place, target) + 1], start=1):
        if other.rank != rank:
            change_job(other, by=by, rank=rank)
    return Job.objects.get(pk=job.pk)


def _lock_job(job, *, seen=None):
    job = Job.objects.locked().select_related("tenant").get(pk=job.pk)
    if seen is not None and seen != job.version:
        raise Conflict(_("%s has changed meanwhile; nothing was done. Look at it again.") % job, current=job)
    return job


def _stations_of(job) -> list[Station]:
    return [a.station for a in job.assignments.active().select_related("station").order_by("station_id")]


@transaction.atomic
def complete_job(job, *, by, station=None, fill=False, short="", missing=None, seen=None, at=None):
    """Finish a job and free every station still working on it.

    If units are missing, either `fill` books them on `station` (the one that was clicked), or `short` says why the job
    ends with fewer. missing: how many the person was told are missing. seen: the station's version that the person saw.
    Returns the fresh Job. Raises Conflict when somebody else ended it, BrokenRule where units are missing and neither
    is said. Source: LeanOps schema v2, sections 2, 3 and 6; domain §6.
    """
    job = _lock_job(job)
    if job.status in (JobStatus.COMPLETED, JobStatus.CANCELLED):
        raise Conflict(_ended(job), current=station or job)
    stations = _lock_stations(job, station, seen=seen)
    assignments = list(job.assignments.active().locked().order_by("station_id"))
    at = max([moment(at, place) for place in stations], default=moment(at))
    done = job.sum_done()
    told, missing = missing, max(job.qty_total - done, 0)
    if told is not None and told < missing:  # fewer by now is what others reported meanwhile: no conflict
        raise Conflict(
            _("%(job)s misses %(missing)d by now; nothing was done. Look at it again.")
            % {"job": job, "missing": missing},
            current=station or job,
        )
    station = station or (stations[-1] if stations else None)  # from the job's own page: where _book would book

    booked = missing if missing and fill else 0
    if booked:
        _book(booked, assignments, job, station)
    elif missing and not short.strip():
        raise BrokenRule(
            _("%(job)s misses %(missing)d of %(total)d: book them, or say why it ends short.")
            % {"job": job, "missing": missing, "total": job.qty_total},
            code="units_missing",
        )
    for assignment in assignments:
        end_assignment(assignment, at=at)
    job.move_to(JobStatus.COMPLETED)
    job.completed_at = at
    job.version += 1
    job._change_reason = short.strip() if missing - booked else ""
    job.save()

    job.act = event = record_event(
        EventType.JOB_COMPLETED,
        tenant=job.tenant,
        by=by,
        at=at,
        station=station,
        job=job,
        qty_booked=booked,
        short=missing - booked,
        reason=job._change_reason,
        assignments=[str(a.pk) for a in assignments],
    )
    for place in stations:
        free_station(place, by=by, at=at, caused_by=event)
    tell_board(*stations, tenant=job.tenant, queue=True)
    return job


def _lock_stations(job, clicked, *, seen) -> list[Station]:
    """The job's stations, locked by key; the clicked one must be as the person saw it, and run this job."""
    keys = list(job.assignments.active().order_by("station_id").values_list("station_id", flat=True))
    list(Station.objects.locked().filter(pk__in=keys).order_by("pk"))
    stations = [lock_station(Station(pk=key), seen=seen if clicked and clicked.pk == key else None) for key in keys]
    if clicked and clicked.pk not in keys:
        raise Conflict(
            _("%(station)s is no longer on %(job)s; nothing was done.") % {"station": clicked, "job": job},
            current=clicked,
        )
    return stations


def _book(quantity, assignments, job, station):
    """Book the missing units on the station clicked, or, from the job's own page, where it ran last."""
    chosen = [a for a in assignments if station and a.station_id == station.pk] or assignments
    last = chosen[-1] if chosen else job.assignments.locked().order_by("-started_at", "-id").first()
    if last is None:
        raise BrokenRule(
            _("%s never ran on a station, so there is none to book its units on; say why it ends short.") % job
        )
    last.qty_done += quantity
    if last not in assignments:  # an ended one: nobody else will save it
        last.save()


def _ended(job) -> str:
    """Who ended the job, and when."""
    event = (
        Event.objects.filter(job=job, event_type__in=[EventType.JOB_COMPLETED, EventType.JOB_CANCELLED])
        .select_related("user")
        .order_by("-occurred_at", "-seq")
        .first()
    )
    words = {"job": job, "status": job.get_status_display().lower()}
    if event is None:
        return _("%(job)s is %(status)s already; nothing was done.") % words
    words |= {
        "who": event.user or _("the system"),
        "when": date_format(localtime(event.occurred_at), "H:i:s"),
    }
    return _("%(job)s is %(status)s already, by %(who)s at %(when)s; nothing was done.") % words


@transaction.atomic
def cancel_job(job, *, by, reason="", seen=None, at=None):
    """Give a job up: its assignments end, what was made stays. Returns the fresh Job. Raises Conflict if it has ended."""
    job = _lock_job(job, seen=seen)
    if job.status in (JobStatus.COMPLETED, JobStatus.CANCELLED):
        raise Conflict(_ended(job), current=job)
    stations = _lock_stations(job, None, seen=None)
    at = max([moment(at, place) for place in stations], default=moment(at))
    for assignment in job.assignments.active().locked().order_by("station_id"):
        end_assignment(assignment, at=at)
    job.move_to(JobStatus.CANCELLED)
    job.version += 1
    job._change_reason = reason.strip()
    job.save()
    event = record_event(EventType.JOB_CANCELLED, tenant=job.tenant, by=by, at=at, job=job, reason=reason.strip())
    for place in stations:
        free_station(place, by=by, at=at, caused_by=event)
    tell_board(*stations, tenant=job.tenant, queue=True)
    return job


@transaction.atomic
def reopen_job(job, *, by, reason="", seen=None, at=None):
    """Put a completed or cancelled job back into the queue, with what was made. Returns the fresh Job."""
    job = _lock_job(job, seen=seen)
    if job.status == JobStatus.RUNNING:
        raise BrokenRule(_("%s is running.") % job)
    stations = _lock_stations(job, None, seen=None)
    at = max([moment(at, place) for place in stations], default=moment(at))
    for assignment in job.assignments.active().locked():  # what v2 left behind: a completed job still on its station
        end_assignment(assignment, at=at)
    job.move_to(JobStatus.WAITING)
    job.completed_at = None
    job.version += 1
    job._change_reason = reason.strip()
    job.save()
    event = record_event(EventType.JOB_REOPENED, tenant=job.tenant, by=by, at=at, job=job, reason=reason.strip())
    for place in stations:
        free_station(place, by=by, at=at, caused_by=event)
    tell_board(*stations, tenant=job.tenant, queue=True)
    return job
