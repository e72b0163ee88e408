"""Sending what is due, one delivery after the other, by one worker at a time for each webhook.

An attempt is booked, then made outside of any transaction, then its outcome is booked. A worker that dies in between
leaves an attempt whose outcome nobody knows: it is made again, under the same delivery id (at least once). The lease
keeps other workers away meanwhile; whoever lost it may still tell of a success, but of no failure.
"""

import hashlib
import hmac
import logging
import time
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from apps.core.isolation import platform_context, tenant_context
from apps.core.models import Tenant
from apps.core.webhooks import formats, gate, kinds, services
from apps.core.webhooks.models import TEST, DeliveryStatus, Problem, Webhook, WebhookDelivery
from apps.core.webhooks.outbox import wake

log = logging.getLogger("leanops.webhooks")
WAITING, DELIVERED, FAILED = DeliveryStatus

# After the first attempt, the second, …; after the last of them a delivery has failed.
RETRIES = [timedelta(seconds=s) for s in (10, 60, 5 * 60, 30 * 60, 2 * 3600, 6 * 3600, 24 * 3600)]
SOON = timedelta(
    minutes=1
)  # what comes again sooner is queued for its moment; for the rest the worker looks each minute
LONGEST_HOLD = timedelta(minutes=30)  # so often one delivery tries whether somebody answers again
LEASE = timedelta(seconds=60)  # longer than an attempt takes (gate.TOTAL)
TURN = 10.0  # seconds that a webhook may have the worker to itself
OFF_AFTER = timedelta(days=3)  # of failures alone
KEPT_FOR = timedelta(days=30)
NO_ANSWER = {Problem.REFUSED, Problem.NO_NAME, Problem.NO_CONNECTION, Problem.TLS, Problem.TIMEOUT, Problem.UNREADABLE}


class Attempt(NamedTuple):
    """What is to be sent now, and under which lease."""

    webhook: Webhook
    delivery: WebhookDelivery
    lease: UUID


def send_due(tenant: Tenant, webhook: UUID) -> int:
    """Send what is due to a webhook; returns how many attempts were made. Safe to run by many at once."""
    lease, until, made = uuid4(), time.monotonic() + TURN, 0
    while attempt := _begin(tenant, webhook, lease, may_go_on=time.monotonic() < until):
        _end(tenant, webhook, attempt, _answer_to(tenant, attempt))
        made += 1
    return made


def _answer_to(tenant, attempt) -> gate.Answer:
    """Make an attempt. Whatever goes wrong with one delivery must not stand in the way of the next."""
    if not attempt.webhook.address or not attempt.webhook.secret:
        return gate.Answer(Problem.UNREADABLE)
    delivery = attempt.delivery
    try:
        with tenant_context(tenant):
            words = kinds.words_for(tenant, delivery.kind, delivery.event)
        message = delivery.event | {"delivery": str(delivery.pk), "tenant": tenant.slug}
        body = formats.body_of(attempt.webhook, message, words)
    except Exception:
        log.exception("delivery %s cannot be written", delivery.pk)
        return gate.Answer(Problem.UNWRITABLE)
    return gate.post(attempt.webhook.address, body, headers_of(attempt, body))


def headers_of(attempt: Attempt, body: bytes) -> dict[str, str]:
    """What a receiver knows a delivery by. The signature is over the moment, a point and the body (docs/webhooks.md)."""
    moment = str(int(time.time()))
    return {
        "LeanOps-Event": attempt.delivery.kind,
        "LeanOps-Delivery": str(attempt.delivery.pk),
        "LeanOps-Timestamp": moment,
        "LeanOps-Signature": f"v1={sign(attempt.webhook.secret, moment, body)}",
    }


def sign(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()


def _begin(tenant, key, lease, *, may_go_on) -> Attempt | None:
    """Book the next attempt; None when another worker is at it, nothing is due, or the turn is over."""
    with tenant_context(tenant):
        webhook = Webhook.objects.locked().filter(pk=key).first()
        now = timezone.now()
        if webhook is None or (webhook.lease != lease and webhook.leased_until and webhook.leased_until > now):
            return None
        if not webhook.is_active:  # it was, when this was written
            services.give_up(webhook)
        due = _due(webhook, now)
        # A delivery that has cost a worker its life each time is not tried for ever.
        due.filter(attempts__gt=len(RETRIES)).update(status=FAILED, next_at=None, problem=Problem.LOST)
        delivery = due.order_by("created_at", "id").first() if may_go_on else None
        if delivery is None:
            Webhook.objects.filter(pk=key).update(lease=None, leased_until=None)
            if not may_go_on and due.exists():
                wake(tenant.pk, key)
            return None
        delivery.attempts += 1
        delivery.sent_at = now
        delivery.next_at = now + _pause_after(delivery.attempts)
        delivery.save(update_fields=["attempts", "sent_at", "next_at"])
        Webhook.objects.filter(pk=key).update(lease=lease, leased_until=now + LEASE)
        return Attempt(webhook, delivery, lease)


def _due(webhook, now):
    """What may be sent now: nothing while the webhook is held."""
    if webhook.held_until and webhook.held_until > now:
        return webhook.deliveries.none()
    return webhook.deliveries.filter(status=WAITING, next_at__lte=now)


def _pause_after(attempts: int) -> timedelta:
    return RETRIES[min(max(attempts, 1), len(RETRIES)) - 1]


def _end(tenant, key, attempt, answer) -> None:
    """Book what came of an attempt."""
    with tenant_context(tenant):
        webhook = Webhook.objects.locked().filter(pk=key).select_related("tenant").first()
        delivery = webhook and webhook.deliveries.locked().filter(pk=attempt.delivery.pk).first()
        if delivery is None or delivery.status == DELIVERED:
            return
        if answer.problem and (webhook.lease != attempt.lease or delivery.status != WAITING):
            return  # another worker is at it, or it was given up
        now = timezone.now()
        delivery.response_code, delivery.response_start = answer.code, answer.start
        delivery.seconds, delivery.problem = answer.seconds, answer.problem
        wait = max(_pause_after(delivery.attempts), timedelta(seconds=answer.wait))
        if not answer.problem:
            delivery.status, delivery.next_at = DELIVERED, None
        elif delivery.attempts > len(RETRIES) or delivery.kind == TEST:
            delivery.status, delivery.next_at = FAILED, None
        else:
            delivery.next_at = now + wait
        delivery.save()
        if not answer.problem:
            _arrived(webhook, now)
        elif delivery.kind != TEST:
            _failed(webhook, delivery, answer, now, wait)


def _arrived(webhook, now) -> None:
    if webhook.held_until:  # somebody answers again: all that failed for that reason goes now
        webhook.deliveries.filter(status=WAITING, problem__in=NO_ANSWER).update(next_at=now)
    if webhook.held_until or webhook.failing_since:
        Webhook.objects.filter(pk=webhook.pk).update(held_until=None, failing_since=None)


def _failed(webhook, delivery, answer, now, wait) -> None:
    """Hold a webhook where nobody answers, so that what comes next is not tried in vain; switch it off after days."""
    since = webhook.failing_since or now
    is_held = answer.problem in NO_ANSWER or answer.code in gate.BUSY
    hold = max(min(wait, LONGEST_HOLD), timedelta(seconds=answer.wait))
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=since, held_until=now + hold if is_held else None)
    if now - since > OFF_AFTER:
        problem = delivery.get_problem_display() + (f" ({answer.code})" if answer.code else "")
        services.switch_off_failing(webhook, since=since, problem=problem)
    elif wait < SOON:
        wake(webhook.tenant_id, webhook.pk, at=now + wait)


def wake_due() -> int:
    """Wake every webhook with something due, of all tenants: retries, and what a worker that died has left. Returns how
    many; done each minute."""
    now = timezone.now()
    free = (Q(webhook__leased_until=None) | Q(webhook__leased_until__lte=now)) & (
        Q(webhook__held_until=None) | Q(webhook__held_until__lte=now)
    )
    with platform_context():
        due = WebhookDelivery.objects.filter(free, status=WAITING, next_at__lte=now)
        found = list(due.order_by().values_list("tenant_id", "webhook_id").distinct())
    for tenant, webhook in found:
        try:
            with transaction.atomic():
                wake(tenant, webhook, once=True)
        except AlreadyEnqueued:
            pass
    return len(found)


def forget_old() -> int:
    """Delete deliveries past their 30 days, of the tenants in force; returns how many."""
    return WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
