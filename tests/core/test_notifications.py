"""People are told once, whoever tells them how often; what is rolled back tells nobody; the inbox is one's own."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from apps.core.isolation import platform_context, tenant_context
from apps.core.models import Notification, User
from apps.core.notifications import services as told_services
from apps.core.notifications.kinds import NotificationKind, register
from apps.core.notifications.services import mark_read, mine, notify
from apps.core.notifications.words import in_words
from apps.shopfloor import services
from tests.factories import create_person, create_station, create_stop_reason, create_tenant
from tests.sweep import HTMX
from tests.told import AT_ONCE


def tell(people, of, *, word="x", **details):
    return notify(AT_ONCE, people, of, url="/board/", word=word, **details)


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


# --- once


def test_doing_it_twice_tells_once_and_another_occasion_again(supervisor):
    station = create_station(tenant=supervisor.tenant)

    assert tell([supervisor], station) == 1
    assert tell([supervisor], station) == 0
    assert tell([supervisor], station, occasion="later") == 1
    assert tell([supervisor], create_station(tenant=supervisor.tenant)) == 1
    assert Notification.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_told_by_eight_workers_at_once_each_person_is_told_once():
    tenant, barrier = create_tenant(), Barrier(8)
    with tenant_context(tenant):
        station = create_station(tenant=tenant)
        people = [create_person(tenant=tenant) for _ in range(20)]

    def work(_number):
        try:
            with tenant_context(tenant):
                barrier.wait()
                return tell(people, station)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 20
    with tenant_context(tenant):
        assert Notification.objects.count() == 20


def test_the_database_itself_refuses_a_second_one(supervisor):
    station = create_station(tenant=supervisor.tenant)
    tell([supervisor], station)
    row = Notification.objects.get()
    row.pk, row._state.adding = uuid.uuid4(), True

    with pytest.raises(IntegrityError, match="told_once"), transaction.atomic():
        row.save()


def test_what_is_rolled_back_tells_nobody(supervisor, settings, django_capture_on_commit_callbacks):
    settings.SENDS_MAIL = True
    station = create_station(tenant=supervisor.tenant)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), transaction.atomic():
        tell([supervisor], station)
        raise ZeroDivisionError

    assert not Notification.objects.exists()
    assert not ProcrastinateJob.objects.filter(task_name="mail_notifications").exists()


@pytest.mark.django_db(transaction=True)
def test_after_the_commit_the_worker_is_asked_once_to_look(settings):
    settings.SENDS_MAIL = True
    tenant = create_tenant()
    with connection.cursor() as cursor:  # the queue's tables are not Django's, and not emptied between tests
        cursor.execute("truncate procrastinate_jobs cascade")
    with tenant_context(tenant):
        person = create_person(tenant=tenant)
        for _number in range(3):
            tell([person], create_station(tenant=tenant))
        assert not ProcrastinateJob.objects.filter(task_name="mail_notifications").exists()

    assert ProcrastinateJob.objects.filter(task_name="mail_notifications").count() == 1


def test_who_did_it_who_left_and_who_is_elsewhere_is_not_told(supervisor, operator):
    gone = create_person(tenant=supervisor.tenant, is_active=False)
    stranger = create_person(tenant=create_tenant())

    count = tell([supervisor, operator, gone, stranger], create_station(tenant=supervisor.tenant), by=supervisor)

    assert count == 1
    assert Notification.objects.get().person == operator


def test_it_takes_two_statements_however_many_people(tenant, django_assert_num_queries):
    station = create_station(tenant=tenant)
    for _number in range(30):
        create_person(tenant=tenant, email=None)

    with django_assert_num_queries(2):
        assert tell(User.objects.for_tenant(tenant), station) == 30


# --- the inbox


def test_each_role_reads_its_own_inbox(client, tenant):
    for role in ("operator", "technician", "supervisor", "manager", "admin"):
        person = create_person(tenant=tenant, role=role)
        tell([person], create_station(tenant=tenant), word=f"for {role}")
        client.force_login(person)

        page = client.get("/notifications/").text

        assert page.count("soon: ") == 1 and f"soon: for {role}" in page
        assert 'aria-label="Notifications: 1 unread"' in page


def test_opening_one_reads_it_and_leads_on(client, supervisor, operator):
    tell([supervisor, operator], create_station(tenant=supervisor.tenant))
    row = mine(supervisor.tenant, supervisor).get()
    client.force_login(supervisor)

    answer = client.get(f"/notifications/{row.pk}/")

    assert (answer.status_code, answer["Location"]) == (302, "/board/")
    assert mine(supervisor.tenant, supervisor).get().read_at
    assert mine(supervisor.tenant, operator).get().read_at is None
    assert 'aria-label="Notifications"' in client.get("/notifications/").text


def test_somebody_elses_is_not_there(client, supervisor, operator):
    tell([operator], create_station(tenant=supervisor.tenant))
    client.force_login(supervisor)

    assert client.get(f"/notifications/{Notification.objects.get().pk}/").status_code == 404
    assert Notification.objects.get().read_at is None


def test_all_that_the_page_showed_is_read_and_what_came_meanwhile_is_not(client, supervisor):
    for _number in range(3):
        tell([supervisor], create_station(tenant=supervisor.tenant))
    newest = Notification.objects.latest("pk")
    tell([supervisor], create_station(tenant=supervisor.tenant))
    client.force_login(supervisor)

    client.post("/notifications/read/", {"newest": str(newest.pk)})

    assert Notification.objects.filter(read_at=None).count() == 1


@pytest.mark.parametrize("newest", ["", "x", "0", "\x00"])
def test_nonsense_reads_nothing(client, supervisor, newest):
    tell([supervisor], create_station(tenant=supervisor.tenant))
    client.force_login(supervisor)

    assert client.post("/notifications/read/", {"newest": newest}).status_code == 302
    assert Notification.objects.get().read_at is None


def test_it_is_filtered_by_kind_and_what_is_unread(client, supervisor):
    tell([supervisor], create_station(tenant=supervisor.tenant), word="old")
    mark_read(mine(supervisor.tenant, supervisor))
    tell([supervisor], create_station(tenant=supervisor.tenant), word="new")
    services.call_for(create_station(tenant=supervisor.tenant, code="ST-07"), "help", by=None)
    client.force_login(supervisor)

    assert "soon: old" not in client.get("/notifications/?unread=1").text
    page = client.get("/notifications/?kind=call").text
    assert "soon: " not in page and "ST-07 calls for help" in page
    assert "Nothing that fits" in client.get("/notifications/?kind=nonsense").text


def test_pages_by_key_show_each_once_though_more_come_in(client, supervisor, monkeypatch):
    monkeypatch.setattr("apps.core.notifications.views.PAGE", 3)
    for number in range(7):
        tell([supervisor], create_station(tenant=supervisor.tenant), word=f"n{number}")
    client.force_login(supervisor)
    seen, address = [], "/notifications/"
    while address:
        page = client.get(address)
        seen += [told.sentence for told in page.context["told"]]
        tell([supervisor], create_station(tenant=supervisor.tenant), word="meanwhile")
        query = page.context["next_query"]
        address = query and f"/notifications/?{query}"

    assert seen == [f"soon: n{number}" for number in range(6, -1, -1)]


@pytest.mark.django_db(transaction=True)
def test_the_bell_costs_no_statement_and_the_inbox_the_same_for_many():
    tenant = create_tenant()
    with tenant_context(tenant):
        person = create_person(tenant=tenant)
        station = create_station(tenant=tenant)
    client = signed_in(person)

    def queries(address):
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        return len(captured), page.text

    def tell_often(times):
        with tenant_context(tenant):
            for number in range(times):
                notify(
                    AT_ONCE, [person], station, url="/", occasion=f"{times} {number}", word="x", person=str(person.pk)
                )

    board, nothing = queries("/board/")
    tell_often(2)
    few = queries("/notifications/")[0]
    tell_often(120)
    many, page = queries("/notifications/")
    board_then, board_page = queries("/board/")

    assert (few, board) == (many, board_then), "the bell must come with the request's first statement"
    assert few <= 7  # BEGIN, COMMIT, session, person, the bell's number; rows and names
    assert ">99+</b>" in page and "more than 99 unread" in board_page
    assert 'id="bell"' in nothing and "<b>" not in nothing.partition('id="bell"')[2].partition("</a>")[0]


def test_a_fragment_gives_the_bell_anew(client, supervisor):
    client.force_login(supervisor)
    tell([supervisor], create_station(tenant=supervisor.tenant))

    assert "1 unread" in client.get("/notifications/bell/", headers=HTMX).text
    assert client.get("/notifications/bell/")["Location"] == "/notifications/"


def test_at_a_shared_terminal_there_is_no_inbox(supervisor):
    from tests.core.test_terminals import Floor

    floor = Floor(supervisor.tenant)
    client = floor.signed_in()

    assert client.get("/notifications/").status_code == 403
    assert 'id="bell"' not in client.get("/", follow=True).text


def test_the_admin_has_the_number_too(client, admin):
    tell([admin], create_station(tenant=admin.tenant))
    client.force_login(admin)

    assert "Notifications (1)" in client.get("/admin/").text


def test_a_sentence_names_a_person_as_they_are_called_today(supervisor, operator):
    named = register(NotificationKind("named", "Named", lambda parts: f"{parts['person']} did it."))
    notify(named, [supervisor], create_station(tenant=supervisor.tenant), url="/", person=str(operator.pk))
    User.objects.filter(pk=operator.pk).update(display_name="Jo")

    assert in_words(mine(supervisor.tenant, supervisor))[0].sentence == "Jo did it."
    assert "Jo" not in str(Notification.objects.get().parts)


def test_a_kind_that_nobody_knows_any_more_is_shown_all_the_same(client, supervisor):
    tell([supervisor], create_station(tenant=supervisor.tenant))
    Notification.objects.update(kind="of_long_ago")
    client.force_login(supervisor)

    assert "Of long ago" in client.get("/notifications/").text


def test_two_kinds_of_one_name_are_a_slip():
    with pytest.raises(ValueError, match="there is a kind soon"):
        register(NotificationKind("soon", "Another", lambda parts: ""))


def test_what_was_read_90_days_ago_is_forgotten(supervisor):
    for days in (91, 89, None):
        tell([supervisor], create_station(tenant=supervisor.tenant), word=f"{days}")
        read_at = timezone.now() - timedelta(days=days) if days else None
        Notification.objects.filter(parts__word=f"{days}").update(read_at=read_at)
    with platform_context():
        assert told_services.forget_old() == 1

    assert {row.parts["word"] for row in Notification.objects.all()} == {"89", "None"}


def test_what_nobody_read_for_a_year_is_forgotten_too(supervisor):
    for days in (366, 364):
        at = timezone.now() - timedelta(days=days)
        tell([supervisor], create_station(tenant=supervisor.tenant), word=f"{days}", at=at)
    with platform_context():
        assert told_services.forget_old() == 1

    assert Notification.objects.get().parts["word"] == "364"


@pytest.mark.parametrize("end", [services.resolve_call, services.cancel_call])
def test_a_call_that_is_over_is_read_by_all_and_another_is_not(supervisor, tenant, end):
    colleague, station = create_person(tenant=tenant), create_station(tenant=tenant)
    calls = [services.call_for(station, kind, by=None) for kind in ("help", "quality")]
    services.acknowledge_call(calls[0], by=supervisor)
    assert Notification.objects.filter(read_at=None).count() == 4

    end(calls[0], by=supervisor)

    unread = Notification.objects.filter(read_at=None)
    assert {(row.person, row.entity_id) for row in unread} == {(who, calls[1].pk) for who in (supervisor, colleague)}


def test_a_stop_that_is_over_has_called_for_nothing_more(supervisor):
    station, reason = create_station(tenant=supervisor.tenant), create_stop_reason(tenant=supervisor.tenant)
    services.set_status(station, "blocked", reason=reason, by=None)
    assert mine(supervisor.tenant, supervisor).get().read_at is None

    services.set_status(station, "running", by=None)

    assert mine(supervisor.tenant, supervisor).get().read_at is not None


# --- who is told of calls, and of leavers


@pytest.fixture
def people(tenant):
    """Who could be told, by name."""
    found = {
        "of the line": create_person(tenant=tenant, lines=["Line A"]),
        "of all lines": create_person(tenant=tenant),
        "of another line": create_person(tenant=tenant, lines=["Line B"]),
        "technician": create_person(tenant=tenant, role="technician"),
        "technician elsewhere": create_person(tenant=tenant, role="technician", lines=["Line B"]),
        "operator": create_person(tenant=tenant, role="operator"),
        "manager": create_person(tenant=tenant, role="manager"),
        "admin": create_person(tenant=tenant, role="admin"),
    }
    names = {person.pk: name for name, person in found.items()}
    found["told"] = lambda **about: {names[row.person_id] for row in Notification.objects.filter(**about)}
    return found


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("material", {"of the line", "of all lines"}),
        ("help", {"of the line", "of all lines"}),
        ("maintenance", {"of the line", "of all lines", "technician"}),
    ],
)
def test_a_call_is_told_to_those_of_the_line(tenant, people, kind, expected):
    services.call_for(create_station(tenant=tenant, line="Line A"), kind, by=people["operator"])

    assert people["told"]() == expected


def test_who_calls_is_not_told_and_a_second_press_tells_nobody(tenant, people):
    station = create_station(tenant=tenant, line="Line A")
    services.call_for(station, "help", by=people["of the line"])
    services.call_for(station, "help", by=people["operator"])

    assert people["told"]() == {"of all lines"}
    assert Notification.objects.count() == 1


def test_each_level_tells_the_next_ones_once(tenant, people):
    begun = timezone.now() - timedelta(minutes=1)
    services.call_for(create_station(tenant=tenant, line="Line A"), "help", by=None, at=begun)
    supervisors = {"of the line", "of all lines", "of another line"}
    for minutes, level, expected in [(4, 1, supervisors), (11, 2, {"manager"}), (16, 3, {"admin"})]:
        for _twice in range(2):
            services.escalate_calls(tenant, now=begun + timedelta(minutes=minutes))

        assert people["told"](parts__level=level) == expected
    assert Notification.objects.count() == 2 + 3 + 1 + 1


def test_a_call_says_what_is_called_for(supervisor):
    station = create_station(tenant=supervisor.tenant, code="ST-07")
    services.call_for(station, "material", by=None, part="Glass 4 mm", qty=2, note="bay 3")
    services.escalate_calls(supervisor.tenant, now=timezone.now() + timedelta(minutes=4))

    first, second = (told.sentence for told in in_words(Notification.objects.order_by("pk")))

    assert first == "ST-07 calls for material: Glass 4 mm × 2: bay 3"
    assert second.startswith("Nobody has come to ST-07 yet, which calls for material")


def test_admins_and_supervisors_are_told_of_a_leaver_who_still_holds_something(client, tenant, people):
    call = services.call_for(create_station(tenant=tenant), "maintenance", by=None)
    services.acknowledge_call(call, by=people["technician"])
    Notification.objects.all().delete()
    client.force_login(people["admin"])
    chosen = {"action": "deactivate", "_selected_action": [people["technician"].pk, people["operator"].pk]}

    client.post("/admin/core/user/", chosen)

    assert people["told"](kind="leaver") == {"of the line", "of all lines", "of another line"}
    (sentence,) = {told.sentence for told in in_words(Notification.objects.all())}
    assert sentence == f"{people['technician']} can no longer sign in and still holds one thing."
