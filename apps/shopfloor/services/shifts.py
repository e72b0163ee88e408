"""Shifts: stored only where they do not stand in each other's way."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.shopfloor.models import ExceptionType, Shift, ShiftException
from apps.shopfloor.shift_times import clash


def calendar(tenant, since) -> tuple[list, list]:
    """What shift_times asks for: the shifts, extra ones among them, and the holidays. since: a date that is early enough."""
    exceptions = list(ShiftException.objects.for_tenant(tenant).filter(date__gte=since))
    extras = [exception for exception in exceptions if exception.type == ExceptionType.EXTRA]
    holidays = [exception for exception in exceptions if exception.type == ExceptionType.HOLIDAY]
    return [*Shift.objects.for_tenant(tenant), *extras], holidays


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


@transaction.atomic
def save_shift_exception(exception, *, by):
    """Store a new or changed holiday or extra shift. Returns it.

    Raises BrokenRule where an extra shift would overlap another shift, or would where it was a holiday until now.
    """
    hold(ShiftException.objects.filter(pk=exception.pk))
    one_writer(exception.tenant_id)
    if exception.start and exception.end:
        exception.start, exception.end = (
            at.replace(second=0, microsecond=0) for at in (exception.start, exception.end)
        )
    refuse_clash_of_exception(exception)
    exception.save()
    return exception


@transaction.atomic
def remove_shift_exception(exception, *, by) -> None:
    """Take a holiday or extra shift back. Raises BrokenRule where an extra shift has taken a holiday's place."""
    hold(ShiftException.objects.filter(pk=exception.pk))
    one_writer(exception.tenant_id)
    refuse_clash_of_exception(exception, is_removed=True)
    exception.delete()


def refuse_clash(shift, others=None, exceptions=None) -> None:
    """Raise BrokenRule where another shift works at the same time, or has the same name, on one line and weekday.

    others, exceptions: those to compare with; None: all that are stored. Extra shifts that are over stand.
    """
    tenant = shift.tenant_id
    if exceptions is None:
        exceptions = list(ShiftException.objects.for_tenant(tenant).still_to_come(shift.tenant))
    others = Shift.objects.for_tenant(tenant) if others is None else others
    holidays = [exception for exception in exceptions if exception.type == ExceptionType.HOLIDAY]
    for other in [*others, *(exception for exception in exceptions if exception.type == ExceptionType.EXTRA)]:
        if other.pk != shift.pk and clash(shift, other, holidays):
            raise _meets(shift, other)


def refuse_clash_of_exception(exception, others=None, exceptions=None, *, is_removed=False) -> None:
    """Raise BrokenRule where an extra shift would meet another shift: this one, or one where a holiday was until now."""
    tenant = exception.tenant_id
    others = list(Shift.objects.for_tenant(tenant) if others is None else others)
    if exceptions is None:
        exceptions = ShiftException.objects.for_tenant(tenant).still_to_come(exception.tenant)
    exceptions = [other for other in exceptions if other.pk != exception.pk] + ([] if is_removed else [exception])
    holidays = [other for other in exceptions if other.type == ExceptionType.HOLIDAY]
    extras = [other for other in exceptions if other.type == ExceptionType.EXTRA]
    for place, extra in enumerate(extras):
        for other in [*others, *extras[:place]]:
            if clash(extra, other, holidays):
                raise _meets(extra, other)


def _meets(shift, other) -> BrokenRule:
    return BrokenRule(
        _("“%(shift)s” meets “%(other)s” (%(start)s to %(end)s) on a line and weekday of both; change one of them.")
        % {
            "shift": shift,
            "other": other,
            "start": other.start.strftime("%H:%M"),
            "end": other.end.strftime("%H:%M"),
        }
    )
