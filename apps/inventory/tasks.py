"""Periodic jobs of the stores; each is a management command too, so that cron can do it."""

import logging

from django.db import DatabaseError
from procrastinate.contrib.django import app

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.inventory import telling

log = logging.getLogger("leanops.inventory")


@app.periodic(cron="21 4 * * *")
@app.task(name="tell_of_stores", queueing_lock="tell_of_stores", pass_context=False)
def tell_of_stores(timestamp: int = 0) -> int:
    """Tell managers what is to be ordered and what is late, tenant by tenant; returns how many were told."""
    told = 0
    for tenant in Tenant.objects.all():
        try:
            with tenant_context(tenant):
                told += telling.tell_of_stores(tenant)
        except DatabaseError:
            log.exception("What is to be ordered at %s could not be told; the next day tries again.", tenant.slug)
    return told
