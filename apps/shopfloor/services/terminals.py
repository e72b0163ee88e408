"""Shared terminals on the floor: pairing one with its stations."""

from django.db import transaction
from simple_history.utils import bulk_create_with_history

from apps.core.terminals import pair_device, revoke_device
from apps.shopfloor.models import TerminalStation


@transaction.atomic
def pair_terminal(tenant, *, name, stations, by, instead_of=None):
    """Make a shared terminal for these stations. instead_of: the device that this browser was until now, which ends.

    Returns the device and the token that its browser is to carry.
    """
    if instead_of:
        revoke_device(instead_of, by=by)
    device, token = pair_device(tenant, name=name, by=by)
    places = [TerminalStation(tenant=tenant, device=device, station=station) for station in stations]
    bulk_create_with_history(places, TerminalStation)
    return device, token
