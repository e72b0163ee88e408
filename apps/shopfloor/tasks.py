"""Periodic jobs of the shop floor."""

from procrastinate.contrib.django import app

from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.shopfloor import services


@app.periodic(cron="* * * * *")
@app.task(name="escalate_calls", queueing_lock="escalate_calls")
def escalate_calls(timestamp: int) -> None:
    """Raise unacknowledged calls, tenant by tenant; a tenant's calls rise once per level whoever runs this how often."""
    for tenant in Tenant.objects.all():
        with tenant_context(tenant):
            services.escalate_calls(tenant)
