"""Schedules and failure codes through the API: what is due and why, what comes, what generation makes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.maintenance import services
from apps.maintenance.models import WorkOrder
from apps.registry.services import post_reading
from tests.api.client import Program
from tests.api.floor import nothing_written, refused
from tests.factories import create_asset, create_schedule


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


@pytest.fixture
def manages(manager):
    return Program(manager)


@pytest.fixture
def today(tenant):
    return services.today_of(tenant)


def test_a_schedule_is_made_and_says_when_it_is_due(manages, asset, today):
    now = timezone.now()
    for days, hours in ((12, 0), (2, 100)):
        post_reading(asset, "run_hours", hours, read_at=now - timedelta(days=days), by=None)
    body = {
        "asset": str(asset.pk), "name": "Change the oil", "interval_days": 60, "interval_meter": 250,
        "tasks": [{"description": "Drain the oil"}],
    }  # fmt: skip

    answer = manages.post("pm-schedules/", body)

    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert said["due"] == {
        "date": str(today + timedelta(days=60)), "meter": 350.0, "predicted_date": str(today + timedelta(days=23)),
        "trigger": None, "is_due": False, "missed": 0, "why": said["due"]["why"],
    }  # fmt: skip
    assert said["due"]["why"].startswith("Due on ")
    at = f"pm-schedules/{said['id']}/"
    assert manages.get(at).json() == said == manages.get("pm-schedules/").json()["results"][0]
    said = manages.patch(at, {"interval_days": 30}, If_Match=answer["ETag"]).json()
    assert said["due"]["date"] == str(today + timedelta(days=30)) and said["version"] == 2
    refused(manages.patch(at, {"interval_days": 20}, If_Match=answer["ETag"]), 409, "has changed meanwhile")
    assert manages.put(at, said).json() == said | {"version": 3}


def test_what_a_schedule_cannot_be_is_said(manages, asset, supervisor, tenant):
    yearly = create_schedule(asset=asset, interval_months=12)
    body = {"asset": str(asset.pk), "name": "Look", "interval_days": 7}
    other, leads = create_asset(tenant=tenant), Program(supervisor)
    with nothing_written():
        refused(leads.post("pm-schedules/", body), 403)
        for change, said in (
            ({"interval_days": None}, "at least one interval"),
            ({"interval_months": 1}, "not both"),
            ({"interval_days": 0}, "greater than or equal to 1"),
            ({"interval_meter": -1}, "greater than or equal to"),
            ({"tasks": "look"}, "not of type 'array'"),
            ({"tasks": [{"kind": "check"}]}, "'description' is a required property"),
            ({"parts": [{"sku": "x", "quantity": 0}]}, "Part 1"),
            ({"due": {"is_due": True}}, "not changed here"),
            ({"interval_days": 700, "suppressed_by_schedule": str(yearly.pk)}, "is not longer"),
            ({"asset": str(other.pk), "suppressed_by_schedule": str(yearly.pk)}, "same asset"),
        ):
            refused(manages.post("pm-schedules/", body | change), 400, said)
        refused(manages.patch(f"pm-schedules/{yearly.pk}/", {"asset": str(other.pk)}), 400, "stays with its asset")


def test_what_comes_is_foretold(manages, asset, today):
    long = create_schedule(asset=asset, interval_months=3, first_due_date=today + timedelta(days=40))
    short = create_schedule(
        asset=asset, interval_months=1, first_due_date=today + timedelta(days=10), suppressed_by_schedule=long
    )
    at = f"pm-schedules/{short.pk}/forecast/"

    found = manages.get(at).json()["occurrences"]

    assert found[0] == {"date": str(today + timedelta(days=10)), "trigger": "date", "covered_by": None}
    assert [one["covered_by"] for one in found].count(str(long.pk)) == 4
    until = today + timedelta(days=20)
    assert manages.get(f"{at}?until={until}").json()["occurrences"] == found[:1]
    for wrong in ("x", "2020-01-01", "9999-12-31", str(today + timedelta(days=732)), "%00"):
        refused(manages.get(f"{at}?until={wrong}"), 400)
    refused(manages.get(f"{at}?since=2027-01-01"), 400, "no filter")


def test_generation_says_what_it_made_and_what_that_covers(asset, today, supervisor, technician):
    long = create_schedule(asset=asset, interval_months=3, first_due_date=today + timedelta(days=5))
    short = create_schedule(
        asset=asset, interval_months=1, first_due_date=today + timedelta(days=4), suppressed_by_schedule=long
    )
    leads, at = Program(supervisor), "pm-schedules/generate/"
    refused(Program(technician).post(at), 403)
    assert leads.post(at).json() == {"created": [], "covered": []}
    for wrong in ("x", "0001-01-01", "9999-12-31"):
        refused(leads.post(at, {"as_of": wrong}), 400)

    made = leads.post(at, {"as_of": str(today + timedelta(days=5))}).json()

    order = WorkOrder.objects.get()
    assert made == {"created": [order.number], "covered": [{"schedule": str(short.pk), "by": order.number}]}
    assert leads.post(at, {"as_of": str(today + timedelta(days=5))}).json() == {"created": [], "covered": []}
    assert order.created_by == supervisor


def test_failure_codes_are_unique_within_their_kind(manages):
    body = {"kind": "cause", "code": "worn", "name": "Worn"}
    said = manages.post("failure-codes/", body).json()
    assert manages.post("failure-codes/", body | {"kind": "problem"}).status_code == 201
    with nothing_written():
        refused(manages.post("failure-codes/", body), 400, "“worn” is taken")
        refused(manages.post("failure-codes/", body | {"kind": "mood"}), 400, "not a valid choice")

    other = manages.post("failure-codes/", body | {"code": "bent"}).json()
    refused(manages.patch(f"failure-codes/{other['id']}/", {"code": "worn"}), 400, "“worn” is taken")
    assert manages.patch(f"failure-codes/{said['id']}/", {"name": "Worn out"}).json()["name"] == "Worn out"
    found = manages.get("failure-codes/?kind=cause&code=worn").json()["results"]
    assert [row["id"] for row in found] == [said["id"]]
