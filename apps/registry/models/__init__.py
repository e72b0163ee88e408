"""The living registry: places and assets, how assets are found, what they are, how much they have run."""

from apps.registry.models.assets import (
    Asset,
    AssetCategory,
    AssetDocument,
    AssetIdentity,
    AssetSpec,
    AssetStatus,
    Criticality,
    DocumentKind,
    HoursSource,
    QrLabel,
    valid_schema,
)
from apps.registry.models.meters import (
    UNITS,
    AssetMeter,
    DailyLog,
    Meter,
    MeterReading,
    ReadingKind,
    ReadingSource,
)
from apps.registry.models.places import STEPS, Location, LocationType
from apps.registry.models.terms import AssetTerm

__all__ = [
    "STEPS",
    "UNITS",
    "Asset",
    "AssetCategory",
    "AssetDocument",
    "AssetIdentity",
    "AssetMeter",
    "AssetSpec",
    "AssetStatus",
    "AssetTerm",
    "Criticality",
    "DailyLog",
    "DocumentKind",
    "HoursSource",
    "Location",
    "LocationType",
    "Meter",
    "MeterReading",
    "QrLabel",
    "ReadingKind",
    "ReadingSource",
    "valid_schema",
]
