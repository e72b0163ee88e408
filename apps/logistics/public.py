"""What a scanned gate pass shows to anybody: valid or not, its number, its items, until when; and nothing else."""

import re
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from apps.core.hooks import knows_links
from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.logistics.models import OPEN, AssetMovement, GatePass, MovementStatus
from apps.registry.qr import tenant_of

PASS = re.compile(r"/pass/([^/]{1,200})/")


@dataclass(frozen=True)
class ShownPass:
    """items: what it is of, by name; those that have arrived are on it no more."""

    number: str
    is_valid: bool
    valid_until: date
    items: list[str]


@knows_links
def of_pass(path):
    """The tenant of a gate pass, by its address."""
    found = PASS.fullmatch(path)
    tenant = found and Tenant.objects.filter(pk=tenant_of(found[1])).first()
    if tenant is None:
        return None
    with tenant_context(tenant):
        return tenant if GatePass.objects.for_tenant(tenant).filter(token=found[1]).exists() else None


def shown_pass(tenant, token) -> ShownPass | None:
    """What a pass shows; None where no pass has this token."""
    row = GatePass.objects.for_tenant(tenant).filter(token=token).first()
    if row is None:
        return None
    of_it = AssetMovement.objects.for_tenant(tenant).filter(gate_pass_ref=row.number)
    of_it = of_it.exclude(status=MovementStatus.CANCELLED).order_by("created_at", "pk")
    items = list(of_it.values_list("asset__name", "status"))
    is_open = any(status in OPEN for _name, status in items)
    is_valid = is_open and row.revoked_at is None and timezone.localdate(timezone=tenant.zone) <= row.valid_until
    return ShownPass(row.number, is_valid, row.valid_until, [name for name, _status in items])
