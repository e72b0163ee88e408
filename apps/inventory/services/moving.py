"""How stock moves. The part is locked first, so all that moves of it moves one after the other: nothing of a balance is
lost, and nobody waits for each other in a circle (services that move several parts hold them by key). What leaves takes
its share of the value, and the ledger says it, in one transaction.
"""

from decimal import Decimal

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.models import code_validator
from apps.inventory.models import STORES, Part, Stock, StockMove, Wallet, plain, unit_cost
from apps.inventory.models.stock import share

MOST = Decimal(1_000_000_000)  # of one part, in one place
MOST_VALUE = Decimal(10) ** 11
THREE = Decimal("0.001")


def exact(quantity, *, allow_zero=False) -> Decimal:
    """The quantity as a number above zero with three decimals at most. Raises BrokenRule for anything else."""
    quantity = Decimal(quantity)
    if not quantity.is_finite() or quantity < 0 or (quantity == 0 and not allow_zero):
        raise BrokenRule(_("A quantity is more than zero; %s is not.") % quantity)
    if quantity > MOST:
        raise BrokenRule(_("%(quantity)s is more than is kept of one part; check the number.") % {"quantity": quantity})
    if quantity != quantity.quantize(THREE):
        raise BrokenRule(_("Quantities have three decimals at most; %s has more.") % plain(quantity))
    return quantity.quantize(THREE)


def same_tenant(part, *others) -> None:
    for other in others:
        if other is not None and other.tenant_id != part.tenant_id:
            raise BrokenRule(_("%s belongs to another tenant.") % other)


def hold(part) -> Part:
    """The part, fresh and locked until the transaction ends: nothing else of it moves meanwhile."""
    return Part.objects.locked().get(pk=part.pk)


def hold_all(parts) -> dict:
    """Several parts, locked by key; {key: part}."""
    return {part.pk: part for part in Part.objects.locked().filter(pk__in={p.pk for p in parts}).order_by("pk")}


def refuse_out_of_use(part) -> None:
    if not part.is_active:
        raise BrokenRule(_("%s is not in use any more; a manager can put it back into use.") % part)


def begin(kind, part, quantity, *, key="", reference=None, **said):
    """What every move begins with: the part locked, and looked up whether this key moved it before.

    quantity: None: whatever there is. reference, said: what the move is to have, by field: a key that came before must
    have meant the same. Returns the fresh Part, and the former StockMove or None. Raises BrokenRule where the key meant something else, the part is out of use, or
    a place or person is another tenant's.
    """
    part = hold(part)
    same_tenant(part, *said.values())
    former = StockMove.objects.for_tenant(part.tenant_id).filter(key=key).first() if key else None
    if former is None:
        refuse_out_of_use(part)
        return part, None
    wanted = {"kind": kind, "part_id": part.pk, "quantity": quantity or former.quantity}
    wanted |= {} if reference is None else {"reference": reference}
    wanted |= {f"{name}_id": row.pk for name, row in said.items() if row is not None}
    if any(getattr(former, name) != value for name, value in wanted.items()):
        raise BrokenRule(_("This key came before, with something else. Nothing was done."), code="key_reused")
    former.part = part
    return part, former


# -- places ---------------------------------------------------------------------------------------------------------------


def stock_to_take(part, quantity, warehouse, bin=None, *, but=None) -> Stock:
    """The bin to take so much from. bin None: the first that has enough, but for the bin `but`.

    Raises BrokenRule, saying what is there, where there is not enough, or no such bin.
    """
    rows = [row for row in _bins(part, warehouse) if row.bin_location != but]
    if bin is not None:
        rows = [row for row in rows if row.bin_location == bin]
        if not rows:
            raise BrokenRule(_unknown_bin(part, warehouse, bin))
    enough = [row for row in rows if row.quantity >= quantity]
    if not enough:
        raise BrokenRule(_too_little(part, quantity, warehouse, [row for row in rows if row.quantity]))
    return enough[0]


def _bins(part, warehouse) -> list[Stock]:
    rows = list(Stock.objects.for_tenant(part.tenant_id).filter(part=part, location=warehouse).order_by("bin_location"))
    for row in rows:
        row.part, row.location = part, warehouse
    return rows


def _in_words(part, rows) -> str:
    return ", ".join(
        _("%(amount)s in %(bin)s") % {"amount": part.amount(row.quantity), "bin": row.bin_location or _("no bin")}
        for row in rows
    )


def _unknown_bin(part, warehouse, bin) -> str:
    words = {"bin": bin or _("no bin"), "part": part, "warehouse": warehouse}
    if there := [row for row in _bins(part, warehouse) if row.quantity]:
        return _("%(part)s is not kept in bin %(bin)s of %(warehouse)s; there are %(there)s.") % (
            words | {"there": _in_words(part, there)}
        )
    return _("%(part)s is not kept in bin %(bin)s of %(warehouse)s; none is in that warehouse.") % words


def _too_little(part, quantity, warehouse, rows) -> str:
    words = {"part": part, "asked": plain(quantity), "there": _in_words(part, rows), "warehouse": warehouse}
    if not rows:
        return _("There is no %(part)s in %(warehouse)s; %(asked)s were asked for.") % words
    total = sum(row.quantity for row in rows)
    words |= {"amount": part.amount(total), "place": rows[0].place if len(rows) == 1 else warehouse}
    if total >= quantity:
        return _("No bin of %(warehouse)s has %(asked)s of %(part)s: there are %(there)s. Take from each.") % words
    return _("Only %(amount)s of %(part)s are in %(place)s; %(asked)s were asked for.") % words


def refuse_no_store(place) -> None:
    if place.type not in STORES:
        raise BrokenRule(_("%s is not a warehouse; parts are kept in warehouses and vehicles.") % place)
    if not place.is_active:
        raise BrokenRule(_("%s is not in use any more; nothing can be put there.") % place)


def bin_name(bin) -> str:
    """The name of a bin as it is kept. Raises BrokenRule for what can be none."""
    bin = bin.strip()
    if bin and (len(bin) > 40 or not code_validator.regex.match(bin)):
        raise BrokenRule(_("“%s” cannot be the name of a bin. %s") % (bin[:60], code_validator.message))
    return bin


def stock_to_fill(part, warehouse, bin="") -> Stock:
    """The bin to put a part into, new where nothing of it was there. Raises BrokenRule for a place that keeps no parts."""
    refuse_no_store(warehouse)
    bin = bin_name(bin)
    same = {"part": part, "location": warehouse, "bin_location": bin}
    row = Stock.objects.for_tenant(part.tenant_id).filter(**same).first() or Stock(tenant_id=part.tenant_id, **same)
    row.part, row.location = part, warehouse
    return row


def wallet_to_take(part, quantity, user) -> Wallet:
    """A person's wallet to take so much from. Raises BrokenRule, saying what is in it, where there is not enough."""
    row = wallet_of(part, user)
    if row.quantity < quantity:
        words = {"amount": part.amount(row.quantity), "part": part, "user": user, "asked": plain(quantity)}
        if not row.quantity:
            raise BrokenRule(_("There is no %(part)s in the wallet of %(user)s; %(asked)s were asked for.") % words)
        raise BrokenRule(
            _("Only %(amount)s of %(part)s are in the wallet of %(user)s; %(asked)s were asked for.") % words
        )
    return row


def wallet_to_fill(part, user) -> Wallet:
    """A person's wallet to put a part into. Raises BrokenRule for somebody who has left."""
    if not user.is_active:
        raise BrokenRule(_("%s has left; nothing can be put into the wallet.") % user)
    return wallet_of(part, user)


def wallet_of(part, user) -> Wallet:
    same = {"part": part, "user": user}
    row = Wallet.objects.for_tenant(part.tenant_id).filter(**same).first() or Wallet(tenant_id=part.tenant_id, **same)
    row.part, row.user = part, user
    return row


# -- value ----------------------------------------------------------------------------------------------------------------


def usual_value(part, quantity, *, at=None) -> Decimal:
    """What so much of a part is worth where nobody says it: at the average of the balance `at`, of all there is, or at
    the cost of its last move; 0 where there was none."""
    if at is not None and at.quantity:
        return share(at.value, quantity, at.quantity)
    total, value = Decimal(0), Decimal(0)
    for rows, name in ((part.stock, "qty_on_hand"), (part.wallets, "qty_held")):
        sums = rows.aggregate(quantity=Sum(name), value=Sum("value"))
        total, value = total + (sums["quantity"] or 0), value + (sums["value"] or 0)
    if total:
        return share(value, quantity, total)
    last = StockMove.objects.filter(tenant_id=part.tenant_id, part=part).order_by("-seq").first()
    return share(last.value, quantity, last.quantity) if last else Decimal(0)


# -- the move -------------------------------------------------------------------------------------------------------------


def write_move(kind, part, quantity, *, source=None, target=None, value=None, by, **told) -> StockMove:
    """Move a quantity of a part that is held, from one balance to another; none is the world outside.

    value: of what comes from outside; what leaves a balance takes its share. told: further fields of the StockMove.
    """
    if source is not None:
        value = source.worth(quantity)
        source.change(-quantity, -value)
    if target is not None:
        if target.quantity + quantity > MOST or target.value + value > MOST_VALUE:
            raise BrokenRule(_("That is more of %s than one place can keep; check quantity and cost.") % part)
        target.change(quantity, value)
    return StockMove.objects.create(
        tenant_id=part.tenant_id,
        kind=kind,
        part=part,
        quantity=quantity,
        value=value,
        unit_cost=unit_cost(value, quantity),
        user=by,
        created_at=timezone.now(),
        **_side("from", source),
        **_side("to", target),
        **told,
    )


def _side(end, balance) -> dict:
    if isinstance(balance, Stock):
        return {f"{end}_location_id": balance.location_id, f"{end}_bin": balance.bin_location}
    return {f"{end}_user_id": balance.user_id} if balance else {}


def reasoned(reason) -> str:
    """The reason, which must be given. Raises BrokenRule without one."""
    if not reason.strip():
        raise BrokenRule(_("Say why: a reason is needed."))
    return reason.strip()
