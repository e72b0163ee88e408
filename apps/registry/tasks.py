"""Periodic jobs of the registry; each is a management command too, so that cron can do it."""

import logging

from django.db import DatabaseError
from procrastinate.contrib.django import app

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.registry import telling

log = logging.getLogger("leanops.registry")


@app.periodic(cron="11 4 * * *")
@app.task(name="tell_of_expiry", queueing_lock="tell_of_expiry", pass_context=False)
def tell_of_expiry(timestamp: int = 0) -> int:
    """Tell managers of what expires, tenant by tenant, once whoever runs this how often; returns how many were told."""
    told = 0
    for tenant in Tenant.objects.all():
        try:
            with tenant_context(tenant):
                told += telling.tell_of_expiry(tenant)
        except DatabaseError:
            log.exception("What expires at %s could not be told; the next day tries again.", tenant.slug)
    return told
