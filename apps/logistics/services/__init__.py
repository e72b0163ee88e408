"""What can be done with movements and shipments: one function for each thing a person would name."""

from apps.logistics.services.arriving import lose_movements, receive_movements
from apps.logistics.services.conditions import note_condition
from apps.logistics.services.handovers import offer_handover, sign_over, take_over
from apps.logistics.services.leaving import dispatch_movements
from apps.logistics.services.papers import issue_gate_pass, issue_manifest, revoke_gate_pass
from apps.logistics.services.planning import cancel_movements, change_movement, plan_movements, return_movements
from apps.logistics.services.shipments import (
    Receipt,
    cancel_shipment,
    dispatch_shipment,
    load_movements,
    receive_shipment,
    save_shipment,
    unload_movements,
)
from apps.logistics.services.yards import end_yard_count, find_in_yard, start_yard_count, unfind

__all__ = [
    "Receipt",
    "cancel_movements",
    "cancel_shipment",
    "change_movement",
    "dispatch_movements",
    "dispatch_shipment",
    "end_yard_count",
    "find_in_yard",
    "issue_gate_pass",
    "issue_manifest",
    "load_movements",
    "lose_movements",
    "note_condition",
    "offer_handover",
    "plan_movements",
    "receive_movements",
    "receive_shipment",
    "return_movements",
    "revoke_gate_pass",
    "save_shipment",
    "sign_over",
    "start_yard_count",
    "take_over",
    "unfind",
    "unload_movements",
]
