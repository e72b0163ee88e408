"""What can be done to places, assets and their meters: one function for each thing a person would name."""

from apps.registry.services.meters import (
    books_hours,
    correct_reading,
    post_reading,
    replace_meter,
    settle_meters,
    void_reading,
)
from apps.registry.services.trees import (
    check_in_service,
    check_type,
    check_unit,
    identify,
    move_asset,
    move_location,
    retire_asset,
    save_asset,
    save_location,
    save_many,
)

__all__ = [
    "books_hours",
    "check_in_service",
    "check_type",
    "check_unit",
    "correct_reading",
    "identify",
    "move_asset",
    "move_location",
    "post_reading",
    "replace_meter",
    "retire_asset",
    "save_asset",
    "save_location",
    "save_many",
    "settle_meters",
    "void_reading",
]
