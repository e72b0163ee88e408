"""Codes in addresses: none that an action would shadow, or that no address can hold, is made; every other is reached."""

import itertools

import pytest
from django.core.exceptions import ValidationError
from django.urls import URLPattern

from apps.core.api import urls
from apps.core.models import key_validator
from apps.core.roles import Role
from tests.api.floor import JOB, by, done, nothing_written, refused
from tests.factories import create_job, create_part

SHADOWED = ["X/cancel", "X/start", "X/y", "X/reopen", "A/B/rank"]
UNREACHABLE = ["..", ".", "../X", "./X", "X/", "X//Y", "X/..", "X/.", "X/../Y", "/X", "X/.Y"]
GOOD = ["X/1", "X/Y", "2026/114/B", "JOB 1", "A+B#2-3", "X/Żaba", ".X", "...", "X.", "x..y", "ST_01", "Ó/5"]


@pytest.mark.parametrize("code", SHADOWED + UNREACHABLE)
def test_a_code_that_no_address_would_reach_is_not_made(supervising, tenant, code):
    job = {"code": code, "part_name": "x", "qty_total": 1}
    with nothing_written():
        refused(supervising.post("jobs/", job), 400, "after a slash, no small letter")
    create_job(tenant=tenant, code="JOB-1")
    with nothing_written():
        refused(supervising.patch("jobs/JOB-1/", {"code": code}), 400, "after a slash, no small letter")


@pytest.mark.parametrize("sku", SHADOWED + UNREACHABLE)
def test_nor_is_such_a_sku(tenant, sku):
    manager, part = by(Role.MANAGER, tenant), create_part(tenant=tenant, sku="P-1")
    with nothing_written():
        refused(manager.post("parts/", {"sku": sku, "name": "x"}), 400, "after a slash, no small letter")
        refused(manager.patch("parts/P-1/", {"sku": sku}), 400, "after a slash, no small letter")
    assert part.sku == "P-1"


@pytest.mark.parametrize("code", GOOD)
def test_every_other_code_is_reached_and_acted_on(supervising, tenant, code):
    made = done(supervising.post("jobs/", {"code": code, "part_name": "x", "qty_total": 1}), JOB, status=201)
    address = f"jobs/{code.replace('#', '%23').replace('+', '%2B')}/"

    assert done(supervising.get(address), JOB) == made
    assert done(supervising.post(f"{address}rank/", {"rank": 1}), JOB)["code"] == code


def test_a_code_from_before_is_read_and_may_stay(supervising, tenant):
    create_job(tenant=tenant, code="Old/part")

    shown = done(supervising.get("jobs/Old/part/"), JOB)

    assert done(supervising.patch("jobs/Old/part/", {"qty_total": 7}), JOB) == shown | {"qty_total": 7, "version": 2}


def test_a_sku_from_before_is_read_and_may_stay(tenant):
    manager = by(Role.MANAGER, tenant)
    create_part(tenant=tenant, sku="Old/part")

    assert manager.get("parts/Old/part/").json()["sku"] == "Old/part"
    assert manager.patch("parts/Old/part/", {"min_level": "3"}).json()["min_level"] == "3.000"


def test_no_action_has_a_name_that_a_code_may_end_with():
    names = {
        part
        for entry in urls.urlpatterns
        if isinstance(entry, URLPattern) and entry.name != "not_there"
        for part in str(entry.pattern).strip("^$\\Z").split("/")
        if part and "(" not in part
    }
    assert len(names) > 30
    for name, before in itertools.product(names, ("X/", "A/B/")):
        with pytest.raises(ValidationError):
            key_validator(f"{before}{name}")
