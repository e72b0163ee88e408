"""pm_schedules.csv, and failure_codes.csv, the words that orders are closed with."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from apps.core.tables.checking import refuse_doubled
from apps.core.tables.columns import (
    DEFAULT,
    NULL,
    Aside,
    Bad,
    Choice,
    Code,
    Day,
    Flag,
    JsonList,
    Key,
    Moment,
    Number,
    ReferenceById,
    Text,
    Whole,
)
from apps.core.tables.table import Table
from apps.maintenance.due import Schedule
from apps.maintenance.models import Anchor, FailureCode, FailureKind, PmSchedule, Priority
from apps.maintenance.models.schedules import valid_parts, valid_tasks
from apps.maintenance.planning import circle, is_longer
from apps.maintenance.services.schedules import set_standing
from apps.registry.ledgers import CACHED
from apps.registry.models import AssetMeter, Meter

SOON = timedelta(days=7)


@dataclass(frozen=True)
class OnMeter(Number):
    """What a meter shows."""

    digits: int = 14
    places: int | None = 4


class Positive(Whole):
    def parse(self, cell, warn):
        if (number := super().parse(cell, warn)) < 1:
            raise Bad("must be 1 or more")
        return number


class Lines(JsonList):
    def dumped(self, column):
        return f"{column}::text"


class Codes(Table):
    model = FailureCode
    columns = [
        Key("id"),
        Choice("kind", values=tuple(FailureKind.values), any_case=True),
        Code("code"),
        Text("name", usual=200),
        Text("category", NULL, usual=100),
        Flag("is_active", DEFAULT),
    ]
    order = "t.kind, t.code, t.id"
    turn = 3

    def settle(self, load):
        """A new tenant's own words come instead of those that it was given."""
        if load.is_new and not load.dry_run:
            for row in FailureCode.objects.for_tenant(load.tenant):
                row.delete()

    def check(self, load):
        refuse_doubled(load, self, "code", key="(s.kind, s.code)", reason="of this kind: ")
        load.refuse_where(
            self,
            """select s.at_line, 'code', s.code, 'the tenant has it with the id ' || t.id from load_failure_codes s
               join failure_codes t on t.tenant_id = %(tenant)s and (t.kind, t.code) = (s.kind, s.code) and t.id <> s.id""",
        )


class Schedules(Table):
    """A schedule whose next due date no file gives is due as if it were made on the page, from when it was last done."""

    model = PmSchedule
    columns = [
        Key("id"),
        Aside("tenant_id"),
        ReferenceById("asset_id", to="assets"),
        Text("name", DEFAULT, usual=200),
        Positive("interval_days", NULL),
        Positive("interval_months", NULL),
        OnMeter("interval_meter", NULL, least=Decimal("0.0001")),
        Choice("meter", DEFAULT, values=tuple(Meter.values)),
        Choice("anchor", DEFAULT, values=tuple(Anchor.values), any_case=True),
        Whole("lead_days", DEFAULT),
        OnMeter("lead_meter", DEFAULT, least=0),
        Whole("grace_days", NULL),
        OnMeter("grace_meter", NULL, least=0),
        ReferenceById("suppressed_by_schedule_id", NULL, to="pm_schedules"),
        Lines("tasks", DEFAULT, check=valid_tasks),
        Lines("parts", DEFAULT, check=valid_parts),
        Choice("priority", DEFAULT, values=tuple(Priority.values), any_case=True),
        Whole("estimated_minutes", NULL),
        Flag("is_active", DEFAULT),
        Day("first_due_date", NULL),
        OnMeter("first_due_meter", NULL, least=0),
        Day("last_performed_date", NULL),
        OnMeter("last_performed_meter", NULL, least=0),
        Positive("cycle", DEFAULT),
        Day("next_due_date", NULL),
        OnMeter("next_due_meter", NULL, least=0),
        Positive("anchor_day", DEFAULT),
        Moment("created_at", DEFAULT),
    ]
    order = "t.created_at, t.id"
    turn = 6

    def derive(self, values, load):
        if not values.get("name"):
            values["name"] = "Maintenance"

    def check(self, load):
        load.refuse_where(
            self,
            """select at_line, 'interval_days', interval_days, case
                   when interval_days is null and interval_months is null and interval_meter is null
                   then 'give at least one interval: days, months or a meter' else 'give days or months, not both' end
               from load_pm_schedules where num_nonnulls(interval_days, interval_months, interval_meter) = 0
               or num_nonnulls(interval_days, interval_months) = 2 union all
               select at_line, 'interval_days', coalesce(interval_days, interval_months), 'longer than a century'
               from load_pm_schedules where interval_days > 36500 or interval_months > 1200 union all
               select at_line, 'lead_days', greatest(lead_days, grace_days), 'must be at most 32767'
               from load_pm_schedules where greatest(lead_days, grace_days) > 32767 union all
               select at_line, 'anchor_day', anchor_day, 'no day of a month' from load_pm_schedules where anchor_day > 31""",
        )
        load.refuse_each(self, list(self._badly_suppressed(load)))

    def _badly_suppressed(self, load):
        names = "id, asset_id, interval_days, interval_months, interval_meter, meter, suppressed_by_schedule_id"
        load.cursor.execute(
            f"""select at_line, {names} from load_pm_schedules union all select null, {names} from pm_schedules t
                where tenant_id = %s and not exists (select from load_pm_schedules s where s.id = t.id)""",
            [load.tenant.pk],
        )
        lines, plain, assets = {}, {}, {}
        for line, key, asset, days, months, units, meter, above in load.cursor.fetchall():
            plain[key] = Schedule(
                key=key, interval_days=days, interval_months=months, interval_meter=units,
                meter=meter or Meter.RUN_HOURS, suppressed_by=above,
            )  # fmt: skip
            lines[key], assets[key] = line, asset
        for key, schedule in plain.items():
            above = plain.get(schedule.suppressed_by)
            if lines[key] is None or above is None:
                continue
            reason = ""
            if assets[key] != assets[above.key]:
                reason = "is of another asset"
            elif not is_longer(above, schedule):
                reason = "its interval must be longer in one way and shorter in none"
            elif circle(schedule, plain):
                reason = "would wait for itself in a circle"
            if reason:
                yield lines[key], "suppressed_by_schedule_id", str(above.key), reason

    def write(self, load):
        load.cursor.execute("select distinct asset_id from load_pm_schedules")
        assets = [key for (key,) in load.cursor.fetchall()]
        self.meters = {row.asset_id: row for row in AssetMeter.objects.for_tenant(load.tenant).filter(asset__in=assets)}
        super().write(load)
        if not load.dry_run:
            due = PmSchedule.objects.for_tenant(load.tenant).filter(
                is_active=True, issue_date__lte=load.tenant.local(load.now).date() + SOON
            )
            if load.report.files[self.file].read:
                load.report.remarks.append(f"{due.count():,} schedules fall due in the next 7 days.")

    def start(self, load, instance):
        if load.given[self.name] & {"next_due_date", "next_due_meter"}:
            return
        row = self.meters.get(instance.asset_id)
        lifetime = row and getattr(row, CACHED[instance.meter][0])
        set_standing(instance, load.tenant, lifetime=lifetime, cycle=instance.cycle)
