"""Periodic jobs of logistics; each is a management command too, so that cron can do it."""

import logging

from django.db import DatabaseError
from procrastinate.contrib.django import app

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.logistics import telling

log = logging.getLogger("leanops.logistics")


@app.periodic(cron="15 * * * *")
@app.task(name="tell_of_overdue_returns", queueing_lock="tell_of_overdue_returns", pass_context=False)
def tell_of_overdue_returns(timestamp: int = 0) -> int:
    """Tell people of what is not back since their midnight, once a day; returns how many were told."""
    told = 0
    for tenant in Tenant.objects.all():
        try:
            with tenant_context(tenant):
                told += telling.tell_of_overdue_returns(tenant)
        except DatabaseError:
            log.exception("What is not back at %s could not be told; the next hour tries again.", tenant.slug)
    return told
