"""What admins do with webhooks. That the address or the secret changed is recorded, and never their values."""

import logging
import secrets

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import BrokenRule
from apps.core.models import User
from apps.core.notifications.kinds import Mail, NotificationKind, register
from apps.core.notifications.services import notify
from apps.core.roles import Role
from apps.core.webhooks.models import TEST, DeliveryStatus, Problem, Webhook, WebhookDelivery
from apps.core.webhooks.outbox import wake

log = logging.getLogger("leanops.webhooks")

MOST = 50  # webhooks of a plant: each event is written for each of them
EDITED = ["name", "format", "chat", "kinds", "text"]

SWITCHED_OFF = register(
    NotificationKind(
        key="webhook_off",
        name=gettext_lazy("A webhook is switched off because nothing arrives"),
        describe=lambda parts: _("The webhook “%(name)s” is switched off: for days nothing has arrived.") % parts,
        mail=Mail.AT_ONCE,
    )
)


@transaction.atomic
def save_webhook(webhook, *, address=""):
    """Store a new or changed webhook. Returns it; a new one with its `secret`.

    address: where it leads from now on, or "" to keep what it has. What waits goes to the new address.
    """
    if webhook._state.adding:
        if Webhook.objects.for_tenant(webhook.tenant).count() >= MOST:
            raise BrokenRule(_("There are %d webhooks; delete one that is not needed.") % MOST)
        webhook.address, webhook.secret = address, _new_secret()
        webhook.save()
        return webhook
    stored = _locked(webhook)
    for name in EDITED:
        setattr(stored, name, getattr(webhook, name))
    if address:
        stored.address, stored.address_set_at = address, timezone.now()
    # (What is encrypted is written where it changes only: a lost key may be found again.)
    stored.save(update_fields=[*EDITED, *(["address", "address_set_at"] if address else [])])
    if address:
        _try_at_once(stored)
    return stored


@transaction.atomic
def renew_secret(webhook):
    """Give a webhook a new secret, with which everything is signed from now on. Returns it with its `secret`."""
    webhook = _locked(webhook)
    webhook.secret, webhook.secret_set_at = _new_secret(), timezone.now()
    webhook.save(update_fields=["secret", "secret_set_at"])
    _try_at_once(webhook)
    return webhook


@transaction.atomic
def switch_webhook(webhook, *, on: bool):
    """Switch a webhook on, or off: then what waits is given up, and nothing is written for it. Returns it."""
    webhook = _locked(webhook)
    if webhook.is_active != on:
        webhook.is_active, webhook.off_reason = on, ""
        webhook.save(update_fields=["is_active", "off_reason"])
        if on:
            _try_at_once(webhook)
        else:
            give_up(webhook)
    return webhook


@transaction.atomic
def switch_off_failing(webhook, *, since, problem: str) -> None:
    """Switch off a webhook at which nothing has arrived for days, and say so."""
    webhook.is_active = False
    webhook.off_reason = _("Nothing has arrived since %(moment)s. %(problem)s") % {
        "moment": date_format(webhook.tenant.local(since), "Y-m-d H:i"),
        "problem": problem,
    }
    webhook._change_reason = "failing"
    webhook.save(update_fields=["is_active", "off_reason"])
    give_up(webhook)
    notify(
        SWITCHED_OFF,
        User.objects.for_tenant(webhook.tenant).filter(role=Role.ADMIN),
        webhook,
        occasion=since.isoformat(),
        url=reverse("core:webhook_change", args=[webhook.pk]),
        name=webhook.name,
    )
    log.warning(
        "webhook %s of %s is switched off: nothing has arrived since %s", webhook.pk, webhook.tenant.slug, since
    )


@transaction.atomic
def delete_webhook(webhook) -> None:
    """Delete a webhook, and what is known of its deliveries."""
    webhook = _locked(webhook)
    webhook.deliveries.all().delete()
    webhook.delete()


@transaction.atomic
def send_test(webhook, *, by) -> WebhookDelivery:
    """Send a delivery of the kind “test”, once, also where the webhook is switched off."""
    webhook = _locked(webhook)
    now = webhook.tenant.local(timezone.now()).isoformat()
    event = dict.fromkeys(["id", "station", "job"]) | {
        "event_type": TEST,
        "user": str(by.pk) if by else None,
        "payload": {},
    }
    delivery = webhook.deliveries.create(
        tenant=webhook.tenant, kind=TEST, event=event | {"occurred_at": now, "created_at": now}
    )
    _try_at_once(webhook, but_waiting=True)
    return delivery


@transaction.atomic
def send_again(delivery) -> WebhookDelivery:
    """Send a delivery once more, with all its attempts, under its id. Raises BrokenRule while it is under way."""
    webhook = _locked(delivery.webhook)
    delivery = webhook.deliveries.locked().get(pk=delivery.pk)
    if delivery.status == DeliveryStatus.WAITING:
        raise BrokenRule(_("This one is under way; wait until it has arrived or failed."))
    _refuse_off(webhook, delivery.kind)
    _send_again(webhook, webhook.deliveries.filter(pk=delivery.pk))
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def send_failed_again(webhook) -> int:
    """Send again all that failed; returns how many. Raises BrokenRule where the webhook is switched off."""
    webhook = _locked(webhook)
    _refuse_off(webhook, "")
    return _send_again(webhook, webhook.deliveries.filter(status=DeliveryStatus.FAILED).exclude(kind=TEST))


def give_up(webhook) -> None:
    """What waits for a webhook that is off fails; a test does not care."""
    waiting = webhook.deliveries.filter(status=DeliveryStatus.WAITING).exclude(kind=TEST)
    waiting.update(status=DeliveryStatus.FAILED, next_at=None, problem=Problem.OFF)


def _locked(webhook):
    return Webhook.objects.locked().select_related("tenant").get(pk=webhook.pk)


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def _refuse_off(webhook, kind) -> None:
    if not webhook.is_active and kind != TEST:
        raise BrokenRule(_("%s is switched off; switch it on first.") % webhook)


def _send_again(webhook, deliveries) -> int:
    count = deliveries.update(status=DeliveryStatus.WAITING, attempts=0, next_at=timezone.now(), problem="")
    if count:
        _try_at_once(webhook, but_waiting=True)
    return count


def _try_at_once(webhook, *, but_waiting=False) -> None:
    """Something has changed: no more holding back. but_waiting: what waits for its next attempt goes on waiting."""
    now = timezone.now()
    Webhook.objects.filter(pk=webhook.pk).update(held_until=None, failing_since=None)
    if not but_waiting:
        webhook.deliveries.filter(status=DeliveryStatus.WAITING).update(next_at=now)
    wake(webhook.tenant_id, webhook.pk)
