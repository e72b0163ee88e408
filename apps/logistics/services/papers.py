"""Gate passes and manifests: PDFs, frozen and kept when they are issued."""

from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule
from apps.core.moments import reasoned
from apps.core.uploads import attach, store_upload
from apps.logistics.models import AssetMovement, GatePass, MovementStatus, Shipment
from apps.logistics.paper import gate_pass_pdf, manifest_pdf
from apps.logistics.services.passes import checked_pass, next_pass
from apps.logistics.services.shipments import lock_shipment
from apps.logistics.services.steps import lock_movements, moving, refuse, store, tenant_of
from apps.registry.qr import new_qr_token

VALID_FOR = timedelta(days=7)  # unless somebody says otherwise


@transaction.atomic
def issue_gate_pass(movements, *, by, address, number="", bearer="", vehicle="", valid_until=None) -> GatePass:
    """Make the gate pass of movements that are planned or on their way, with its PDF. Several may share one.

    address: makes of a path what stands on paper (core.http.lasting_address). number: of a book of passes; else the next
    of ours, or what the movements name already. Raises BrokenRule for a number that is taken, a day that is over, and
    for what has a pass, or is over.
    """
    tenant, now = tenant_of(movements), timezone.now()
    today = tenant.local(now).date()
    valid_until = valid_until or today + VALID_FOR
    if valid_until < today:
        raise BrokenRule(_("A pass cannot end on a day that is over."), code="valid_until")
    with moving(tenant.pk):
        rows = lock_movements(movements)
        refuse(_("%s is over; it needs no pass.") % row for row in rows if not row.is_open)
        named = {row.gate_pass_ref for row in rows if row.gate_pass_ref}
        issued = GatePass.objects.for_tenant(tenant)
        for former in issued.filter(number__in=named):
            raise BrokenRule(_("%s is issued already; revoke it to issue another.") % former)
        if len(named) > 1 or (named and number.strip() not in ("", *named)):
            raise BrokenRule(_("They have other passes: %s.") % ", ".join(sorted(named)))
        number = " ".join(number.split()) or "".join(named)
        number = checked_pass(tenant, rows, number) if number else next_pass(tenant)
        if issued.filter(number=number).exists():
            raise BrokenRule(_("The number %s is taken; choose another.") % number, code="pass_taken")
        for row in rows:
            row.gate_pass_ref = number
        store(rows, ["gate_pass_ref"])
        shipment = rows[0].shipment if len({row.shipment_id for row in rows}) == 1 else None
        new = GatePass(
            tenant=tenant, number=number, token=new_qr_token(tenant.pk), issued_by=by, issued_at=now,
            bearer=bearer.strip() or (shipment.driver_name if shipment else ""),
            vehicle=vehicle.strip() or (shipment.vehicle if shipment else ""), valid_until=valid_until,
        )  # fmt: skip
        new.full_clean(exclude=["tenant", "issued_by"], validate_constraints=False)
        new.file = _kept(gate_pass_pdf(new, rows, address=address), number, tenant, by)
        new.save()
        attach([new.file], new)
    return new


@transaction.atomic
def revoke_gate_pass(gate_pass, *, by, reason) -> GatePass:
    """End a pass before its day; what has not left with it may have another."""
    reason = reasoned(reason)
    with moving(gate_pass.tenant_id):
        planned = AssetMovement.objects.for_tenant(gate_pass.tenant_id).filter(
            gate_pass_ref=gate_pass.number, status=MovementStatus.PLANNED
        )
        rows = lock_movements(found) if (found := list(planned.order_by("pk"))) else []
        row = GatePass.objects.locked().get(pk=gate_pass.pk)
        if row.revoked_at:
            raise BrokenRule(_("%s was revoked already.") % row)
        row.revoked_at, row.revoked_by, row.reason = timezone.now(), by, reason
        row.save()
        for movement in rows:
            movement.gate_pass_ref = ""
        if rows:
            store(rows, ["gate_pass_ref"], reason=reason)
    return row


@transaction.atomic
def issue_manifest(shipment, *, by, address) -> Shipment:
    """Make the manifest of a shipment as it is now; the one before stays among its files. Returns the shipment."""
    shipment = lock_shipment(shipment)
    rows = AssetMovement.objects.for_tenant(shipment.tenant_id).by_themselves().filter(shipment=shipment)
    rows = rows.exclude(status=MovementStatus.CANCELLED).order_by("to_location__name", "created_at", "pk")
    rows = list(rows.with_names())
    if not rows:
        raise BrokenRule(_("Nothing is on %s yet.") % shipment)
    content = manifest_pdf(shipment, rows, address=address)
    file = _kept(content, f"manifest-{shipment.jms_reference}", shipment.tenant, by)
    attach([file], shipment)
    shipment.manifest_pdf_url = reverse("core:file", args=[file.pk])
    shipment.version += 1
    shipment.save()
    return shipment


def _kept(content, name, tenant, by):
    return store_upload(ContentFile(content, name=f"{name}.pdf"), tenant=tenant, by=by, pdf=True)
