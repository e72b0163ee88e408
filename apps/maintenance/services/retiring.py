"""What the end of an asset's service, and its return, mean for its schedules and orders."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from simple_history.utils import bulk_update_with_history

from apps.core.hooks import says_what_is_left, told_of_retired_assets
from apps.maintenance.models import PmSchedule, WorkOrder
from apps.maintenance.services.generation import due_schedules
from apps.maintenance.services.schedules import today_of
from apps.registry.models import AssetStatus

MOST_NAMED = 3


@told_of_retired_assets
def end_schedules(assets, reason) -> None:
    """Nothing falls due on what is retired."""
    rows = list(PmSchedule.objects.for_tenant(assets[0].tenant).filter(asset__in=assets, is_active=True).order_by("pk"))
    for row in rows:
        row.is_active = False
        row.version += 1
    if rows:
        bulk_update_with_history(rows, PmSchedule, ["is_active", "version"], default_change_reason=reason)


@says_what_is_left
def left_on(asset):
    """Of a retired asset, the orders that are still open; of one that is back, what fell due meanwhile."""
    if asset.status == AssetStatus.RETIRED:
        below = asset.get_descendants(include_self=True)
        orders = WorkOrder.objects.for_tenant(asset.tenant_id).open().filter(asset__in=below).order_by("number")
        if orders := list(orders):
            words = ngettext(
                "%(count)d order is still open: %(names)s. Close or cancel it.",
                "%(count)d orders are still open: %(names)s. Close or cancel them.",
                len(orders),
            )
            yield words % {"count": len(orders), "names": _named(orders)}
    elif asset.status == AssetStatus.IN_SERVICE:
        due = due_schedules(asset.tenant, today_of(asset.tenant)).filter(asset=asset).order_by("next_due_date", "pk")
        if due := list(due):
            words = ngettext(
                "%(count)d schedule fell due meanwhile: %(names)s. Its order comes within a quarter of an hour; "
                "cancel it if it is not needed.",
                "%(count)d schedules fell due meanwhile: %(names)s. Their orders come within a quarter of an hour; "
                "cancel those that are not needed.",
                len(due),
            )
            yield words % {"count": len(due), "names": _named(due)}


def _named(rows) -> str:
    return ", ".join(map(str, rows[:MOST_NAMED])) + (_(" and others") if len(rows) > MOST_NAMED else "")
