"""Who was told what, and the mails that tell it."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from apps.core.models import Row, User


class MailState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")


class NotificationMail(Row):
    """One mail to one person, with the notifications that point to it. Its key is in its Message-ID."""

    person = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    state = models.TextField(choices=MailState, default=MailState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "notification_mails"
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="notification_mail_state_known"),
            models.CheckConstraint(
                condition=Q(state=MailState.SENT) ^ Q(sent_at=None), name="notification_mail_sent_at_tells_when"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "person", "created_at"], name="notification_mails_recent"),
            models.Index(
                fields=["tenant", "due_at"],
                condition=Q(state__in=[MailState.WAITING, MailState.SENDING]),
                name="notification_mails_open",
            ),
        ]

    def __str__(self):
        return str(self.pk)


class Notification(Row):
    """What one person was told. key: kind, object and occasion; the database takes it once per person.

    parts: what the sentence is made of (kinds.NotificationKind.describe), so that it is said in the reader's language.
    """

    person = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    kind = models.TextField()
    key = models.TextField()
    entity_type = models.TextField()
    entity_id = models.UUIDField()
    parts = models.JSONField(default=dict)
    url = models.TextField()
    created_at = models.DateTimeField(default=now)
    read_at = models.DateTimeField(null=True)
    mail_due_at = models.DateTimeField(null=True)  # not before; none: it is not to be mailed
    mail = models.ForeignKey(NotificationMail, models.PROTECT, null=True, related_name="notifications", db_index=False)

    class Meta:
        db_table = "notifications"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [models.UniqueConstraint(fields=["tenant", "person", "key"], name="told_once")]
        indexes = [
            models.Index(fields=["tenant", "person", "-id"], name="notifications_inbox"),
            models.Index(fields=["tenant", "person", "-id"], condition=Q(read_at=None), name="notifications_unread"),
            models.Index(fields=["tenant", "entity_id"], condition=Q(read_at=None), name="notifications_about"),
            models.Index(
                fields=["tenant", "mail_due_at"],
                condition=Q(mail=None, mail_due_at__isnull=False),
                name="notifications_to_mail",
            ),
            models.Index(fields=["tenant", "mail"], condition=Q(mail__isnull=False), name="notifications_of_mail"),
        ]

    def __str__(self):
        return self.key
