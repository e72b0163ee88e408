"""Who and what has a part: bins with what is reserved there, wallets with their age, and what a scanned code means."""

import re
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import F

from apps.inventory.models import Part, PartBarcode, Reservation, Stock, Wallet

ZERO = Decimal(0)
AGES = """
    select wallet.part_id, min(came.created_at)
    from inventory_wallets wallet cross join lateral (
        select created_at, sum(quantity) over (order by seq desc) - quantity as later
        from stock_moves where tenant_id = wallet.tenant_id and to_user_id = wallet.user_id and part_id = wallet.part_id
    ) as came
    where wallet.tenant_id = %s and wallet.user_id = %s and came.later < wallet.qty_held
    group by 1"""


@dataclass(frozen=True)
class Carried:
    """A part in a person's wallet. since: when the oldest of what is left came, if the first to come was the first to go."""

    wallet: Wallet
    since: datetime | None


def carried_by(tenant, user) -> list[Carried]:
    """What a person carries, by SKU; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(AGES, [tenant.pk, user.pk])
        since = dict(cursor.fetchall())
    wallets = Wallet.objects.for_tenant(tenant).filter(user=user, qty_held__gt=0).select_related("part")
    return [Carried(wallet, since.get(wallet.part_id)) for wallet in wallets.order_by("part__sku")]


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


def reserved_at(tenant, rows) -> dict:
    """{key of a Stock: how much of it is reserved} for rows of a list; two queries, whatever their number.

    A reservation that names its warehouse rests on what is there, others on what is left anywhere; what none of them
    covers rests on the part's last bin, so that the sum over its bins is what is reserved.
    """
    parts = {row.part_id for row in rows}
    bins, wanted = defaultdict(list), defaultdict(list)
    for stock in Stock.objects.for_tenant(tenant).filter(part__in=parts).order_by("location_id", "bin_location"):
        bins[stock.part_id].append(stock)
    open_ones = Reservation.objects.for_tenant(tenant).filter(part__in=parts, qty_open__gt=0)
    for reservation in open_ones.order_by(F("warehouse").asc(nulls_last=True), "pk"):
        wanted[reservation.part_id].append(reservation)
    found: dict = defaultdict(lambda: ZERO)
    for part, reservations in wanted.items():
        for reservation in reservations:
            _rest(bins[part], reservation, found)
    return found


def _rest(bins, reservation, found) -> None:
    left = reservation.qty_open
    there = [stock for stock in bins if reservation.warehouse_id in (None, stock.location_id)] or bins
    for stock in there:
        free = min(left, max(stock.qty_on_hand - found[stock.pk], ZERO))
        found[stock.pk] += free
        left -= free
    if left and there:
        found[there[-1].pk] += left
