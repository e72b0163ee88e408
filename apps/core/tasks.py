"""Periodic jobs of the house. Each is safe to run twice at once, and is a management command too where cron does it."""

from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from apps.core import request_keys
from apps.core.isolation import platform_context


@app.periodic(cron="17 * * * *")
@app.task(name="forget_old_request_keys", queueing_lock="forget_old_request_keys", pass_context=False)
def forget_old_request_keys(timestamp: int = 0) -> int:
    """Delete request keys past their 7 days; returns how many."""
    with platform_context():
        return request_keys.forget_old_keys()


@app.periodic(cron="* * * * *")  # a dead worker's job is done again within 90 s: it counts as dead after 30
@app.task(name="retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
async def retry_stalled_jobs(context, timestamp: int) -> None:
    """Put the jobs of workers that died back into the queue: nothing stays “doing” for ever."""
    for job in await app.job_manager.get_stalled_jobs():
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # the same work is queued already, and does what this one was to do
            await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)
