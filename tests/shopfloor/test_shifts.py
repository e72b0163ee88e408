"""Shifts are stored where they are in nobody's way; managers keep them in the admin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import time
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.models import Shift
from tests.factories import create_shift, create_station, create_tenant


def shift(tenant, name="Late", start=time(14), end=time(22), **fields):
    return Shift(tenant=tenant, name=name, start=start, end=end, **({"weekdays": [1, 2]} | fields))


def test_a_shift_is_stored_with_its_history(supervisor):
    stored = services.save_shift(shift(supervisor.tenant, weekdays=[2, 1, 1]), by=supervisor)

    assert Shift.objects.get().weekdays == [1, 2]
    assert stored.history.count() == 1


def test_one_that_overlaps_on_a_line_and_weekday_is_refused_with_the_way_out(supervisor):
    create_shift(tenant=supervisor.tenant, name="Early", start=time(6), end=time(14, 30))

    with pytest.raises(BrokenRule, match=r"“Late” meets “Early” \(06:00 to 14:30\)"):
        services.save_shift(shift(supervisor.tenant), by=supervisor)
    assert Shift.objects.count() == 1


def test_it_is_not_in_its_own_way_nor_in_another_tenants(supervisor):
    stored = create_shift(tenant=supervisor.tenant)
    stored.end = time(13)
    services.save_shift(stored, by=supervisor)
    other = create_tenant()
    with tenant_context(other):
        services.save_shift(shift(other, start=time(6), end=time(14)), by=None)

    assert Shift.objects.get().end == time(13)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_overlap_and_come_at_once_one_is_stored():
    tenant, barrier = create_tenant(), Barrier(2)

    def save(name):
        try:
            with tenant_context(tenant):
                barrier.wait()
                services.save_shift(shift(tenant, name=name), by=None)
            return "stored"
        except BrokenRule:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ["One", "Two"])) == ["refused", "stored"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"weekdays": []}, "shift_has_weekdays"),
        ({"weekdays": [8]}, "shift_has_weekdays"),
        ({"kind": "x"}, "shift_kind_known"),
    ],
)
def test_the_database_refuses_what_is_no_shift(tenant, fields, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        shift(tenant, **fields).save()


FORM = {
    "name": "Late",
    "kind": "day",
    "start": "14:00",
    "end": "22:00",
    "weekdays": ["1", "2"],
    "lines": [],
    "breaks": "",
}


def test_a_manager_adds_one_with_breaks_in_the_admin(client, manager):
    create_station(tenant=manager.tenant, line="Line A")
    client.force_login(manager)

    client.post("/admin/shopfloor/shift/add/", FORM | {"lines": ["Line A"], "breaks": "16:00-16:15, 19:00–19:30"})

    stored = Shift.objects.get()
    assert stored.lines == ["Line A"]
    assert stored.breaks == [{"start": "16:00", "end": "16:15"}, {"start": "19:00", "end": "19:30"}]
    page = client.get(f"/admin/shopfloor/shift/{stored.pk}/change/").text
    assert 'value="16:00-16:15, 19:00-19:30"' in page
    assert "Mo, Tu" in client.get("/admin/shopfloor/shift/").text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"breaks": "noon"}, "Breaks are written like"),
        ({"breaks": "16:00-25:00"}, "Breaks are written like"),
        ({"breaks": "23:00-23:30"}, "inside the shift"),
        ({"breaks": "19:00-19:30, 16:00-16:15"}, "one after the other"),
        ({"weekdays": []}, "This field is required"),
        ({"start": "13:00"}, "meets “Early”"),
    ],
)
def test_what_cannot_be_is_told_beside_the_form(client, manager, changed, words):
    create_shift(tenant=manager.tenant, name="Early", start=time(6), end=time(14))
    client.force_login(manager)

    answer = client.post("/admin/shopfloor/shift/add/", FORM | changed)

    assert answer.status_code == 422 and words in answer.text
    assert Shift.objects.count() == 1


def test_breaks_of_a_night_lie_after_midnight_too(manager):
    night = shift(manager.tenant, start=time(22), end=time(6), breaks=[{"start": "01:00", "end": "01:30"}])

    night.full_clean()
