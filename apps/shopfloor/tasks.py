"""Periodic jobs of the shop floor; each is a management command too, so that cron can do it."""

import logging

from django.db import DatabaseError
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
