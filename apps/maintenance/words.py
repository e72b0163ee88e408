"""Why a schedule is or is not due, in words. Pure functions over the engine's values, but for the language."""

from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.maintenance.due import Trigger, fires, predicted
from apps.registry.meter_words import amount


@dataclass(frozen=True, kw_only=True)
class Around:
    """What goes on with a schedule beside its own figures, as people call it; empty where it is not so.

    order: the open order of its running cycle. covered_by: the open order of a longer schedule that does its work, too.
    waits_for: the longer schedule that it waits for today.
    """

    is_active: bool = True
    is_retired: bool = False
    is_out: bool = False
    is_away: bool = False
    order: str = ""
    covered_by: str = ""
    waits_for: str = ""


def why(schedule, standing, *, today, reading=None, around=Around()) -> str:
    """Say in sentences why a schedule (due.Schedule, due.Standing) is or is not due.

    reading: what its meter said last (due.Reading); None where it was never read. Source: domain §3, rule 7.
    """
    if not around.is_active:
        return _("It is out of use: it makes no orders.")
    if around.is_retired:
        return _("Its asset is retired: it makes no orders any more.")
    said = _legs(schedule, standing, today, reading)
    if around.is_out:
        return " ".join([_("Its asset is out of service: until it is back, no orders are made."), *said])
    if around.is_away:
        said = [_("Its asset is in transit: an order is made, and can start when it has arrived."), *said]
    if around.order:
        return " ".join([_("%s is open; the next one is made when that is closed.") % around.order, *said])
    if around.covered_by:
        return " ".join([_("%s does its work, too.") % around.covered_by, *said])
    if around.waits_for:
        return " ".join([*said, _("It is done with “%s”, which is due, too: it makes no order.") % around.waits_for])
    return " ".join(said)


def _legs(schedule, standing, today, reading) -> list[str]:
    by_date = _by_date(schedule, standing, today)
    by_meter = _by_meter(schedule, standing, today, reading)
    meter = reading and reading.value
    if fires(schedule, standing, today=today, meter=meter) == Trigger.METER:
        return [by_meter, by_date] if by_date else [by_meter]
    return [leg for leg in (by_date, by_meter) if leg]


def _by_date(schedule, standing, today) -> str:
    due = standing.due_date
    if due is None:
        return ""
    left = (due - today).days
    words = {"day": _day(due), "lead": schedule.lead_days, "days": abs(left)}
    if left < 0:
        return ngettext("Due since %(day)s, %(days)d day ago.", "Due since %(day)s, %(days)d days ago.", -left) % words
    if left == 0:
        return _("Due today.")
    said = ngettext("Due on %(day)s, in %(days)d day.", "Due on %(day)s, in %(days)d days.", left) % words
    if schedule.lead_days >= left:
        return (
            f"{said} "
            + ngettext(
                "Its order is made %(lead)d day before.", "Its order is made %(lead)d days before.", schedule.lead_days
            )
            % words
        )
    return said


def _by_meter(schedule, standing, today, reading) -> str:
    if not schedule.interval_meter:
        return ""
    if standing.due_meter is None:
        return _("A reading is needed: nothing says yet what its meter counts from.")
    words = {"due": amount(standing.due_meter, schedule.meter)}
    if reading is None:
        return _("Due at %(due)s; a reading is needed.") % words
    words["now"] = amount(reading.value, schedule.meter)
    if reading.value >= standing.due_meter:
        return _("Due by its meter: it stands at %(now)s, and was due at %(due)s.") % words
    if reading.value >= standing.due_meter - schedule.lead_meter:
        words["lead"] = amount(schedule.lead_meter, schedule.meter)
        return _("Its meter stands at %(now)s, within %(lead)s of the %(due)s at which it is due.") % words
    day = predicted(standing, reading)
    if day is None:
        return _("Due at %(due)s; its meter stands at %(now)s. A reading is needed to foresee when.") % words
    return _("Due at %(due)s; its meter stands at %(now)s and is expected there on %(day)s.") % (
        words | {"day": _day(day)}
    )


def _day(day) -> str:
    return date_format(day, "Y-m-d")
