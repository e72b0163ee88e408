"""When jobs waited for a line, as the log tells it: without any, a station that is idle has no demand."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from apps.shopfloor.models import Event, EventType, Job, JobStatus, StationAssignment

Moments = list[tuple[datetime, datetime]]
ENDS = {EventType.JOB_COMPLETED, EventType.JOB_CANCELLED}
TURNS = {*ENDS, EventType.JOB_REOPENED}


def waiting(begun: datetime, turns: Iterable[tuple[datetime, bool]], worked: Moments, until: datetime) -> Moments:
    """The stretches, [from, to) each, in which a job waited: it was open, and no station was on it.

    turns: (moment, whether it was over from then on), in order. worked: when stations were on it.
    """
    opened: Moments = []
    since: datetime | None = begun
    for moment, is_over in turns:
        if is_over and since is not None:
            opened.append((since, moment))
            since = None
        elif not is_over and since is None:
            since = moment
    if since is not None:
        opened.append((since, until))
    return without(opened, worked)


def without(stretches: Moments, others: Moments) -> Moments:
    """What is left of stretches, less others; both [from, to), the others in any order."""
    others = union(others)
    left = []
    for start, end in stretches:
        for other_start, other_end in others:
            if other_end <= start:
                continue
            if other_start >= end:
                break
            if other_start > start:
                left.append((start, other_start))
            start = other_end
        if start < end:
            left.append((start, end))
    return left


def union(stretches: Moments) -> Moments:
    """The same moments, in order and without overlaps."""
    found: Moments = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def demand_of_lines(tenant, lines: Iterable[str], start: datetime, end: datetime) -> dict[str, Moments]:
    """By line, when at least one job waited for it within [start, end). A job without a line may go to any."""
    lines = list(lines)
    jobs = Job.objects.for_tenant(tenant).filter(created_at__lt=end, line_hint__in=["", *lines])
    jobs = jobs.filter(Q(completed_at=None) | Q(completed_at__gt=start))
    jobs = list(jobs.values_list("pk", "line_hint", "created_at", "status", "completed_at"))
    keys = [job[0] for job in jobs]
    worked, turns = _worked(tenant, keys, end), _turns(tenant, keys)
    found: dict[str, Moments] = {line: [] for line in lines}
    for job, hint, created_at, status, completed_at in jobs:
        told = turns[job]
        if not told and completed_at:  # of one that was loaded without its story
            told = [(completed_at, True)]
        elif not told and status == JobStatus.CANCELLED:
            continue
        stretches = waiting(created_at, told, worked[job], end)
        for line in [hint] if hint else lines:
            found[line] += stretches
    return {line: union(stretches) for line, stretches in found.items()}


def _worked(tenant, jobs, end) -> dict:
    found = defaultdict(list)
    rows = StationAssignment.objects.for_tenant(tenant).filter(job__in=jobs, started_at__lt=end)
    for job, started_at, ended_at in rows.values_list("job_id", "started_at", "ended_at"):
        found[job].append((started_at, ended_at or end))
    return found


def _turns(tenant, jobs) -> dict:
    found = defaultdict(list)
    events = Event.objects.for_tenant(tenant).filter(job__in=jobs, event_type__in=TURNS).standing()
    rows = events.order_by("occurred_at", "seq").values_list("job_id", "event_type", "occurred_at")
    for job, event_type, occurred_at in rows:
        found[job].append((occurred_at, event_type in ENDS))
    return found
