"""What stock is and was worth, by place and category, on any date: read from the ledger."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Max, Min
from django.utils import timezone

from apps.core.models import User
from apps.inventory.models import StockMove
from apps.registry.models import Location

# The sums of the moves on one side of a moment, by part and place; {then} is < or >=.
MOVED = """
    select m.part_id, side.location_id, side.user_id,
           sum(side.sign * m.quantity) as quantity, sum(side.sign * m.value) as value
    from stock_moves m cross join lateral (values
        (m.from_location_id, m.from_user_id, {out}), (m.to_location_id, m.to_user_id, {into})
    ) as side (location_id, user_id, sign)
    where m.tenant_id = %(tenant)s and m.created_at {then} %(moment)s
      and (side.location_id is not null or side.user_id is not null)
    group by 1, 2, 3"""
FORWARDS = MOVED.format(then="<", out=-1, into=1)
NOW = """
    select part_id, location_id, null::uuid as user_id, qty_on_hand as quantity, value
    from inventory_stock where tenant_id = %(tenant)s
    union all
    select part_id, null, user_id, qty_held, value from inventory_wallets where tenant_id = %(tenant)s"""
BACKWARDS = " union all ".join([NOW, MOVED.format(then=">=", out=1, into=-1)])
BY_PART = """
    select part_id, location_id, user_id, sum(quantity), sum(value) from ({held}) as held
    group by 1, 2, 3 having sum(quantity) <> 0 order by 1, 2, 3"""
BY_CATEGORY = """
    select held.location_id, held.user_id, parts.category, count(distinct held.part_id), sum(held.value) from (
        select part_id, location_id, user_id, sum(quantity) as quantity, sum(value) as value from ({held}) as rows
        group by 1, 2, 3 having sum(quantity) <> 0
    ) as held join parts on parts.tenant_id = %(tenant)s and parts.id = held.part_id
    group by 1, 2, 3"""


@dataclass(frozen=True)
class ValueRow:
    """What the parts of one category are worth in one place: a warehouse, or a person's wallet."""

    place: Location | User
    category: str
    parts: int
    value: Decimal

    @property
    def is_wallet(self) -> bool:
        return isinstance(self.place, User)


def end_of(tenant, day: date) -> datetime:
    """The moment a day ends in the plant."""
    return datetime.combine(day + timedelta(days=1), time(), tenant.zone)


def stock_value(tenant, on: date) -> list[ValueRow]:
    """What was where at the end of a day, by place and category: warehouses, then wallets, by name."""
    rows = _ask(tenant, end_of(tenant, on), BY_CATEGORY)
    places = {place.pk: place for place in Location.objects.for_tenant(tenant).filter(pk__in={row[0] for row in rows})}
    people = {person.pk: person for person in User.objects.filter(pk__in={row[1] for row in rows})}
    found = [
        ValueRow(place=places[location] if location else people[user], category=category, parts=parts, value=value)
        for location, user, category, parts, value in rows
    ]
    return sorted(found, key=lambda row: (row.is_wallet, str(row.place), str(row.place.pk), row.category))


def stock_on(tenant, on: date) -> list[tuple[UUID, UUID | None, UUID | None, Decimal, Decimal]]:
    """(part, warehouse, person, quantity, value) of all that was there at the end of a day, by key."""
    return _ask(tenant, end_of(tenant, on), BY_PART)


def _ask(tenant, moment, question) -> list:
    """Backwards from today's balances, or forwards from nothing: whichever has fewer moves to read."""
    ends = StockMove.objects.for_tenant(tenant).aggregate(first=Min("created_at"), last=Max("created_at"))
    if ends["first"] is None or moment <= ends["first"]:
        return []
    now = max(timezone.now(), ends["last"])
    is_late = moment - ends["first"] > now - moment
    with connection.cursor() as cursor:
        cursor.execute(
            question.format(held=BACKWARDS if is_late else FORWARDS), {"tenant": tenant.pk, "moment": moment}
        )
        return cursor.fetchall()
