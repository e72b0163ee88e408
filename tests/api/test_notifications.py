"""Notifications and shifts for programs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.isolation import tenant_context
from apps.core.models import Notification
from apps.core.notifications.services import notify
from apps.shopfloor import services
from apps.shopfloor.models import Shift
from tests.api.client import Program
from tests.factories import create_person, create_shift, create_station, create_tenant
from tests.told import AT_ONCE


def call(tenant, code):
    return services.call_for(create_station(tenant=tenant, code=code), "help", by=None)


def test_a_person_reads_the_own_ones(supervisor, manager):
    call(supervisor.tenant, "ST-07")
    program = Program(supervisor)

    (row,) = program.get("notifications/").json()["results"]
    assert (row["kind"], row["sentence"], row["read_at"]) == ("call", "ST-07 calls for help", None)
    assert program.get(row["url"]).status_code != 404
    assert Program(manager).get("notifications/").json()["results"] == []
    assert Program(manager).post(f"notifications/{row['id']}/read/").status_code == 404

    done = program.post(f"notifications/{row['id']}/read/")
    assert done.status_code == 200 and done.json()["read_at"]
    assert program.get("notifications/?unread=true").json()["results"] == []
    assert len(program.get("notifications/?unread=false&kind=call").json()["results"]) == 1


def test_all_are_read_at_once(supervisor):
    for number in range(3):
        call(supervisor.tenant, f"ST-{number}")

    assert Program(supervisor).post("notifications/read-all/").json() == {"read": 3}
    assert Program(supervisor).post("notifications/read-all/").json() == {"read": 0}


def test_the_list_takes_as_many_statements_for_many(supervisor):
    program, station = Program(supervisor), create_station(tenant=supervisor.tenant)

    def told(times):
        for number in range(times):
            words = {"word": "x", "person": str(supervisor.pk)}
            notify(AT_ONCE, [supervisor], station, url="/", occasion=f"{times} {number}", **words)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert program.get("notifications/").status_code == 200
        return len(captured)

    told(1)
    few = statements()
    told(20)

    assert statements() == few


SHIFT = {"name": "Early", "kind": "day", "start": "06:00", "end": "14:00", "weekdays": [1, 2, 3], "lines": ["Line A"],
         "breaks": [{"start": "09:30", "end": "09:45"}]}  # fmt: skip


def test_managers_keep_shifts_and_everybody_reads_them(manager, operator):
    made = Program(manager).post("shifts/", SHIFT)
    assert made.status_code == 201
    key = made.json()["id"]
    assert made.json() == SHIFT | {"id": key}

    changed = Program(manager).patch(f"shifts/{key}/", {"end": "13:30"}, If_Match=made["ETag"])
    assert changed.json()["end"] == "13:30"
    assert Program(manager).patch(f"shifts/{key}/", {"end": "13:00"}, If_Match=made["ETag"]).status_code == 409

    assert Program(operator).get("shifts/").json()["results"] == [changed.json()]
    assert Program(operator).post("shifts/", SHIFT).status_code == 403
    assert Program(operator).delete(f"shifts/{key}/").status_code == 403
    assert Program(manager).delete(f"shifts/{key}/").status_code == 204
    assert not Shift.objects.exists()


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"start": "6"}, "start"),
        ({"start": 6}, "start"),
        ({"end": "24:00"}, "end"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": [8]}, "weekdays"),
        ({"breaks": [{"start": "23:00", "end": "23:30"}]}, "breaks"),
        ({"breaks": [{"start": "9"}]}, "breaks"),
        ({"breaks": "noon"}, "breaks"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_no_shift_is_told_by_field(manager, changed, where):
    answer = Program(manager).post("shifts/", SHIFT | changed)

    assert (answer.status_code, list(answer.json())) == (400, [where])


def test_one_that_overlaps_is_refused_in_a_sentence(manager):
    create_shift(tenant=manager.tenant, name="Other")

    answer = Program(manager).post("shifts/", SHIFT)

    assert answer.status_code == 400 and "meets “Other”" in answer.json()["detail"]


def test_another_tenants_are_not_there(manager):
    other = create_tenant()
    with tenant_context(other):
        theirs = create_shift(tenant=other)
        call_of = create_person(tenant=other)
        call(other, "ST-1")
        told = Notification.objects.get(person=call_of)
    program = Program(manager)

    assert program.get("shifts/").json()["results"] == []
    assert program.get(f"shifts/{theirs.pk}/").status_code == 404
    assert program.get(f"notifications/{told.pk}/").status_code == 404
