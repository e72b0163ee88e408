"""Who is told of calls, and who is off shift."""

from datetime import timedelta
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.hooks import ShiftOfDay, knows_shifts, knows_shifts_of_days
from apps.core.models import User
from apps.core.notifications.kinds import Mail, NotificationKind, register
from apps.core.notifications.services import notify, settle
from apps.core.roles import Role
from apps.shopfloor.models import CallKind, Shift
from apps.shopfloor.services.shifts import calendar
from apps.shopfloor.shift_times import is_on_shift, next_start, span


def describe_call(parts) -> str:
    words = {"station": parts["station"], "what": str(CallKind(parts["call"]).label).lower()}
    if parts["level"]:
        sentence = _("Nobody has come to %(station)s yet, which calls for %(what)s") % words
    else:
        sentence = _("%(station)s calls for %(what)s") % words
    more = [parts["part"] and f"{parts['part']} × {parts['qty']}" if parts["qty"] else parts["part"], parts["note"]]
    return ": ".join([sentence, *filter(None, more)])


CALL = register(
    NotificationKind(
        key="call",
        name=gettext_lazy("Calls from stations"),
        describe=describe_call,
        is_critical=True,
        mail=Mail.AT_ONCE,
        icon="hand",
    )
)


def called_people(call, level: int):
    """Whom a call is told at a level: supervisors of the line (of maintenance also its technicians); all supervisors;
    managers; admins. A line is the person's who has chosen it, or none at all. Source: domain §6.
    """
    people = User.objects.for_tenant(call.tenant_id)
    if level:
        return people.filter(role=(Role.SUPERVISOR, Role.MANAGER, Role.ADMIN)[min(level, 3) - 1])
    roles = [Role.SUPERVISOR, Role.TECHNICIAN] if call.kind == CallKind.MAINTENANCE else [Role.SUPERVISOR]
    return people.filter(Q(lines=[]) | Q(lines__contains=[call.station.line]), role__in=roles)


def tell_of_call(call, *, level, by, at) -> None:
    """Tell whom a call has reached; once for each level."""
    notify(
        CALL,
        called_people(call, level),
        call,
        by=by,
        occasion=f"level {level}",
        at=at,
        url=reverse("shopfloor:station_detail", args=[call.station_id]),
        station=call.station.code,
        call=call.kind,
        level=level,
        part=call.part,
        qty=f"{Decimal(call.qty).normalize():f}" if call.qty else "",
        note=call.note,
    )


def tell_no_more(call) -> None:
    """A call is over: nobody need look at what they were told of it."""
    settle(CALL, call)


def own_shifts(person, shifts) -> list:
    """A person's shifts: of the own lines, and of those the chosen ones; a choice that fits none is no choice."""
    of_lines = [s for s in shifts if not s.lines or not person.lines or set(s.lines) & set(person.lines)]
    return [shift for shift in of_lines if shift.name in person.shifts] or of_lines


@knows_shifts
def off_shift(tenant, people, moment) -> dict:
    """See hooks.quiet_until. Who has no shifts is never off."""
    shifts, holidays = calendar(tenant, moment.date() - timedelta(days=2))
    found = {}
    for person in people:
        own = own_shifts(person, shifts)
        if own and not is_on_shift(own, moment, tenant.zone, holidays):
            found[person.pk] = next_start(own, moment, tenant.zone, holidays)
    return found


@knows_shifts_of_days
def of_day(tenant, day):
    """See hooks.shifts_of_day."""
    for shift in Shift.objects.for_tenant(tenant).order_by("start", "name"):
        yield ShiftOfDay(shift.name, *span(shift, day, tenant.zone), shift.pk)
