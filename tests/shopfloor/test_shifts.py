"""Shifts are stored where they are in nobody's way; managers keep them in the admin."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.shopfloor import services
from apps.shopfloor.models import Shift, ShiftException
from apps.shopfloor.telling import off_shift
from tests.factories import create_holiday, create_shift, create_station, create_tenant


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


# --- holidays and extra shifts ---

MONDAY = timezone.now().date() + timedelta(days=14 - timezone.now().weekday())  # one that is still to come


def extra(tenant, name="Rush", start=time(6), end=time(12), day=MONDAY, **fields):
    return ShiftException(tenant=tenant, type="extra", name=name, date=day, start=start, end=end, **fields)


def refused_by_the_database():
    return pytest.raises(IntegrityError, match="two shifts would be at work at once")


def look_now():
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def test_an_extra_shift_is_stored_where_no_other_works(supervisor):
    create_shift(tenant=supervisor.tenant)  # weekdays, 06:00 to 14:00

    stored = services.save_shift_exception(extra(supervisor.tenant, day=MONDAY + timedelta(days=5)), by=supervisor)

    assert ShiftException.objects.get() == stored and stored.history.count() == 1


def test_where_another_works_it_needs_a_holiday_which_then_stays(supervisor):
    create_shift(tenant=supervisor.tenant)
    with pytest.raises(BrokenRule, match="meets “Early”"):
        services.save_shift_exception(extra(supervisor.tenant), by=supervisor)
    holiday = create_holiday(tenant=supervisor.tenant, date=MONDAY)
    rush = services.save_shift_exception(extra(supervisor.tenant), by=supervisor)

    with pytest.raises(BrokenRule, match="meets “Early”"):
        services.remove_shift_exception(holiday, by=supervisor)
    holiday.date = MONDAY + timedelta(days=1)
    with pytest.raises(BrokenRule, match="meets “Early”"):
        services.save_shift_exception(holiday, by=supervisor)
    services.remove_shift_exception(rush, by=supervisor)
    services.remove_shift_exception(holiday, by=supervisor)

    assert not ShiftException.objects.exists()


def test_a_new_shift_of_the_week_meets_extra_shifts_to_come_and_not_those_that_are_over(supervisor):
    tenant = supervisor.tenant
    services.save_shift_exception(extra(tenant, day=MONDAY - timedelta(days=28)), by=supervisor)
    early = services.save_shift(shift(tenant, name="Early", start=time(6), end=time(14), weekdays=[1]), by=supervisor)
    early.delete()
    services.save_shift_exception(extra(tenant, name="Soon"), by=supervisor)

    with pytest.raises(BrokenRule, match="meets “Soon"):
        services.save_shift(shift(tenant, name="Early", start=time(6), end=time(14), weekdays=[1]), by=supervisor)
    look_now()


EARLY = {"name": "Early", "start": time(6), "end": time(14), "weekdays": [1]}
NIGHT = {"name": "Night", "start": time(22), "end": time(6), "weekdays": [7]}


@pytest.mark.parametrize(
    ("rows", "is_refused"),
    [
        ([(Shift, EARLY), (Shift, EARLY | {"name": "Late", "start": time(14), "end": time(22)})], False),
        ([(Shift, EARLY), (Shift, EARLY | {"name": "Late", "start": time(13, 59), "end": time(22)})], True),
        ([(Shift, EARLY), (Shift, NIGHT)], False),
        ([(Shift, EARLY), (Shift, NIGHT | {"end": time(6, 1)})], True),  # over the week's end
        ([(Shift, EARLY | {"lines": ["A"]}), (Shift, EARLY | {"lines": ["B"]})], False),
        ([(Shift, EARLY | {"lines": ["A"]}), (Shift, EARLY | {"lines": []})], True),
        ([(Shift, EARLY), (Shift, EARLY | {"start": time(16), "end": time(17)})], True),  # one name
        ([(Shift, EARLY), ("extra", {})], True),
        ([(Shift, NIGHT), ("extra", {"start": time(5)})], True),
        ([(Shift, NIGHT), ("extra", {})], False),
        ([("extra", {}), (Shift, EARLY)], True),
        ([(Shift, EARLY), ("holiday", {}), ("extra", {})], False),
        ([(Shift, EARLY), ("holiday", {"lines": ["A"]}), ("extra", {})], True),
        ([(Shift, EARLY), ("holiday", {"lines": ["A"]}), ("extra", {"lines": ["A"]})], False),
        ([(Shift, EARLY | {"lines": ["A", "B"]}), ("holiday", {"lines": ["A"]}), ("extra", {"lines": ["B"]})], True),
        ([("extra", {}), ("extra", {"name": "B", "start": time(11), "end": time(13)})], True),
        ([("extra", {}), ("extra", {"name": "B", "start": time(12), "end": time(13)})], False),
        ([("extra", {}), ("extra", {"start": time(16), "end": time(17)})], True),  # one name
    ],
)
def test_the_database_refuses_shifts_that_meet_as_the_service_does(tenant, rows, is_refused):
    def write():
        for model, fields in rows:
            if model is Shift:
                shift(tenant, **fields).save()
            else:
                times = {} if model == "extra" else {"start": None, "end": None, "name": "Holiday"}
                exception = extra(tenant, **(times | fields))
                exception.type = model
                exception.save()
        look_now()

    if is_refused:
        with refused_by_the_database(), transaction.atomic():
            write()
    else:
        write()
    stored = [*Shift.objects.all(), *ShiftException.objects.filter(type="extra")]
    assert len(stored) == (0 if is_refused else sum(model != "holiday" for model, _ in rows))


def test_the_database_keeps_a_holiday_whose_place_is_taken(tenant):
    shift(tenant, **EARLY).save()
    holiday = create_holiday(tenant=tenant, date=MONDAY)
    extra(tenant).save()
    look_now()

    with refused_by_the_database(), transaction.atomic():
        holiday.delete()
        look_now()


@pytest.mark.django_db(transaction=True)
def test_of_two_that_meet_and_come_at_once_past_the_service_the_database_takes_one():
    tenant, barrier = create_tenant(), Barrier(2)

    def save(name):
        try:
            with tenant_context(tenant):
                shift(tenant, name=name).save()
                barrier.wait()
            return "stored"
        except IntegrityError:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(save, ["One", "Two"])) == ["refused", "stored"]


@pytest.mark.parametrize(
    "fields",
    [{"type": "extra"}, {"type": "extra", "start": time(6)}, {"start": time(6), "end": time(7)}, {"type": "x"}],
)
def test_an_extra_shift_has_times_and_a_holiday_none(tenant, fields):
    with pytest.raises(IntegrityError, match="extra_shift_has_times"), transaction.atomic():
        ShiftException(tenant=tenant, name="X", date=date(2026, 12, 25), **fields).save()


def test_a_manager_keeps_holidays_in_the_admin(client, manager):
    create_shift(tenant=manager.tenant)
    client.force_login(manager)
    form = {"date": f"{MONDAY}", "type": "holiday", "name": "Fair", "kind": "day", "start": "", "end": "", "breaks": ""}
    add = "/admin/shopfloor/shiftexception/add/"

    assert "has no times" in client.post(add, form | {"start": "06:00"}).text
    assert "Say when the extra shift" in client.post(add, form | {"type": "extra"}).text
    assert "meets “Early”" in client.post(add, form | {"type": "extra", "start": "06:00", "end": "08:00"}).text
    client.post(add, form)

    holiday = ShiftException.objects.get()
    client.post(f"/admin/shopfloor/shiftexception/{holiday.pk}/delete/", {"post": "yes"})
    assert not ShiftException.objects.exists()


def test_on_a_holiday_nobody_is_on_shift(supervisor):
    tenant = supervisor.tenant
    create_shift(tenant=tenant, weekdays=[1, 2, 3, 4, 5, 6, 7])
    at_nine = tenant.local(timezone.now()).replace(hour=9) + timedelta(days=1)
    assert off_shift(tenant, [supervisor], at_nine) == {}

    create_holiday(tenant=tenant, date=at_nine.date())

    assert off_shift(tenant, [supervisor], at_nine)[supervisor.pk] > at_nine
