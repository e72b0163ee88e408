"""Plain functions that make rows for tests: keyword-only, sensible defaults, no randomness."""

from datetime import time
from io import BytesIO
from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.core.isolation import own_context, tenant_context
from apps.core.models import DeviceKind, Tenant, User
from apps.core.roles import Role
from apps.core.terminals import pair_device
from apps.core.uploads import store_upload
from apps.core.webhooks.models import Webhook
from apps.core.webhooks.services import save_webhook
from apps.inventory.models import Part
from apps.inventory.services import receive, save_part
from apps.logistics.services import dispatch_movements, plan_movements
from apps.maintenance.models import PmSchedule, ServiceRequest, WorkOrder
from apps.maintenance.services import approve_order, create_order, report, save_schedule, start_order
from apps.registry.models import Asset, Location, LocationType
from apps.registry.services import save_asset, save_location
from apps.shopfloor.models import (
    Job,
    JobStatus,
    ReasonGroup,
    ScrapReason,
    Shift,
    ShiftException,
    Station,
    StationAssignment,
    StationStatus,
    StopReason,
)
from apps.shopfloor.services import pair_terminal, save_shift, save_shift_exception

_numbers = count(1)
PASSWORD = "a-plant-password"


def create_tenant(*, name="North plant", slug=None, timezone="Europe/Warsaw", settings=None):
    tenant = Tenant(name=name, slug=slug or f"plant-{next(_numbers)}", timezone=timezone, settings=settings or {})
    with tenant_context(tenant):
        tenant.save()
    return tenant


def create_person(*, tenant, role=Role.SUPERVISOR, email=None, name=None, password=None, **fields):
    number = next(_numbers)
    user = User(
        tenant=tenant,
        role=role,
        email=email or f"{role}-{number}@example.com",
        display_name=name or f"{Role(role).label} {number}",
        **fields,
    )
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    with own_context(user):
        user.save()
    return user


def create_platform_person(*, email="platform-person@example.com"):
    return User.objects.create_superuser(email, PASSWORD, display_name="Platform")


def create_stop_reason(*, tenant, code="machine", name=None, group=ReasonGroup.EQUIPMENT, **fields):
    reason, _ = StopReason.objects.get_or_create(
        tenant=tenant, code=code, defaults={"name": name or code.capitalize(), "group": group, **fields}
    )
    return reason


def create_scrap_reason(*, tenant, code="scratch", name=None):
    reason, _ = ScrapReason.objects.get_or_create(
        tenant=tenant, code=code, defaults={"name": name or code.capitalize()}
    )
    return reason


def create_station(*, tenant, code=None, name="Cutting", line="Line A", status=StationStatus.IDLE, **fields):
    if status == StationStatus.BLOCKED:
        fields.setdefault("stop_reason", create_stop_reason(tenant=tenant))
    return Station.objects.create(
        tenant=tenant, code=code or f"ST-{next(_numbers):02}", name=name, line=line, status=status, **fields
    )


def create_shift(*, tenant, name="Early", start=time(6), end=time(14), weekdays=(1, 2, 3, 4, 5), **fields):
    return save_shift(Shift(tenant=tenant, name=name, start=start, end=end, weekdays=list(weekdays), **fields), by=None)


def create_holiday(*, tenant, date="2026-12-25", name="Christmas", **fields):
    return save_shift_exception(ShiftException(tenant=tenant, date=date, name=name, **fields), by=None)


def create_job(*, tenant, code=None, part_name="Mirror 60 × 90", qty_total=100, on=None, qty_done=0, **fields):
    """A job; `on` puts it on that station, running."""
    if on is not None:
        fields["status"] = JobStatus.RUNNING
    job = Job.objects.create(
        tenant=tenant, code=code or f"JOB-{next(_numbers)}", part_name=part_name, qty_total=qty_total, **fields
    )
    if on is not None:
        StationAssignment.objects.create(tenant=tenant, station=on, job=job, qty_done=qty_done)
    return job


def photo(*, name="IMG_0001.jpg", size=(40, 30), colour="steelblue", format="JPEG", **options):
    """A picture as a form sends it."""
    written = BytesIO()
    Image.new("RGB", size, colour).save(written, format, **options)
    return SimpleUploadedFile(name, written.getvalue(), content_type="image/jpeg")


def create_attachment(*, tenant, by=None, file=None, **options):
    return store_upload(file or photo(), tenant=tenant, by=by, **options)


def create_location(*, tenant, name="Plant 1", type=LocationType.SITE, parent=None):
    return save_location(Location(tenant=tenant, name=name, type=type), parent=parent)


def create_asset(*, tenant, name="Edge grinder", location=None, parent=None, identity=None, **fields):
    location = location or (None if parent else create_location(tenant=tenant))
    asset = Asset(tenant=tenant, name=name, location=location, **fields)
    return save_asset(asset, parent=parent, identity=identity)


def create_warehouse(*, tenant, name=None, type=LocationType.WAREHOUSE, **fields):
    return create_location(tenant=tenant, name=name or f"Store {next(_numbers)}", type=type, **fields)


def create_part(*, tenant, sku=None, name="Ball bearing", **fields):
    return save_part(Part(tenant=tenant, sku=sku or f"P-{next(_numbers)}", name=name, **fields), by=None)


def create_stock(part, quantity, *, warehouse=None, unit_cost=10, bin="", by=None):
    """So much of a part, received at a cost; returns the warehouse."""
    warehouse = warehouse or create_warehouse(tenant=part.tenant)
    receive(part, quantity, warehouse=warehouse, bin=bin, unit_cost=unit_cost, by=by)
    return warehouse


def create_schedule(*, asset, name="Monthly check", by=None, **fields):
    fields = {"interval_months": 1} | fields if not {"interval_days", "interval_meter"} & fields.keys() else fields
    return save_schedule(PmSchedule(tenant=asset.tenant, asset=asset, name=name, **fields), by=by)


def create_order_of(asset, *, title="It leaks", origin="defect", by=None, status="draft", **fields):
    """An order for an asset, brought to a status: draft, ready or in_progress (begun by `by`)."""
    order = create_order(WorkOrder(tenant=asset.tenant, asset=asset, title=title, origin=origin, **fields), by=by)
    if status != "draft" and order.status == "draft":
        order = approve_order(order, by=by)
    return start_order(order, by=by) if status == "in_progress" else order


def create_report_of(asset, *, by=None, description="It makes noise", photos=(), **fields):
    """What somebody has reported of an asset. photos: files as a form sends them."""
    row = ServiceRequest(tenant=asset.tenant, asset=asset, description=description, **fields)
    return report(row, by=by, photos=[create_attachment(tenant=asset.tenant, by=by, file=file) for file in photos])


def create_wall(*, tenant, name=None, lines=(), theme="dark", by=None):
    """A wall display; returns the token that stands in its address."""
    by = by or create_person(tenant=tenant)
    name = name or f"Wall {next(_numbers)}"
    return pair_device(tenant, kind=DeviceKind.WALL, name=name, lines=list(lines), theme=theme, by=by)[1]


def create_terminal(*, tenant, name=None, stations=(), by=None):
    """A paired terminal; returns the token that its browser carries."""
    stations = stations or [create_station(tenant=tenant)]
    by = by or create_person(tenant=tenant)
    return pair_terminal(tenant, name=name or f"Terminal {next(_numbers)}", stations=stations, by=by)[1]


def create_webhook(*, tenant, name=None, address="https://hooks.example.com/services/T0/B0/x", **fields):
    return save_webhook(Webhook(tenant=tenant, name=name or f"Webhook {next(_numbers)}", **fields), address=address)


def create_movement(asset, to_location, *, by=None, dispatched=False, **fields):
    """A planned movement, or one that is on its way."""
    (row,) = plan_movements([asset], to_location, by=by, **fields)
    if dispatched:
        (row,) = dispatch_movements([row], by=by, gate_pass_ref=f"PASS-{next(_numbers)}")
    return row
