"""Who and what has a part: bins with what is reserved there, wallets with their age, and what a scanned code means."""

import re
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Value

from apps.inventory.models import Part, PartBarcode, Reservation, Stock, Wallet

ZERO = Decimal(0)
AGES = """
    select wallet.user_id, wallet.part_id, min(came.created_at)
    from inventory_wallets wallet cross join lateral (
        select created_at, sum(quantity) over (order by seq desc) - quantity as later
        from stock_moves where tenant_id = wallet.tenant_id and to_user_id = wallet.user_id and part_id = wallet.part_id
    ) as came
    where wallet.tenant_id = %s and wallet.user_id = any(%s) and came.later < wallet.qty_held
    group by 1, 2"""


@dataclass(frozen=True)
class Carried:
    """A part in a person's wallet. since: when the oldest of what is left came, if the first to come was the first to go."""

    wallet: Wallet
    since: datetime | None


def carried_since(tenant, people) -> dict:
    """{(key of a person, key of a part): when the oldest of what is left of it came}; one query."""
    with connection.cursor() as cursor:
        cursor.execute(AGES, [tenant.pk, [person.pk for person in people]])
        return {(user, part): since for user, part, since in cursor.fetchall()}


def carried_by(tenant, user) -> list[Carried]:
    """What a person carries, by SKU; two queries."""
    since = carried_since(tenant, [user])
    wallets = Wallet.objects.for_tenant(tenant).filter(user=user, qty_held__gt=0).select_related("part")
    return [Carried(wallet, since.get((user.pk, wallet.part_id))) for wallet in wallets.order_by("part__sku")]


def carriers(part):
    """The wallets of those who carry a part, whoever has most first."""
    rows = Wallet.objects.filter(tenant_id=part.tenant_id, part=part, qty_held__gt=0).select_related("user")
    return rows.order_by("-qty_held", "user__display_name", "pk")


def find_part(tenant, code) -> Part | None:
    """The part that a scanned or typed code means: its SKU, a barcode of it, or the address on its label."""
    code = code.strip()
    parts = Part.objects.for_tenant(tenant)
    if not code or "\x00" in code:
        return None
    if found := re.search(r"/parts/([0-9a-f-]{36})/?\Z", code):
        try:
            return parts.filter(pk=uuid.UUID(found[1])).first()
        except ValueError:
            return None
    if part := parts.filter(sku=code).first() or parts.filter(barcode=code).first():
        return part
    row = PartBarcode.objects.for_tenant(tenant).filter(barcode=code).select_related("part").first()
    return row.part if row else parts.filter(sku__iexact=code).first()


def note_reserved(tenant, rows) -> None:
    """Say of each Stock row how much of it is `reserved` and `available`; one query, whatever their number.

    A reservation that names its warehouse rests on what is there, others on what is left anywhere; what nothing covers
    rests on the part's last bin, so that the sum over its bins is what is reserved.
    """
    parts = {row.part_id for row in rows}
    stock = Stock.objects.for_tenant(tenant).filter(part__in=parts)
    open_ones = Reservation.objects.for_tenant(tenant).filter(part__in=parts, qty_open__gt=0)
    found = stock.values_list(
        Value(0), "part_id", "location_id", "bin_location", "pk", "qty_on_hand"
    ).union(open_ones.values_list(Value(1), "part_id", "warehouse_id", Value(""), "pk", "qty_open"), all=True)  # fmt: skip
    bins, wanted = defaultdict(list), defaultdict(list)
    for is_wanted, part, *row in found:
        (wanted if is_wanted else bins)[part].append(row)
    reserved: dict = defaultdict(lambda: ZERO)
    for part in wanted:
        _rest(sorted(bins[part]), wanted[part], reserved)
    for stock_row in rows:
        stock_row.reserved = reserved[stock_row.pk]
        stock_row.available = stock_row.qty_on_hand - stock_row.reserved


def _rest(bins, wanted, reserved) -> None:
    """Lay what is wanted on bins. Both: [warehouse, name of the bin, key, quantity]."""
    for warehouse, _bin, _key, left in sorted(wanted, key=lambda row: (row[0] is None, str(row[0]), row[2])):
        there = [row for row in bins if warehouse in (None, row[0])] or bins
        for *_place, key, on_hand in there:
            free = min(left, max(on_hand - reserved[key], ZERO))
            reserved[key] += free
            left -= free
        if left and there:
            reserved[there[-1][2]] += left
