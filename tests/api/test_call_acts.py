"""`stations/{code}/call/` and `notes/`, `calls/{id}/acknowledge/`, `resolve/`, `cancel/`: what they change, answer, refuse."""

import json
from decimal import Decimal

import pytest

from apps.core.models import Attachment
from apps.core.roles import Role
from apps.shopfloor.models import Call
from tests.api.floor import CALL, EVENT, by, done, events, nothing_written, refused
from tests.factories import create_job, create_station, photo


@pytest.fixture
def call(operating, station):
    """ST-01 calls for glue."""
    body = {"kind": "material", "part": "glue", "qty": "2.5", "note": "soon"}
    return done(operating.post("stations/ST-01/call/", body), CALL)


def test_a_station_calls_for_material(operating, call, tenant):
    me = str(operating.token.user_id)
    told = {name: call[name] for name in ("station", "kind", "status", "part", "qty", "note", "level", "opened_by")}
    assert told == {
        "station": "ST-01", "kind": "material", "status": "open", "part": "glue", "qty": "2.500", "note": "soon",
        "level": 0, "opened_by": me,
    }  # fmt: skip
    assert call["acknowledged_by"] is None and call["ended_at"] is None
    assert operating.get(f"calls/{call['id']}/").json() == call
    assert [one["id"] for one in operating.get("board/").json()["stations"][0]["calls"]] == [call["id"]]
    ((_kind, payload),) = events("material_request")
    assert payload == {"part": "glue", "qty": "2.500", "note": "soon", "call": call["id"]}


@pytest.mark.parametrize(
    "kind, event",
    [("maintenance", "maintenance_request"), ("quality", "quality_request"), ("help", "help_request")],
)
def test_each_kind_is_told_as_itself(operating, station, kind, event):
    said = done(operating.post("stations/ST-01/call/", {"kind": kind}), CALL)
    assert (said["kind"], said["qty"], said["part"]) == (kind, None, "")
    assert [name for name, _payload in events()] == [event]


def test_an_open_call_is_returned_and_another_part_is_another_call(operating, call):
    assert done(operating.post("stations/ST-01/call/", {"kind": "material", "part": "glue"}), CALL) == call
    assert Call.objects.count() == 1 and len(events()) == 1

    assert operating.post("stations/ST-01/call/", {"kind": "material", "part": "glass"}).json()["id"] != call["id"]


@pytest.mark.parametrize(
    "body, word",
    [
        ({}, "required"),
        ({"kind": "coffee"}, "is not a valid choice"),
        ({"kind": "material", "qty": 0}, "greater than or equal to 0.001"),
        ({"kind": "material", "qty": "-1"}, "greater than or equal to 0.001"),
        ({"kind": "material", "qty": "1,5"}, "A valid number is required"),
        ({"kind": "material", "qty": "1.0001"}, "no more than 3 decimal places"),
        ({"kind": "material", "qty": "NaN"}, "A valid number is required"),
        ({"kind": "material", "part": "x" * 201}, "no more than 200"),
        ({"kind": "help", "status": "resolved"}, "There is no field"),
    ],
)
def test_a_call_that_says_nothing_sensible_is_refused(operating, station, body, word):
    with nothing_written():
        refused(operating.post("stations/ST-01/call/", body), 400, word)


def test_a_station_out_of_use_calls_for_nothing(operating, tenant):
    create_station(tenant=tenant, code="ST-09", is_active=False)
    with nothing_written():
        refused(operating.post("stations/ST-09/call/", {"kind": "help"}), 400, "out of use", code="rule")


# --- what becomes of a call --------------------------------------------------------------------------------------------


def test_somebody_comes_and_resolves_it(operating, call, tenant):
    coming = by(Role.TECHNICIAN, tenant)

    said = done(coming.post(f"calls/{call['id']}/acknowledge/"), CALL)
    assert (said["status"], said["acknowledged_by"]) == ("acknowledged", str(coming.token.user_id))
    with nothing_written():  # once more
        assert done(coming.post(f"calls/{call['id']}/acknowledge/"), CALL) == said
        refused(operating.post(f"calls/{call['id']}/acknowledge/"), 400, "already acknowledged", code="rule")

    said = done(coming.post(f"calls/{call['id']}/resolve/"), CALL)
    assert (said["status"], said["ended_by"]) == ("resolved", str(coming.token.user_id)) and said["ended_at"]
    assert operating.get("board/").json()["stations"][0]["calls"] == []
    assert [name for name, _payload in events()] == ["material_request", "call_acknowledged", "call_resolved"]
    assert events("call_resolved")[0][1] == {"call": call["id"], "kind": "material"}


def test_a_call_is_cancelled(operating, call):
    said = done(operating.post(f"calls/{call['id']}/cancel/"), CALL)
    assert (said["status"], said["ended_by"]) == ("cancelled", str(operating.token.user_id))
    assert events("call_cancelled")


@pytest.mark.parametrize("end, over", [("resolve", "resolved"), ("cancel", "cancelled")])
def test_a_call_that_is_over_is_over(operating, call, end, over):
    done(operating.post(f"calls/{call['id']}/{end}/"), CALL)
    with nothing_written():
        for act in ("acknowledge", "resolve", "cancel"):
            refused(operating.post(f"calls/{call['id']}/{act}/"), 400, over, code="rule")
        refused(operating.post(f"calls/{call['id']}/resolve/", {"note": "x"}), 400, "There is no field")


# --- notes -------------------------------------------------------------------------------------------------------------


def test_a_note_is_written_into_the_story(operating, station, tenant):
    create_job(tenant=tenant, code="JOB-1", on=station)

    said = done(operating.post("stations/ST-01/notes/", {"text": " All is well. "}), EVENT, status=201)

    assert (said["event_type"], said["station"], said["job"]) == ("note", "ST-01", "JOB-1")
    assert said["user"] == str(operating.token.user_id) and said["payload"] == {"note": "All is well."}
    assert operating.get("events/").json()["results"] == [said]


def send_form(program, data):
    return program.client.post(
        "/api/v1/stations/ST-01/notes/", data, headers={"Authorization": f"Token {program.text}"}
    )


def test_a_note_takes_photos(operating, station):
    said = done(send_form(operating, {"text": "see", "photos": [photo(), photo(name="2.jpg")]}), EVENT, status=201)

    keys = said["payload"]["photos"]
    assert len(keys) == 2
    query = f"entity_type=events_log&entity_id={said['id']}"
    rows = operating.get(f"attachments/?{query}").json()["results"]
    assert {row["id"] for row in rows} == set(keys)
    file = operating.get(f"attachments/{keys[0]}/file/")
    assert file.status_code == 200 and file["Content-Type"] == "image/jpeg"


def test_a_note_of_nothing_or_of_no_picture_is_refused(operating, station):
    bad = photo(name="x.jpg")
    bad.file.seek(0)
    bad.file.truncate(20)
    with nothing_written():
        for body, word in (
            ({}, "Write the note first"),
            ({"text": "  "}, "Write the note first"),
            ({"text": 3}, "string"),
        ):
            refused(operating.post("stations/ST-01/notes/", body), 400, word)
        refused(send_form(operating, {"text": "see", "photos": [bad]}), 400)
        refused(send_form(operating, {"photos": [photo() for _ in range(5)]}), 400, "no more than 4")
    assert Attachment.objects.count() == 0


def test_quantities_are_strings_with_their_decimals(operating, station):
    for sent in (2, 2.5, "2.5", "2.500"):
        kind = "material"
        said = operating.post("stations/ST-01/call/", {"kind": kind, "part": json.dumps(sent), "qty": sent}).json()
        assert said["qty"] == f"{Decimal(str(sent)):.3f}"
