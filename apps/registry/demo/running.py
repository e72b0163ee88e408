"""Three months of running: readings of dials, and daily logs of what stands in the yard; written at once, counted once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from simple_history.utils import bulk_create_with_history

from apps.core.models import Tenant, User
from apps.registry.demo.kinds import KINDS
from apps.registry.log_days import moment_of
from apps.registry.models import DailyLog, LocationType, Meter, MeterReading, ReadingKind, ReadingSource
from apps.registry.services.settling import settle_many

REASON = "demo plant"
DAYS = 91
SUNDAY = 6


@dataclass
class Book:
    """What is to be written. today has no logs yet: they are the visitor's to enter."""

    tenant: Tenant
    now: datetime
    rng: Random
    supervisor: User
    technician: User
    logs: list[DailyLog] = field(default_factory=list)
    readings: list[MeterReading] = field(default_factory=list)

    def days(self):
        """The workdays before today, oldest first."""
        today = self.tenant.local(self.now).date()
        every = (today - timedelta(days=back) for back in range(DAYS, 0, -1))
        return [day for day in every if day.weekday() != SUNDAY]

    def read(self, asset, meter, value, at) -> None:
        self._add(asset, meter, ReadingKind.READING, value, at, ReadingSource.TECHNICIAN, self.technician)

    def log(self, asset, day, hours) -> None:
        at, _shift = moment_of(self.tenant, day, "")
        fuel = None
        if "tank" in KINDS[asset.category].specs:
            fuel = round(hours * Decimal(self.rng.uniform(2.9, 3.6)), 1)
        log = DailyLog(
            tenant=self.tenant, date=day, asset=asset, supervisor=self.supervisor, run_hours_added=hours,
            fuel_liters_added=fuel, created_at=at, updated_at=at,
        )  # fmt: skip
        self.logs.append(log)
        self._add(asset, Meter.RUN_HOURS, ReadingKind.DELTA, hours, at, ReadingSource.DAILY_LOG, self.supervisor, log)

    def _add(self, asset, meter, kind, value, at, source, user, log=None) -> None:
        row = MeterReading(
            tenant=self.tenant, asset=asset, meter=meter, kind=kind, value=value, read_at=at, source=source, user=user,
            daily_log=log, created_at=at,
        )  # fmt: skip
        self.readings.append(row)

    def write(self) -> None:
        bulk_create_with_history(self.logs, DailyLog, batch_size=500, default_change_reason=REASON)
        self.readings.sort(key=lambda reading: reading.read_at)
        MeterReading.objects.bulk_create(self.readings, batch_size=1000)
        settle_many(self.tenant, {reading.asset_id for reading in self.readings})


def run(tenant, machines, *, people, now, rng) -> None:
    """Let a tenant's machines run. people: by key, of whom the supervisor logs and the technician reads dials."""
    book = Book(tenant, now, rng, people["supervisor"], people["technician"])
    for asset in machines:
        if asset.location.type == LocationType.YARD:
            _log_daily(book, asset)
        else:
            _read_weekly(book, asset)
    book.write()


def _log_daily(book, asset) -> None:
    """A log each workday; every other Monday somebody reads the dial, which has counted a little more."""
    shown, kilometres = Decimal(book.rng.randrange(800, 9000)), Decimal(book.rng.randrange(20_000, 90_000))
    usual = book.rng.uniform(3, 8)
    for number, day in enumerate(book.days()):
        morning = datetime.combine(day, datetime.min.time(), book.tenant.zone) + timedelta(hours=6, minutes=30)
        if number % 12 == 0:
            book.read(asset, Meter.RUN_HOURS, round(shown, 1), morning)
            if asset.category == "Delivery van":
                book.read(asset, Meter.ODOMETER, round(kilometres), morning)
        hours = round(Decimal(max(book.rng.gauss(usual, 0.8), 0.5)), 1)
        book.log(asset, day, hours)
        shown += hours * Decimal("1.02")
        kilometres += hours * 31


def _read_weekly(book, asset) -> None:
    """A dial reading each Monday, by the technician's round."""
    shown, usual = Decimal(book.rng.randrange(800, 30_000)), book.rng.uniform(7, 13)
    for day in book.days():
        if day.weekday() == 0:
            morning = datetime.combine(day, datetime.min.time(), book.tenant.zone) + timedelta(hours=7)
            book.read(asset, Meter.RUN_HOURS, round(shown, 1), morning + timedelta(minutes=book.rng.randrange(90)))
        shown += Decimal(max(book.rng.gauss(usual, 1), 0))
