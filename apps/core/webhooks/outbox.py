"""The outbox: what is to be told is written in the transaction that it happened in, or not at all."""

from django.db import connection
from django.utils import timezone
from psycopg.types.json import Jsonb

from apps.core.hooks import told_of_events

# In the order in which they happened, also where many did at one instant.
WANTED = """
    insert into webhook_deliveries
        (id, tenant_id, webhook_id, kind, event, status, attempts, next_at, response_start, problem, created_at)
    select gen_random_uuid(), tenant_id, w.id, event ->> 'event_type', event, 'waiting', 0,
        greatest(%(now)s, held_until), '', '', %(now)s + (place - 1) * interval '1 microsecond'
    from webhooks w, jsonb_array_elements(%(events)s) with ordinality as e(event, place)
    where tenant_id = %(tenant)s and is_active and (kinds = '{}' or event ->> 'event_type' = any (kinds))
    for key share of w skip locked
    returning webhook_id, next_at
"""


@told_of_events
def write_deliveries(tenant, events: list[dict]) -> None:
    """Write a delivery for each webhook that wants an event, and have the worker send them after the commit.

    One that is being deleted just now is passed over: nobody's press on the floor waits for that, or fails by it.
    One statement, and one more for each webhook; those that are held, because nobody answered, are not woken.
    """
    now = timezone.now()
    values: dict = {"tenant": tenant.pk, "events": Jsonb(events), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(WANTED, values)
        due = {webhook for webhook, next_at in cursor.fetchall() if next_at <= now}
    for webhook in due:
        wake(tenant.pk, webhook)


def wake(tenant, webhook, *, at=None, once=False) -> None:
    """Have the worker send what is due to a webhook: at the commit, or at a later moment. tenant, webhook: their ids.

    once: not if that stands in the queue already (raises procrastinate's AlreadyEnqueued).
    """
    from apps.core.webhooks.tasks import send_webhook  # here: tasks asks this package

    lock = f"webhook {webhook}" if once else None
    send_webhook.configure(schedule_at=at, queueing_lock=lock).defer(tenant=str(tenant), webhook=str(webhook))
