"""What a scanned or typed text stands for: a label's address or token, a plant's own code, a maker's barcode."""

import re

from django.db.models import Q

from apps.registry.models import AssetIdentity, AssetStatus, QrLabel
from apps.registry.qr import SHAPE, USABLE

MOST_FOUND = 20
ADDRESS = re.compile(rf"/q/({USABLE.pattern})/?(?:[?#].*)?$", re.ASCII)


def token_in(text: str) -> str:
    """The token in a label's address, or the text itself where it looks like one of ours; "" where it is neither."""
    if found := ADDRESS.search(text):
        return found[1]
    return text if SHAPE.fullmatch(text) else ""


def identified(tenant):
    """The identities of a tenant's assets, each with its asset and the place of it."""
    return AssetIdentity.objects.for_tenant(tenant).select_related("asset__location")


def holder(tenant, token: str) -> AssetIdentity | None:
    """The identity of the asset that a label opens now."""
    return identified(tenant).filter(qr_token=token).first() if USABLE.fullmatch(token) else None


def printed_label(tenant, token: str) -> QrLabel | None:
    """The label that was printed before anybody knew for what, linked or not."""
    return QrLabel.objects.for_tenant(tenant).filter(token=token).first() if USABLE.fullmatch(token) else None


def free_label(tenant, token: str) -> QrLabel | None:
    """The same, while it belongs to nothing."""
    label = printed_label(tenant, token)
    return label if label and label.asset_id is None else None


def called(tenant, text: str) -> list[AssetIdentity]:
    """The assets with this code, else with this code in other letters, else with this maker's barcode; at most 20."""
    text = text.strip()
    found = identified(tenant).order_by("asset__name", "pk")
    for asked in ("client_code", "client_code__iexact", "barcode_manufacturer"):
        if text and (rows := list(found.filter(**{asked: text})[:MOST_FOUND])):
            return rows
    return []


def like(tenant, text: str) -> list[AssetIdentity]:
    """The assets in whose name or code the text stands, but the retired; at most 20."""
    if not text:
        return []
    found = identified(tenant).exclude(asset__status=AssetStatus.RETIRED)
    found = found.filter(Q(asset__name__icontains=text) | Q(client_code__icontains=text))
    return list(found.order_by("asset__name", "pk")[:MOST_FOUND])
