"""Four months of a store: what was delivered, carried, used, counted. Played in memory by the rules of the services (what
leaves takes its share of the value), and written at once."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import ceil
from random import Random
from typing import NamedTuple

from simple_history.utils import bulk_create_with_history

from apps.core.models import Tenant, User
from apps.inventory.demo.parts import Kept
from apps.inventory.models import (
    CountLine,
    CountStatus,
    MoveKind,
    Part,
    PartOrder,
    Stock,
    StockCount,
    StockMove,
    Wallet,
    unit_cost,
)
from apps.inventory.models.stock import share
from apps.registry.models import Location

REASON = "demo plant"
DAYS = 120
SUNDAY = 6
COUNTED = 24  # days ago


class Place(NamedTuple):
    """A bin of a warehouse, or somebody's wallet."""

    location: Location | None = None
    bin: str = ""
    user: User | None = None


@dataclass
class Book:
    """What is to be written. held: [quantity, value] by part and place."""

    tenant: Tenant
    now: datetime
    rng: Random
    clock: datetime = datetime.min
    held: dict = field(default_factory=lambda: defaultdict(lambda: [Decimal(0), Decimal(0)]))
    moves: list[StockMove] = field(default_factory=list)
    orders: list[PartOrder] = field(default_factory=list)

    def begin_day(self, day: date) -> None:
        self.clock = datetime.combine(day, time(6, 20), self.tenant.zone)

    def there(self, part, place) -> Decimal:
        return self.held[part.pk, place][0]

    def move(self, kind, part, quantity, *, source=None, target=None, value=None, by, **told) -> StockMove:
        """As services.moving.write_move does, some minutes after the last one."""
        self.clock += timedelta(minutes=self.rng.randint(2, 9))
        quantity = Decimal(quantity)
        if source:
            whole = self.held[part.pk, source]
            value = share(whole[1], quantity, whole[0])
            whole[:] = whole[0] - quantity, whole[1] - value
        if target:
            whole = self.held[part.pk, target]
            whole[:] = whole[0] + quantity, whole[1] + value
        row = StockMove(
            tenant=self.tenant, part=part, kind=kind, quantity=quantity, value=value,
            unit_cost=unit_cost(value, quantity), user=by, created_at=self.clock, **_end("from", source),
            **_end("to", target), **told,
        )  # fmt: skip
        self.moves.append(row)
        return row

    def write(self) -> None:
        """The moves in the order they were made, then what they come to."""
        for order in self.orders:
            order.ordered_at = min(order.ordered_at, self.now)
        StockMove.objects.bulk_create(self.moves, batch_size=1000)
        stock, wallets = [], []
        for (part, place), (quantity, value) in self.held.items():
            same = {"tenant": self.tenant, "part_id": part, "value": value}
            if place.user:
                wallets.append(Wallet(user=place.user, qty_held=quantity, **same))
            else:
                stock.append(Stock(location=place.location, bin_location=place.bin, qty_on_hand=quantity, **same))
        Stock.objects.bulk_create(stock, batch_size=1000)
        Wallet.objects.bulk_create(wallets, batch_size=1000)
        bulk_create_with_history(self.orders, PartOrder, batch_size=500, default_change_reason=REASON)


def _end(end, place) -> dict:
    if place is None:
        return {}
    return {f"{end}_location": place.location, f"{end}_bin": place.bin, f"{end}_user": place.user}


@dataclass
class Store:
    """Plays the months. line, van: what is kept there beside the main store; carried: what technicians have with them."""

    book: Book
    parts: list[tuple[Part, Kept]]
    main: Location
    line: Location
    van: Location
    supervisor: User
    technicians: list[User]
    number: int = 140  # of the last work order
    note: int = 7300  # of the last delivery note

    def play(self) -> None:
        today = self.book.tenant.local(self.book.now).date()
        days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
        self.book.begin_day(days[0])
        self._open()
        for day in (day for day in days[1:] if day.weekday() != SUNDAY):
            self.book.begin_day(day)
            self._receive(day)
            if day.weekday() == 0:
                self._hand_out()
            self._work(day)
            self._order(day, today)
            if day == max(d for d in days if d.weekday() != SUNDAY and d <= today - timedelta(days=COUNTED)):
                self._count()
        self._overhaul()

    # -- places --

    def shelf(self, kept: Kept) -> Place:
        return Place(self.main, kept.bin)

    def near(self, number: int) -> Place | None:
        """Where a part is kept beside the main store: every fourth at the line, every ninth in the van."""
        if number % 4 == 1:
            return Place(self.line, f"R-{number // 8 + 1:02}")
        return Place(self.van, "") if number % 9 == 4 else None

    def kit(self, number: int) -> list[tuple[int, Decimal]]:
        """What the technician of this number carries: (number of the part, how many)."""
        wanted = [place for place, (_part, kept) in enumerate(self.parts) if kept.weekly and kept.cost < 60]
        return [(place, Decimal(ceil(self.parts[place][1].weekly))) for place in wanted[number::7]]

    # -- what happens --

    def _open(self) -> None:
        """What was there at the start: some of it in the hands of technicians, who have some of that still."""
        book = self.book
        for number, (part, kept) in enumerate(self.parts):
            quantity = _most(kept)
            book.move(
                MoveKind.ADJUST, part, quantity, target=self.shelf(kept), value=quantity * kept.cost,
                by=self.supervisor, reason="opening balance",
            )  # fmt: skip
            if near := self.near(number):
                self._send(part, kept, near)
            if not kept.weekly and number % 2:
                self._issue(part, kept, Decimal(1), self.technicians[number // 2 % len(self.technicians)])

    def _send(self, part, kept, near) -> None:
        quantity = min(Decimal(ceil(kept.weekly * 2 + 1)), self.book.there(part, self.shelf(kept)))
        if quantity:
            self.book.move(MoveKind.TRANSFER, part, quantity, source=self.shelf(kept), target=near, by=self.supervisor)

    def _issue(self, part, kept, quantity, technician) -> None:
        if self.book.there(part, self.shelf(kept)) >= quantity:
            self.book.move(
                MoveKind.ISSUE, part, quantity, source=self.shelf(kept), target=Place(user=technician),
                by=self.supervisor,
            )  # fmt: skip

    def _hand_out(self) -> None:
        """Each Monday wallets are filled, the shelf at the line and the van too; now and then something comes back."""
        for number, technician in enumerate(self.technicians):
            wallet = Place(user=technician)
            for place, quantity in self.kit(number):
                part, kept = self.parts[place]
                carried = self.book.there(part, wallet)
                if carried < quantity and self.book.rng.random() < 0.5:
                    self._issue(part, kept, quantity, technician)
                elif carried and self.book.rng.random() < 0.03:
                    self.book.move(MoveKind.RETURN, part, 1, source=wallet, target=self.shelf(kept), by=technician)
        for number, (part, kept) in enumerate(self.parts):
            if (near := self.near(number)) and self.book.there(part, near) <= kept.weekly:
                self._send(part, kept, near)

    def _work(self, day) -> None:
        """Some work orders a day, each with some parts: out of the wallet, from where they are near, or from the store."""
        rng = self.book.rng
        for number, (part, kept) in enumerate(self.parts):
            if not kept.weekly or rng.random() > min(kept.weekly, 1) / 6:
                continue
            quantity = Decimal(max(1, round(kept.weekly * rng.uniform(0.6, 1.4))))
            by = rng.choice(self.technicians)
            places = [Place(user=by), self.near(number), self.shelf(kept)]
            source = next((p for p in places if p and self.book.there(part, p) >= quantity), None)
            if source is None:
                continue
            self.number += rng.random() < 0.5
            order = f"WO-{self.number:06}"
            used = self.book.move(MoveKind.CONSUME, part, quantity, source=source, by=by, reference=order)
            if quantity > 1 and rng.random() < 0.03:
                value = share(used.value, Decimal(1), quantity)
                self.book.move(
                    MoveKind.UNCONSUME, part, 1, target=source, value=value, by=by, reference=order, undoes=used,
                    reason="one too many",
                )  # fmt: skip

    def _overhaul(self) -> None:
        """The last workday's work took nearly all of some parts: they are below their minimum by now."""
        self.number += 1
        for number, (part, kept) in list(enumerate(self.parts))[2::13]:
            quantity = self.book.there(part, self.shelf(kept)) - 1
            if kept.weekly >= 0.5 and self.near(number) is None and quantity > 0:
                self.book.move(
                    MoveKind.CONSUME, part, quantity, source=self.shelf(kept), by=self.technicians[-1],
                    reference=f"WO-{self.number:06}", reason="overhaul",
                )  # fmt: skip

    def _order(self, day, today) -> None:
        """What falls below its minimum is ordered; not so in the last days, where it is the visitor's to do."""
        if day > today - timedelta(days=9):
            return
        for part, kept in self.parts:
            expected = [order for order in self.book.orders if order.part == part and order.qty_received == 0]
            if expected or not part.min_level or self.book.there(part, self.shelf(kept)) >= part.min_level:
                continue
            self.book.orders.append(
                PartOrder(
                    tenant=self.book.tenant, part=part, quantity=part.max_level, supplier=kept.supplier,
                    reference=f"PO-{2400 + len(self.book.orders)}", expected_on=day + timedelta(days=kept.lead_days),
                    ordered_by=self.supervisor, ordered_at=self.book.clock,
                )
            )  # fmt: skip

    def _receive(self, day) -> None:
        """What was ordered comes, a day late now and then. One delivery has not come at all."""
        for place, order in enumerate(self.book.orders):
            if order.qty_received or order.expected_on + timedelta(days=place % 4 == 3) > day or self._is_lost(order):
                continue
            kept = next(kept for part, kept in self.parts if part == order.part)
            cost = round(kept.cost * Decimal(self.book.rng.uniform(0.97, 1.06)), 2)
            self.note += 1
            self.book.move(
                MoveKind.RECEIVE, order.part, order.quantity, target=self.shelf(kept), value=order.quantity * cost,
                by=self.supervisor, supplier=kept.supplier, reference=f"DN-{self.note}",
            )  # fmt: skip
            order.qty_received = order.quantity

    def _is_lost(self, order) -> bool:
        """The first order that was to come in the last days."""
        today = self.book.tenant.local(self.book.now).date()
        late = [o for o in self.book.orders if o.expected_on >= today - timedelta(days=6)]
        return bool(late) and late[0] is order

    def _count(self) -> None:
        """The shelf at the line was counted; two differences were posted, and something was lost from a wallet."""
        book = self.book
        book.clock += timedelta(minutes=20)
        count = StockCount(
            tenant=book.tenant, location=self.line, note="Shelf at the line", status=CountStatus.POSTED,
            reason="Found so; slips of paper were missing", started_by=self.technicians[0], started_at=book.clock,
            ended_by=self.supervisor,
        )  # fmt: skip
        lines = []
        for number, (part, _kept) in enumerate(self.parts):
            near = self.near(number)
            if near is None or near.location != self.line or not (there := book.there(part, near)):
                continue
            book.clock += timedelta(minutes=1)
            lines.append(
                CountLine(
                    tenant=book.tenant, count=count, part=part, bin_location=near.bin, qty_expected=there,
                    qty_counted=there, counted_by=self.technicians[0], counted_at=book.clock,
                )
            )  # fmt: skip
        for line, difference in zip(lines, (-1, 1), strict=False):
            line.qty_counted += difference
            line.reason = count.reason
            place = Place(self.line, line.bin_location)
            value = share(book.held[line.part_id, place][1], Decimal(1), line.qty_expected)
            ends = {"target": place, "value": value} if difference > 0 else {"source": place}
            line.move = book.move(MoveKind.COUNT, line.part, 1, by=self.supervisor, reason=line.reason, **ends)
        count.ended_at = book.clock
        self.counted = count, lines

    def write(self) -> None:
        """All of it, and the count: what was seen last when a bin was counted is not known before the moves have numbers."""
        self.book.write()
        count, lines = self.counted
        bulk_create_with_history([count], StockCount, default_change_reason=REASON)
        seqs = defaultdict(int)
        for move in self.book.moves:
            if move.created_at < count.started_at:
                seqs[move.part_id] = move.seq
        for line in lines:
            line.seen_seq = seqs[line.part_id]
        bulk_create_with_history(lines, CountLine, default_change_reason=REASON)


def least(kept: Kept) -> Decimal:
    """The minimum: what is used while a delivery is awaited, and two weeks more."""
    return Decimal(ceil(kept.weekly * (kept.lead_days / 7 + 2))) if kept.weekly else Decimal(1)


def _most(kept: Kept) -> Decimal:
    return least(kept) * 3 if kept.weekly else Decimal(3)


def most(kept: Kept) -> Decimal:
    """The maximum: in whole boxes."""
    wanted = _most(kept)
    return Decimal(ceil(wanted / kept.box) * kept.box) if kept.box else wanted
