"""What the worker mails of notifications. Two steps, each safe to be done by several workers at once:

`gather` puts each notification that is due into one mail (a row), never into two: what is due to one person goes together,
and waits while the person is off shift (but for critical kinds) or has had many mails just now. `send` takes a mail for
itself, commits that, sends, and notes that it is sent. A worker that dies in between leaves it taken; after LEASE another
sends it again, under the same Message-ID. So a mail goes out once, unless a worker dies in the moment between the mail
server's "accepted" and the note of it: then it goes out twice, rather than never.
"""

import logging
import smtplib
import time
from collections import Counter, defaultdict
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.hooks import quiet_until
from apps.core.isolation import platform_context, tenant_context
from apps.core.models import Tenant, User
from apps.core.notifications.kinds import Mail, all_kinds, choice_of
from apps.core.notifications.models import MailState, Notification, NotificationMail
from apps.core.notifications.words import in_words

log = logging.getLogger("leanops.notifications")

MANY, WINDOW = 10, timedelta(minutes=10)  # so many mails to one person in so long; what comes then goes together
LEASE = timedelta(minutes=10)  # longer than a mail server may take
ATTEMPTS = 8  # then the inbox alone has it
SHOWN = 50  # sentences in one mail
# What a mail server has against one mail; anything else is its own trouble.
OF_ONE_MAIL = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
LONGEST = 30  # seconds of one run: the worker has other jobs


def gather_due(*, now=None) -> None:
    """Make mails of what is due, tenant by tenant."""
    now = now or timezone.now()
    with platform_context():
        due = Notification.objects.filter(mail=None, mail_due_at__lte=now)
        tenants = list(Tenant.objects.filter(pk__in=due.values("tenant")))
    for tenant in tenants:
        with tenant_context(tenant):
            _gather(tenant, now)


def _gather(tenant, now):
    due = Notification.objects.for_tenant(tenant).filter(mail=None, mail_due_at__lte=now)
    rows = list(due.select_for_update(skip_locked=True).only("person_id", "kind", "mail_due_at").order_by("pk"))
    if not rows:
        return
    people = User.objects.in_bulk({row.person_id for row in rows})
    quiet = quiet_until(tenant, people.values(), now)
    mails = NotificationMail.objects.for_tenant(tenant).filter(person__in=people, created_at__gt=now - WINDOW)
    recent = dict(mails.values_list("person").annotate(Count("pk")))
    theirs, kinds = defaultdict(list), all_kinds()
    for row in rows:
        person, kind = people[row.person_id], kinds.get(row.kind)
        if not kind or not person.is_active or not person.email or choice_of(person, kind) == Mail.NONE:
            row.mail_due_at = None
        elif person.pk in quiet and not kind.is_critical:
            row.mail_due_at = quiet[person.pk]
        elif recent.get(person.pk, 0) < MANY:
            theirs[person.pk].append(row)
    new = [NotificationMail(tenant=tenant, person_id=key, due_at=now, created_at=now) for key in theirs]
    NotificationMail.objects.bulk_create(new)
    for mail in new:
        for row in theirs[mail.person_id]:
            row.mail = mail
    Notification.objects.bulk_update(rows, ["mail", "mail_due_at"], batch_size=1000)


def send_due(*, now=None) -> int:
    """Send the mails that are due, over one connection; returns how many went out. A server that is away ends the run."""
    begun, sent = time.monotonic(), 0
    server = None
    _give_up_abandoned(now or timezone.now())
    while time.monotonic() - begun < LONGEST and (mail := _take(now or timezone.now())):
        try:
            if server is None:
                server = mailers.default
                server.open()
            server.send_messages([_letter(mail)])
        except (OSError, smtplib.SMTPException) as error:
            log.warning("mail %s was not taken by the mail server: %r", mail.pk, error)
            _put_back(mail)
            if not isinstance(error, OF_ONE_MAIL):
                break
        else:
            _note(mail, state=MailState.SENT, sent_at=timezone.now())
            sent += 1
    if server is not None:
        server.close()
    return sent


def _take(now) -> NotificationMail | None:
    """The next mail, which is this worker's for LEASE: no other takes it."""
    ready = Q(state=MailState.WAITING, due_at__lte=now) | Q(state=MailState.SENDING, claimed_at__lte=now - LEASE)
    with platform_context():
        open_mails = NotificationMail.objects.filter(ready, attempts__lt=ATTEMPTS).select_for_update(
            of=("self",), skip_locked=True
        )
        mail = open_mails.select_related("tenant", "person").order_by("due_at", "pk").first()
        if mail is not None:
            mail.state, mail.claimed_at, mail.attempts = MailState.SENDING, now, mail.attempts + 1
            mail.save()
    return mail


def _give_up_abandoned(now):
    """A mail whose worker died at the last try is nobody's any more."""
    with platform_context():
        taken = NotificationMail.objects.filter(state=MailState.SENDING, claimed_at__lte=now - LEASE)
        given_up = taken.filter(attempts__gte=ATTEMPTS).update(state=MailState.FAILED)
    if given_up:
        log.error("%s mails are given up: their workers died; what they tell stands in the inbox", given_up)


def _put_back(mail):
    if mail.attempts >= ATTEMPTS:
        log.error("mail %s is given up after %s attempts; its notifications stand in the inbox", mail.pk, mail.attempts)
        _note(mail, state=MailState.FAILED)
    else:
        _note(mail, state=MailState.WAITING, due_at=timezone.now() + timedelta(minutes=2**mail.attempts))


def _note(mail, **fields):
    """What became of an attempt; not, if another worker has taken the mail over meanwhile."""
    with platform_context():
        mine = NotificationMail.objects.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts)
        mine.update(**fields)


def _letter(mail) -> EmailMessage:
    """The mail in its reader's language and hours: plain text, with links where the installation knows its address."""
    person, tenant = mail.person, mail.tenant
    with platform_context(), translation.override(person.language), timezone.override(tenant.zone):
        rows = list(mail.notifications.order_by("pk"))
        told = in_words(rows)
        links = [settings.ADDRESS and settings.ADDRESS + reverse("core:notification", args=[row.pk]) for row in rows]
        subject = told[0].sentence if len(told) == 1 else _subject(told)
        text = render_to_string(
            "core/mail_notifications.txt",
            {
                "person": person,
                "tenant": tenant,
                "lines": list(zip(told, links, strict=True))[:SHOWN],
                "more": max(len(told) - SHOWN, 0),
                "inbox": settings.ADDRESS and settings.ADDRESS + reverse("core:notifications"),
                "settings": settings.ADDRESS and settings.ADDRESS + reverse("core:notification_settings"),
            },
        )
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
        headers = {"Message-ID": f"<{mail.pk}@{domain}>", "Auto-Submitted": "auto-generated"}
        return EmailMessage(" ".join(f"LeanOps: {subject}".split()), text, None, [person.email], headers=headers)


def _subject(told) -> str:
    counted = Counter(line.kind for line in told)
    words = ", ".join(f"{kind} ({number})" for kind, number in counted.most_common(3))
    count = ngettext("%d notification", "%d notifications", len(told)) % len(told)
    return _("%(count)s: %(kinds)s") % {"count": count, "kinds": words}
