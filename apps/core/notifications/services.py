"""Tell people, in the transaction of what they are told of; read, and forget in time."""

import json
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.fields import uuid7
from apps.core.live import CHANNEL
from apps.core.models import User
from apps.core.notifications.kinds import Mail, choice_of
from apps.core.notifications.models import MailState, Notification, NotificationMail

KEPT = timedelta(days=90)  # after it was read
KEPT_UNREAD = timedelta(days=365)  # after it was told
MOST_NAMED = 100  # people in one message to the streams, which PostgreSQL limits to 8 000 bytes


def notify(kind, people, of, *, url, by=None, occasion="", at=None, **parts) -> int:
    """Tell people of something, once: an inbox row each, and a mail as each has chosen. Returns how many were told anew.

    kind: a NotificationKind. people: users, or a queryset of them; who is inactive, of another tenant, or `by`, is left
    out. of: the row it is about. occasion: tells apart what is told of the same row ("level 1"). url: the path of the
    page to look at. at: when it happened. parts: plain data that kind.describe makes the sentence of; a person among
    them is the id, under `person`. Two statements, however many people; a rollback tells nobody.
    Source: issue 4.
    """
    keys = people.values("pk") if isinstance(people, QuerySet) else [person.pk for person in people]
    found = (
        User.objects.filter(tenant=of.tenant_id, is_active=True, pk__in=keys).exclude(pk=by and by.pk).order_by("pk")
    )
    told = list(found.only("email", "mail_choices", "digest_hour"))
    if not told:
        return 0
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            """with told as (
                   insert into notifications
                       (id, tenant_id, person_id, kind, key, entity_type, entity_id, parts, url, created_at, mail_due_at)
                   select n.id, %s::uuid, n.person, %s, %s, %s, %s::uuid, %s::jsonb, %s, %s::timestamptz, n.due
                   from unnest(%s::uuid[], %s::uuid[], %s::timestamptz[]) as n (id, person, due)
                   on conflict (tenant_id, person_id, key) do nothing
                   returning person_id, mail_due_at
               )
               select count(*), count(*) filter (where mail_due_at <= %s), pg_notify(%s, jsonb_build_object(
                   'tenant', %s::text,
                   'bell', case when count(*) <= %s then jsonb_agg(person_id) else 'null' end)::text)
               from told having count(*) > 0""",
            [
                of.tenant_id,
                kind.key,
                f"{kind.key}:{of.pk}:{occasion}",
                of._meta.db_table,
                of.pk,
                json.dumps(parts),
                url,
                at or now,
                [uuid7() for _person in told],
                [person.pk for person in told],
                [_mail_due(kind, person, now, of) for person in told],
                now,
                CHANNEL,
                str(of.tenant_id),
                MOST_NAMED,
            ],
        )
        count, at_once, _sent = cursor.fetchone() or (0, 0, None)
    if at_once:
        from apps.core.notifications import tasks  # here: the task calls back

        # Not a job in this transaction: its lock would make those who tell wait for one another.
        transaction.on_commit(tasks.send_soon, robust=True)
    return count


def _mail_due(kind, person, now, of) -> datetime | None:
    choice = choice_of(person, kind)
    if not settings.SENDS_MAIL or not person.email or choice == Mail.NONE:
        return None
    return now if choice == Mail.AT_ONCE else next_hour(now, person.digest_hour, of.tenant.zone)


def next_hour(moment: datetime, hour: int, zone) -> datetime:
    """When a clock in the zone next shows an hour, once on each date: the first of two, or after the gap."""
    day = moment.astimezone(zone).date()
    while (found := datetime.combine(day, time(hour), zone).astimezone(UTC)) <= moment:
        day += timedelta(days=1)
    return found


def mine(tenant, person) -> QuerySet:
    """A person's notifications in a tenant."""
    return Notification.objects.for_tenant(tenant).filter(person=person)


def mark_read(rows) -> int:
    """Note that these notifications of a tenant are read; the pages of their people are told. Returns how many were not."""
    unread = rows.filter(read_at=None)
    told = list(unread.order_by().values_list("tenant_id", "person_id").distinct()[: MOST_NAMED + 1])
    count = unread.update(read_at=timezone.now()) if told else 0
    if count:
        bell = [str(person) for _tenant, person in told] if len(told) <= MOST_NAMED else None
        message = {"tenant": str(told[0][0]), "bell": bell}
        with connection.cursor() as cursor:
            cursor.execute("select pg_notify(%s, %s)", [CHANNEL, json.dumps(message)])
    return count


def settle(kind, of) -> int:
    """What people were told of a row needs nobody any more: it is read. Returns how many had not read it."""
    about = {"kind": kind.key, "entity_type": of._meta.db_table, "entity_id": of.pk}
    return mark_read(Notification.objects.for_tenant(of.tenant_id).filter(**about))


def forget_old() -> int:
    """Delete what was read 90 days ago or told a year ago, and the mails that told it; returns how many. Needs the
    platform's eyes."""
    now = timezone.now()
    before = now - KEPT
    old = Q(read_at__lt=before) | Q(created_at__lt=now - KEPT_UNREAD)
    count, _tables = Notification.objects.filter(old).delete()
    done = NotificationMail.objects.filter(created_at__lt=before, state__in=[MailState.SENT, MailState.FAILED])
    done.filter(notifications=None).delete()
    return count
