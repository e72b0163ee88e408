"""Addresses that other systems are told at, and what was told them."""

from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from apps.core.encryption import EncryptedTextField
from apps.core.models import Row, history

TEST = "test"  # the kind of a delivery that an admin has asked for


class Format(models.TextChoices):
    """The shape of what is sent."""

    JSON = "json", _("JSON (LeanOps)")
    SLACK = "slack", _("Slack")
    TEAMS = "teams", _("Microsoft Teams")
    TELEGRAM = "telegram", _("Telegram")


class Webhook(Row):
    """An address that wants to be told. Address and secret are as good as a password: encrypted, in no record.

    leased_until, lease: the worker that sends to it now, and how long the others keep away. held_until: until when
    nothing is tried, because nobody answered. failing_since: since when nothing has arrived.
    """

    name = models.TextField(_("name"), max_length=80)
    address = EncryptedTextField(_("address"))
    address_set_at = models.DateTimeField(_("address set"), default=now, editable=False)
    secret = EncryptedTextField(editable=False)
    secret_set_at = models.DateTimeField(_("secret made"), default=now, editable=False)
    format = models.TextField(_("format"), choices=Format, default=Format.JSON)
    chat = models.TextField(_("chat"), max_length=80, blank=True, default="", help_text=_("Telegram’s id of the chat"))
    kinds = ArrayField(models.TextField(), verbose_name=_("events"), default=list, blank=True)
    text = models.TextField(_("text"), max_length=2000, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    off_reason = models.TextField(_("switched off because"), blank=True, default="", editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    held_until = models.DateTimeField(null=True, editable=False)
    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)

    STATE = ("failing_since", "held_until", "lease", "leased_until")  # the worker's book: no change of the row
    history = history("webhooks", excluded=("address", "secret", *STATE))

    class Meta:
        db_table = "webhooks"
        ordering = ["name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="webhook_name_once_per_tenant"),
            models.CheckConstraint(condition=Q(format__in=Format.values), name="webhook_format_known"),
            models.CheckConstraint(
                condition=~Q(format=Format.TELEGRAM) | ~Q(chat=""), name="telegram_webhook_names_its_chat"
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def short_address(self) -> str:
        """Where it leads, without the part that lets anybody in."""
        parts = urlsplit(self.address)
        host = parts.netloc if len(parts.netloc) < 60 else f"{parts.netloc[:57]}…"
        return f"{parts.scheme}://{host}{'/…' if parts.path.strip('/') or parts.query else ''}" if host else "–"


class DeliveryStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


class Problem(models.TextChoices):
    """Why an attempt failed. Our own words: those of the libraries tell the address."""

    REFUSED = "refused", _("The address leads to a network that this installation does not allow.")
    NO_NAME = "no_name", _("The name of the address is not known.")
    NO_CONNECTION = "no_connection", _("Nobody answers at the address.")
    TLS = "tls", _("The certificate of the address is not valid.")
    TIMEOUT = "timeout", _("The answer took too long.")
    BROKEN = "broken", _("The answer broke off, or cannot be read.")
    UNREADABLE = "unreadable", _("The key of the installation has changed: enter the address again, make a new secret.")
    REDIRECT = "redirect", _("It answered with another address; enter that one. Redirects are not followed.")
    STATUS = "status", _("It answered that it did not take it.")
    UNWRITABLE = "unwritable", _("Its text could not be written; the log of the server says why.")
    LOST = "lost", _("The worker was lost in the middle of each attempt.")
    OFF = "off", _("The webhook was switched off.")


class WebhookDelivery(Row):
    """One event for one webhook, from the transaction that it happened in until it has arrived, or was given up.

    Its id is the same at every attempt. event: what happened, in the shape of the API. attempts: since it was last
    asked for. next_at: when it is tried next; while an attempt runs, when it would be tried if nothing more is heard of it.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    kind = models.TextField(_("event"))
    event = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    status = models.TextField(_("status"), choices=DeliveryStatus, default=DeliveryStatus.WAITING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_at = models.DateTimeField(_("next attempt"), null=True, default=now)
    sent_at = models.DateTimeField(_("last attempt"), null=True)
    seconds = models.FloatField(_("took"), null=True)
    response_code = models.PositiveIntegerField(_("answer"), null=True)
    response_start = models.TextField(_("start of the answer"), blank=True, default="")
    problem = models.TextField(_("problem"), choices=Problem, blank=True, default="")
    created_at = models.DateTimeField(_("happened"), default=now, editable=False)

    class Meta:
        db_table = "webhook_deliveries"
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="deliveries_order"),
            models.Index(fields=["tenant", "webhook", "-created_at", "-id"], name="deliveries_webhook"),
            models.Index(
                fields=["tenant", "webhook", "next_at"], name="deliveries_waiting", condition=Q(status="waiting")
            ),
            models.Index(
                fields=["tenant", "webhook", "-created_at", "-id"],
                name="deliveries_failed",
                condition=Q(status="failed"),
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=DeliveryStatus.values), name="delivery_status_known"),
            models.CheckConstraint(
                condition=Q(status=DeliveryStatus.WAITING) ^ Q(next_at=None),
                name="only_a_waiting_delivery_has_a_next_try",
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.created_at:%Y-%m-%d %H:%M:%S}"
