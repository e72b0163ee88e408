"""Every address of the product, and what opens it: what the sweeps over addresses, roles and verbs have in common.

A new address that takes a POST needs a line in POSTS; one whose row is not told by the beginning of its name, one in
ROWS; one that reads ids from its query, one in QUERIES. The tests say which is missing.
"""

from contextlib import contextmanager
from io import BytesIO
from urllib.parse import urlencode
from zipfile import ZipFile

from allauth.account.internal.flows.login import record_authentication
from django.contrib import admin
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from apps.core.admin_base import TenantAdmin
from apps.core.isolation import platform_context
from apps.core.models import Notification, TenantQuerySet, User
from apps.core.roles import EVERYONE
from tests.factories import PASSWORD, create_person, create_platform_person, photo

PLATFORM, STRANGER = "platform", None
WHO = [*EVERYONE, PLATFORM, STRANGER]
VERBS = ("get", "head", "options", "post", "put", "patch", "delete")
HTMX = {"HX-Request": "true"}

# --- addresses ---------------------------------------------------------------------------------------------------------

# The row (of tests/furnished.py) an address is about: by its name, or by the first word of it.
ROWS = {
    "registry:daily_log_asset": "asset",
    "registry:asset_delete": "stopped",
    "registry:document_new": "asset",
    "registry:location_delete": "yard",
    "registry:location_move": "place",
    "shopfloor:station_assign": "free",
    "shopfloor:job_reopen": "done",
    "shopfloor:event_undo": "last",
    "core:person_pin": "colleague",
    "shopfloor:terminal_pin": "colleague",
    "shopfloor:terminal_station": "station",
    "shopfloor:terminal_hand_over": "station",
    "core:object_history": "station",
    "core:token_revoke": "token",
    "core:file_thumbnail": "file",
    "meters": "asset",
    "meter": "asset",
    "reading": "hours",
    "registry:label_reissue": "asset",
    "inventory:order_change": "purchase",
    "inventory:order_close": "purchase",
    "wallet": "person",
    "queue": "waiting",
    "event": "stop",
    "part": "spare",
    "inventory:part_barcode_remove": "spare_code",
    "inventory:part_unit_remove": "free_unit",
    "inventory:part_photo_remove": "spare_photo",
    "inventory:stock_move_undo": "move",
    "maintenance:schedule_generate": "due_schedule",
    "movement": "loose",
    "logistics:movement_receive": "alone",
    "logistics:movement_sign": "alone",
    "logistics:movement_lose": "alone",
    "logistics:movement_hand_over": "alone",
    "logistics:movement_return": "lent",
    "logistics:movement_revoke": "leaving",
    "shipment": "truck",
    "logistics:shipment_load": "empty",
    "logistics:shipment_pass": "laden",
    "logistics:shipment_receive": "lorry",
    "logistics:shipment_sign": "lorry",
    "logistics:shipment_hand_over": "lorry",
    "custody": "asset",
    "yard": "yard_count",
}

# Parameters that are no row's key.
FIXED = {"table": "stations", "provider_id": "company", "uidb64": "x", "token": "y"}

# And those that are a text of the row's.
TEXTS = {
    "registry:scanned": {"qr": "{identity.qr_token}"},
    "registry:label_link": {"qr": "{label.token}"},
    "registry:batch": {"batch": "{label.batch}"},
    "registry:batch_print": {"batch": "{label.batch}"},
    "maintenance:my_work_start": {"number": "{ready.number}"},
    "maintenance:order_confirm": {"number": "{held.number}"},
    "maintenance:public_report": {"qr": "{identity.qr_token}"},
    "maintenance:public_request": {"token": "{link}"},
    "shopfloor:wall": {"token": "{wall}"},
    "logistics:public_pass": {"token": "{gate_pass.token}"},
    "maintenance:request_detail": {"number": "{request.number}"},
    "maintenance:request_convert": {"number": "{request.number}"},
    "maintenance:request_merge": {"number": "{request.number}"},
    "maintenance:request_reject": {"number": "{request.number}"},
    "maintenance:request_take": {"number": "{request.number}"},
    "inventory:wallet_part": {"part": "{spare.pk}"},
    "inventory:wallet_part_ask": {"part": "{spare.pk}"},
    "inventory:wallet_part_return": {"part": "{spare.pk}"},
    "inventory:wallet_part_hand_over": {"part": "{spare.pk}"},
    "inventory:wallet_part_write_off": {"part": "{spare.pk}"},
    "maintenance:order_sheet": {"number": "{begun.number}"},
    "maintenance:order_detail": {"number": "{begun.number}"},
    "maintenance:order_change": {"number": "{order.number}"},
    "maintenance:order_approve": {"number": "{order.number}"},
    "maintenance:order_assign": {"number": "{ready.number}"},
    "maintenance:order_start": {"number": "{ready.number}"},
    "maintenance:order_hold": {"number": "{begun.number}"},
    "maintenance:order_resume": {"number": "{held.number}"},
    "maintenance:order_return": {"number": "{ready.number}"},
    "maintenance:order_finish": {"number": "{begun.number}"},
    "maintenance:order_close": {"number": "{begun.number}"},
    "maintenance:order_reopen": {"number": "{closed.number}"},
    "maintenance:order_cancel": {"number": "{ready.number}"},
    "maintenance:order_task_new": {"number": "{begun.number}"},
    "maintenance:order_timer": {"number": "{begun.number}"},
    "maintenance:order_minutes": {"number": "{begun.number}"},
    "maintenance:order_minutes_of": {"number": "{begun.number}"},
    "maintenance:order_use": {"number": "{begun.number}"},
    "maintenance:order_take": {"number": "{begun.number}"},
    "maintenance:order_need": {"number": "{begun.number}"},
    "maintenance:order_cost": {"number": "{begun.number}"},
    "maintenance:order_comment": {"number": "{begun.number}"},
    "maintenance:task_result": {"number": "{begun.number}", "row": "{step.pk}"},
    "maintenance:task_follow_up": {"number": "{held.number}", "row": "{failed.pk}"},
    "maintenance:task_waive": {"number": "{held.number}", "row": "{failed.pk}"},
    "maintenance:task_move": {"number": "{begun.number}", "row": "{step.pk}"},
    "maintenance:labour_stop": {"number": "{held.number}", "row": "{timer.pk}"},
    "maintenance:labour_remove": {"number": "{begun.number}", "row": "{labour.pk}"},
    "maintenance:part_undo": {"number": "{begun.number}", "row": "{consumable.pk}"},
    "maintenance:need_release": {"number": "{begun.number}", "row": "{need.pk}"},
    "maintenance:cost_remove": {"number": "{begun.number}", "row": "{cost.pk}"},
}

PHOTO = "(a photo)"  # in a body: sent as a file

# A body for each address that takes a POST, good enough to be done; {row.attribute} is of the plant furnished.
POSTS: dict[str, dict[str, str]] = {
    "core:sign_in": {"username": "nobody@example.com", "password": PASSWORD, "next": "/board/"},
    "core:sign_out": {},
    "core:password_change": {"old_password": PASSWORD, "new_password1": "another-1-word", "new_password2": "another-1-word"},
    "core:password_forgotten": {"email": "nobody@example.com"},
    "core:own_pin": {"new_pin": "2580", "again": "2580"},
    "core:tokens": {"name": "A script", "scope": "read", "days": "30"},
    "core:token_revoke": {},
    "core:person_pin": {},
    "registry:meter_read": {"meter": "run_hours", "kind": "delta", "value": "2.5", "reason": "so"},
    "registry:meter_replace": {"meter": "odometer", "value": "", "new_value": "0", "reason": "broken"},
    "registry:reading_correct": {"value": "3", "reason": "misread"},
    "registry:reading_void": {"reason": "misread"},
    "registry:daily_log": {
        "run_hours_added-{part.pk}": "0,5", "run_hours_reading-{part.pk}": "", "fuel_liters_added-{part.pk}": "2",
        "seen-{part.pk}": "||", "way-fuel_liters_added": ",", "sure": "x", "date": "{yesterday}", "shift": "{shift.name}",
    },
    "registry:daily_log_asset": {"run_hours_added-{asset.pk}": "0.5", "seen-{asset.pk}": "||", "date": "{yesterday}"},
    "shopfloor:terminal_hand_over": {"text": "The blade is new."},
    "shopfloor:terminals": {"name": "By the door", "stations": "{station.pk}"},
    "shopfloor:device_revoke": {},
    "shopfloor:walls": {"name": "Over the gate", "lines": "{station.line}", "theme": "light"},
    "core:notification_settings": {"kind_call": "digest", "kind_leaver": "none", "kind_stock_asked": "none", "kind_handover": "digest", "kind_reorder": "none", "kind_late_order": "none", "digest_hour": "6", "shifts": "{shift.name}"},
    "core:notifications_read": {"newest": "{notification.pk}"},
    "core:my_settings": {"lines": "{station.line}", "locations": "{place.pk}", "theme": "dark"},
    "core:choose_tenant": {"tenant": "{tenant.pk}", "next": "/jobs/"},
    "core:webhook_new": {
        "name": "Chat", "new_address": "https://93.184.215.14/x", "format": "telegram", "chat": "@plant", "text": "{{what}}",
        "kinds": "note",
    },
    "core:webhook_change": {"name": "Chat", "new_address": "", "format": "json", "chat": "", "text": "", "kinds": "note"},
    "core:webhook_secret": {},
    "core:webhook_test": {},
    "core:webhook_switch": {"on": "0"},
    "core:webhook_delete": {},
    "core:webhook_again": {},
    "core:delivery_again": {},
    "registry:asset_new": {
        "name": "Pump", "client_code": "P-9", "location": "{place.pk}", "category": "{asset.category}", "criticality": "a",
        "run_hours_source": "daily_log",
    },
    "registry:asset_change": {
        "name": "Pump", "client_code": "P-9", "criticality": "a", "run_hours_source": "station", "seen": "{asset.version}",
    },
    "registry:asset_move": {"location": "{location.pk}", "seen": "{asset.version}"},
    "registry:asset_specs": {"name": "rpm", "value": "1400", "seen": "{asset.version}"},
    "registry:asset_status": {"status": "out_of_service", "reason": "worn", "seen": "{asset.version}"},
    "registry:asset_delete": {},
    "registry:asset_photos": {"photos": PHOTO},
    "registry:document_new": {"file": PHOTO, "title": "Manual", "kind": "manual", "expires_date": "2030-01-31"},
    "registry:document_change": {"title": "Manual", "kind": "manual", "expires_date": "2030-01-31"},
    "registry:document_remove": {},
    "registry:photo_remove": {},
    "registry:location_new": {"name": "Room 9", "type": "room", "parent": "{place.pk}", "is_active": "on"},
    "registry:location_change": {"name": "Hall 9", "type": "building", "is_active": "on"},
    "registry:location_move": {"parent": "{yard.pk}"},
    "registry:location_delete": {},
    "shopfloor:queue_move": {"to": "top"},
    "shopfloor:station_status": {"status": "blocked", "reason": "{reason.code}", "note": "again", "seen": "{station.version}"},
    "shopfloor:station_report": {
        "assignment": "{assignment.pk}", "good": "2", "scrap": "1", "reason": "{scrap.code}", "note": "so", "seen": "1",
    },
    "shopfloor:station_assign": {"job": "{waiting.pk}", "run": "1", "note": "first", "seen": "{free.version}"},
    "shopfloor:station_reassign": {
        "to": "{free.pk}", "seen": "{station.version}", "to_seen": "{free.version}", "take_off": "1",
    },
    "shopfloor:station_take_off": {"seen": "{station.version}"},
    "shopfloor:station_complete": {"job": "{job.pk}", "missing": "95", "short": "no more", "seen": "{station.version}"},
    "shopfloor:station_call": {"kind": "quality", "part": "glass", "qty": "2.5", "note": "soon", "seen": "1"},
    "shopfloor:station_note": {"text": "All is well.", "photos": PHOTO},
    "shopfloor:station_undo": {"event": "{last.pk}"},
    "shopfloor:event_undo": {"next": "/jobs/"},
    "shopfloor:station_correct": {
        "start": "{two_hours_ago:%Y-%m-%dT%H:%M}", "end": "{an_hour_ago:%Y-%m-%dT%H:%M}", "status": "blocked", "reason": "{reason.code}", "note": "was so",
    },
    "shopfloor:stop_reason": {"reason": "{reason.code}", "note": "was so"},
    "shopfloor:call_acknowledge": {},
    "shopfloor:call_resolve": {},
    "shopfloor:call_cancel": {},
    "shopfloor:job_new": {
        "code": "JOB-9", "part_name": "Shelf", "qty_total": "5", "due_date": "2026-12-24", "priority": "normal",
        "line_hint": "Line A", "cycle_seconds": "30", "rank": "1",
    },
    "shopfloor:job_copy": {"code": "JOB-9", "part_name": "Shelf", "qty_total": "5", "priority": "normal"},
    "shopfloor:job_change": {
        "code": "JOB-9", "part_name": "Shelf", "qty_total": "50", "priority": "normal", "seen": "{job.version}",
    },
    "shopfloor:jobs_paste": {"text": "JOB-8\tShelf\t5\nJOB-9\tDoor\t6\t2026-12-24", "create": "1"},
    "shopfloor:job_rank": {"rank": "1", "seen": "{job.version}"},
    "shopfloor:job_end": {"missing": "short", "reason": "no more", "told": "95"},
    "shopfloor:job_cancel": {"reason": "no more", "seen": "{job.version}"},
    "shopfloor:job_reopen": {"reason": "once more", "seen": "{done.version}"},
    "inventory:part_new": {"sku": "S-9", "name": "Seal", "unit": "pcs", "min_level": "1", "max_level": "2", "lead_days": "3", "abc_class": "b"},
    "inventory:part_change": {"sku": "S-9", "name": "Seal", "unit": "{spare.unit}", "barcode": "77"},
    "inventory:part_use": {"use": "1"},
    "inventory:part_labels_print": {"part": "{spare.pk}", "format": "l7160", "start": "2", "copies": "1", "each": "bin"},
    "inventory:part_barcode_new": {"barcode": "78"},
    "inventory:part_unit_new": {"code": "carton", "factor": "24"},
    "inventory:part_barcode_remove": {},
    "inventory:part_unit_remove": {},
    "inventory:part_photos": {"photos": PHOTO},
    "inventory:part_photo_remove": {},
    "inventory:stock_receive": {
        "part": "{spare.sku}", "order": "{purchase.pk}", "quantity": "2", "unit": "{spare_unit.pk}", "warehouse": "{store.pk}",
        "bin": "A-3", "cost": "known", "unit_cost": "2.5", "reference": "DN-1", "supplier": "Shop",
    },
    "inventory:stock_transfer": {
        "part": "{spare.sku}", "quantity": "1", "stock": "{stock.pk}", "target": "{van.pk}", "to_bin": "B-1", "reason": "so",
    },
    "inventory:stock_issue": {
        "part": "{spare.sku}", "quantity": "1", "stock": "{stock.pk}", "user": "{person.pk}", "reference": "WO-1",
    },
    "inventory:stock_return": {
        "part": "{spare.sku}", "quantity": "1", "wallet": "{wallet.pk}", "warehouse": "{store.pk}", "bin": "A-3", "reference": "WO-1",
    },
    "inventory:stock_adjust": {
        "part": "{spare.sku}", "way": "found", "quantity": "1", "warehouse": "{store.pk}", "bin": "A-3", "reason": "found",
        "unit_cost": "2",
    },
    "inventory:stock_move_undo": {"quantity": "0.25", "warehouse": "{van.pk}", "bin": "B-1", "reason": "so"},
    "inventory:wallet_part_ask": {"quantity": "2", "note": "for the washer"},
    "inventory:wallet_part_return": {"quantity": "1", "warehouse": "{store.pk}", "bin": "A-3"},
    "inventory:wallet_part_hand_over": {"quantity": "1", "receiver": "{colleague.pk}", "note": "as we said"},
    "inventory:wallet_part_write_off": {"quantity": "1", "reason": "lost"},
    "inventory:wallet_write_off": {"reason": "lost"},
    "inventory:handover_end": {"answer": "withdraw"},
    "registry:labels_print": {"asset": "{asset.pk}", "place": "{place.pk}", "format": "l7160", "start": "2", "copies": "1"},
    "registry:labels_new": {"count": "3"},
    "registry:label_link": {"asset": "{part.pk}"},
    "registry:label_reissue": {},
    "inventory:reorder_mark": {
        "part": "{spare.pk}", "qty-{spare.pk}": "12", "supplier": "Seals Ltd", "reference": "PO-9", "expected_on": "2030-01-31",
    },
    "inventory:order_change": {"quantity": "24", "supplier": "Seals Ltd", "reference": "PO-9", "expected_on": "2030-01-31"},
    "inventory:order_close": {"reason": "cancelled"},
    "inventory:count_new": {"warehouse": "{store.pk}", "bins": "A-3, B-1", "note": "once more"},
    "inventory:count_enter": {"part": "{spare.pk}", "bin": "B-1", "quantity": "4", "again": ""},
    "inventory:count_post": {"reason": "stocktaking"},
    "inventory:count_cancel": {"reason": "not now"},
    "inventory:line_explain": {"reason": "broken"},
    "inventory:line_drop": {},
    "inventory:classes_set": {},
    "maintenance:order_new": {
        "asset": "{asset.pk}", "location": "{place.pk}", "station": "{station.pk}", "title": "It leaks", "origin": "cm",
        "priority": "high", "due_date": "2030-01-31", "estimated_minutes": "30", "assigned_to": "{person.pk}",
        "planned_start": "2030-01-30T08:00", "planned_end": "2030-01-30T09:00",
    },
    "maintenance:order_change": {"title": "It leaks", "priority": "low", "seen": "{order.version}", "description": "much"},
    "maintenance:order_approve": {"seen": "{order.version}"},
    "maintenance:order_assign": {"person": "{person.pk}", "seen": "{ready.version}"},
    "maintenance:order_start": {"seen": "{ready.version}", "reason": "so"},
    "maintenance:order_hold": {"hold_reason": "access", "seen": "{begun.version}"},
    "maintenance:order_resume": {"seen": "{held.version}"},
    "maintenance:order_return": {"reason": "not now", "seen": "{ready.version}"},
    "maintenance:order_finish": {"performed_at": "{an_hour_ago:%Y-%m-%dT%H:%M}", "seen": "{begun.version}"},
    "maintenance:order_close": {
        "outcome": "done", "problem": "{problem.pk}", "cause": "{cause.pk}", "remedy": "{remedy.pk}",
        "seen": "{begun.version}",
    },
    "maintenance:order_reopen": {"reason": "it leaks again", "seen": "{closed.version}"},
    "maintenance:order_cancel": {"reason": "not needed", "seen": "{ready.version}"},
    "maintenance:order_task_new": {"description": "Grease it", "kind": "number", "unit": "g", "min": "1", "max": "2", "meter": "run_hours"},
    "maintenance:order_timer": {},
    "maintenance:order_minutes": {"minutes": "15", "note": "so"},
    "maintenance:order_minutes_of": {"minutes": "15", "note": "so", "user": "{person.pk}"},
    "maintenance:order_use": {"held": "{wallet.pk}", "quantity": "1"},
    "maintenance:order_take": {"part": "{belt.sku}", "quantity": "1", "warehouse": "{shelf.pk}", "bin": ""},
    "maintenance:order_need": {"part": "{belt.sku}", "quantity": "1", "warehouse": "{shelf.pk}"},
    "maintenance:order_cost": {"kind": "rental", "amount": "-12.5", "supplier": "Cranes", "reference": "R-1"},
    "maintenance:order_comment": {"text": "All is well.", "photos": PHOTO},
    "maintenance:task_result": {"result": "fail", "comment": "worn", "photos": PHOTO},
    "maintenance:task_follow_up": {},
    "maintenance:task_waive": {"reason": "it holds"},
    "maintenance:task_move": {"step": "1"},
    "maintenance:labour_stop": {},
    "maintenance:labour_remove": {},
    "maintenance:part_undo": {},
    "maintenance:need_release": {},
    "maintenance:cost_remove": {},
    "maintenance:orders_assign": {"order": "{ready.pk}", "person": "{person.pk}", "next": "/work-orders/"},
    "maintenance:orders_approve": {"order": "{order.pk}"},
    "maintenance:filter_new": {"name": "Mine", "query": "assigned_to=me"},
    "maintenance:filter_remove": {"name": "Mine"},
    "maintenance:schedule_new": {
        "asset": "{asset.pk}", "suppressed_by_schedule": "{long_schedule.pk}", "name": "Weekly check", "interval_days": "7",
        "meter": "run_hours", "anchor": "fixed", "lead_days": "1", "lead_meter": "0", "priority": "high", "is_active": "on",
        "first_due_date": "2030-01-31", "last_performed_date": "2026-01-02",
        "tasks-TOTAL_FORMS": "1", "tasks-INITIAL_FORMS": "0", "tasks-0-description": "Grease", "tasks-0-kind": "number",
        "tasks-0-unit": "g", "tasks-0-min": "1", "tasks-0-max": "2", "tasks-0-meter": "run_hours", "tasks-0-is_mandatory": "on",
        "parts-TOTAL_FORMS": "1", "parts-INITIAL_FORMS": "0", "parts-0-sku": "{spare.sku}", "parts-0-quantity": "2",
    },
    "maintenance:schedule_change": {
        "name": "Weekly check", "interval_days": "7", "meter": "run_hours", "anchor": "fixed", "lead_days": "1",
        "lead_meter": "0", "priority": "high", "is_active": "on", "seen": "{schedule.version}",
        "tasks-TOTAL_FORMS": "0", "tasks-INITIAL_FORMS": "0", "parts-TOTAL_FORMS": "0", "parts-INITIAL_FORMS": "0",
    },
    "maintenance:schedule_generate": {},
    "maintenance:request_new": {
        "asset": "{asset.pk}", "station": "{station.pk}", "location": "{place.pk}", "description": "Noise", "urgency": "high",
        "is_down": "on", "occurred_at": "{an_hour_ago:%Y-%m-%dT%H:%M}", "photos": PHOTO,
    },
    "maintenance:request_convert": {
        "priority": "high", "assigned_to": "{person.pk}", "title": "Noise", "seen": "{request.version}",
    },
    "maintenance:request_reject": {"reason": "is so", "seen": "{request.version}"},
    "maintenance:request_merge": {"work_order": "{begun.number}", "seen": "{request.version}"},
    "maintenance:request_take": {"seen": "{request.version}", "next": "/my-work/"},
    "maintenance:order_confirm": {"seen": "{held.version}"},
    "maintenance:my_work_start": {"seen": "{ready.version}", "occurred_at": "{an_hour_ago:%Y-%m-%dT%H:%M}"},
    "maintenance:my_work_stop": {"minutes": "5", "occurred_at": "{an_hour_ago:%Y-%m-%dT%H:%M}"},
    "logistics:movement_new": {
        "asset": "{crate.pk}", "to_location": "{yard.pk}", "returnable": "on", "expected_return": "2030-01-31",
        "shipment": "{empty.pk}", "notes": "with care",
    },
    "logistics:movement_dispatch": {
        "gate_pass_ref": "BOOK-9", "condition": "a scratch", "seen": "{loose.version}", "photos": PHOTO,
    },
    "logistics:movement_receive": {
        "location": "{place.pk}", "condition": "a dent", "seen": "{alone.version}", "photos": PHOTO,
    },
    "logistics:movement_sign": {
        "signer_name": "Ann", "signature": PHOTO, "location": "{yard.pk}", "condition": "a dent", "seen": "{alone.version}",
    },
    "logistics:movement_condition": {"condition": "a dent", "seen": "{loose.version}", "photos": PHOTO, "next": "/shipments/"},
    "logistics:movement_cancel": {"reason": "not now", "seen": "{loose.version}"},
    "logistics:movement_lose": {"reason": "stolen", "seen": "{alone.version}"},
    "logistics:movement_change": {
        "to_location": "{yard.pk}", "returnable": "on", "expected_return": "2030-01-31", "shipment": "{empty.pk}",
        "notes": "soon", "seen": "{loose.version}",
    },
    "logistics:movement_return": {"to_location": "{place.pk}", "notes": "at last"},
    "logistics:movement_pass": {"number": "BOOK-8", "bearer": "Ann", "vehicle": "Van", "valid_until": "2030-01-31"},
    "logistics:movement_revoke": {"reason": "lost it"},
    "logistics:movement_hand_over": {},
    "logistics:take_over": {"code": "{offer_code}", "condition": "a dent"},
    "logistics:shipment_new": {"jms_reference": "TRIP-9", "driver_name": "Ann", "vehicle": "Van", "notes": "soon"},
    "logistics:shipment_change": {
        "jms_reference": "TRIP-9", "driver_name": "Ann", "vehicle": "Van", "notes": "soon", "seen": "{truck.version}",
    },
    "logistics:shipment_pass": {"number": "BOOK-7", "bearer": "Ann", "vehicle": "Van", "valid_until": "2030-01-31"},
    "logistics:shipment_load": {"code": "{loose_code}"},
    "logistics:shipment_unload": {"movement": "{leaving.pk}"},
    "logistics:shipment_dispatch": {
        "movement": "{leaving.pk}", "condition": "a scratch", "seen": "{truck.version}", "take_off": "on",
    },
    "logistics:shipment_receive": {
        "movement": "{away.pk}", "unexpected": "{crate.pk}", "location": "{place.pk}", "condition": "a dent",
        "seen": "{lorry.version}",
    },
    "logistics:shipment_sign": {
        "movement": "{away.pk}", "unexpected": "{crate.pk}", "location": "{place.pk}", "condition": "a dent",
        "seen": "{lorry.version}", "signer_name": "Ann", "signature": PHOTO,
    },
    "logistics:shipment_cancel": {"reason": "not now", "seen": "{truck.version}"},
    "logistics:shipment_manifest": {},
    "logistics:shipment_hand_over": {},
    "logistics:yard_count_new": {"location": "{yard.pk}", "note": "once more"},
    "logistics:yard_count_find": {"code": "{crate_code}"},
    "logistics:yard_count_unfind": {"line": "{yard_line.pk}"},
    "logistics:yard_count_end": {},
}  # fmt: skip

# What addresses read from their query; a GET of each must find the plant's own word, and not another's.
QUERIES: dict[str, dict[str, str]] = {
    "registry:assets": {
        "q": "{part.name}", "location": "{location.pk}", "category": "", "status": "", "criticality": "b", "after": "",
        "view": "list", "all": "1",
    },
    "registry:assets_csv": {"q": "{part.name}", "location": "{location.pk}"},
    "registry:assets_xlsx": {"q": "{part.name}", "location": "{location.pk}"},
    "registry:assets_expiring": {"days": "90"},
    "registry:assets_expiring_csv": {"days": "90"},
    "registry:assets_expiring_xlsx": {"days": "90"},
    "registry:asset_new": {"location": "{place.pk}", "parent": "{asset.pk}"},
    "registry:asset_options": {"parent": "{part.name}", "q": ""},
    "registry:location_options": {"location": "{place.name}", "place": "", "parent": "", "q": ""},
    "registry:asset_branch": {"after": ""},
    "registry:location_branch": {"after": ""},
    "registry:location_new": {"parent": "{place.pk}"},
    "registry:meters": {"after": ""},
    "registry:daily_log": {"location": "{location.pk}", "after": "{asset.pk}", "q": "{asset.name}", "date": "", "shift": ""},
    "registry:daily_log_asset": {"date": "2026-01-02", "shift": ""},
    "registry:daily_logs": {
        "asset": "{asset.pk}", "location": "{location.pk}", "q": "{asset.name}", "since": "", "until": "", "shift": "",
        "after": "",
    },
    "registry:daily_logs_csv": {"asset": "{asset.pk}", "location": "{location.pk}"},
    "registry:daily_logs_xlsx": {"asset": "{asset.pk}", "location": "{location.pk}"},
    "inventory:parts": {"code": "nothing", "q": "{spare.name}", "category": "{spare.category}", "abc_class": "", "below": "", "use": "all", "after": ""},
    "inventory:parts_csv": {"q": "{spare.name}", "category": "{spare.category}"},
    "inventory:parts_xlsx": {"q": "{spare.name}", "category": "{spare.category}"},
    "inventory:part_new": {"sku": "S-9", "barcode": "77"},
    "inventory:part_labels": {"part": "{spare.pk}", "q": "", "category": "", "abc_class": "", "below": "", "use": ""},
    "inventory:stock": {"q": "{spare.name}", "place": "{store.pk}", "bin": "A-3", "empty": "1", "after": ""},
    "inventory:stock_csv": {"q": "{spare.name}", "place": "{store.pk}"},
    "inventory:stock_xlsx": {"q": "{spare.name}", "place": "{store.pk}"},
    "inventory:stock_receive": {
        "part": "{spare.sku}", "location": "{store.pk}", "order": "{purchase.pk}", "done": "{move.pk}", "supplier": "", "reference": "",
    },
    "inventory:stock_transfer": {"part": "{spare.sku}", "location": "{store.pk}", "done": "{move.pk}"},
    "inventory:stock_issue": {"part": "{spare.sku}", "location": "{store.pk}", "user": "{person.pk}", "done": "{move.pk}"},
    "inventory:stock_return": {"part": "{spare.sku}", "location": "{store.pk}", "user": "{person.pk}", "done": "{move.pk}"},
    "inventory:stock_adjust": {"part": "{spare.sku}", "location": "{store.pk}", "bin": "A-3", "done": "{move.pk}"},
    "inventory:stock_moves": {
        "part": "{spare.sku}", "place": "{store.pk}", "person": "{person.pk}", "kind": "receive", "day": "", "q": "", "after": "",
    },
    "inventory:stock_moves_csv": {"part": "{spare.sku}", "place": "{store.pk}", "person": "{person.pk}", "kind": "receive"},
    "inventory:stock_moves_xlsx": {"part": "{spare.sku}", "place": "{store.pk}", "person": "{person.pk}"},
    "inventory:wallets": {"q": "{spare.name}", "who": "", "days": "", "after": ""},
    "inventory:wallets_csv": {"q": "{spare.name}", "who": ""},
    "inventory:wallets_xlsx": {"q": "{spare.name}", "who": ""},
    "inventory:wallet": {"code": "{spare.name}", "after": ""},
    "inventory:wallet_csv": {"code": "{spare.name}"},
    "inventory:wallet_xlsx": {"code": "{spare.name}"},
    "shopfloor:board": {"line": "{station.line}", "q": "{station.code}", "status": "blocked"},
    "shopfloor:board_tiles": {"id": "{station.pk}", "queue": "1", "alone": "1", "line": ""},
    "shopfloor:board_changes": {"since": "0", "line": "{station.line}"},
    "shopfloor:jobs": {"q": "{job.code}", "line": "{station.line}", "part": "{job.part_name}", "after": "", "due": "none"},
    "shopfloor:jobs_csv": {"q": "{job.code}", "line": "{station.line}", "part": "{job.part_name}", "due": "none"},
    "shopfloor:jobs_xlsx": {"q": "{job.code}", "line": "{station.line}"},
    "shopfloor:performance": {"first": "2026-01-02", "last": "2026-02-01", "line": "{station.line}", "station": "{station.code}", "shift": "{shift.name}", "by": "job"},
    "shopfloor:performance_csv": {"first": "2026-01-02", "last": "2026-02-01", "line": "{station.line}", "station": "{station.code}", "shift": "{shift.name}", "by": "job"},
    "shopfloor:performance_xlsx": {"first": "2026-01-02", "last": "2026-02-01", "line": "{station.line}", "station": "{station.code}", "shift": "{shift.name}", "by": "job"},
    "shopfloor:performance_pdf": {"first": "2026-01-02", "last": "2026-02-01", "line": "{station.line}", "station": "{station.code}", "shift": "{shift.name}", "by": "job"},
    "shopfloor:activity": {"station": "{station.pk}", "person": "{person.pk}", "job": "{job.code}", "kind": "", "after": "", "day": ""},
    "shopfloor:activity_csv": {"station": "{station.pk}", "person": "{person.pk}", "job": "{job.code}"},
    "shopfloor:activity_xlsx": {"station": "{station.pk}", "person": "{person.pk}", "job": "{job.code}"},
    "shopfloor:station_assign": {"job": "{waiting.pk}", "run": "1"},
    "shopfloor:station_reassign": {"to": "{free.pk}"},
    "shopfloor:station_call": {"kind": "quality"},
    "core:audit": {"person": "{person.pk}", "id": "{station.pk}", "table": "stations", "day": ""},
    "core:audit_csv": {"person": "{person.pk}", "id": "{station.pk}"},
    "core:deliveries": {"webhook": "{webhook.pk}", "status": "failed", "kind": "note", "after": ""},
    "core:notifications": {"kind": "call", "unread": "1", "after": "{notification.pk}"},
    "core:notifications_csv": {"kind": "call", "unread": "1"},
    "core:notifications_xlsx": {"kind": "call", "unread": "1"},
    "core:deliveries_csv": {"webhook": "{webhook.pk}", "status": "failed", "kind": "note"},
    "core:deliveries_xlsx": {"webhook": "{webhook.pk}", "status": "failed", "kind": "note"},
    "core:pins_csv": {"q": "{person.display_name}"},
    "core:pins_xlsx": {"q": "{person.display_name}"},
    "core:audit_xlsx": {"person": "{person.pk}", "id": "{station.pk}"},
    "core:sign_in": {"next": "/jobs/"},
    "core:choose_tenant": {"next": "/jobs/"},
    "registry:labels": {"asset": "{asset.pk}", "place": "{place.pk}", "q": "machine", "category": "", "codes": "P-1"},
    "registry:batch_print": {"format": "l7160", "start": "1", "copies": "1"},
    "registry:scan": {"code": "P-1"},
    "registry:scanned": {"code": "machine"},
    "inventory:reorder": {
        "q": "{spare.sku}", "supplier": "{spare.supplier}", "category": "{spare.category}", "show": "open", "choose": "all",
        "after": "",
    },
    "inventory:reorder_csv": {"q": "{spare.sku}", "supplier": "{spare.supplier}"},
    "inventory:reorder_xlsx": {"q": "{spare.sku}", "category": "{spare.category}"},
    "inventory:reorder_pdf": {"q": "{spare.sku}"},
    "inventory:part_orders": {"q": "{spare.sku}", "supplier": "{spare.supplier}", "state": "late", "after": ""},
    "inventory:part_orders_csv": {"q": "{spare.sku}", "supplier": "{spare.supplier}"},
    "inventory:part_orders_xlsx": {"q": "{spare.sku}", "supplier": "{spare.supplier}"},
    "inventory:counts": {"status": "open", "warehouse": "{store.pk}", "bins": "A-3", "after": ""},
    "inventory:counts_csv": {"status": "open", "warehouse": "{store.pk}"},
    "inventory:counts_xlsx": {"status": "open", "warehouse": "{store.pk}"},
    "inventory:count_plan": {"abc": "", "after": ""},
    "inventory:count_detail": {"show": "all", "after": ""},
    "inventory:count_detail_csv": {"show": "all"},
    "inventory:count_detail_xlsx": {"show": "all"},
    "inventory:stock_reports": {"on": "2026-01-02"},
    "inventory:stock_use": {"days": "30", "after": ""},
    "inventory:stock_slow": {"days": "730", "after": ""},
    "inventory:stock_classes": {"show": "changed", "after": ""},
    "inventory:count_enter": {"bin": "A-3", "code": "{spare.sku}", "again": "1"},
    "maintenance:figures": {"first": "2026-01-02", "last": "2026-02-01", "asset": "{asset.pk}", "location": "{place.pk}", "rows": "due"},
    "maintenance:figures_csv": {"first": "2026-01-02", "last": "2026-02-01", "asset": "{asset.pk}", "location": "{place.pk}"},
    "maintenance:orders": {
        "q": "{order.title}", "status": "", "origin": "", "priority": "", "hold": "", "overdue": "", "after": "",
        "assigned_to": "{person.pk}", "asset": "{asset.pk}", "location": "{location.pk}", "all": "1", "choose": "all",
    },
    "maintenance:order_board": {"q": "{order.title}", "assigned_to": "{person.pk}", "asset": "{asset.pk}", "location": "{location.pk}"},
    "maintenance:order_calendar": {"month": "2026-12", "q": "", "assigned_to": "{person.pk}", "asset": "{asset.pk}", "location": "{location.pk}"},
    "maintenance:orders_sheets": {"order": ""},
    "maintenance:schedules": {"q": "{schedule.name}", "state": "", "asset": "{asset.pk}", "location": "{location.pk}", "after": "", "all": "1"},
    "maintenance:schedules_csv": {"q": "{schedule.name}", "asset": "{asset.pk}", "location": "{location.pk}"},
    "maintenance:schedules_xlsx": {"q": "{schedule.name}", "asset": "{asset.pk}"},
    "maintenance:schedule_new": {"asset": "{asset.pk}"},
    "maintenance:orders_csv": {"q": "{order.title}", "asset": "{asset.pk}", "location": "{location.pk}"},
    "maintenance:orders_xlsx": {"q": "{order.title}", "asset": "{asset.pk}"},
    "maintenance:order_new": {"asset": "{asset.pk}", "location": "{place.pk}", "station": "{station.pk}", "title": "x"},
    "maintenance:order_take": {"part": "{belt.sku}", "quantity": "1", "warehouse": "{shelf.pk}"},
    "maintenance:order_need": {"part": "{belt.sku}", "quantity": "1", "warehouse": "{shelf.pk}"},
    "maintenance:requests": {
        "q": "{request.number}", "location": "{place.pk}", "status": "pending", "whose": "all", "urgency": "", "after": "",
    },
    "maintenance:requests_csv": {"q": "{request.number}", "location": "{place.pk}", "whose": "all"},
    "maintenance:requests_xlsx": {"q": "{request.number}", "location": "{place.pk}", "whose": "all"},
    "maintenance:request_new": {"asset": "{asset.pk}", "station": "{station.pk}", "location": "{place.pk}"},
    "maintenance:triage": {"after": ""},
    "logistics:movements": {
        "q": "{loose.gate_pass_ref}", "which": "overdue", "location": "{yard.pk}", "asset": "{crate.pk}", "after": "",
    },
    "logistics:movements_csv": {"which": "all", "location": "{yard.pk}", "asset": "{crate.pk}"},
    "logistics:movements_xlsx": {"which": "all", "location": "{yard.pk}", "asset": "{crate.pk}"},
    "logistics:movement_new": {"asset": "{crate.pk}", "code": "{crate_code}"},
    "logistics:shipments": {"q": "{truck.jms_reference}", "status": "all", "after": ""},
    "logistics:shipments_csv": {"q": "{truck.jms_reference}", "status": "all"},
    "logistics:shipments_xlsx": {"q": "{truck.jms_reference}", "status": "all"},
    "logistics:shipment_dispatch": {"movement": "{leaving.pk}", "code": "{crate_code}"},
    "logistics:shipment_receive": {"movement": "{away.pk}", "unexpected": "{crate.pk}", "code": "{crate_code}"},
    "logistics:shipment_sign": {"movement": "{away.pk}", "unexpected": "{crate.pk}", "code": "{crate_code}"},
    "logistics:yard_counts": {"status": "open", "after": ""},
    "logistics:yard_counts_csv": {"status": "open"},
    "logistics:yard_counts_xlsx": {"status": "open"},
}  # fmt: skip

# A body for each form of the admin, good enough to be stored; by model.
ADMIN_POSTS: dict[str, dict[str, str]] = {
    "core.tenant": {"name": "Plant", "slug": "plant", "timezone": "UTC", "rule_currency": "EUR", "rule_andon_minutes": "0, 3"},
    "core.user": {"display_name": "Ann", "email": "ann@example.com", "role": "operator", "is_active": "1", "lines": "{station.line}"},
    "core.webhook": {"name": "Chat", "new_address": "https://93.184.215.14/x", "format": "json", "kinds": "note"},
    "registry.location": {"parent": "{location.pk}", "name": "Corner", "type": "warehouse", "is_active": "1"},
    "registry.asset": {"parent": "{asset.pk}", "location": "{place.pk}", "name": "Drill", "category": "tools", "criticality": "b", "run_hours_source": "daily_log"},
    "registry.assetcategory": {"name": "Lathe", "spec_schema": '{{"type": "object"}}'},
    "shopfloor.stopreason": {"code": "jam", "name": "Jam", "group": "equipment", "counts_as": "availability", "planned_minutes": "5", "is_active": "1"},
    "shopfloor.scrapreason": {"code": "chip", "name": "Chip", "is_active": "1"},
    "shopfloor.station": {"code": "ST-9", "name": "Drilling", "line": "Line A", "is_active": "1", "asset": "{part.pk}"},
    "shopfloor.shift": {
        "name": "Late", "kind": "day", "start": "14:00", "end": "22:00", "weekdays": "6", "lines": "{station.line}", "breaks": "18:00-18:30",
    },
    "shopfloor.shiftexception": {"date": "2026-12-26", "type": "extra", "name": "Rush", "kind": "day", "start": "22:30", "end": "23:30", "breaks": "23:00-23:10"},
    "shopfloor.stationasset": {
        "station": "{second.pk}", "asset": "{part.pk}", "started_at_0": "2099-01-01", "started_at_1": "10:00:00",
        "ended_at_0": "2099-01-02", "ended_at_1": "10:00:00",
    },
    "shopfloor.job": {"code": "JOB-9", "part_name": "Shelf", "qty_total": "500", "due_date": "2026-12-24", "priority": "normal", "rank": "1"},
    "inventory.part": {
        "sku": "S-9", "name": "Seal", "category": "seals", "unit": "pcs", "min_level": "1", "max_level": "2", "barcode": "77",
        "supplier": "Seals Ltd", "lead_days": "3", "abc_class": "b", "is_active": "1",
    },
    "inventory.partbarcode": {"part": "{spare.pk}", "barcode": "78"},
    "inventory.partunit": {"part": "{spare.pk}", "code": "carton", "factor": "24"},
    "maintenance.failurecode": {"kind": "cause", "code": "worn", "name": "Worn", "category": "wear", "is_active": "1"},
    "maintenance.pmschedule": {
        "asset": "{asset.pk}", "suppressed_by_schedule": "{long_schedule.pk}", "name": "Weekly check", "interval_days": "7", "meter": "run_hours", "anchor": "fixed",
        "lead_days": "1", "lead_meter": "0", "tasks": "[]", "parts": "[]", "priority": "high", "is_active": "1",
    },
    "shopfloor.performancelog": {
        "log_date": "2026-02-02", "shift": "day", "station": "{station.pk}", "job": "{job.pk}", "units_completed": "3", "target_units": "4",
    },
}  # fmt: skip

# What the admin's own pages about one row take, beside the model's form.
ADMIN_ACTS: dict[str, dict[str, str]] = {
    "admin:registry_location_move": {"parent": "{place.pk}"},
    "admin:registry_asset_move": {"parent": "", "location": "{location.pk}"},
    "admin:core_user_one_time_password": {},
    "admin:shopfloor_scrapreason_import": {"text": "code;name\nchip;Chipped"},
}
# And its actions.
ADMIN_ACTIONS: dict[str, dict[str, str]] = {
    "block": {"apply": "1", "reason": "{reason.pk}", "note": "so"},
    "complete": {"apply": "1", "short": "no more"},
    "cancel": {"apply": "1", "reason": "no more"},
    "close": {"apply": "1", "reason": "no more"},
    "reject": {"apply": "1", "reason": "as it should be"},
    "set_class": {"apply": "1", "abc_class": "b"},
    "retire": {"apply": "1", "reason": "worn out"},
    "lose": {"apply": "1", "reason": "never came"},
    "revoke": {"apply": "1", "reason": "wrong lorry"},
    "take_out_of_service": {"apply": "1", "reason": "worn out"},
    "put_in_service": {"apply": "1", "reason": "repaired"},
    "take_back": {"apply": "1", "reason": "misread"},
    "print_labels": {"apply": "1", "format": "l7160", "start": "1", "copies": "1"},
    "reissue_labels": {"apply": "1"},
    "delete_selected": {"post": "yes"},
}
# The furnished row of each model of the admin.
ADMIN_ROWS = {
    "core.tenant": "tenant", "core.user": "person", "registry.location": "location", "registry.asset": "asset",
    "shopfloor.stopreason": "reason", "shopfloor.scrapreason": "scrap", "shopfloor.station": "station",
    "shopfloor.stationasset": "served", "shopfloor.shift": "shift", "shopfloor.shiftexception": "holiday", "shopfloor.job": "job", "shopfloor.stationassignment": "assignment",
    "shopfloor.call": "call", "shopfloor.event": "note", "shopfloor.performancelog": "log", "core.auditlog": "audit",
    "inventory.part": "spare", "inventory.partbarcode": "spare_code", "inventory.partunit": "spare_unit", "inventory.stock": "stock",
    "inventory.wallet": "wallet", "inventory.stockmove": "move", "inventory.reservation": "reservation",
    "inventory.partorder": "purchase", "inventory.handover": "handover", "inventory.stockcount": "count",
    "inventory.countline": "line", "maintenance.pmschedule": "schedule", "maintenance.failurecode": "problem",
    "maintenance.workorder": "order", "maintenance.workordertask": "task", "maintenance.coveredcycle": "covered",
    "maintenance.pmcredit": "credit", "maintenance.servicerequest": "request", "maintenance.labourentry": "labour",
    "maintenance.workordercost": "cost", "maintenance.consumable": "consumable", "maintenance.ordercomment": "comment",
    "logistics.assetmovement": "leaving", "logistics.shipment": "truck", "logistics.gatepass": "gate_pass",
    "logistics.handover": "offer", "logistics.yardcount": "yard_count", "logistics.yardcountline": "yard_line",
    "registry.assetcategory": "category", "registry.assetidentity": "identity", "registry.assetspec": "spec",
    "registry.assetdocument": "document", "registry.qrlabel": "label", "registry.dailylog": "daily_log",
    "registry.meterreading": "reading", "core.device": "device", "core.attachment": "file", "core.apitoken": "token",
    "shopfloor.terminalstation": "terminal_station", "core.webhook": "webhook", "core.webhookdelivery": "delivery",
}  # fmt: skip


def all_addresses(patterns=None, prefix="", above=()):
    """(name, names of its parameters) of every address but the admin's and the API's (tests/api/table.py)."""
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        parameters = [*above, *entry.pattern.converters]
        if isinstance(entry, URLResolver):
            if entry.app_name not in ("admin", "api"):
                yield from all_addresses(
                    entry.url_patterns, f"{entry.app_name}:" if entry.app_name else prefix, parameters
                )
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}", sorted(parameters)


def is_the_librarys(name) -> bool:
    """Pages of django-allauth: of the person signed in, or of nobody; what they answer has tests of its own."""
    return ":" not in name


def addresses():
    """The product's own; those of the library apart."""
    return [entry for entry in all_addresses() if not is_the_librarys(entry[0])]


def admin_addresses():
    """(name, names of its parameters) of every address of the admin."""
    (site,) = [e for e in get_resolver().url_patterns if getattr(e, "app_name", "") == "admin"]

    def walk(entries):
        for entry in entries:
            if isinstance(entry, URLResolver):
                yield from walk(entry.url_patterns)
            elif entry.name:
                yield f"admin:{entry.name}", sorted(entry.pattern.converters)

    return list(walk(site.url_patterns))


def kind_of(name) -> str:
    first = name.partition(":")[2].split("_")[0]
    return ROWS.get(name) or ROWS.get(first, first)


def at(name, parameters, plant) -> str:
    """The address with the plant's row."""
    if is_the_librarys(name):
        return reverse(name, kwargs={parameter: FIXED.get(parameter, 1) for parameter in parameters})
    given = FIXED | fill(TEXTS.get(name, {}), plant)
    return reverse(
        name, kwargs={parameter: given.get(parameter) or plant[kind_of(name)].pk for parameter in parameters}
    )


def models_of_admin():
    """("app.model", its ModelAdmin) of everything in the admin."""
    return {model._meta.label_lower: table for model, table in admin.site._registry.items()}


def admin_at(name, parameters, plant) -> str:
    """The admin's address about the plant's row of that model."""
    app, model = name.removeprefix("admin:").split("_")[:2]
    row = plant["sheet" if name.endswith("_preview") else ADMIN_ROWS[f"{app}.{model}"]]
    return reverse(name, kwargs={parameter: row.pk for parameter in parameters})


def fill(body, plant) -> dict[str, str]:
    """A body (or query) with the plant's own rows."""
    return {name.format_map(plant): text.format_map(plant) for name, text in body.items()}


def ids_in(body) -> list[str]:
    """The fields that name a row."""
    return [name for name, text in body.items() if ".pk}" in text or ".code}" in text or ".number}" in text]


# --- people ------------------------------------------------------------------------------------------------------------


def client_of(who, tenant) -> Client:
    """A browser in which somebody of the tenant is signed in: a role, the platform with that tenant chosen, or nobody."""
    client = Client(raise_request_exception=False)
    if who == PLATFORM:
        client.force_login(User.objects.filter(is_superuser=True).first() or create_platform_person())
        session = client.session
        session["tenant"] = str(tenant.pk)
        session.save()
    elif who:
        client.force_login(create_person(tenant=tenant, role=who))
    if who:  # the notification furnished is theirs
        Notification.objects.for_tenant(tenant).update(person=client.session["_auth_user_id"])
    return client


def typed_password(client, person) -> None:
    """As if the person had typed their password a moment ago."""
    request = HttpRequest()
    request.session = client.session
    record_authentication(request, person, method="password", reauthenticated=True)
    request.session.save()


def opens(client, verb, address, body=None, query=None, **headers):
    """The answer, and whether it shows anything of the other plant."""
    if verb == "get" or query:
        address += "?" + urlencode(query or body or {})
    answer = getattr(client, verb)(address, **({"data": sent(body or {})} if verb == "post" else {}), headers=headers)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert b"SECRET" not in unpacked(content), f"{verb} {address} shows another tenant's rows"
    return answer


def sent(body) -> dict:
    """A body as a browser sends it: with the files."""
    return {name: photo() if text == PHOTO else text for name, text in body.items()}


def unpacked(content: bytes) -> bytes:
    """What stands in a workbook; anything else as it is."""
    if not content.startswith(b"PK"):
        return content
    with ZipFile(BytesIO(content)) as book:
        return b"".join(book.read(name) for name in book.namelist())


# --- the database ------------------------------------------------------------------------------------------------------

# Sessions, throttles and the queue are no tenant's; they may be written while refusing.
VOLATILE = ("django_session", "usersessions_", "axes_", "procrastinate_", "cache")
COUNTED = {"api_tokens": "array['last_used_at', 'counted_since', 'counted']"}  # columns that each use counts


def fingerprint(tenant=None) -> dict[str, str]:
    """Of every table how many rows, and their checksum; or of one tenant's rows and of those that are nobody's."""
    with platform_context(), connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') "
            "from pg_class c where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
        )
        asks = []
        for table, has_tenant in cursor.fetchall():
            if not table.startswith(VOLATILE):
                row = f"to_jsonb(t) - {COUNTED[table]}" if table in COUNTED else "t"
                where = f" where tenant_id = '{tenant.pk}'" if tenant and has_tenant else ""
                asks.append(
                    f"select '{table}', (select concat(count(*), ' ', md5(string_agg(md5(row), '' order by md5(row)))) "
                    f"from (select ({row})::text as row from {table} t{where}) as rows)"
                )
        cursor.execute(" union all ".join(asks))
        return dict(cursor.fetchall())


# --- layers off --------------------------------------------------------------------------------------------------------


def without_row_level_security() -> None:
    """The database lets everything through, until the transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute(
            "select relname from pg_class where relrowsecurity and relnamespace = 'public'::regnamespace and relkind = 'r'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"alter table {table} disable row level security")


@contextmanager
def without_scope(monkeypatch):
    """The application asks for rows of all tenants."""
    with monkeypatch.context() as patch:
        patch.setattr(TenantQuerySet, "for_tenant", lambda rows, tenant: rows.all())
        patch.setattr(
            TenantAdmin, "get_queryset", lambda table, request: super(TenantAdmin, table).get_queryset(request)
        )
        yield
