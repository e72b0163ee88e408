"""What a scanned or typed code means to logistics, and what it lets people do at a scanned asset."""

import re

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.hooks import Act, Meant, knows_codes, offers_acts
from apps.core.roles import Role
from apps.core.sheets.names import as_key
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment
from apps.registry.models import AssetStatus

ON_PASS = re.compile(r"/pass/([^/\x00]{1,200})/?\Z")
ON_MANIFEST = re.compile(r"/shipments/([0-9a-f-]{36})/?\Z")
MOST = 20


@knows_codes
def paper_of(tenant, code):
    """The movements of a gate pass, by its number or its QR code; a shipment, by its reference or its manifest."""
    code = code.strip()
    if "\x00" in code:
        return
    passed = GatePass.objects.for_tenant(tenant)
    on_pass, on_manifest = ON_PASS.search(code), ON_MANIFEST.search(code)
    number = passed.filter(token=on_pass[1]).values_list("number", flat=True).first() if on_pass else code[:40]
    if number:
        rows = AssetMovement.objects.for_tenant(tenant).by_themselves().filter(gate_pass_ref=number)
        for row in rows.select_related("asset", "to_location").order_by("created_at", "pk")[:MOST]:
            yield Meant(f"{row.gate_pass_ref} · {row}", reverse("logistics:movement_detail", args=[row.pk]))
    rows = Shipment.objects.for_tenant(tenant)
    for row in rows.filter(pk=as_key(on_manifest[1])) if on_manifest else rows.filter(jms_reference=code[:60]):
        yield Meant(str(row), reverse("logistics:shipment_detail", args=[row.pk]))


@offers_acts
def acts_at(request, asset):
    """Its open movement, with what comes next; a new one where it has none."""
    supervises = request.user.is_at_least(Role.SUPERVISOR)
    row = AssetMovement.objects.for_tenant(request.tenant).open().filter(asset=asset).first()
    if row and row.carried_by_id is None and supervises:
        is_planned = row.status == MovementStatus.PLANNED
        name = "logistics:movement_dispatch" if is_planned else "logistics:movement_receive"
        yield Act(_("Dispatch") if is_planned else _("Receive"), reverse(name, args=[row.pk]), "move")
    elif row:
        yield Act(_("In transit"), reverse("logistics:movement_detail", args=[row.pk]), "move")
    elif supervises and asset.status != AssetStatus.RETIRED and asset.parent_id is None:
        yield Act(_("Move it"), f"{reverse('logistics:movement_new')}?asset={asset.pk}", "move")
