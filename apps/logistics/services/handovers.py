"""Two parties at a handover: the giver shows a code that the taker scans, or signs on the taker's screen."""

from datetime import timedelta
from secrets import compare_digest

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core import tokens
from apps.core.errors import BrokenRule, NotAllowed
from apps.core.uploads import attach
from apps.logistics.models import AssetMovement, Handover, MovementStatus
from apps.logistics.services.arriving import receive_movements
from apps.logistics.services.shipments import Receipt, receive_shipment
from apps.logistics.services.steps import moving, same_tenant

GOOD_FOR = timedelta(minutes=10)


@transaction.atomic
def offer_handover(given, *, by) -> tuple[Handover, str]:
    """Make a code for what is on its way: a movement, or a shipment. It is good once, for ten minutes.

    Returns the Handover and the code's text, of which only a hash is kept.
    """
    if not _on_its_way(given):
        raise BrokenRule(_("%s is not on its way; there is nothing to hand over.") % given)
    secret, code_hash = tokens.new_secret()
    row = Handover.objects.create(
        tenant=given.tenant, **_of(given), given_by=by, code_hash=code_hash, expires_at=timezone.now() + GOOD_FOR
    )
    return row, tokens.text_of(row, secret)


@transaction.atomic
def take_over(tenant, code, *, by, movements=None, **receipt) -> Receipt:
    """Receive what a scanned code hands over: its movement; of a shipment all, or the `movements` that were scanned.

    receipt: location, condition, conditions, photos, at, as receive_movements takes them. Returns a Receipt. Raises
    BrokenRule for a code that is used, over or unknown; NotAllowed for one's own.
    """
    token = tokens.read(code.strip())
    wrong = _("This code opens nothing: it was used, is over, or is another plant's. Ask for a new one.")
    if token is None or token.tenant != tenant.pk:
        raise BrokenRule(wrong, code="code")
    with moving(tenant.pk):
        row = Handover.objects.for_tenant(tenant).filter(pk=token.row, taken_at=None).exclude(code_hash="")
        row = row.locked().select_related("movement", "shipment").first()
        is_right = row and compare_digest(row.code_hash, tokens.hashed(token.secret))
        if not is_right or row.expires_at < timezone.now():
            raise BrokenRule(wrong, code="code")
        if row.given_by_id == by.pk:
            raise NotAllowed(_("This is your own code; another person takes it."))
        return _take(row, by=by, movements=movements, **receipt)


@transaction.atomic
def sign_over(given, *, by, signer_name, signature, movements=None, **receipt) -> Receipt:
    """Receive what its giver signs for on the taker's screen. signature: an Attachment, a picture. Returns a Receipt."""
    if not signer_name.strip():
        raise BrokenRule(_("Write the name of who gives it."), code="signer_name")
    if not signature.is_picture:
        raise BrokenRule(_("A signature is a picture."), code="signature")
    same_tenant(given, signature)
    row = Handover(
        tenant=given.tenant, **_of(given), signer_name=signer_name.strip()[:120], signature=signature
    )  # fmt: skip
    found = _take(row, by=by, movements=movements, **receipt)
    attach([signature], row)
    return found


def _take(row, *, by, movements, **receipt) -> Receipt:
    if row.movement:
        found = Receipt(received=receive_movements([row.movement], by=by, **receipt))
    else:
        found = receive_shipment(row.shipment, by=by, movements=movements, **receipt)
    # the moment of the receipts too: it tells which movements of a shipment changed hands with this
    row.taken_by, row.taken_at = by, found.received[0].received_at if found.received else timezone.now()
    row.save()
    return found


def _of(given) -> dict:
    return {"movement" if isinstance(given, AssetMovement) else "shipment": given}


def _on_its_way(given) -> bool:
    if isinstance(given, AssetMovement):
        return AssetMovement.objects.filter(pk=given.pk, status=MovementStatus.IN_TRANSIT, carried_by=None).exists()
    return given.movements.filter(status=MovementStatus.IN_TRANSIT).exists()
