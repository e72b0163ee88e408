"""What can be done with parts and stock: one function for each thing a person would name."""

from apps.inventory.services.counts import cancel_count, count_bin, drop_line, explain_line, post_count, start_count
from apps.inventory.services.orders import change_order, close_order, mark_all_ordered, mark_ordered
from apps.inventory.services.parts import remove_code, save_barcode, save_part, save_unit, set_classes, set_in_use
from apps.inventory.services.photos import add_photos, photos_of, remove_photo
from apps.inventory.services.stock import adjust, receive, transfer
from apps.inventory.services.use import consume, release, release_all, reserve, reserve_many, unconsume
from apps.inventory.services.wallets import (
    ask_store,
    confirm_handover,
    hand_over,
    issue_to_wallet,
    refuse_handover,
    return_from_wallet,
    withdraw_handover,
    write_off,
    write_off_wallet,
)

__all__ = [
    "add_photos",
    "adjust",
    "ask_store",
    "cancel_count",
    "change_order",
    "close_order",
    "confirm_handover",
    "consume",
    "count_bin",
    "drop_line",
    "explain_line",
    "hand_over",
    "issue_to_wallet",
    "mark_all_ordered",
    "mark_ordered",
    "photos_of",
    "post_count",
    "receive",
    "refuse_handover",
    "release",
    "release_all",
    "remove_code",
    "remove_photo",
    "reserve",
    "reserve_many",
    "return_from_wallet",
    "save_barcode",
    "save_part",
    "save_unit",
    "set_classes",
    "set_in_use",
    "start_count",
    "transfer",
    "unconsume",
    "withdraw_handover",
    "write_off",
    "write_off_wallet",
]
