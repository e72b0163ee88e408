"""Proves that the balances are the ledger: their sums, and what comes out when every move is done again from nothing."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.db.models import F, Sum

from apps.inventory.models import MoveKind, Part, Stock, StockMove, Wallet, plain
from apps.inventory.models.stock import share

ZERO = Decimal(0)
COLUMNS = (
    "seq", "kind", "part_id", "quantity", "value",
    "from_location_id", "from_bin", "from_user_id", "to_location_id", "to_bin", "to_user_id",
)  # fmt: skip


class Key(NamedTuple):
    """Whose balance: a part in a bin of a warehouse, or in a person's wallet."""

    part: object
    location: object
    bin: str
    user: object


class Held(NamedTuple):
    quantity: Decimal = ZERO
    value: Decimal = ZERO


def balances(tenant) -> dict[Key, Held]:
    """What the tables say; balances of nothing left out."""
    found = {}
    stock = Stock.objects.for_tenant(tenant).values_list(
        "part_id", "location_id", "bin_location", "qty_on_hand", "value"
    )
    for part, location, bin, quantity, value in stock:
        found[Key(part, location, bin, None)] = Held(quantity, value)
    wallets = Wallet.objects.for_tenant(tenant).values_list("part_id", "user_id", "qty_held", "value")
    for part, user, quantity, value in wallets:
        found[Key(part, None, "", user)] = Held(quantity, value)
    return _not_empty(found)


def sums(tenant) -> dict[Key, Held]:
    """What the sums of the ledger say; balances of nothing left out."""
    found: dict[Key, Held] = defaultdict(Held)
    for end, sign in (("from", -1), ("to", 1)):
        place = [f"{end}_location_id", f"{end}_bin", f"{end}_user_id"]
        rows = StockMove.objects.for_tenant(tenant).exclude(**{f"{end}_location": None, f"{end}_user": None})
        totals = rows.order_by().values_list("part_id", *place).annotate(q=Sum(F("quantity")), v=Sum(F("value")))
        for *key, quantity, value in totals:
            held = found[Key(*key)]
            found[Key(*key)] = Held(held.quantity + sign * quantity, held.value + sign * value)
    return _not_empty(found)


def _not_empty(found) -> dict:
    return {key: held for key, held in found.items() if held != Held()}


class Replay:
    """Balances, as moves make them from nothing: one after the other, in the order of writing."""

    def __init__(self):
        self.found: dict[Key, Held] = defaultdict(Held)

    def move(self, kind, part, quantity, value, *places) -> list[str]:
        """Do a move. places: COLUMNS from from_location_id on. Returns what could not have happened."""
        source, target, faults = Key(part, *places[:3]), Key(part, *places[3:]), []
        if _is_place(source):
            faults = list(_wrong(self.found[source], kind, quantity, value))
            self.found[source] = Held(self.found[source].quantity - quantity, self.found[source].value - value)
        if _is_place(target):
            self.found[target] = Held(self.found[target].quantity + quantity, self.found[target].value + value)
        return faults


def replay(tenant) -> tuple[dict[Key, Held], list[str]]:
    """Do every move again from nothing, in the order of writing; (balances, what could not have happened)."""
    again, faults = Replay(), []
    moves = StockMove.objects.for_tenant(tenant).order_by("seq").values_list(*COLUMNS)
    for seq, *move in moves.iterator(chunk_size=5000):
        faults += [f"move {seq}: {fault}" for fault in again.move(*move)]
    return _not_empty(again.found), faults


def _is_place(key) -> bool:
    return key.location is not None or key.user is not None


def _wrong(held, kind, quantity, value) -> Iterator[str]:
    """What leaves a balance is there, and takes its share of the value."""
    if quantity > held.quantity:
        yield f"{plain(quantity)} left ({MoveKind(kind).label}) where {plain(held.quantity)} were"
        return
    due = share(held.value, quantity, held.quantity)
    if due != value:
        yield f"it left with a value of {plain(value)}; its share was {plain(due)}"


def check(tenant) -> list[str]:
    """What does not agree, in sentences; none where all is as it must be."""
    told = balances(tenant)
    replayed, problems = replay(tenant)
    for name, found in (("the sum of its moves", sums(tenant)), ("the replayed ledger", replayed)):
        keys = sorted((key for key in told.keys() | found.keys() if told.get(key) != found.get(key)), key=str)
        problems += [_differs(key, name, told.get(key, Held()), found.get(key, Held())) for key in keys]
    return problems


def _differs(key, name, told, found) -> str:
    part = Part.objects.filter(pk=key.part).first() or key.part
    place = f"wallet {key.user}" if key.user else f"warehouse {key.location}, bin “{key.bin}”"
    return (
        f"{part}, {place}: the balance says {plain(told.quantity)} worth {plain(told.value)}, "
        f"{name} {plain(found.quantity)} worth {plain(found.value)}"
    )
