"""Periodic jobs of maintenance; each is a management command too, so that cron can do it."""

import logging

from django.db import DatabaseError
from procrastinate.contrib.django import app

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.maintenance.services import generate_in_batches
from apps.maintenance.telling import tell_overdue

log = logging.getLogger("leanops.maintenance")


@app.periodic(cron="*/15 * * * *")
@app.task(name="generate_work_orders", queueing_lock="generate_work_orders", pass_context=False)
def generate_work_orders(timestamp: int = 0) -> int:
    """Make the orders that are due, tenant by tenant, each by its own date; returns how many were made."""
    made = 0
    for tenant in Tenant.objects.all():
        try:
            with tenant_context(tenant):
                for batch in generate_in_batches(tenant):
                    made += len(batch.orders)
        except DatabaseError:
            log.exception("The orders due at %s could not be made; the next run tries again.", tenant.slug)
    return made


@app.periodic(cron="5 * * * *")
@app.task(name="tell_of_overdue_orders", queueing_lock="tell_of_overdue_orders", pass_context=False)
def tell_of_overdue_orders(timestamp: int = 0) -> int:
    """Tell people of orders that are overdue since their midnight; returns how many were told."""
    told = 0
    for tenant in Tenant.objects.all():
        try:
            with tenant_context(tenant):
                told += tell_overdue(tenant)
        except DatabaseError:
            log.exception("Who is late at %s could not be told; the next hour tries again.", tenant.slug)
    return told
