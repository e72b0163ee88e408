"""Two supervisors before one day's grid: real connections; nothing is lost silently, and nothing counts twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.core.errors import BrokenRows
from apps.core.isolation import tenant_context
from apps.registry import services
from apps.registry.ledgers import book_of
from apps.registry.models import AssetMeter, DailyLog, MeterReading
from tests.factories import create_asset, create_location, create_person, create_tenant

pytestmark = pytest.mark.django_db(transaction=True)
HOURS, DIAL, FUEL = "run_hours_added", "run_hours_reading", "fuel_liters_added"
NOTHING = dict.fromkeys((HOURS, DIAL, FUEL))


class Grid:
    """A plant with a few assets, and two people who see an empty day."""

    def __init__(self, count=6):
        self.tenant = create_tenant()
        with tenant_context(self.tenant):
            place = create_location(tenant=self.tenant)
            self.assets = [create_asset(tenant=self.tenant, name=f"{n}", location=place) for n in range(count)]
            self.people = [create_person(tenant=self.tenant, name=name) for name in ("Ann", "Ben")]
        self.day = self.tenant.local(timezone.now()).date() - timedelta(days=1)

    def rows(self, hours, *, reverse=False):
        assets = self.assets[::-1] if reverse else self.assets
        rows = [
            {"asset": asset, "seen": NOTHING} | NOTHING | {HOURS: hours(self.assets.index(asset))} for asset in assets
        ]
        return [row for row in rows if row[HOURS] is not ...]

    def save(self, person, rows):
        """What became of it: None, or the sentences of a refusal."""
        try:
            with tenant_context(self.tenant, user=person):
                services.save_daily_logs(self.tenant, self.day, "", rows, by=person)
        except BrokenRows as refused:
            return refused
        finally:
            connection.close()
        return None

    def at_once(self, *acts):
        barrier = Barrier(len(acts))

        def act(one):
            barrier.wait()
            return one()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(act, acts))

    def check(self):
        """Each asset's meter is what its ledger comes to, and that is what its logs say. Returns the hours, in order."""
        with tenant_context(self.tenant):
            logs = {log.asset_id: log.run_hours_added for log in DailyLog.objects.all()}
            for asset in self.assets:
                cached = AssetMeter.objects.filter(asset=asset).values_list("current_run_hours", flat=True).first()
                assert book_of(asset, "run_hours").lifetime == cached == logs.get(asset.pk)
            return [logs.get(asset.pk) for asset in self.assets]


def test_two_who_wrote_into_other_rows_are_both_kept():
    grid, ann_ben = Grid(), []
    for number, person in enumerate(grid.people):
        rows = grid.rows(lambda n, number=number: Decimal(5 + number) if n % 2 == number else None, reverse=number == 1)
        ann_ben.append(lambda person=person, rows=rows: grid.save(person, rows))

    assert grid.at_once(*ann_ben) == [None, None]
    assert grid.check() == [5, 6, 5, 6, 5, 6]


def test_of_two_who_wrote_into_the_same_rows_one_is_told_of_the_other():
    grid = Grid()
    ann, ben = grid.people

    told = grid.at_once(
        lambda: grid.save(ann, grid.rows(lambda n: Decimal(5))),
        lambda: grid.save(ben, grid.rows(lambda n: Decimal(6), reverse=True)),
    )

    (refused,) = [error for error in told if error]
    winner = ben if told[0] else ann
    assert refused.code == "conflict" and len(refused.rows) == 6
    assert all(f"{winner} wrote" in row[HOURS][0] for row in refused.rows.values())
    assert grid.check() == [6 if told[0] else 5] * 6


def test_one_grid_sent_by_two_connections_counts_once():
    grid = Grid()
    rows = grid.rows(lambda n: Decimal(5))

    assert grid.at_once(*[lambda: grid.save(grid.people[0], rows) for _turn in range(2)]) == [None, None]
    assert grid.check() == [5] * 6
    with tenant_context(grid.tenant):
        assert MeterReading.objects.count() == 6


def test_a_correction_and_a_reading_at_once_leave_a_whole_ledger():
    grid = Grid(count=1)
    (asset,) = grid.assets
    ann, ben = grid.people
    with tenant_context(grid.tenant):
        services.save_daily_logs(grid.tenant, grid.day, "", [{"asset": asset, HOURS: Decimal(8)}], by=ann)

    def read():
        try:
            with tenant_context(grid.tenant, user=ben):
                services.post_reading(asset, "run_hours", Decimal(100), by=ben)
        finally:
            connection.close()

    grid.at_once(lambda: grid.save(ann, [{"asset": asset, HOURS: Decimal(6)}]), read)

    with tenant_context(grid.tenant):
        meter = AssetMeter.objects.get(asset=asset)
        assert meter.current_run_hours == meter.run_hours_dial == book_of(asset, "run_hours").lifetime == 100


def test_a_form_pressed_twice_at_once_saves_once():
    grid = Grid(count=2)
    body = {"request_key": "k", "date": str(grid.day)}
    for asset in grid.assets:
        body |= {f"{HOURS}-{asset.pk}": "5", f"seen-{asset.pk}": "||"}
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(grid.people[0])

    def press(client):
        try:
            return client.post("/daily-log/", body).status_code
        finally:
            connection.close()

    assert grid.at_once(*[lambda client=client: press(client) for client in clients]) == [302, 302]
    assert grid.check() == [5, 5]
