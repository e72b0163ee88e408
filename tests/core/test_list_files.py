"""The small lists as files: exactly what the list shows with its filters, for whom it is, recorded, and without formulas."""

import csv
import io

import openpyxl
import pytest
from django.test import Client

from apps.core import pins
from apps.core.api.tokens import make_token
from apps.core.models import AuditLog
from apps.shopfloor import services
from tests.factories import create_job, create_person, create_station, create_terminal, create_wall, create_webhook


@pytest.fixture
def client(admin):
    client = Client()
    client.force_login(admin)
    return client


def lines(client, address, query="") -> list[list[str]]:
    """The file's rows, which are the same as CSV and as a workbook."""
    answer = client.get(f"{address}csv/{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(text)))
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{address}xlsx/{query}").content)).active
    assert [[_as_csv(cell) for cell in row] for row in book.iter_rows(values_only=True)] == found
    return found


def _as_csv(cell):
    return "" if cell is None else str(cell)


def test_terminals(client, tenant, admin):
    stations = [create_station(tenant=tenant, code=code) for code in ("ST-01", "ST-02")]
    create_terminal(tenant=tenant, name="=By the door", stations=stations, by=admin)

    heading, row = lines(client, "/terminals/")

    assert heading == ["name", "stations", "paired_by", "paired_at", "last_seen_at"]
    assert row[0].lstrip("'") == "=By the door" and row[0] != "=By the door"  # no formula
    assert (row[1], row[2], row[4]) == ("ST-01, ST-02", str(admin), "")
    assert 'href="/terminals/csv/"' in client.get("/terminals/").text


def test_wall_displays(client, tenant, admin):
    create_terminal(tenant=tenant, stations=[create_station(tenant=tenant)], by=admin)
    create_wall(tenant=tenant, name="Over the gate", lines=["Line A", "Line B"], by=admin)

    heading, row = lines(client, "/board/tv/")

    assert heading == ["name", "lines", "theme", "made_by", "made_at", "last_seen_at"]
    assert (row[:4], row[5]) == (["Over the gate", "Line A, Line B", "dark", str(admin)], "")
    assert 'href="/board/tv/csv/"' in client.get("/board/tv/").text


def test_people_with_and_without_a_pin_as_they_are_found(client, tenant, admin):
    ana = create_person(tenant=tenant, role="operator", name="Ana Kos", staff_number="4711")
    create_person(tenant=tenant, role="operator", name="Ben")
    create_person(tenant=tenant, role="operator", name="Ana who left", is_active=False)
    pins.set_pin(ana, "8302", by=admin)

    assert lines(client, "/people/pins/", "?q=ana")[1:] == [["Ana Kos", "4711", "Operator", "True"]]
    assert [row[0] for row in lines(client, "/people/pins/")[1:]] == sorted(["Ana Kos", "Ben", str(admin)])
    assert 'href="/people/pins/csv/?q=ana"' in client.get("/people/pins/?q=ana").text


def test_what_leavers_hold(client, tenant):
    gone, station = create_person(tenant=tenant, name="Gone", role="operator"), create_station(tenant=tenant)
    call = services.call_for(station, "help", by=None)
    services.acknowledge_call(call, by=gone)
    gone.is_active = False
    gone.save()
    what = f"Call for help at {station}, acknowledged"

    assert lines(client, "/people/leavers/")[1:] == [["Gone", what, f"/stations/{station.pk}/"]]
    assert what in client.get("/people/leavers/").text


def test_tokens_are_ones_own_and_an_admins_are_all(client, tenant, admin):
    person = create_person(tenant=tenant, role="operator")
    token, text = make_token(person, name="scales", by=person)
    make_token(admin, name="mine", scope="read", by=admin)
    own = Client()
    own.force_login(person)

    assert [row[:3] for row in lines(own, "/settings/tokens/")[1:]] == [["scales", str(person), "write"]]
    assert {row[0] for row in lines(client, "/settings/tokens/")[1:]} == {"scales", "mine"}
    secret = text.rpartition(".")[2]
    assert secret not in str(lines(client, "/settings/tokens/")) and token.secret_hash not in str(
        lines(client, "/settings/tokens/")
    )


def test_webhooks_and_deliveries_as_they_are_filtered(client, tenant):
    chat, other = (
        create_webhook(tenant=tenant, name="Chat", kinds=["note"]),
        create_webhook(tenant=tenant, name="Other"),
    )
    station = create_station(tenant=tenant)
    services.add_note(station, "x", by=None)
    other.deliveries.update(status="failed", next_at=None, problem="refused")

    rows = {row[0]: row for row in lines(client, "/webhooks/")[1:]}
    assert (rows["Chat"][3], rows["Chat"][6:]) == ("note", ["1", "0"])
    assert rows["Other"][6:] == ["0", "1"] and "services/T0" not in str(rows)
    sent = lines(client, "/webhooks/deliveries/", "?status=failed")
    assert [row[1:4] for row in sent[1:]] == [["Other", "note", "failed"]] and sent[1][6] == "refused"
    assert [row[1] for row in lines(client, "/webhooks/deliveries/", f"?webhook={chat.pk}")[1:]] == ["Chat"]
    assert len(lines(client, "/webhooks/deliveries/", "?status=nonsense")) == 1  # as the list: nothing


def test_notifications_are_ones_own_as_they_are_filtered(client, tenant, admin):
    supervisor = create_person(tenant=tenant)
    own = Client()
    own.force_login(supervisor)
    calls = [
        services.call_for(create_station(tenant=tenant, code=code), "help", by=None) for code in ("ST-01", "ST-02")
    ]
    services.resolve_call(calls[0], by=admin)

    assert [row[2] for row in lines(own, "/notifications/")[1:]] == ["ST-02 calls for help", "ST-01 calls for help"]
    assert [row[2] for row in lines(own, "/notifications/", "?unread=1&kind=call")[1:]] == ["ST-02 calls for help"]
    assert lines(own, "/notifications/", "?kind=other")[1:] == [] and lines(client, "/notifications/")[1:] == []


def test_each_file_is_recorded_with_its_filters(client, tenant, admin):
    create_job(tenant=tenant)
    client.get("/people/pins/xlsx/?q=x&other=1")

    log = AuditLog.objects.filter(action="export").get()
    assert log.user_id == admin.pk and log.entity_type == "users" and log.changes == {"q": "x", "rows_at_most": 0}
