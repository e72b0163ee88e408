"""What a day's grid needs to know of many assets, each in one statement: dials, what is usual, what others booked."""

from collections import defaultdict
from decimal import Decimal

from django.db import connection
from django.db.models import F, Q, Sum, Window
from django.db.models.functions import RowNumber

from apps.registry.meters import NEWEST, Spread, spread
from apps.registry.models import DailyLog, Meter, MeterReading, ReadingKind, ReadingSource

LIVE = {"voids": None, "voided_by": None}  # nothing took it back, and it takes nothing back


def dials_at(tenant, assets, moment, *, but_of=()) -> dict:
    """{asset's key: (what its hour meter showed last, what it shows at a moment with the deltas since)}, where it was read.

    but_of: daily logs whose own readings are left out.
    """
    sql = """
        select a.id, base.value, base.value + coalesce(sum(d.value), 0)
        from unnest(%(assets)s::uuid[]) as a(id)
        cross join lateral (
            select r.value, r.read_at, r.seq from meter_readings r
            where r.tenant_id = %(tenant)s and r.asset_id = a.id and r.meter = 'run_hours'
              and r.kind in ('reading', 'replacement') and r.read_at <= %(moment)s
              and not exists (select from meter_readings v where v.tenant_id = r.tenant_id and v.voids_id = r.id)
              and (r.daily_log_id is null or r.daily_log_id <> all(%(logs)s::uuid[]))
            order by r.read_at desc, r.seq desc limit 1
        ) base
        left join meter_readings d on d.tenant_id = %(tenant)s and d.asset_id = a.id and d.meter = 'run_hours'
          and d.kind = 'delta' and d.read_at <= %(moment)s and (d.read_at, d.seq) > (base.read_at, base.seq)
          and not exists (select from meter_readings v where v.tenant_id = d.tenant_id and v.voids_id = d.id)
          and (d.daily_log_id is null or d.daily_log_id <> all(%(logs)s::uuid[]))
        group by a.id, base.value
    """
    words = {"assets": [asset.pk for asset in assets], "tenant": tenant.pk, "moment": moment, "logs": list(but_of)}
    with connection.cursor() as cursor:
        cursor.execute(sql, words)
        return {key: (read, shown) for key, read, shown in cursor.fetchall()}


def usual_hours(tenant, assets, moment, *, but_of=()) -> dict[object, Spread]:
    """{asset's key: how its deltas before a moment spread}, of those that have enough. but_of: as in dials_at."""
    newest = Window(RowNumber(), partition_by=F("asset_id"), order_by=[F("read_at").desc(), F("seq").desc()])
    deltas = MeterReading.objects.for_tenant(tenant).filter(
        asset__in=assets, meter=Meter.RUN_HOURS, kind=ReadingKind.DELTA, read_at__lt=moment, **LIVE
    )
    if but_of:
        deltas = deltas.filter(Q(daily_log=None) | ~Q(daily_log__in=but_of))
    return _spreads(deltas.annotate(place=newest).filter(place__lte=NEWEST).values_list("asset_id", "value"))


def usual_fuel(tenant, assets, day) -> dict[object, Spread]:
    """{asset's key: how its litres per hour of the days before spread}, of those that have enough."""
    newest = Window(RowNumber(), partition_by=F("asset_id"), order_by=[F("date").desc(), F("shift").desc()])
    logs = DailyLog.objects.for_tenant(tenant).filter(
        asset__in=assets, date__lt=day, run_hours_added__gt=0, fuel_liters_added__isnull=False
    )
    rates = logs.annotate(place=newest).filter(place__lte=NEWEST)
    return _spreads(rates.values_list("asset_id", F("fuel_liters_added") / F("run_hours_added")))


def _spreads(pairs) -> dict:
    values = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return {key: usual for key, found in values.items() if (usual := spread(found))}


def station_hours(tenant, assets, start, end) -> dict[object, Decimal]:
    """{asset's key: hours that its station booked in [start, end)}."""
    booked = MeterReading.objects.for_tenant(tenant).filter(
        asset__in=assets, meter=Meter.RUN_HOURS, source=ReadingSource.STATION, read_at__gt=start, read_at__lte=end,
        **LIVE,
    )  # fmt: skip
    return dict(booked.values("asset_id").annotate(hours=Sum("value")).values_list("asset_id", "hours"))
