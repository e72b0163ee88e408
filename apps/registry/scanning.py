"""What a scanned or typed text stands for: a label's address or token, a plant's own code, a maker's barcode."""

import re

from apps.registry.models import AssetIdentity, QrLabel
from apps.registry.qr import SHAPE

MOST_FOUND = 20
ADDRESS = re.compile(rf"(?:^|/q/)({SHAPE.pattern})/?(?:[?#].*)?$", re.ASCII)


def token_in(text: str) -> str:
    """The token in a label's address, or the token itself; "" where there is none."""
    found = ADDRESS.search(text.strip())
    return found[1] if found else ""


def identified(tenant):
    """The identities of a tenant's assets, each with its asset and the place of it."""
    return AssetIdentity.objects.for_tenant(tenant).select_related("asset__location")


def holder(tenant, token: str) -> AssetIdentity | None:
    """The identity of the asset that a label opens now."""
    return identified(tenant).filter(qr_token=token).first()


def free_label(tenant, token: str) -> QrLabel | None:
    """The printed label that belongs to no asset yet."""
    return QrLabel.objects.for_tenant(tenant).filter(token=token, asset=None).first()


def called(tenant, text: str) -> list[AssetIdentity]:
    """The assets with this code, else with this code in other letters, else with this maker's barcode; at most 20."""
    text = text.strip()
    found = identified(tenant).order_by("asset__name", "pk")
    for asked in ("client_code", "client_code__iexact", "barcode_manufacturer"):
        if text and (rows := list(found.filter(**{asked: text})[:MOST_FOUND])):
            return rows
    return []
