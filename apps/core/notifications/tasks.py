"""What the worker does with notifications; found by procrastinate through apps.core.tasks."""

from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from apps.core.isolation import platform_context
from apps.core.notifications import mails, services


@app.periodic(cron="* * * * *")
@app.task(name="mail_notifications", queueing_lock="mail_notifications", pass_context=False)
def mail_notifications(timestamp: int = 0) -> int:
    """Mail what is due of notifications; returns how many mails went out."""
    mails.gather_due()
    return mails.send_due()


def send_soon() -> None:
    """Have the worker look now, not at the next minute."""
    try:
        mail_notifications.configure().defer(timestamp=0)
    except AlreadyEnqueued:
        pass


@app.periodic(cron="27 3 * * *")
@app.task(name="forget_old_notifications", queueing_lock="forget_old_notifications", pass_context=False)
def forget_old_notifications(timestamp: int = 0) -> int:
    """Delete what people read 90 days ago; returns how many."""
    with platform_context():
        return services.forget_old()
