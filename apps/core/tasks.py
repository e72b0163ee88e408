"""Periodic jobs of the house. Each is safe to run twice at once, and is a management command too where cron does it."""

from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from apps.core import mails, request_keys, services, sessions, uploads
from apps.core.audit import seals
from apps.core.isolation import platform_context
from apps.core.models import User
from apps.core.notifications import tasks as notifications  # noqa: F401  (has jobs of its own)
from apps.core.sheets import models as sheets
from apps.core.webhooks import tasks as _webhooks  # noqa: F401  (the queue finds its tasks here)


@app.periodic(cron="17 * * * *")
@app.task(name="forget_old_request_keys", queueing_lock="forget_old_request_keys", pass_context=False)
def forget_old_request_keys(timestamp: int = 0) -> int:
    """Delete request keys past their 7 days; returns how many."""
    with platform_context():
        return request_keys.forget_old_keys()


@app.periodic(cron="* * * * *")
@app.task(name="seal_records", queueing_lock="seal_records", pass_context=False)
def seal_records(timestamp: int = 0) -> int:
    """Chain a hash over the events and audit rows written since the last seal; returns how many."""
    return seals.seal_records()


@app.periodic(cron="43 2 * * *")
@app.task(name="forget_orphan_files", queueing_lock="forget_orphan_files", pass_context=False)
def forget_orphan_files(timestamp: int = 0) -> int:
    """Remove files that no row names, a day after they were written; returns how many."""
    with platform_context():
        return uploads.forget_orphans()


@app.periodic(cron="* * * * *")  # a dead worker's job is done again within 90 s: it counts as dead after 30
@app.task(name="retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context, timestamp: int) -> None:
    """Put the jobs of workers that died back into the queue: nothing stays “doing” for ever."""
    for job in await app.job_manager.get_stalled_jobs():
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # the same work is queued already, and does what this one was to do
            await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)


@app.task(name="mail_reset_link", pass_context=False, retry=3)
def mail_reset_link(person: str) -> None:
    """Mail a person the link for a new password. The link is made here: it stands in no queue."""
    found = User.objects.filter(pk=person, is_active=True).first()
    if found is not None and mails.send_reset_link(found):
        services.note_account_change(found, "mailed a link for a new password", by=None)


@app.periodic(cron="43 * * * *")
@app.task(name="forget_ended_sessions", queueing_lock="forget_ended_sessions", pass_context=False)
def forget_ended_sessions(timestamp: int = 0) -> None:
    """Delete sessions past their time, and what is kept beside them; wrong tries that no longer count."""
    sessions.forget_ended()


@app.periodic(cron="29 * * * *")
@app.task(name="forget_kept_sheets", queueing_lock="forget_kept_sheets", pass_context=False)
def forget_kept_sheets(timestamp: int = 0) -> int:
    """Delete sheets that nobody said yes to within a day; returns how many."""
    with platform_context():
        return sheets.forget_kept_sheets()
