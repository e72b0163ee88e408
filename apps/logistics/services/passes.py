"""The numbers of gate passes: ours, and those of other books."""

from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.numbers import next_numbers
from apps.logistics.models import AssetMovement, MovementStatus

OWN_PASSES = "GP"  # the kind of number that passes of ours have
LONGEST_PASS = 40


def next_pass(tenant) -> str:
    return next_numbers(tenant, OWN_PASSES)[0]


def checked_pass(tenant, rows, number) -> str:
    """A pass that somebody named. Several assets may share one, if they leave together or on one shipment."""
    number = " ".join(number.split())
    if len(number) > LONGEST_PASS:
        raise BrokenRule(_("The number of a pass has at most %d characters.") % LONGEST_PASS)
    own = {row.pk for row in rows if row.gate_pass_ref == number}
    used = (
        AssetMovement.objects.for_tenant(tenant).filter(gate_pass_ref=number).exclude(status=MovementStatus.CANCELLED)
    )
    shipments = {row.shipment_id for row in rows}
    if not own and number.startswith(f"{OWN_PASSES}-"):
        raise BrokenRule(_("%s is no number of yours: passes of ours get theirs when they are issued.") % number)
    if None in shipments or len(shipments) > 1:
        used = used.exclude(pk__in=own)
    else:
        used = used.exclude(shipment__in=shipments)
    if other := used.select_related("asset").first():
        raise BrokenRule(_("%(pass)s is the pass of %(other)s.") % {"pass": number, "other": other}, code="pass_taken")
    return number
