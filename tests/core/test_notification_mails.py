"""What is mailed, when, and that it goes out once: by a real mail server, also where workers die or two run at once."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as outbox_of
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.isolation import platform_context, tenant_context
from apps.core.models import Notification, NotificationMail, User
from apps.core.notifications import mails
from apps.core.notifications.kinds import all_kinds
from apps.core.notifications.models import MailState
from apps.core.notifications.services import next_hour, notify
from apps.core.notifications.tasks import mail_notifications
from apps.shopfloor import services
from tests.factories import create_person, create_shift, create_station, create_tenant
from tests.serving import ROOT, database_url
from tests.smtp import MailServer
from tests.told import AT_ONCE, CRITICAL, DAILY, SILENT

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture(autouse=True)
def installation(settings):
    settings.SENDS_MAIL, settings.ADDRESS = True, "https://plant.example"


def tell(person, *kinds, words=("x",)):
    for told in kinds:
        for word in words:
            station = create_station(tenant=person.tenant)
            notify(told, [person], station, url="/board/", word=word)


def work(now=None) -> list:
    """What a worker does now; the mails that came of it."""
    outbox_of.outbox.clear()
    now = now or timezone.now()
    mails.gather_due(now=now)
    mails.send_due(now=now)
    return outbox_of.outbox


@contextmanager
def at(text):
    """At a wall clock of Warsaw."""
    moment = datetime.fromisoformat(text).replace(tzinfo=WARSAW)
    with time_machine.travel(moment, tick=False):
        yield moment


# --- what, and to whom


def test_a_mail_tells_one_thing_with_a_link_through_the_inbox(supervisor):
    tell(supervisor, AT_ONCE, words=["a line\nbreak"])

    (letter,) = work()

    row = Notification.objects.get()
    assert (letter.to, letter.subject) == ([supervisor.email], "LeanOps: soon: a line break")
    assert f"https://plant.example/notifications/{row.pk}/" in letter.body
    assert "https://plant.example/settings/notifications/" in letter.body
    assert letter.extra_headers["Message-ID"] == f"<{row.mail_id}@localhost>"
    assert letter.content_subtype == "plain" and letter.attachments == []
    assert work() == []


def test_without_an_address_of_its_own_the_installation_mails_without_links(supervisor, settings):
    settings.ADDRESS = ""
    tell(supervisor, AT_ONCE)

    (letter,) = work()

    assert "http" not in letter.body and "/notifications/" not in letter.body


@pytest.mark.parametrize(
    ("told", "choices", "expected"),
    [
        (AT_ONCE, {}, 1),
        (SILENT, {}, 0),
        (AT_ONCE, {"soon": "none"}, 0),
        (CRITICAL, {"fire": "none"}, 0),
        (SILENT, {"silent": "at_once"}, 1),
        (AT_ONCE, {"soon": "digest"}, 0),  # not yet
    ],
)
def test_each_person_chooses_by_kind(supervisor, told, choices, expected):
    User.objects.filter(pk=supervisor.pk).update(mail_choices=choices)
    tell(supervisor, told)

    assert len(work()) == expected
    assert Notification.objects.count() == 1  # the inbox has it in any case


def test_a_choice_counts_for_what_is_waiting_too(supervisor):
    tell(supervisor, AT_ONCE)
    User.objects.filter(pk=supervisor.pk).update(mail_choices={"soon": "none"})

    assert work() == []
    assert Notification.objects.get().mail_due_at is None


def test_nobody_is_mailed_without_an_address_after_leaving_or_where_no_mail_is_set_up(tenant, settings):
    person = create_person(tenant=tenant, role="operator", staff_number="7")
    User.objects.filter(pk=person.pk).update(email=None)
    tell(person, AT_ONCE)
    leaver = create_person(tenant=tenant)
    tell(leaver, AT_ONCE)
    User.objects.filter(pk=leaver.pk).update(is_active=False)
    assert work() == []

    settings.SENDS_MAIL = False
    tell(create_person(tenant=tenant), AT_ONCE)
    assert work() == []
    assert Notification.objects.count() == 3


def test_what_is_due_together_goes_together_and_floods_are_held_back(supervisor):
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        tell(supervisor, CRITICAL, words=["a", "b"])
        assert [letter.subject for letter in work()] == ["LeanOps: 2 notifications: Fire (2)"]
        for _number in range(mails.MANY - 1):
            tell(supervisor, CRITICAL)
            assert len(work()) == 1
        tell(supervisor, CRITICAL, words=map(str, range(60)))
        assert work() == []  # ten within ten minutes
        other = create_person(tenant=supervisor.tenant)
        tell(other, CRITICAL)
        assert [letter.to for letter in work()] == [[other.email]]
    with time_machine.travel(now + mails.WINDOW, tick=False):
        (letter,) = work()

    assert letter.subject == "LeanOps: 60 notifications: Fire (60)"
    assert letter.body.count("fire: ") == mails.SHOWN and "And 10 more, in your inbox." in letter.body


# --- once a day


@pytest.mark.parametrize(
    ("now", "hour", "expected"),
    [
        ("2026-03-02T06:59:59+01:00", 7, "2026-03-02T07:00+01:00"),
        ("2026-03-02T07:00:00+01:00", 7, "2026-03-03T07:00+01:00"),
        ("2026-03-02T23:30:00+01:00", 0, "2026-03-03T00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", 7, "2026-03-29T07:00+02:00"),  # 18 hours on
        ("2026-03-28T12:00:00+01:00", 2, "2026-03-29T03:00+02:00"),  # there is no 02:00
        ("2026-10-24T12:00:00+02:00", 7, "2026-10-25T07:00+01:00"),  # 20 hours on
        ("2026-10-24T12:00:00+02:00", 2, "2026-10-25T02:00+02:00"),  # the first of two
        ("2026-10-25T02:30:00+02:00", 2, "2026-10-26T02:00+01:00"),  # and not the second
    ],
)
def test_the_hour_is_the_plants_and_comes_once_a_day(now, hour, expected):
    assert next_hour(datetime.fromisoformat(now), hour, WARSAW) == datetime.fromisoformat(expected)


def test_a_digest_has_a_days_sentences_in_order_once(supervisor):
    with at("2026-03-28 12:00"):
        tell(supervisor, DAILY, words=["first", "second"])
        assert work() == []
    with at("2026-03-29 06:59"):
        tell(supervisor, DAILY, words=["third"])
        assert work() == []
    with at("2026-03-29 07:00"):  # 18 hours later: the clocks went forward
        (letter,) = work()
        assert work() == []

    lines = [line for line in letter.body.splitlines() if "daily: " in line]
    assert lines == [
        "2026-03-28 12:00  daily: first",
        "2026-03-28 12:00  daily: second",
        "2026-03-29 06:59  daily: third",
    ]
    assert letter.subject == "LeanOps: 3 notifications: Daily (3)"


def test_each_persons_own_hour_counts(tenant):
    early, late = (create_person(tenant=tenant, digest_hour=hour) for hour in (5, 22))
    with at("2026-03-02 00:30"):
        tell(early, DAILY)
        tell(late, DAILY)
    with at("2026-03-02 05:00"):
        assert [letter.to for letter in work()] == [[early.email]]
    with at("2026-03-02 22:00"):
        assert [letter.to for letter in work()] == [[late.email]]


# --- quiet outside the own shifts


@pytest.fixture
def shifts(tenant):
    """Line A works 06:00 to 22:00 on weekdays, Line B at night."""
    for name, start, end, line in [
        ("early", 6, 14, "Line A"),
        ("late", 14, 22, "Line A"),
        ("night", 22, 6, "Line B"),
    ]:
        create_shift(tenant=tenant, name=name, start=time(start), end=time(end), lines=[line])


OWN = {"all": {}, "of A": {"lines": ["Line A"]}, "night": {"lines": ["Line B"]}, "late": {"shifts": ["late"]},
       "gone": {"lines": ["Line A"], "shifts": ["of old"]}, "no shifts": {"lines": ["Line C"]}}  # fmt: skip


@pytest.mark.parametrize(
    ("who", "told", "when", "until"),
    [  # 2026-03-02 is a Monday; until: when it is mailed, None: at once
        ("of A", AT_ONCE, "2026-03-02 10:00", None),
        ("of A", AT_ONCE, "2026-03-02 22:00", "2026-03-03 06:00"),
        ("of A", AT_ONCE, "2026-03-06 23:00", "2026-03-09 06:00"),  # over the weekend
        ("of A", CRITICAL, "2026-03-06 23:00", None),
        ("all", AT_ONCE, "2026-03-02 23:00", None),
        ("all", AT_ONCE, "2026-03-07 05:59", None),  # Friday's night
        ("all", AT_ONCE, "2026-03-07 06:00", "2026-03-09 06:00"),
        ("night", AT_ONCE, "2026-03-03 05:00", None),
        ("night", AT_ONCE, "2026-03-03 07:00", "2026-03-03 22:00"),
        ("late", AT_ONCE, "2026-03-02 10:00", "2026-03-02 14:00"),
        ("gone", AT_ONCE, "2026-03-02 10:00", None),  # a choice that fits none is no choice
        ("gone", AT_ONCE, "2026-03-02 23:00", "2026-03-03 06:00"),
        ("no shifts", AT_ONCE, "2026-03-08 03:00", None),  # never off, so never quiet
        ("of A", DAILY, "2026-03-07 06:30", "2026-03-09 06:00"),  # due on Saturday at seven
        ("of A", AT_ONCE, "2026-03-28 23:00", "2026-03-30 06:00"),  # the clocks go forward
    ],
)
def test_what_is_not_critical_waits_for_the_own_next_shift(tenant, shifts, who, told, when, until):
    person = create_person(tenant=tenant, **OWN[who])
    with at(when) as begun:
        tell(person, told)
        assert Notification.objects.get().read_at is None  # the inbox has it at once
        if until is None:
            assert len(work()) == 1
            return
        assert work() == []
    due = datetime.fromisoformat(until).replace(tzinfo=WARSAW)
    moment = begun
    while moment < due:  # whenever a worker looks before
        assert work(moment) == [], moment
        moment += timedelta(hours=1)
    with time_machine.travel(due, tick=False):
        assert len(work()) == 1


def test_a_plant_without_shifts_is_never_quiet(supervisor):
    with at("2026-03-08 03:00"):
        tell(supervisor, AT_ONCE)
        assert len(work()) == 1


# --- once, whatever happens


def test_a_mail_that_one_worker_has_taken_is_nobody_elses_for_a_while(supervisor):
    now = timezone.now()
    tell(supervisor, AT_ONCE)
    mails.gather_due(now=timezone.now())
    taken = mails._take(timezone.now())  # and then the worker dies

    assert taken and work() == []
    assert len(work(now + mails.LEASE + timedelta(minutes=1))) == 1
    assert NotificationMail.objects.get().attempts == 2


def test_a_mail_that_kills_every_worker_is_given_up(supervisor):
    tell(supervisor, AT_ONCE)
    now = timezone.now()
    mails.gather_due(now=now)

    taken = [mails._take(now + number * mails.LEASE) for number in range(mails.ATTEMPTS + 2)]

    assert [bool(mail) for mail in taken] == [True] * mails.ATTEMPTS + [False] * 2
    assert work(now + (mails.ATTEMPTS - 1) * mails.LEASE) == []  # the last of them may still be at it
    assert NotificationMail.objects.get().state == "sending"
    assert work(now + mails.ATTEMPTS * mails.LEASE) == []
    assert NotificationMail.objects.get().state == "failed"


@pytest.mark.django_db(transaction=True)
def test_what_one_worker_is_taking_no_other_takes():
    tenant = create_tenant()
    with tenant_context(tenant):
        tell(create_person(tenant=tenant), AT_ONCE)
    now = timezone.now()
    mails.gather_due(now=now)

    def take():
        try:
            return mails._take(now)
        finally:
            connection.close()

    with platform_context():
        assert mails._take(now)  # not committed yet
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(take).result(10) is None


@pytest.mark.django_db(transaction=True)
def test_eight_workers_at_once_send_each_mail_once(settings):
    tenant = create_tenant()
    with tenant_context(tenant):
        for _number in range(5):
            tell(create_person(tenant=tenant), AT_ONCE, words=["a", "b"])
    barrier = Barrier(8)

    def run(_number):
        try:
            barrier.wait()
            mails.gather_due()
            return mails.send_due()
        finally:
            connection.close()

    with MailServer() as server:
        settings.MAILERS = smtp_at(server)
        with ThreadPoolExecutor(8) as pool:
            counts = list(pool.map(run, range(8)))
        mails.send_due()

    told = [line for letter in server.mails for line in letter.get_content().splitlines() if "soon: " in line]
    assert len(told) == 10
    assert sum(counts) <= len(server.mails) == len({letter["Message-ID"] for letter in server.mails})


@pytest.mark.django_db(transaction=True)
def test_what_one_worker_is_putting_into_a_mail_no_other_puts_into_another():
    tenant = create_tenant()
    with tenant_context(tenant):
        tell(create_person(tenant=tenant), AT_ONCE, words=["a", "b"])

    def gather():
        try:
            mails.gather_due()
        finally:
            connection.close()

    with tenant_context(tenant):
        mails._gather(tenant, timezone.now())  # not committed yet
        with ThreadPoolExecutor(1) as pool:
            pool.submit(gather).result(10)

    with tenant_context(tenant):
        assert NotificationMail.objects.get().notifications.count() == 2


def smtp_at(server):
    options = {"host": "127.0.0.1", "port": server.port, "timeout": 5}
    return {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def worker(server):
    command = [sys.executable, "manage.py", "procrastinate", "worker", "--one-shot"]
    variables = os.environ | {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LEANOPS_EMAIL_URL": f"smtp://127.0.0.1:{server.port}?tls=0",
    }
    return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.mark.django_db(transaction=True)
def test_the_real_worker_sends_it_and_one_that_is_killed_meanwhile_costs_nothing():
    tenant = create_tenant()
    with connection.cursor() as cursor:
        cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")
    with tenant_context(tenant):
        create_person(tenant=tenant)
        services.call_for(create_station(tenant=tenant, code="ST-07"), "help", by=None)
    with MailServer() as server:
        server.hangs.set()
        first = worker(server)
        assert server.reached.wait(60), first.communicate()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        server.hangs.clear()
        server.goes_on.set()
        with tenant_context(tenant):
            assert NotificationMail.objects.get().state == MailState.SENDING
            NotificationMail.objects.update(claimed_at=timezone.now() - mails.LEASE)
        with connection.cursor() as cursor:
            cursor.execute("truncate procrastinate_jobs, procrastinate_workers cascade")
        for number in range(2):
            mail_notifications.configure(queueing_lock=str(number)).defer(timestamp=0)
        done = worker(server)
        output, _none = done.communicate(timeout=60)

    assert done.returncode == 0, output
    (letter,) = server.mails
    with tenant_context(tenant):
        sent = NotificationMail.objects.get()
        assert (sent.state, sent.attempts) == (MailState.SENT, 2)
        assert letter["Message-ID"].startswith(f"<{sent.pk}@")
        assert letter["Subject"] == "LeanOps: ST-07 calls for help"


def test_a_mail_server_that_is_away_is_asked_again_later_and_later(supervisor, settings):
    with MailServer() as server:
        settings.MAILERS = smtp_at(server)
    now = timezone.now()
    tell(supervisor, AT_ONCE)
    tell(create_person(tenant=supervisor.tenant), AT_ONCE)

    work(now + timedelta(seconds=1))

    first, second = NotificationMail.objects.order_by("due_at", "pk")
    assert sorted([first.attempts, second.attempts]) == [0, 1]  # the second was not even tried
    for _minute in range(mails.ATTEMPTS * 2):
        due = NotificationMail.objects.filter(state=MailState.WAITING).order_by("due_at").first()
        if due:
            work(due.due_at)
    assert set(NotificationMail.objects.values_list("state", "attempts")) == {("failed", mails.ATTEMPTS)}
    assert Notification.objects.filter(read_at=None).count() == 2


def test_one_bad_address_does_not_keep_the_others_waiting(tenant, settings):
    people = [create_person(tenant=tenant) for _ in range(3)]
    for person in people:
        tell(person, AT_ONCE)
    with MailServer() as server:
        settings.MAILERS = smtp_at(server)
        server.refused.append(people[0].email)
        work()

    assert {letter["To"] for letter in server.mails} == {person.email for person in people[1:]}
    assert NotificationMail.objects.get(person=people[0]).state == MailState.WAITING


def test_gathering_takes_as_many_statements_for_many_as_for_few(tenant):
    def count():
        with CaptureQueriesContext(connection) as captured:
            mails.gather_due(now=timezone.now())
        return len(captured)

    tell(create_person(tenant=tenant), AT_ONCE)
    few = count()
    for _number in range(20):
        tell(create_person(tenant=tenant), AT_ONCE, DAILY)

    assert count() == few
    assert NotificationMail.objects.count() == 21


# --- the settings page


def test_a_person_chooses_what_is_mailed(client, supervisor, shifts):
    client.force_login(supervisor)
    form = {f"kind_{key}": "none" for key in all_kinds()} | {"digest_hour": "5", "shifts": ["late"]}

    assert client.post("/settings/notifications/", form | {"kind_call": "digest"}).status_code == 302

    person = User.objects.get(pk=supervisor.pk)
    assert (person.mail_choices["call"], person.mail_choices["leaver"]) == ("digest", "none")
    assert (person.digest_hour, person.shifts) == (5, ["late"])
    page = client.get("/settings/notifications/").text
    assert '<option value="digest" selected>Once a day</option>' in page and '<option value="5" selected>05:00' in page


@pytest.mark.parametrize(
    "wrong", [{"kind_call": "always"}, {"digest_hour": "24"}, {"digest_hour": "x"}, {"shifts": ["x"]}]
)
def test_nonsense_is_told_beside_its_field(client, supervisor, shifts, wrong):
    client.force_login(supervisor)
    form = {f"kind_{key}": "none" for key in all_kinds()} | {"digest_hour": "5"}

    answer = client.post("/settings/notifications/", form | wrong)

    assert answer.status_code == 422
    assert User.objects.get(pk=supervisor.pk).mail_choices == {}


def test_who_has_no_address_chooses_shifts_alone(client, operator, shifts):
    User.objects.filter(pk=operator.pk).update(email=None, staff_number="9")
    client.force_login(operator)

    page = client.get("/settings/notifications/").text

    assert "nothing is mailed to you" in page and "digest_hour" not in page and "kind_call" not in page
    client.post("/settings/notifications/", {"shifts": ["early"]})
    assert User.objects.get(pk=operator.pk).shifts == ["early"]


def test_a_choice_is_in_the_record_and_an_admins_form_does_not_undo_it(client, supervisor, admin):
    client.force_login(supervisor)
    form = {f"kind_{key}": "none" for key in all_kinds()} | {"digest_hour": "5"}
    client.post("/settings/notifications/", form)
    client.force_login(admin)
    fields = {"display_name": "Jo", "email": supervisor.email, "role": "supervisor", "is_active": "on"}
    client.post(f"/admin/core/user/{supervisor.pk}/change/", fields)

    person = User.objects.get(pk=supervisor.pk)
    assert (person.display_name, person.digest_hour) == ("Jo", 5)
    assert person.history.filter(digest_hour=5).exists()
