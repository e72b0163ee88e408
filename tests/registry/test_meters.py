"""Readings posted, taken back and corrected; what the cache holds, what is refused, in words."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.core.errors import BrokenRule
from apps.registry.models import AssetMeter, MeterReading
from apps.registry.services import correct_reading, post_reading, replace_meter, retire_asset, void_reading
from tests.factories import create_asset, create_person


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant)


@pytest.fixture
def post(asset, supervisor):
    now = timezone.now()

    def post(value, hours_ago=0, *, kind="reading", meter="run_hours", by=supervisor, asset=asset, **words):
        value = Decimal(str(value))
        at = now - timedelta(hours=hours_ago)
        return post_reading(asset, meter, value, kind=kind, read_at=at, by=by, **words)

    return post


def told(asset):
    row = AssetMeter.objects.get(asset=asset)
    return row.current_run_hours, row.run_hours_dial


def counted():
    """What the live entries of the ledger found as corrections."""
    rows = MeterReading.objects.filter(kind="correction", voids=None, voided_by=None)
    return [row.value for row in rows.order_by("read_at", "seq")]


def is_proven():
    call_command("check_meters", stdout=StringIO())
    return True


def test_a_reading_replaces_what_logs_said_and_posts_the_difference(asset, post):
    post(100, 72)
    post(8, 48, kind="delta", source="daily_log")
    post(8, 24, kind="delta", source="daily_log")
    assert told(asset) == (116, 100)

    row = post("124.4", 1)

    assert told(asset) == (Decimal("124.4"), Decimal("124.4"))
    assert [(c.value, c.found_by) for c in MeterReading.objects.filter(kind="correction")] == [(Decimal("8.4"), row)]
    assert AssetMeter.objects.get().last_updated_at == row.read_at
    assert is_proven()


def test_the_other_meter_is_another_ledger(asset, post):
    post(100, 2)
    post(52000, 1, meter="odometer")

    row = AssetMeter.objects.get()
    assert (row.current_run_hours, row.current_odometer, row.odometer_dial) == (100, 52000, 52000)


@pytest.mark.parametrize(
    ("value", "hours_ago", "words"),
    [
        (99, 1, "The meter can show from 100 h to 123.1 h then: it showed 100 h on "),
        (130, 1, ", and more hours have not passed."),
        (101, 30, "from 93.9 h to 100 h then: it showed 100 h on "),
    ],
)
def test_a_dial_reading_outside_its_neighbours_is_refused_with_the_range(asset, post, value, hours_ago, words):
    post(100, 24)

    with pytest.raises(BrokenRule) as refused:
        post(value, hours_ago)

    assert words in str(refused.value)
    assert refused.value.code == "out_of_range"
    assert MeterReading.objects.count() == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"hours_ago": -1}, "future"),
        ({"hours_ago": 24 * 7 + 1}, "late"),
        ({"value": -1}, "value"),
        ({"value": "NaN"}, "value"),
        ({"value": 10**11}, "value"),
        ({"kind": "correction"}, "kind"),
        ({"kind": "delta", "source": "station"}, "other_source"),
    ],
)
def test_what_cannot_be_is_refused(asset, post, words, code):
    with pytest.raises(BrokenRule) as refused:
        post(**({"value": 5} | words))

    assert refused.value.code == code
    assert not MeterReading.objects.exists()


def test_a_technician_is_a_day_late_at_most(asset, post, technician):
    post(5, 23, by=technician)

    with pytest.raises(BrokenRule, match="a supervisor may enter it"):
        post(4, 25, by=technician)


def test_more_hours_than_have_passed_are_refused(asset, post):
    post(100, 10)

    with pytest.raises(BrokenRule, match="No more than 8 h can be added"):
        post("8.1", 2, kind="delta")
    assert post(8, 2, kind="delta")


def test_a_roll_over_goes_on_counting_and_a_changed_setting_does_not_change_the_past(tenant, post):
    asset = create_asset(tenant=tenant, run_hours_rolls_over_at=1000)
    post(995, 30, asset=asset)
    post(5, 20, asset=asset)
    assert told(asset) == (1005, 5)

    asset.run_hours_rolls_over_at = None
    asset.save()
    post(9, 10, asset=asset)

    assert told(asset) == (1009, 9)


def test_a_new_meter_goes_on_counting(asset, post, supervisor):
    post(5000, 30)

    replace_meter(asset, "run_hours", old_value=Decimal(5010), by=supervisor, reason="display broken")
    post_reading(asset, "run_hours", Decimal("0.1"), by=supervisor)

    assert told(asset) == (Decimal("5010.1"), Decimal("0.1"))
    assert is_proven()


def test_a_retired_asset_takes_no_readings(asset, post):
    retire_asset(asset)

    with pytest.raises(BrokenRule, match="is retired; it takes no readings"):
        post(5)


def test_an_unusual_value_is_asked_once_and_kept_if_confirmed(asset, post):
    for day in range(6, 0, -1):
        post(8 + day / 10, 24 * day, kind="delta")

    with pytest.raises(BrokenRule, match="Really") as asked:
        post(20, kind="delta")
    assert asked.value.code == "unusual"
    row = post(20, kind="delta", confirmed=True)

    assert row.is_confirmed
    assert told(asset) == (Decimal("70.1"), None)


def test_what_is_usual_is_not_noted_as_confirmed(asset, post):
    assert not post(5, confirmed=True).is_confirmed


def test_a_voided_reading_leaves_every_calculation_and_its_corrections_too(asset, post, supervisor):
    post(100, 72)
    post(8, 48, kind="delta")
    wrong = post(120, 40)
    post(8, 24, kind="delta")
    post(130, 1)
    assert counted() == [12, 2]

    void_reading(wrong, by=supervisor, reason="misread")

    assert told(asset) == (130, 130)
    assert counted() == [14]
    assert is_proven()


def test_a_voided_last_reading_gives_the_logs_back(asset, post, supervisor):
    first = post(100, 72)
    post(8, 48, kind="delta")
    wrong = post(120, 1)

    void_reading(wrong, by=supervisor, reason="misread")

    assert told(asset) == (108, 100)
    assert counted() == []
    assert AssetMeter.objects.get().last_updated_at == first.read_at + timedelta(hours=24)


def test_all_taken_back_is_never_read(asset, post, supervisor):
    void_reading(post(100), by=supervisor, reason="another machine")

    assert told(asset) == (None, None)
    assert AssetMeter.objects.get().last_updated_at is None
    assert is_proven()


def test_a_corrected_reading_keeps_its_place(asset, post, supervisor):
    wrong = post(100, 24)
    post(0, 24, kind="replacement")
    post(5, 1)

    right = correct_reading(wrong, Decimal(90), by=supervisor, reason="typed wrong")
    again = correct_reading(right, Decimal(95), by=supervisor, reason="typed wrong again")

    assert told(asset) == (100, 5)
    assert (again.read_at, again.kind) == (wrong.read_at, "reading")
    assert is_proven()


def test_a_correction_out_of_range_is_refused_and_nothing_moves(asset, post, supervisor):
    post(100, 48)
    wrong = post(110, 24)
    post(120, 1)

    with pytest.raises(BrokenRule, match="from 100 h to 120 h then"):
        correct_reading(wrong, Decimal(121), by=supervisor, reason="typed wrong")

    assert MeterReading.objects.count() == 3


def test_what_later_readings_rest_on_is_not_taken_back_first(asset, post, supervisor):
    post(5000, 30)
    new = post(0, 20, kind="replacement")
    after = post(5, 10)

    with pytest.raises(BrokenRule, match="Take that reading back first"):
        void_reading(new, by=supervisor, reason="none was replaced")

    void_reading(after, by=supervisor, reason="wrong machine")
    void_reading(new, by=supervisor, reason="none was replaced")
    assert told(asset) == (5000, 5000)


@pytest.mark.parametrize("again", ["void", "correct", "correction", "no reason"])
def test_only_live_readings_are_taken_back_and_with_a_reason(asset, post, supervisor, again):
    post(100, 30)
    post(8, 20, kind="delta")
    row = post(110, 10)
    correction = MeterReading.objects.get(kind="correction")
    words = {"by": supervisor, "reason": "" if again == "no reason" else "misread"}
    if again in ("void", "correct"):
        void_reading(row, **words)
    before = MeterReading.objects.count()

    with pytest.raises(BrokenRule):
        if again == "correct":
            correct_reading(row, Decimal(109), **words)
        else:
            void_reading(correction if again == "correction" else row, **words)

    assert MeterReading.objects.count() == before


def test_entered_late_it_comes_to_the_same(tenant, post):
    steps = [("reading", 100, 90), ("delta", 8, 80), ("reading", 110, 70), ("delta", 4, 60), ("replacement", 5, 50),
             ("delta", 3, 40), ("reading", 10, 30)]  # fmt: skip
    one, other = create_asset(tenant=tenant, name="One"), create_asset(tenant=tenant, name="Other")
    for kind, value, ago in steps:
        post(value, ago, kind=kind, asset=one)
    for kind, value, ago in [steps[n] for n in (0, 4, 6, 2, 5, 1, 3)]:
        post(value, ago, kind=kind, asset=other)

    assert told(one) == told(other) == (119, 10)
    assert is_proven()


def test_the_command_finds_a_fault_and_mends_it(asset, post):
    post(100, 30)
    post(8, 20, kind="delta")
    post(110, 10)
    AssetMeter.objects.update(current_run_hours=7)

    with pytest.raises(CommandError, match="1 meters are not what their readings come to"):
        call_command("check_meters", stdout=StringIO())
    call_command("check_meters", fix=True, stdout=StringIO())

    assert told(asset) == (110, 110)
    assert is_proven()


@pytest.mark.parametrize("statement", ["update meter_readings set value = 1", "delete from meter_readings"])
def test_the_database_refuses_to_change_a_reading(asset, post, statement):
    post(100)

    with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_takes_a_reading_back_once(asset, post, supervisor):
    row = post(100)
    void = void_reading(row, by=supervisor, reason="misread")

    with pytest.raises(IntegrityError, match="reading_voided_once"), transaction.atomic():
        MeterReading.objects.create(
            tenant=row.tenant, asset=asset, meter="run_hours", kind="correction", value=0, read_at=void.read_at,
            source="technician", voids=row,
        )  # fmt: skip


def test_later_apps_hear_of_it(asset, post, supervisor, monkeypatch):
    from apps.core import hooks

    heard = []
    monkeypatch.setattr(hooks, "_readings", [lambda assets, meter: heard.append(([a.pk for a in assets], meter))])

    void_reading(post(100), by=supervisor, reason="misread")

    assert heard == [([asset.pk], "run_hours")] * 2


def test_the_system_and_another_person_may_post(asset, post, tenant):
    assert post(5, 2, by=None).user is None
    assert post(6, by=create_person(tenant=tenant, role="technician")).source == "technician"
