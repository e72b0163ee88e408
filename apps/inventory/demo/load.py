"""Write what the demo's stores keep into the database, and what somebody who looks around finds waiting there."""

import random
from datetime import timedelta

from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from apps.inventory import queries, services
from apps.inventory.demo.months import REASON, Book, Place, Store, least, most
from apps.inventory.demo.parts import SHELVES, kept
from apps.inventory.models import Part, PartBarcode, PartUnit, StockCount
from apps.registry.models import Location, LocationType
from apps.registry.services import save_location

NEAR = {"north": "Silvering store", "south": "Finishing store"}


def stock(tenant, *, people, now, seed: int) -> None:
    """Fill a tenant's stores. people: by key; the supervisors run the stores, the technicians carry parts."""
    rng = random.Random(f"{seed} {tenant.slug} stores")  # noqa: S311 (a demo, the same each time)
    main, line, van = _places(tenant)
    parts = _catalogue(tenant, rng, since=now - timedelta(days=400))
    technicians = [person for person in people.values() if person.role == "technician"]
    store = Store(Book(tenant, now, rng), parts, main, line, van, people["supervisor"], technicians)
    store.play()
    store.write()
    services.set_classes(tenant, queries.abc_classes(tenant, now=timezone.now()), by=people["manager"], reason=REASON)
    _leave_waiting(store, people)


def _places(tenant) -> list[Location]:
    site = Location.objects.for_tenant(tenant).get(type=LocationType.SITE)
    return [
        save_location(Location(tenant=tenant, name=name, type=type), parent=site)
        for name, type in (
            ("Main store", LocationType.WAREHOUSE),
            (NEAR[tenant.slug], LocationType.WAREHOUSE),
            ("Service van", LocationType.VEHICLE),
        )
    ]


def _catalogue(tenant, rng, *, since) -> list:
    """The parts, most with a barcode; every fifth has its maker's too. What comes in boxes has its unit."""
    rows = [
        (
            Part(
                tenant=tenant, sku=item.sku, name=item.name, category=item.category, unit=item.unit,
                min_level=least(item), max_level=most(item), supplier=item.supplier, lead_days=item.lead_days,
                barcode=f"590{rng.randrange(10**10):010}" if number % 6 else "", created_at=since,
            ),
            item,
        )
        for number, item in enumerate(kept(SHELVES[tenant.slug]))
    ]  # fmt: skip
    bulk_create_with_history([part for part, _item in rows], Part, batch_size=500, default_change_reason=REASON)
    units = [PartUnit(tenant=tenant, part=part, code="box", factor=item.box) for part, item in rows if item.box]
    bulk_create_with_history(units, PartUnit, batch_size=500, default_change_reason=REASON)
    others = [
        PartBarcode(tenant=tenant, part=part, barcode=f"40{rng.randrange(10**11):011}") for part, _item in rows[::5]
    ]
    bulk_create_with_history(others, PartBarcode, batch_size=500, default_change_reason=REASON)
    return rows


def _leave_waiting(store: Store, people) -> None:
    """A count that is open, parts that are kept for orders, and a handover that waits for the technician who signs in."""
    supervisor, receiver, giver = people["supervisor"], *store.technicians[:2]
    count = services.start_count(store.van, by=receiver, note="Before the inspection of the van")
    _count_some(store, count, by=receiver)
    for number, (part, _item) in enumerate(store.parts[3:60:14], 1):
        services.reserve(part, 2, reference=f"WO-{store.number + number:06}", warehouse=store.main, by=supervisor)
    carried = (part for part, _item in store.parts if store.book.there(part, Place(user=giver)) >= 2)
    services.hand_over(
        next(carried), 1, giver=giver, receiver=receiver, by=giver, note="For the washer, as we said this morning"
    )


def _count_some(store: Store, count: StockCount, *, by) -> None:
    in_van = [part for part, _item in store.parts if store.book.there(part, Place(store.van))]
    for number, part in enumerate(in_van[:4]):
        found = store.book.there(part, Place(store.van)) - (number == 2)
        services.count_bin(count, part, found, by=by)
