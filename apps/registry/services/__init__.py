"""What can be done to places, assets and their meters: one function for each thing a person would name."""

from apps.registry.services.assets import (
    check_in_service,
    check_unit,
    delete_asset,
    lock_asset,
    move_asset,
    raise_version,
    retire_asset,
    save_asset,
    set_in_service,
    set_out_of_service,
)
from apps.registry.services.daily_logs import save_daily_logs
from apps.registry.services.documents import (
    MOST_PHOTOS,
    add_document,
    add_photos,
    change_document,
    photos_of,
    remove_document,
    remove_photo,
)
from apps.registry.services.labels import MOST_IN_BATCH, link_label, make_labels, reissue_label
from apps.registry.services.locations import check_type, delete_location, move_location, save_location
from apps.registry.services.meters import (
    book_hours_from,
    correct_reading,
    found_by,
    post_reading,
    replace_meter,
    settle_meters,
    void_reading,
)
from apps.registry.services.specs import BrokenSpecs, save_specs, schema_of
from apps.registry.services.trees import identify, save_many

__all__ = [
    "MOST_IN_BATCH",
    "MOST_PHOTOS",
    "BrokenSpecs",
    "add_document",
    "add_photos",
    "book_hours_from",
    "change_document",
    "check_in_service",
    "check_type",
    "check_unit",
    "correct_reading",
    "delete_asset",
    "delete_location",
    "found_by",
    "identify",
    "link_label",
    "lock_asset",
    "make_labels",
    "move_asset",
    "move_location",
    "photos_of",
    "post_reading",
    "raise_version",
    "reissue_label",
    "remove_document",
    "remove_photo",
    "replace_meter",
    "retire_asset",
    "save_asset",
    "save_daily_logs",
    "save_location",
    "save_many",
    "save_specs",
    "schema_of",
    "set_in_service",
    "set_out_of_service",
    "settle_meters",
    "void_reading",
]
