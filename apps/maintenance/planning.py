"""Which schedules of an asset make an order today, which are covered by the order of a longer one, and what comes next.

Pure functions over plain values. Source: domain §3, rules 4, 5 and 7.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from apps.maintenance.due import Reading, Schedule, Standing, Trigger, credit, done, due_on, fires, missed


@dataclass(frozen=True, kw_only=True)
class OpenOrder:
    """An order of the running cycle that is neither closed nor cancelled."""

    key: object
    is_started: bool = False


@dataclass(frozen=True, kw_only=True)
class Item:
    """A schedule of the asset and what is going on with its running cycle.

    order: its own open order. covered_by: the open order of a longer schedule that does this cycle's work as well.
    is_paused: not in use, or its asset is out of service; neither makes orders nor keeps others from making them.
    """

    schedule: Schedule
    standing: Standing
    order: OpenOrder | None = None
    covered_by: object = None
    is_paused: bool = False

    @property
    def key(self):
        return self.schedule.key


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An order to be made: the cycle, the leg that fired, occurrences missed meanwhile, and schedules done with it."""

    item: Item
    trigger: Trigger
    missed: int = 0
    covers: list[Item] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Cover:
    """A cycle that fell due while the order of a longer schedule is open: it is done with that order."""

    item: Item
    by: Item
    order: object


@dataclass(frozen=True)
class Plan:
    issues: list[Issue] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)
    waits: dict = field(default_factory=dict)  # key of a schedule that makes no order -> Item of the longer one


def is_longer(longer: Schedule, shorter: Schedule) -> bool:
    """Whether a schedule may suppress another: its interval is longer in a leg and shorter in none. No leg: endless."""
    legs = [(longer.days, shorter.days), (longer.interval_meter, shorter.interval_meter)]
    if longer.interval_meter and shorter.interval_meter and longer.meter != shorter.meter:
        return False
    if any(mine is not None and (theirs is None or mine < theirs) for mine, theirs in legs):
        return False
    return any(theirs is not None and (mine is None or mine > theirs) for mine, theirs in legs)


def circle(schedule: Schedule, by_key: Mapping[object, Schedule]) -> list:
    """Keys of the schedules that would suppress one another in a ring through this one; empty without a ring."""
    path, key = [schedule.key], schedule.suppressed_by
    while key is not None and key in by_key and key not in path:
        path.append(key)
        key = by_key[key].suppressed_by
    return path if key == schedule.key else []


def plan(items: Iterable[Item], *, today: date, readings: Mapping[str, Reading]) -> Plan:
    """What to do today about the schedules of one asset. readings: by meter.

    Longer schedules first: what they cover makes no order of its own. The answer is the same however often it is asked,
    once it was acted on.
    """
    by_key = {item.key: item for item in items}
    found = Plan()
    made: dict = {}  # key of a schedule -> the Issue of today
    for item in sorted(by_key.values(), key=lambda item: len(_above(item, by_key))):
        item = by_key[item.key]
        reading = readings.get(item.schedule.meter)
        trigger = _is_fired(item, today, readings)
        if item.is_paused or item.order or item.covered_by is not None or trigger is None:
            continue
        above = next((other for other in _above(item, by_key) if _is_near(item, other, today, readings)), None)
        if above is None:
            covers = _covers(item, by_key, today, readings)
            late = missed(item.schedule, item.standing, today=today, meter=reading and reading.value)
            made[item.key] = Issue(item=item, trigger=trigger, missed=late, covers=covers)
            by_key |= {other.key: replace(other, covered_by=item.key, order=None) for other in covers}
            by_key[item.key] = replace(item, order=OpenOrder(key=item.key))
            continue
        found.waits[item.key] = above
        order = above.order.key if above.order else above.covered_by
        if order in made:  # near one that is covered by it, though not near it
            made[order].covers.append(item)
            by_key[item.key] = replace(item, covered_by=order)
        elif order is not None:
            found.covers.append(Cover(item=item, by=above, order=order))
            by_key[item.key] = replace(item, covered_by=order)
    found.issues.extend(made.values())
    return found


def _above(item, by_key) -> list[Item]:
    """The longer schedules in use that may suppress one: its own first, then that one's own, and so on."""
    above, seen, key = [], {item.key}, item.schedule.suppressed_by
    while key in by_key and key not in seen:
        seen.add(key)
        if not by_key[key].is_paused:
            above.append(by_key[key])
        key = by_key[key].schedule.suppressed_by
    return above


def _is_near(item, other, today, readings) -> bool:
    """Whether the longer schedule is due, or its open order was, within the lead or the grace of the shorter one."""
    mine, theirs = item.standing, other.standing
    reading = readings.get(item.schedule.meter)
    is_same_meter = item.schedule.meter == other.schedule.meter
    if is_same_meter and None not in (mine.due_meter, theirs.due_meter):
        reach = max(item.schedule.lead_meter, item.schedule.grace_on_meter)
        by_meter = fires(item.schedule, replace(mine, due_date=None), today=today, meter=reading and reading.value)
        if by_meter and abs(mine.due_meter - theirs.due_meter) <= reach:
            return True
    my_day, their_day = (
        due_on(one.standing, readings.get(one.schedule.meter)) or _reached(one, today, readings)
        for one in (item, other)
    )
    if my_day is None or their_day is None:
        return False
    if their_day < today and not (other.order or other.covered_by is not None or _is_fired(other, today, readings)):
        return False  # a meter that was to be there by now, and stands still: nobody waits for it
    return abs((my_day - their_day).days) <= max(item.schedule.lead_days, item.schedule.grace)


def _is_fired(item, today, readings) -> Trigger | None:
    reading = readings.get(item.schedule.meter)
    return fires(item.schedule, item.standing, today=today, meter=reading and reading.value)


def _reached(item, today, readings) -> date | None:
    """Today, where a meter without a known daily use has come to what is due."""
    return today if _is_fired(item, today, readings) else None


def _covers(item, by_key, today, readings) -> list[Item]:
    """The shorter schedules whose cycle the order of this one does as well, with what their own orders were to do.

    An order that somebody started stays.
    """
    covered = []
    for other in by_key.values():
        is_free = not (other.is_paused or other.covered_by is not None or (other.order and other.order.is_started))
        chain = _above(other, by_key)
        if is_free and item in chain and _is_near(other, item, today, readings):
            covered.append(other)
    ended = {other.order.key for other in covered if other.order}
    return covered + [other for other in by_key.values() if other.covered_by in ended]


# -- what comes next ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Occurrence:
    """A cycle to come: the day, the leg, and the key of the longer schedule whose order does it (None: its own order)."""

    key: object
    day: date
    trigger: Trigger
    covered_by: object = None


def forecast(items: Iterable[Item], *, today: date, until: date, readings: Mapping[str, Reading]) -> list[Occurrence]:
    """What falls due from today to a day, if each order is done on the day it is due and meters run on as they did.

    Day by day with `plan`, as the generation does it. covered_by of an item is here the key of the longer schedule.
    """
    by_key = {item.key: replace(item, order=item.order and replace(item.order, key=item.key)) for item in items}
    ends: dict[object, date] = {}
    found: list[Occurrence] = []
    day = today
    for key, item in by_key.items():
        if item.order:
            ends[key] = max(today, due_on(item.standing, readings.get(item.schedule.meter)) or today)
            found.append(Occurrence(key, ends[key], _leg(item, readings)))
    for key, item in by_key.items():
        if item.covered_by in ends:
            found.append(Occurrence(key, ends[item.covered_by], Trigger.DATE, item.covered_by))
    while day <= until:
        now = {meter: replace(reading, value=reading.on(day), read_on=day) for meter, reading in readings.items()}
        for key in [key for key, end in ends.items() if end <= day]:
            del ends[key]
            _close(by_key, key, day, now)
        made = plan(by_key.values(), today=day, readings=now)
        for issue in made.issues:
            item = issue.item
            ends[item.key] = max(day, due_on(item.standing, now.get(item.schedule.meter)) or day)
            by_key[item.key] = replace(item, order=OpenOrder(key=item.key))
            found.append(Occurrence(item.key, ends[item.key], issue.trigger))
            for other in issue.covers:
                if ends.pop(other.key, None) or other.covered_by is not None:  # an order not started closes as covered
                    found = [one for one in found if one.key != other.key or one.day < day]
                by_key[other.key] = replace(by_key[other.key], order=None, covered_by=item.key)
                found.append(Occurrence(other.key, ends[item.key], issue.trigger, item.key))
        for cover in made.covers:
            by_key[cover.item.key] = replace(by_key[cover.item.key], covered_by=cover.order)
            found.append(Occurrence(cover.item.key, ends[cover.order], Trigger.DATE, cover.order))
        if all(end > day for end in ends.values()):  # else it is done today, and what comes then may be due, too
            day += timedelta(days=1)
    return sorted((one for one in found if one.day <= until), key=lambda one: one.day)


def _leg(item, readings) -> Trigger:
    by_meter = due_on(replace(item.standing, due_date=None), readings.get(item.schedule.meter))
    is_first = by_meter and (item.standing.due_date is None or by_meter < item.standing.due_date)
    return Trigger.METER if is_first else Trigger.DATE


def _close(by_key, key, day, readings) -> None:
    """The order of a schedule is done on a day, and what it covers with it."""
    for other in list(by_key.values()):
        reading = readings.get(other.schedule.meter)
        value = reading and reading.value
        if other.key == key:
            standing = done(other.schedule, other.standing, on=day, meter=value)
        elif other.covered_by == key:
            standing = credit(other.schedule, other.standing, on=day, meter=value)
        else:
            continue
        by_key[other.key] = replace(other, standing=standing, order=None, covered_by=None)
