"""Write what the demo's plants moved: two months of round trips, and what is on its way, prepared and late now."""

import random
from datetime import timedelta

from simple_history.utils import bulk_create_with_history

from apps.core.numbers import next_numbers
from apps.logistics import services
from apps.logistics.models import AssetMovement, MovementStatus, Shipment
from apps.logistics.services.passes import OWN_PASSES
from apps.registry.models import Asset, AssetStatus, Location, LocationType
from apps.registry.services import save_location

REASON = "demo plant"
PAPERS = ("A-1187", "A-1191")  # of a book of passes
CONDITIONS = ("Good", "Scratched at the front", "Tyre worn", "Clean, tank full", "Cover missing")


def ship(tenant, *, people, now, seed: int) -> None:
    """Fill a tenant's logistics; its assets are there, and its maintenance. people: by key."""
    rng = random.Random(f"{seed} {tenant.slug} logistics")  # noqa: S311 (a demo, the same each time)
    site = Location.objects.for_tenant(tenant).get(type=LocationType.SITE)
    yard = Location.objects.for_tenant(tenant).get(type=LocationType.YARD)
    shop = save_location(Location(tenant=tenant, name="Repair shop", type=LocationType.EXTERNAL), parent=None)
    hire = save_location(Location(tenant=tenant, name="Hire depot", type=LocationType.EXTERNAL), parent=None)
    standing = Asset.objects.for_tenant(tenant).filter(location=yard, parent=None, status=AssetStatus.IN_SERVICE)
    assets = list(standing.select_related("location", "tenant").order_by("tree_id"))
    _past(tenant, assets, yard, (shop, hire), people, now, rng)
    _now(tenant, assets, site, shop, hire, people, now, rng)


def _past(tenant, assets, yard, places, people, now, rng) -> None:
    """Round trips of a day, each asset in its turn."""
    rows = []
    numbers = iter(next_numbers(tenant, OWN_PASSES, 2 * 3 * len(assets)))
    for number, asset in enumerate(assets):
        for trip in range(3):
            left = now - timedelta(days=60 - 16 * trip - number, hours=rng.randrange(1, 6))
            place = rng.choice(places)
            back = left + timedelta(hours=rng.randrange(4, 12))
            for start, end, at in ((yard, place, left), (place, yard, back)):
                rows.append(
                    AssetMovement(
                        tenant=tenant, asset=asset, from_location=start, to_location=end, received_location=end,
                        status=MovementStatus.RECEIVED, gate_pass_ref=next(numbers), former_status=AssetStatus.IN_SERVICE,
                        dispatched_by=people["supervisor"], dispatched_at=at, received_by=people["manager"],
                        received_at=at + timedelta(minutes=rng.randrange(30, 90)), condition_out=rng.choice(CONDITIONS),
                        condition_in=rng.choice(CONDITIONS), created_by=people["supervisor"], created_at=at,
                    )
                )  # fmt: skip
    bulk_create_with_history(rows, AssetMovement, batch_size=500, default_change_reason=REASON)


def _now(tenant, assets, site, shop, hire, people, now, rng) -> None:
    """A lorry on the road, another that is being loaded, one asset late back from the repair shop, one prepared."""
    sender, taker = people["supervisor"], people["manager"]
    today = tenant.local(now).date()
    number = today.strftime("%Y%m%d")

    def plan(count, to, **fields):
        going = [assets.pop() for _asset in range(min(count, len(assets)))]
        return services.plan_movements(going, to, by=sender, **fields) if going else []

    late = plan(1, shop, returnable=True, expected_return=today, notes="Hydraulics leak; quote first.")
    if late:
        late = services.dispatch_movements(late, by=sender, gate_pass_ref=PAPERS[0], condition=CONDITIONS[2])
        if late[0].is_open:  # in agile mode it is there
            services.receive_movements(late, by=taker)
        row = AssetMovement.objects.get(pk=late[0].pk)
        row.expected_return = today - timedelta(days=2)  # which nobody could say today, nor enter so late
        row.created_at = row.dispatched_at = now - timedelta(days=5)
        row.received_at = row.dispatched_at + timedelta(hours=2)
        row.save()
    road = _shipment(tenant, f"TRIP-{number}-1", sender, driver_name="J. Novak", vehicle="WX 4711")
    if plan(2, hire, shipment=road):
        services.dispatch_shipment(road, by=sender, gate_pass_ref=PAPERS[1])
    loading = _shipment(tenant, f"TRIP-{number}-2", sender, driver_name="A. Kowalska", vehicle="WX 0815")
    plan(1, site, shipment=loading)
    plan(1, shop, notes="Yearly inspection")


def _shipment(tenant, reference, by, **fields) -> Shipment:
    return services.save_shipment(Shipment(tenant=tenant, jms_reference=reference, **fields), by=by)
