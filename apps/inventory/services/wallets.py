"""Wallets: issue, return, hand over, write off."""

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, NotAllowed
from apps.core.fields import uuid7
from apps.inventory.models import Handover, HandoverStatus, MoveKind, Wallet
from apps.inventory.services.moving import (
    begin,
    exact,
    hold,
    hold_all,
    reasoned,
    refuse_out_of_use,
    same_tenant,
    stock_to_fill,
    stock_to_take,
    wallet_of,
    wallet_to_fill,
    wallet_to_take,
    write_move,
)
from apps.inventory.services.use import note_taken
from apps.inventory.wallet_telling import tell_of_handover, tell_store


@transaction.atomic
def issue_to_wallet(part, quantity, *, warehouse, user, by, bin=None, reference="", key=""):
    """Give a person parts from a warehouse: their value moves, no order bears a cost yet.

    reference: the order they are meant for; they come off what is reserved for it. Returns the StockMove.
    Raises BrokenRule, saying what is there, where there is not enough; see also begin.
    """
    quantity, reference = exact(quantity), reference.strip()
    part, former = begin(MoveKind.ISSUE, part, quantity, key=key, from_location=warehouse, to_user=user)
    if former:
        return former
    wallet = wallet_to_fill(part, user)
    source = stock_to_take(part, quantity, warehouse, bin)
    note_taken(part, reference, quantity)
    return write_move(MoveKind.ISSUE, part, quantity, source=source, target=wallet, by=by, key=key, reference=reference)


@transaction.atomic
def return_from_wallet(part, quantity, *, user, warehouse, by, bin="", reference="", key=""):
    """Bring parts from a wallet back into a warehouse, with their value. Returns the StockMove."""
    quantity, reference = exact(quantity), reference.strip()
    part, former = begin(MoveKind.RETURN, part, quantity, key=key, from_user=user, to_location=warehouse)
    if former:
        return former
    wallet = wallet_to_take(part, quantity, user)
    target = stock_to_fill(part, warehouse, bin)
    note_taken(part, reference, -quantity)
    return write_move(
        MoveKind.RETURN, part, quantity, source=wallet, target=target, by=by, key=key, reference=reference
    )


@transaction.atomic
def ask_store(part, quantity, *, user, by, note="", key=""):
    """Ask the store for so much of a part for a person's wallet, once for each key. Returns how many people were told."""
    quantity = exact(quantity)
    same_tenant(part, user)
    refuse_out_of_use(part)
    told = tell_store(part, quantity, user=user, by=by, note=note.strip(), occasion=key or uuid7().hex)
    if not told:
        raise BrokenRule(_("Nobody runs the store here, so nobody was asked; tell your manager."))
    return told


@transaction.atomic
def hand_over(part, quantity, *, giver, receiver, by, note="", key=""):
    """Offer parts of one wallet to another person; they move when the receiver confirms. Returns the Handover.

    Raises BrokenRule where the giver has not so much, less what is offered to others already.
    """
    quantity, part = exact(quantity), hold(part)
    same_tenant(part, giver, receiver)
    if key and (former := Handover.objects.for_tenant(part.tenant_id).filter(key=key).first()):
        if (former.part_id, former.quantity, former.from_user_id, former.to_user_id) != (
            part.pk, quantity, giver.pk, receiver.pk,
        ):  # fmt: skip
            raise BrokenRule(_("This key came before, with something else. Nothing was done."), code="key_reused")
        return former
    refuse_out_of_use(part)
    if giver == receiver:
        raise BrokenRule(_("Choose somebody else to hand it to."))
    wallet_to_fill(part, receiver)
    mine = Handover.objects.for_tenant(part.tenant_id).pending().filter(part=part, from_user=giver)
    offered = mine.aggregate(sum=Sum("quantity"))["sum"] or 0
    if offered:
        held = wallet_of(part, giver).quantity
        if held - offered < quantity:
            words = {"held": part.amount(held), "part": part, "user": giver, "offered": part.amount(offered)}
            raise BrokenRule(
                _("%(user)s has %(held)s of %(part)s, and %(offered)s of them wait for somebody to confirm.") % words
            )
    wallet_to_take(part, quantity, giver)
    handover = Handover.objects.create(
        tenant_id=part.tenant_id, part=part, quantity=quantity, from_user=giver, to_user=receiver, note=note.strip(),
        created_by=by, key=key,
    )  # fmt: skip
    tell_of_handover(handover, by=by)
    return handover


@transaction.atomic
def confirm_handover(handover, *, by):
    """The receiver has the parts: they move into the own wallet, with their value. Returns the fresh Handover.

    Raises NotAllowed for anybody else, BrokenRule where it has ended or the giver has not so much any more.
    """
    handover = _locked(handover)
    if by is None or by.pk != handover.to_user_id:
        raise NotAllowed(_("Only %s can confirm this.") % handover.to_user)
    if handover.status == HandoverStatus.CONFIRMED:
        return handover
    handover.move_to(HandoverStatus.CONFIRMED)
    part, quantity = hold(handover.part), handover.quantity
    refuse_out_of_use(part)
    source = wallet_to_take(part, quantity, handover.from_user)
    target = wallet_to_fill(part, handover.to_user)
    handover.move = write_move(
        MoveKind.HANDOVER, part, quantity, source=source, target=target, by=by, reason=handover.note
    )
    handover.ended_at = timezone.now()
    handover.save()
    tell_of_handover(handover, by=by)
    return handover


@transaction.atomic
def refuse_handover(handover, *, by):
    """The receiver does not have the parts: they stay where they are. Returns the fresh Handover."""
    handover = _locked(handover)
    if by is None or by.pk != handover.to_user_id:
        raise NotAllowed(_("Only %s can refuse this.") % handover.to_user)
    return _end(handover, HandoverStatus.REFUSED, by=by)


@transaction.atomic
def withdraw_handover(handover, *, by):
    """Whoever offered it takes it back, or a supervisor does (which the view sees to). Returns the fresh Handover."""
    return _end(_locked(handover), HandoverStatus.WITHDRAWN, by=by)


def _locked(handover) -> Handover:
    rows = Handover.objects.locked().select_related("part", "from_user", "to_user")
    return rows.get(pk=handover.pk)


def _end(handover, status, *, by) -> Handover:
    if handover.status != status:
        handover.move_to(status)
        handover.ended_at = timezone.now()
        handover.save()
        tell_of_handover(handover, by=by)
    return handover


@transaction.atomic
def write_off(part, quantity, *, user, reason, by, key=""):
    """Take what is lost or worn out from a wallet, for a reason. Returns the StockMove."""
    quantity, reason = exact(quantity), reasoned(reason)
    part, former = begin(MoveKind.ADJUST, part, quantity, key=key, from_user=user)
    if former:
        return former
    source = wallet_to_take(part, quantity, user)
    return write_move(MoveKind.ADJUST, part, quantity, source=source, by=by, key=key, reason=reason)


@transaction.atomic
def write_off_wallet(user, *, reason, by):
    """Write off all that a person carries: somebody left and took it along. Returns the StockMoves, none if nothing."""
    reason = reasoned(reason)
    wallets = Wallet.objects.for_tenant(user.tenant_id).filter(user=user, qty_held__gt=0).select_related("part")
    held = hold_all([wallet.part for wallet in wallets])
    return [
        write_move(MoveKind.ADJUST, part, wallet.quantity, source=wallet, by=by, reason=reason)
        for part in held.values()
        if (wallet := wallet_of(part, user)).quantity
    ]
