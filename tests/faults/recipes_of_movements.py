"""The presses around movements, shipments and yard counts."""

from django.utils import timezone

from apps.logistics import services
from apps.logistics.models import Shipment
from tests import factories
from tests.faults.recipes import asset, of, person, word
from tests.faults.recipes_of_assets import picture, place


def movement(plant, **fields):
    return factories.create_movement(asset(plant), place(plant), by=person(plant), **fields)


def away(plant, **fields):
    return movement(plant, dispatched=True, **fields)


def shipment(plant):
    return services.save_shipment(Shipment(tenant=plant, jms_reference=word()), by=person(plant))


def loaded(plant):
    row = shipment(plant)
    return row, movement(plant, shipment=row)


def sent(plant):
    row, on_it = loaded(plant)
    return services.dispatch_shipment(row, by=person(plant), gate_pass_ref=word()), on_it


def count(plant):
    return services.start_yard_count(asset(plant).location, by=person(plant))


def press(name, row, other=None, **body):
    """Of a movement, with a body."""
    of(f"logistics:{name}", other=other or {"more": "words"})(lambda plant: ([row(plant).pk], body))


press("movement_dispatch", movement, {"condition": "new"}, gate_pass_ref="BOOK-1", condition="worn", photos=picture())
press("movement_receive", away, {"condition": "new"}, condition="worn", photos=picture())
press("movement_sign", away, {"signer_name": "Bob"}, signer_name="Ann", signature=picture())
press("movement_condition", movement, {"condition": "new"}, condition="worn", photos=picture())
press("movement_cancel", movement, {"reason": "so"}, reason="not now")
press("movement_lose", away, {"reason": "so"}, reason="stolen")
press("movement_pass", movement, {"bearer": "Bob"}, bearer="Ann")
press("movement_hand_over", away)


@of("logistics:movement_new", other={"notes": "soon"})
def movement_new(plant):
    return {"asset": asset(plant).pk, "to_location": place(plant).pk}


@of("logistics:movement_change", other={"notes": "later"})
def movement_change(plant):
    row = movement(plant)
    return [row.pk], {"to_location": row.to_location_id, "notes": "soon"}


@of("logistics:movement_return", other={"notes": "soon"})
def movement_return(plant):
    row = away(plant, returnable=True, expected_return=timezone.localdate())
    services.receive_movements([row], by=person(plant))
    return [row.pk], {}


@of("logistics:movement_revoke", other={"reason": "so"})
def movement_revoke(plant):
    row = movement(plant)
    services.issue_gate_pass([row], by=person(plant), address=str)
    return [row.pk], {"reason": "lost it"}


@of("logistics:take_over", other={"condition": "new"})
def take_over(plant):
    return {"code": services.offer_handover(away(plant), by=person(plant))[1]}


of("logistics:shipment_new", other={"vehicle": "Lorry"})(lambda plant: {"jms_reference": word(), "vehicle": "Van"})
of("logistics:shipment_change", other={"vehicle": "Lorry"})(
    lambda plant: ([shipment(plant).pk], {"jms_reference": word(), "vehicle": "Van"})
)
of("logistics:shipment_cancel", other={"reason": "so"})(lambda plant: ([loaded(plant)[0].pk], {"reason": "not now"}))
of("logistics:shipment_pass", other={"bearer": "Bob"})(lambda plant: ([loaded(plant)[0].pk], {"bearer": "Ann"}))
of("logistics:shipment_manifest")(lambda plant: ([loaded(plant)[0].pk], {}))
of("logistics:shipment_hand_over")(lambda plant: ([sent(plant)[0].pk], {}))
of("logistics:shipment_load")(lambda plant: ([shipment(plant).pk], {"code": movement(plant).asset.identity.qr_token}))


@of("logistics:shipment_unload")
def shipment_unload(plant):
    row, on_it = loaded(plant)
    return [row.pk], {"movement": on_it.pk}


@of("logistics:shipment_dispatch", other={"condition": "new"})
def shipment_dispatch(plant):
    row, on_it = loaded(plant)
    return [row.pk], {"movement": on_it.pk, "gate_pass_ref": word()}


@of("logistics:shipment_receive", other={"condition": "new"})
def shipment_receive(plant):
    row, on_it = sent(plant)
    return [row.pk], {"movement": on_it.pk}


@of("logistics:shipment_sign", other={"signer_name": "Bob"})
def shipment_sign(plant):
    row, on_it = sent(plant)
    return [row.pk], {"movement": on_it.pk, "signer_name": "Ann", "signature": picture()}


of("logistics:yard_count_new", other={"note": "twice"})(lambda plant: {"location": place(plant).pk})
of("logistics:yard_count_end", other={"cancel": "1"})(lambda plant: ([found(plant).count_id], {}))
of("logistics:yard_count_find")(lambda plant: ([count(plant).pk], {"code": asset(plant).identity.qr_token}))


@of("logistics:yard_count_unfind")
def yard_count_unfind(plant):
    line = found(plant)
    return [line.count_id], {"line": line.pk}


def found(plant):
    return services.find_in_yard(count(plant), asset(plant), by=person(plant))
