"""Counting a yard: what the registry has there, against what is found by scanning."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from apps.core.errors import BrokenRule, Conflict
from apps.core.moments import entered
from apps.logistics.models import YardCount, YardCountLine, YardCountStatus
from apps.logistics.services.steps import BATCH, same_tenant
from apps.registry.models import Asset, AssetStatus, Location

STANDING = (AssetStatus.IN_SERVICE, AssetStatus.OUT_OF_SERVICE)


@transaction.atomic
def start_yard_count(location, *, by, note="") -> YardCount:
    """Begin a count of a place with all below it. What stands there by now is expected; what is mounted in it is not asked
    for. Returns the YardCount. Raises Conflict where one of the place is open already."""
    rows = YardCount.objects.for_tenant(location.tenant_id)
    location = (
        Location.objects.locked().select_related("tenant").get(pk=location.pk)
    )  # two who begin at once wait for each other
    if former := rows.filter(location=location, status=YardCountStatus.OPEN).first():
        raise Conflict(_("%s is being counted already; go on with that count.") % location, current=former)
    count = YardCount.objects.create(tenant=location.tenant, location=location, note=note.strip(), started_by=by)
    below = location.get_descendants(include_self=True)
    expected = Asset.objects.for_tenant(location.tenant_id).filter(
        location__in=below, parent=None, status__in=STANDING
    )  # fmt: skip
    lines = [
        YardCountLine(tenant=location.tenant, count=count, asset=asset) for asset in expected.order_by("name", "pk")
    ]
    bulk_create_with_history(lines, YardCountLine, batch_size=BATCH, default_user=None)
    return count


@transaction.atomic
def find_in_yard(count, asset, *, by, at=None) -> YardCountLine:
    """Note that an asset was found; the same again changes nothing. at: when; now, if None. Returns its line.

    What nobody expected there is found as well, and called so.
    """
    same_tenant(count, asset)
    count, at = lock_open(count), entered(at)
    line = YardCountLine.objects.filter(tenant=count.tenant_id, count=count, asset=asset).first()
    if line is None:
        line = YardCountLine(tenant_id=count.tenant_id, count=count, asset=asset, is_expected=False)
    if line.found_at is None:
        line.found_by, line.found_at = by, at
        line.save()
    return line


@transaction.atomic
def unfind(line, *, by) -> None:
    """Take back a scan that was a mistake."""
    lock_open(line.count)
    line = YardCountLine.objects.locked().get(pk=line.pk)
    if line.is_expected:
        line.found_by = line.found_at = None
        line.save()
    else:
        line.delete()


@transaction.atomic
def end_yard_count(count, *, by, cancel=False) -> YardCount:
    """End a count: what was not found is missing; or give it up (`cancel`). Nothing moves by it. Returns the count."""
    count = lock_open(count)
    if not cancel and not count.lines.filter(found_at__isnull=False).exists():
        raise BrokenRule(_("Nothing was found yet; give the count up if it was a mistake."))
    count.move_to(YardCountStatus.CANCELLED if cancel else YardCountStatus.CLOSED)
    count.ended_by, count.ended_at = by, timezone.now()
    count.save()
    return count


def lock_open(count) -> YardCount:
    count = YardCount.objects.locked().select_related("location", "tenant").get(pk=count.pk)
    if count.status != YardCountStatus.OPEN:
        words = {"count": count, "status": count.get_status_display().lower()}
        raise Conflict(_("The count %(count)s is %(status)s; start another one.") % words, current=count)
    return count
