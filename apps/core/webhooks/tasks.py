"""The worker's part. Each may run twice at once; the commands of the same names do it by cron."""

from uuid import UUID

from procrastinate.contrib.django import app

from apps.core.isolation import platform_context
from apps.core.models import Tenant
from apps.core.webhooks import sending


@app.task(name="send_webhook", pass_context=False, priority=-10)  # others first: an address may take its time
def send_webhook(tenant: str, webhook: str) -> int:
    """Send what is due to one webhook; returns how many attempts were made."""
    return sending.send_due(Tenant.objects.get(pk=tenant), UUID(webhook))


@app.periodic(cron="* * * * *")
@app.task(name="wake_webhooks", queueing_lock="wake_webhooks", pass_context=False)
def wake_webhooks(timestamp: int = 0) -> int:
    """Have everything sent that is due; returns to how many webhooks."""
    return sending.wake_due()


@app.periodic(cron="23 3 * * *")
@app.task(name="forget_old_deliveries", queueing_lock="forget_old_deliveries", pass_context=False)
def forget_old_deliveries(timestamp: int = 0) -> int:
    """Delete deliveries past their 30 days; returns how many."""
    with platform_context():
        return sending.forget_old()
