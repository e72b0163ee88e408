"""The figures of maintenance through the API: the shape, the period and part of the plant that are asked for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.maintenance import services
from apps.maintenance.models import FailureCode
from tests.api.client import Program
from tests.api.floor import done, refused
from tests.factories import create_asset, create_location, create_order_of

FIGURES = {
    "failures", "restore_seconds", "operating_seconds", "mttr_seconds", "mtbf_seconds", "availability", "pm_due",
    "pm_done_in_window", "pm_compliance", "backlog_minutes", "planned_ratio", "cost", "causes", "not_coded",
    "without_asset",
}  # fmt: skip


@pytest.fixture
def leads(supervisor):
    return Program(supervisor)


def asked(program, **query) -> dict:
    words = "&".join(f"{name}={value}" for name, value in query.items())
    return done(program.get(f"kpis/maintenance/?{words}"), FIGURES)


def test_no_data_is_null_and_not_0(leads):
    said = asked(leads)

    empty = ("mttr_seconds", "mtbf_seconds", "availability", "pm_compliance", "planned_ratio")
    assert {name: said[name] for name in empty} == dict.fromkeys(empty)
    assert said["cost"] == {"labour": "0.00", "parts": "0.00", "other": "0.00"} and said["causes"] == []


def test_what_stood_and_what_it_cost(leads, supervisor, tenant):
    hall = create_location(tenant=tenant, name="Hall")
    asset = create_asset(tenant=tenant, location=hall)
    codes = {
        kind: FailureCode.objects.create(tenant=tenant, kind=kind, code=f"the-{kind}", name=kind)
        for kind in ("problem", "cause", "remedy")
    }
    stood = timezone.now() - timedelta(hours=5)
    order = create_order_of(
        asset, by=supervisor, status="in_progress", down_from=stood, down_until=stood + timedelta(hours=2)
    )
    services.book_cost(order, by=supervisor, kind="rental", amount=100)
    services.close_order(order, by=supervisor, **codes)

    said = asked(leads)

    assert (said["failures"], said["restore_seconds"], said["mttr_seconds"]) == (1, 7200, 7200)
    assert said["cost"] == {"labour": "0.00", "parts": "0.00", "other": "100.00"}
    assert said["causes"] == [{"cause": "the-cause", "count": 1, "cost": "100.00"}]
    assert asked(leads, asset=asset.pk)["failures"] == asked(leads, location=hall.pk)["failures"] == 1
    elsewhere = create_asset(tenant=tenant, name="Pump")
    assert asked(leads, asset=elsewhere.pk)["failures"] == 0
    long_ago = {"from": "2020-01-01", "to": "2020-01-31"}
    assert asked(leads, **long_ago)["failures"] == 0


def test_what_is_no_period_is_refused_and_technicians_do_not_ask(leads, technician, tenant):
    asset, place = create_asset(tenant=tenant), create_location(tenant=tenant)
    refused(Program(technician).get("kpis/maintenance/"), 403)
    for query, said in (
        ("from=2026-02-01&to=2026-01-01", "not after the last"),
        ("from=1950-01-01&to=2026-01-01", "at most 20 years"),
        ("from=0001-01-01", "from 1900 to 2199"),
        ("to=0001-01-01", "from 1900 to 2199"),
        ("from=yesterday", "Date has wrong format"),
        ("asset=x", "There is no"),
        ("location=%00", "A key is a text"),
        (f"asset={asset.pk}&location={place.pk}", "for an asset or for a place"),
        ("from=2026-01-01&from=2026-01-01", "twice"),
        ("by=line", "no filter"),
        ("from=", "empty"),
    ):
        refused(leads.get(f"kpis/maintenance/?{query}"), 400, said)
