"""Periodic jobs of the shop floor; each is a management command too, so that cron can do it."""

import logging

from django.db import DatabaseError
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.shopfloor import services

log = logging.getLogger("leanops.calls")


@app.periodic(cron="* * * * *")
@app.task(name="escalate_calls", queueing_lock="escalate_calls")
def escalate_calls(timestamp: int = 0) -> int:
    """Raise unacknowledged calls, tenant by tenant; a call rises once per level whoever runs this how often.

    Returns how many rose. One tenant's trouble is logged and does not keep the others waiting.
    """
    raised = 0
    for tenant in Tenant.objects.all():
        try:
            with tenant_context(tenant):
                raised += services.escalate_calls(tenant)
        except DatabaseError:
            log.exception("The calls of %s could not be raised; the next minute tries again.", tenant.slug)
    return raised


@app.periodic(cron="*/5 * * * *")
@app.task(name="close_shifts", queueing_lock="close_shifts")
def close_shifts(timestamp: int = 0) -> int:
    """Close the shifts that are over, tenant by tenant, and add up again those whose log was changed since.

    Returns how many were closed or revised. What fails for one tenant is logged, and the next run tries it again.
    """
    done = 0
    for tenant in Tenant.objects.all():
        try:
            done += close_shifts_of(tenant)
        except DatabaseError:
            log.exception("The shifts of %s could not be closed; the next run tries again.", tenant.slug)
    return done


def close_shifts_of(tenant) -> int:
    """Each shift in a transaction of its own: stations are locked for as long as one takes. Returns how many changed."""
    now = timezone.now()
    with tenant_context(tenant):
        due = services.shifts_to_close(tenant, now=now)
    done = 0
    for shift in due:
        with tenant_context(tenant):
            done += services.close_shift(shift, now=now)
    with tenant_context(tenant):
        return done + services.revise_closed_shifts(tenant, now=now)
