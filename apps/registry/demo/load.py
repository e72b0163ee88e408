"""Write what the demo's plants know of their assets into the database."""

import random
from datetime import timedelta
from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.core.uploads import attach, store_upload
from apps.registry.demo.kinds import KINDS, YARD
from apps.registry.demo.running import REASON, run
from apps.registry.models import (
    Asset,
    AssetCategory,
    AssetDocument,
    AssetIdentity,
    AssetSpec,
    DocumentKind,
    Location,
    LocationType,
)
from apps.registry.services import save_asset, save_location


def furnish(tenant, *, people, now, seed: int) -> None:
    """Say of each asset that is there what it is and has run, and park further ones in a yard. people: by key."""
    rng = random.Random(f"{seed} {tenant.slug}")  # noqa: S311 (a demo, the same each time)
    today = tenant.local(now).date()
    _park(tenant)
    assets = Asset.objects.for_tenant(tenant).select_related("parent", "location").prefetch_related("identity")
    assets = list(assets.order_by("tree_id", "lft"))
    _describe(assets, rng, today)
    _specify(tenant, assets, rng)
    _file(tenant, assets, people["manager"], today)
    run(tenant, [asset for asset in assets if asset.parent is None], people=people, now=now, rng=rng)


def _park(tenant) -> None:
    site = Location.objects.for_tenant(tenant).get(type=LocationType.SITE)
    yard = save_location(Location(tenant=tenant, name="Yard", type=LocationType.YARD), parent=site)
    for code, category in YARD:
        asset = Asset(tenant=tenant, name=category, category=category, location=yard)
        save_asset(asset, identity={"client_code": code})


def _describe(assets, rng, today) -> None:
    """Makers, purchases, barcodes; every eighth machine's warranty ends in the next weeks."""
    for number, asset in enumerate(assets):
        kind = KINDS[(asset.parent or asset).category]
        asset.manufacturer, asset.serial_number = kind.maker, f"{rng.randrange(10**7):07}"
        if asset.parent is None:
            asset.identity.barcode_manufacturer = f"590{rng.randrange(10**10):010}"
            asset.model = kind.model
            asset.purchase_cost = round(kind.power * 900 + kind.mass * 11, -2)
            asset.purchase_date = today - timedelta(days=rng.randrange(400, 3300))
            ends = today + timedelta(days=rng.randrange(5, 50)) if number % 8 == 0 else None
            asset.warranty_end = ends or asset.purchase_date + timedelta(days=730)
    update = {"batch_size": 500, "default_change_reason": REASON}
    identities = [asset.identity for asset in assets if asset.parent is None]
    bulk_update_with_history(identities, AssetIdentity, ["barcode_manufacturer"], **update)
    bulk_update_with_history(
        assets, Asset,
        ["manufacturer", "serial_number", "model", "purchase_cost", "purchase_date", "warranty_end"], **update,
    )  # fmt: skip


def _specify(tenant, assets, rng) -> None:
    names = sorted({asset.category for asset in assets})
    categories = [AssetCategory(tenant=tenant, name=name, spec_schema=KINDS[name].schema()) for name in names]
    bulk_create_with_history(categories, AssetCategory, default_change_reason=REASON)
    specs = []
    for asset in assets:
        kind = KINDS[asset.category]
        values = kind.all_specs()
        if asset.parent:
            values["power"] = round(kind.power * rng.uniform(0.3, 3), 1)
        specs.append(AssetSpec(tenant=tenant, asset=asset, specs=values))
    bulk_create_with_history(specs, AssetSpec, default_change_reason=REASON)


def _file(tenant, assets, by, today) -> None:
    """A manual for every third machine; and a paper that has to be renewed for what stands in the yard."""
    for number, asset in enumerate(asset for asset in assets if asset.parent is None):
        if asset.location.type == LocationType.YARD:
            expires = today + timedelta(days=(number * 37) % 300 - 5)
            _add_paper(asset, "Inspection certificate", DocumentKind.CERTIFICATE, by, expires=expires)
        elif number % 3 == 0:
            _add_paper(asset, f"{asset.manufacturer} {asset.model}: manual", DocumentKind.MANUAL, by)


def _add_paper(asset, title, kind, by, *, expires=None) -> None:
    pdf = ContentFile(
        _page([title, asset.identity.called, f"Serial number {asset.serial_number}"]), name=f"{title}.pdf"
    )
    document = AssetDocument(tenant=asset.tenant, asset=asset, title=title, kind=kind, expires_date=expires)
    document.file, document.created_by = store_upload(pdf, tenant=asset.tenant, by=by, pdf=True), by
    document.save()
    attach([document.file], document)


def _page(lines) -> bytes:
    """A PDF of one page. Drawn, not set: typst works in threads, and this may run in a forked process."""
    page, written = Image.new("L", (874, 1240), 255), BytesIO()
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((90, 110 + 60 * number), line, fill=0, font_size=34)
    page.save(written, "PDF", resolution=150)
    return written.getvalue()
