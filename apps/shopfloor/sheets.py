"""The shop floor's tables in spreadsheets. What has a status keeps it: stations and jobs go through their services."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.sheets.tables import CHANGED, NEW, Change, Comparison, Sheet
from apps.shopfloor import services
from apps.shopfloor.models import Job, PerformanceLog, ScrapReason, Source, Station, StationAsset, StopReason


class StopReasonSheet(Sheet):
    model = StopReason
    fields = ("code", "name", "group", "counts_as", "planned_minutes", "is_active")
    options = {"code": {"example": "jam"}, "name": {"example": "Paper jam"}}


class ScrapReasonSheet(Sheet):
    model = ScrapReason
    fields = ("code", "name", "is_active")
    options = {"code": {"example": "chip"}, "name": {"example": "Chipped edge"}}


class StationSheet(Sheet):
    model = Station
    fields = ("code", "name", "line", "is_active", "asset", "status", "stop_reason", "status_since", "created_at")
    read_only = ("status", "stop_reason", "status_since", "created_at")
    options = {
        "code": {"example": "ST-90"},
        "name": {"example": "Washer"},
        "line": {"example": "Line A"},
        "asset": {"example": ""},
    }
    is_plain = False
    most_rows = 2000

    def store(self, row: Change) -> None:
        services.save_station(row.instance, by=self.by)


class StationAssetSheet(Sheet):
    model = StationAsset
    fields = ("station", "asset", "started_at", "ended_at")
    key = ("station", "asset", "started_at")
    options = {"started_at": {"example": "2099-01-01 08:00"}, "ended_at": {"example": "2099-01-02 08:00"}}
    is_plain = False
    most_rows = 2000

    def store(self, row: Change) -> None:
        refuse_overlap(row.instance)
        row.instance.save()


def overlapping(served: StationAsset) -> list[str]:
    """Which side of it ("station", "asset") is taken in its time."""
    others = StationAsset.objects.for_tenant(served.tenant_id).exclude(pk=served.pk)
    others = others.filter(Q(ended_at=None) | Q(ended_at__gt=served.started_at))
    if served.ended_at:
        others = others.filter(started_at__lt=served.ended_at)
    sides = {"station": served.station_id, "asset": served.asset_id}
    return [name for name, key in sides.items() if others.filter(**{name: key}).exists()]


def refuse_overlap(served: StationAsset) -> None:
    if served.ended_at and served.ended_at <= served.started_at:
        raise BrokenRule(_("It must end after it starts."))
    for name in overlapping(served):
        raise BrokenRule(_("%s is taken in this time; end that first.") % getattr(served, name))


class JobSheet(Sheet):
    model = Job
    fields: tuple[str, ...] = (
        "code", "part_name", "qty_total", "due_date", "priority", "line_hint", "cycle_seconds", "rank",
        "status", "qty_done", "qty_scrap", "created_at", "completed_at",
    )  # fmt: skip
    read_only = ("status", "qty_done", "qty_scrap", "created_at", "completed_at")
    # words: what people call the columns, too
    options = {
        "code": {"example": "JOB-9001", "words": ("job", "job code", "job no", "job number", "id", "job id", "order")},
        "part_name": {"example": "Mirror 60 × 90", "words": ("part", "item", "product", "article", "description")},
        "qty_total": {"words": ("qty", "quantity", "total", "amount", "pieces", "pcs", "units")},
        "due_date": {"words": ("due", "date", "deadline")},
        "priority": {"words": ("prio",)},
        "line_hint": {"example": "", "words": ("line",)},
        "cycle_seconds": {"example": "12.5", "words": ("cycle", "cycle time", "cycle time s", "cycle s")},
        "rank": {"example": ""},
    }
    is_plain = False

    def rows(self):
        return super().rows().with_quantities()

    def write(self, found: Comparison) -> None:
        if new := found.of_kind(NEW):
            services.create_jobs(self.tenant, [row.values for row in new], by=self.by)
        self.rehearse(found)

    def rehearse(self, found: Comparison) -> None:
        """Of new jobs only the code could be refused, and that is looked at already."""
        for row in found.of_kind(CHANGED):
            try:
                services.change_job(row.instance, by=self.by, **row.values)
            except BrokenRule as refused:
                row.errors[""] = str(refused)


class PerformanceLogSheet(Sheet):
    model = PerformanceLog
    fields = ("log_date", "shift", "station", "job", "units_completed", "target_units", "efficiency", "created_at")
    key = ("log_date", "shift", "station", "job")
    read_only = ("efficiency", "created_at")
    options = {"shift": {"example": "day"}, "units_completed": {"words": ("mirrors_completed",)}}

    @property
    def needed(self):
        return ("log_date", "shift", "station")

    def write(self, found: Comparison) -> None:
        """What a person enters is no roll-up's any more."""
        for row in found.of_kind(CHANGED):
            row.values |= {"source": Source.MANUAL, "is_revised": False}
            row.instance.source, row.instance.is_revised = Source.MANUAL, False
        super().write(found)
