"""Write the demo's plants into the database: master data, then the week's acts, each through its service."""

import gc
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import F
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from apps.core import pins
from apps.core.fields import uuid7
from apps.core.isolation import apply_settings, tenant_context
from apps.core.models import DeviceKind, Notification, Tenant, User, Webhook
from apps.core.passwords import DEMO_PASSWORD, DEMO_PIN
from apps.core.roles import Role
from apps.core.terminals import pair_device
from apps.core.webhooks.services import save_webhook
from apps.inventory.demo.load import stock
from apps.logistics.demo.load import ship
from apps.maintenance.demo.load import maintain
from apps.registry.demo.load import furnish
from apps.registry.models import Asset, Criticality, Location, LocationType
from apps.registry.services import save_asset, save_location
from apps.shopfloor import services
from apps.shopfloor.demo.ending import plan_week
from apps.shopfloor.demo.floor import Act, Plan
from apps.shopfloor.demo.photos import draw_photo
from apps.shopfloor.demo.plants import PLANTS, PLATFORM_EMAIL, SCRAP_REASONS, STOP_REASONS, Plant
from apps.shopfloor.demo.work import DAY_BEGINS, NIGHT_BEGINS, NIGHT_ENDS
from apps.shopfloor.events import REQUEST_EVENT
from apps.shopfloor.models import (
    Event,
    EventType,
    Job,
    PerformanceLog,
    ScrapReason,
    Shift,
    ShiftKind,
    Station,
    StationAssignment,
    StopReason,
)


def is_demo(tenant) -> bool:
    """Whether a tenant is one of the demo's: its name alone does not make it so, its admin's address does."""
    return tenant.slug in PLANTS and User.objects.filter(tenant=tenant, email=f"admin@{tenant.slug}.example").exists()


def create_platform_person() -> None:
    """The platform's superuser, unless it is there."""
    if not User.objects.filter(email__iexact=PLATFORM_EMAIL).exists():
        User.objects.create_superuser(PLATFORM_EMAIL, DEMO_PASSWORD, display_name="Platform")


@contextmanager
def _unhurried_garbage():
    """The collector looks at all of Django's objects again and again while the week is played; a tenth of the time."""
    former = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000)
    try:
        yield
    finally:
        gc.set_threshold(*former)
        gc.unfreeze()


def load_plant(plant: Plant, *, now=None, seed: int = 1, say=lambda text: None, before_commit=lambda: None) -> Tenant:
    """Make one tenant with its week, in one transaction. before_commit: called when all is written."""
    now = now or timezone.now()
    plan = plan_week(plant, now, seed)
    tenant = Tenant(name=plant.name, slug=plant.slug, timezone=plant.timezone, settings=plant.settings)
    tenant.full_clean()
    with _unhurried_garbage(), tenant_context(tenant):
        tenant.save()
        people = create_people(plant, tenant)
        apply_settings({"app.user_id": str(people["manager"].pk)})
        create_stations(plant, tenant, by=people["manager"], since=now - timedelta(days=7))
        furnish(tenant, people=people, now=now, seed=seed)
        stock(tenant, people=people, now=now, seed=seed)
        maintain(tenant, people=people, now=now, seed=seed)
        ship(tenant, people=people, now=now, seed=seed)
        Player(tenant, people).play(plan, say)
        create_webhook(tenant)
        pair_device(tenant, kind=DeviceKind.WALL, name="Over the gate (example)", by=people["manager"])
        settle_inboxes(tenant, now=now)
        before_commit()
    return tenant


def create_webhook(tenant) -> None:
    """An example of one; it is off, and leads nowhere."""
    kinds = [REQUEST_EVENT["maintenance"], REQUEST_EVENT["help"], EventType.ESCALATION]
    webhook = Webhook(tenant=tenant, name="Calls in the chat (example)", format="slack", kinds=kinds, is_active=False)
    save_webhook(webhook, address="https://hooks.example.com/services/T000/B000/example")


def settle_inboxes(tenant, *, now) -> None:
    """What people were told of a week that never was is read, but for the last hours, and nobody is mailed of it."""
    told = Notification.objects.for_tenant(tenant)
    told.update(mail_due_at=None)
    told.filter(created_at__lt=now - timedelta(hours=2)).update(read_at=F("created_at"))


def create_people(plant, tenant) -> dict:
    """The people by key. Those without an address have a staff number, and no password; operators have the demo's PIN."""
    people = {}
    for number, (key, role, name) in enumerate(plant.people, 1):
        email = plant.email(key)
        person_id = uuid7()
        people[key] = User.objects.create_user(
            email or None,
            DEMO_PASSWORD if email else None,
            tenant=tenant,
            role=role,
            display_name=name,
            staff_number=f"{100 + number}",
            id=person_id,
            pin_hash=pins.hashed(person_id, DEMO_PIN) if role == Role.OPERATOR else "",
        )
    return people


def create_stations(plant, tenant, *, by, since) -> None:
    """Reasons, shifts, places, machines and the stations they serve."""
    for code, name, group, counts_as, minutes in STOP_REASONS:
        StopReason.objects.create(
            tenant=tenant, code=code, name=name, group=group, counts_as=counts_as, planned_minutes=minutes
        )
    for code, name in SCRAP_REASONS:
        ScrapReason.objects.create(tenant=tenant, code=code, name=name)

    lines, workdays = [line.name for line in plant.lines], [1, 2, 3, 4, 5]
    for name, kind, start, end, weekdays, its_lines in [
        ("day", ShiftKind.DAY, DAY_BEGINS, NIGHT_BEGINS, workdays, []),
        ("day", ShiftKind.DAY, DAY_BEGINS, NIGHT_BEGINS, [6], lines[:1]),
        ("night", ShiftKind.NIGHT, NIGHT_BEGINS, NIGHT_ENDS, workdays, lines[:2]),
    ]:
        shift = Shift(tenant=tenant, name=name, kind=kind, start=start, end=end, weekdays=weekdays, lines=its_lines)
        services.save_shift(shift, by=by)

    areas = {}
    site = save_location(Location(tenant=tenant, name=plant.site, type=LocationType.SITE))
    for building_name, area_names in plant.buildings.items():
        building = save_location(Location(tenant=tenant, name=building_name, type=LocationType.BUILDING), parent=site)
        for name in area_names:
            area = Location(tenant=tenant, name=name, type=LocationType.AREA)
            areas[name] = save_location(area, parent=building)
    for number, (code, line, place) in enumerate(plant.station_codes(), 101):
        machine = None
        if place.machine:
            criticality = Criticality.A if place.components else Criticality.B
            machine = Asset(tenant=tenant, name=place.machine, category=place.machine, criticality=criticality)
            machine.location = areas[line.area]
            save_asset(machine, identity={"client_code": f"P-{number}"})
            for part, name in enumerate(place.components, 1):
                component = Asset(tenant=tenant, name=name, category="Component")
                save_asset(component, parent=machine, identity={"client_code": f"P-{number}-{part}"})
        station = Station(tenant=tenant, code=code, name=place.name, line=line.name, asset=machine, created_at=since)
        services.save_station(station, by=by, at=since)


class Player:
    """Plays acts: finds the rows they name, and calls the service of that name."""

    def __init__(self, tenant, people):
        self.tenant, self.people, self.person = tenant, people, None
        self.stations = {station.code: station for station in Station.objects.for_tenant(tenant)}
        self.stop_reasons = {reason.code: reason for reason in StopReason.objects.for_tenant(tenant)}
        self.scrap_reasons = {reason.code: reason for reason in ScrapReason.objects.for_tenant(tenant)}
        self.jobs: dict[str, Job] = {}
        self.assignments: dict[str, StationAssignment] = {}  # those at work, by station, as far as they were asked for

    def play(self, plan: Plan, say=lambda text: None) -> None:
        """All acts in order, then the performance logs."""
        day = None
        for number, act in enumerate(plan.acts, 1):
            if act.at and self.tenant.local(act.at).date() != day:
                day = self.tenant.local(act.at).date()
                say(f"{self.tenant.slug}: {day:%a %d %b}, {number} of {len(plan.acts)} acts")
            self.act(act)
        self.write_logs(plan)
        say(f"{self.tenant.slug}: {len(plan.acts)} acts, {len(plan.jobs)} jobs, {len(plan.logs)} performance logs")

    def act(self, act: Act) -> None:
        """Call the act's service as the person who acted, who stands in the audit log too."""
        by = self.people[act.by] if act.by else None
        if by is not self.person:
            apply_settings({"app.user_id": str(by.pk) if by else ""})
            self.person = by
        getattr(self, act.verb)(act, **act.details, **({"at": act.at} if act.at else {}), by=by)

    # --- one for each service; what an act leaves out, its service leaves out ---

    def create_jobs(self, act, *, rows, by, at):
        for job in services.create_jobs(self.tenant, rows, by=by, at=at):
            self.jobs[job.code] = job

    def assign_job(self, act, **details):
        self.assignments.pop(act.station, None)
        services.assign_job(self.stations[act.station], self.jobs[act.job], **details)

    def set_status(self, act, *, status, reason, **details):
        reason = self.stop_reasons[reason] if reason else None
        services.set_status(self.stations[act.station], status, reason=reason, **details)

    def report(self, act, *, reason, **details):
        if act.station not in self.assignments:
            self.assignments[act.station] = self.stations[act.station].assignments.active().get()
        reason = self.scrap_reasons[reason] if reason else None
        services.report(self.assignments[act.station], reason=reason, **details)

    def complete_job(self, act, **details):
        services.complete_job(self.jobs[act.job], station=self.stations[act.station], **details)

    def reassign_job(self, act, *, to, **details):
        self.assignments.pop(to, None)
        services.reassign_job(self.stations[act.station], self.stations[to], **details)

    def take_off_job(self, act, **details):
        services.take_off_job(self.stations[act.station], **details)

    def cancel_job(self, act, **details):
        services.cancel_job(self.jobs[act.job], **details)

    def reopen_job(self, act, **details):
        services.reopen_job(self.jobs[act.job], **details)

    def change_job(self, act, **details):
        services.change_job(self.jobs[act.job], **details)

    def add_note(self, act, *, text, photo, **details):
        photos = [draw_photo(photo)] if photo else []
        services.add_note(self.stations[act.station], text, photos=photos, **details)

    def call_for(self, act, *, kind, **details):
        services.call_for(self.stations[act.station], kind, **details)

    def _open_call(self, act, kind, part):
        return self.stations[act.station].calls.open().get(kind=kind, part=part)

    def acknowledge_call(self, act, *, kind, part, **details):
        services.acknowledge_call(self._open_call(act, kind, part), **details)

    def resolve_call(self, act, *, kind, part, **details):
        services.resolve_call(self._open_call(act, kind, part), **details)

    def escalate_calls(self, act, *, at, by):
        services.escalate_calls(self.tenant, now=at)

    def undo(self, act, **details):
        services.undo(self.stations[act.station], **details)

    def correct_period(self, act, *, reason, **details):
        services.correct_period(self.stations[act.station], reason=self.stop_reasons[reason], **details)

    def reclassify_stop(self, act, *, begun, reason, **details):
        station = self.stations[act.station]
        event = Event.objects.get(station=station, event_type=EventType.STATUS_CHANGE, occurred_at=begun)
        services.reclassify_stop(event, self.stop_reasons[reason], **details)

    def write_logs(self, plan):
        """The figures of the shifts that are over; marked, since no roll-up made them."""
        rows = [
            PerformanceLog(
                tenant=self.tenant,
                station=self.stations[log.station],
                job=self.jobs[log.job],
                log_date=log.log_date,
                shift=log.shift,
                units_completed=log.units,
                target_units=log.target or None,
            )
            for log in plan.logs
        ]
        bulk_create_with_history(rows, PerformanceLog, batch_size=500, default_change_reason="demo plant")
