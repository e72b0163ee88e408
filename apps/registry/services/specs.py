"""What an asset is, technically: names and values, by the schema of its category where there is one."""

import json

from django.db import transaction

from apps.core.errors import BrokenRule
from apps.registry.models import AssetCategory, AssetSpec
from apps.registry.services.assets import check_in_service, lock_asset, raise_version
from apps.registry.specs import plain_errors, spec_errors


class BrokenSpecs(BrokenRule):
    """Specs that are no good. by_field: {way to the value ("" is the whole): its sentence}."""

    def __init__(self, by_field):
        super().__init__(" ".join(f"{name}: {said}" if name else said for name, said in by_field.items()))
        self.by_field = by_field


def schema_of(asset) -> dict:
    """The schema of the asset's category; {}: anything goes."""
    found = AssetCategory.objects.for_tenant(asset.tenant_id).filter(name=asset.category) if asset.category else ()
    return found[0].spec_schema if found else {}


@transaction.atomic
def save_specs(asset, specs, *, seen=None) -> AssetSpec:
    """Replace an asset's specs. Returns the row. Raises Conflict, and BrokenSpecs with a sentence for each."""
    asset = lock_asset(asset, seen=seen)
    check_in_service(asset)
    wrong = dict(plain_errors(specs)) or dict(spec_errors(schema_of(asset), specs))
    if wrong:
        raise BrokenSpecs(wrong)
    row = AssetSpec.objects.locked().filter(asset=asset).first() or AssetSpec(tenant_id=asset.tenant_id, asset=asset)
    if row._state.adding or _told(row.specs) != _told(specs):
        row.specs = specs
        row.save()
        raise_version(asset)
    return row


def _told(specs) -> str:
    return json.dumps(specs, sort_keys=True)  # (to Python, true is 1)
