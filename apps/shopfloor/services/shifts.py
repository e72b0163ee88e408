"""Shifts: stored only where they do not stand in each other's way."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.shopfloor.models import Shift
from apps.shopfloor.shift_times import clash


@transaction.atomic
def save_shift(shift, *, by):
    """Store a new or changed shift. Returns it.

    Raises BrokenRule where it would overlap another one, or share its name, on one line and weekday.
    Source: domain §6.
    """
    hold(Shift.objects.filter(pk=shift.pk))
    one_writer(shift.tenant_id)
    shift.start, shift.end = (clock.replace(second=0, microsecond=0) for clock in (shift.start, shift.end))
    shift.weekdays = sorted(set(shift.weekdays))
    refuse_clash(shift)
    shift.save()
    return shift


def hold(shifts) -> list:
    """The rows of a query, locked: always before `one_writer`, as the API does, so that no two wait for each other."""
    return list(shifts.order_by("pk").locked())


def one_writer(tenant_id) -> None:
    """One writer at a time in a tenant, to the end of the transaction: two that overlap must not both find nothing."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('shifts'), hashtext(%s))", [str(tenant_id)])


def refuse_clash(shift, others=None) -> None:
    """Raise BrokenRule where another shift works at the same time, or has the same name, on one line and weekday.

    others: those to compare with; None: all that are stored.
    """
    for other in Shift.objects.for_tenant(shift.tenant_id) if others is None else others:
        if other.pk != shift.pk and clash(shift, other):
            raise BrokenRule(
                _(
                    "“%(shift)s” meets “%(other)s” (%(start)s to %(end)s) on a line and weekday of both; change one of them."
                )
                % {
                    "shift": shift,
                    "other": other,
                    "start": other.start.strftime("%H:%M"),
                    "end": other.end.strftime("%H:%M"),
                }
            )
