"""Gate passes and manifests on paper (apps/core/typst/transport.typ)."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from apps.core.label_sheets import qr_svg
from apps.core.pdf import heading, render_pdf
from apps.core.report import report
from apps.registry.models import Asset, AssetIdentity


def pass_path(token) -> str:
    """Where anybody sees whether a pass is valid."""
    return f"/pass/{token}/"


def gate_pass_pdf(gate_pass, rows, *, address) -> bytes:
    """The PDF of a pass that is being issued. rows: its movements, with asset and both places."""
    tenant = gate_pass.tenant
    facts = [
        (_("Valid until"), date_format(gate_pass.valid_until, "Y-m-d")),
        (_("From"), _places(row.from_location for row in rows)),
        (_("To"), _places(row.to_location for row in rows)),
        (_("Bearer"), gate_pass.bearer),
        (_("Vehicle"), gate_pass.vehicle),
        (_("Issued by"), str(gate_pass.issued_by or _("the system"))),
        (_("Comes back"), _returns(rows)),
    ]
    signs = [_("Issued: name, date, signature"), _("Gate: name, date, signature"), _("Bearer: name, date, signature")]
    return _paper(
        tenant, _("Gate pass"), gate_pass.number, facts, [("", rows)], signs, qr=address(pass_path(gate_pass.token)),
        at=gate_pass.issued_at,
    )  # fmt: skip


def manifest_pdf(shipment, rows, *, address) -> bytes:
    """The PDF of a shipment's manifest. rows: its movements by where they go, with asset and both places."""
    tenant = shipment.tenant
    departed = shipment.departed_at and date_format(tenant.local(shipment.departed_at), "Y-m-d H:i")
    facts = [
        (_("Driver"), shipment.driver_name),
        (_("Vehicle"), shipment.vehicle),
        (_("From"), _places(row.from_location for row in rows)),
        (_("Departed"), departed or _("not yet")),
        (_("Gate passes"), ", ".join(sorted({row.gate_pass_ref for row in rows if row.gate_pass_ref}))),
        (_("Items"), str(len(rows))),
    ]
    targets: dict = {}
    for row in rows:
        targets.setdefault(row.to_location_id, []).append(row)
    sections = [(_("To %s") % group[0].to_location, group) for group in targets.values()]
    signs = [
        _("Loaded: name, date, signature"),
        _("Driver: name, date, signature"),
        _("Received: name, date, signature"),
    ]
    page = address(f"/shipments/{shipment.pk}/")
    return _paper(tenant, _("Manifest"), shipment.jms_reference, facts, sections, signs, qr=page)


def custody_pdf(asset, rows) -> bytes:
    """The PDF of an asset's custody. rows: its line, the newest first, with names and handovers."""
    tenant = asset.tenant

    def moment(at):
        return date_format(tenant.local(at), "Y-m-d H:i") if at else ""

    lines = [
        [
            moment(row.dispatched_at), str(row.from_location), str(row.dispatched_by or ""), moment(row.ended_at),
            str(row.received_location or row.get_status_display()), _taker(row),
            row.gate_pass_ref, " / ".join(filter(None, [row.condition_out, row.condition_in])),
        ]
        for row in rows
    ]  # fmt: skip
    columns = [
        _("Left"),
        _("From"),
        _("Given by"),
        _("Arrived"),
        _("At"),
        _("Taken by"),
        _("Gate pass"),
        _("Condition"),
    ]
    facts = [
        (_("Code"), asset.identity.client_code), (_("Serial number"), asset.serial_number),
        (_("Now"), f"{asset.location} · {asset.get_status_display()}"),
    ]  # fmt: skip
    return report(
        tenant, _("Custody of %s") % asset, [("", columns, lines)], widths=[4, 5, 4, 4, 5, 4, 4, 5],
        facts=[fact for fact in facts if fact[1]], nothing=_("It has not moved since it was entered."),
    )  # fmt: skip


def _taker(row) -> str:
    taker = str(row.received_by or row.lost_by or "")
    return _("%(taker)s, from %(giver)s") % {"taker": taker, "giver": row.handover.giver} if row.handover else taker


def _paper(tenant, kind, number, facts, sections, signs, *, qr, at=None) -> bytes:
    rows = [row for _heading, group in sections for row in group]
    inside = _components(tenant, rows)
    codes = dict(
        AssetIdentity.objects.for_tenant(tenant)
        .filter(asset__in=[row.asset_id for row in rows] + [part.pk for parts in inside.values() for part in parts])
        .values_list("asset_id", "client_code")
    )
    columns = ["", _("Code"), _("Asset"), _("Serial number"), _("Condition")]
    tables, number_of = [], 0
    for name, group in sections:
        lines = []
        for row in group:
            number_of += 1
            asset = row.asset
            lines.append([str(number_of), codes.get(asset.pk, ""), asset.name, asset.serial_number, row.condition_out])
            for part in inside.get(asset.tree_id, ()):
                lines.append(["", codes.get(part.pk, ""), _("in it: %s") % part.name, part.serial_number, ""])
        tables.append({"heading": name, "columns": columns, "rows": lines, "numbers": [0], "widths": [1, 3, 7, 4, 4]})
    data = heading(tenant, at=at) | {
        "title": f"{kind} {number}", "kind": kind, "number": number, "qr": qr_svg(qr), "sections": tables, "signs": signs,
        "facts": [[name, value] for name, value in facts if value],
    }  # fmt: skip
    return render_pdf("transport", data, made_at=at)


def _components(tenant, rows) -> dict:
    """{number of a unit's tree: what is mounted in it}."""
    found: dict = {}
    trees = {row.asset.tree_id for row in rows}
    for part in Asset.objects.for_tenant(tenant).filter(tree_id__in=trees, level__gt=0).order_by("tree_id", "lft"):
        found.setdefault(part.tree_id, []).append(part)
    return found


def _places(places) -> str:
    return ", ".join(sorted({str(place) for place in places}))


def _returns(rows) -> str:
    days = {row.expected_return for row in rows if row.returnable}
    if not days:
        return _("no")
    told = ", ".join(date_format(day, "Y-m-d") for day in sorted(days))
    return _("by %s") % told if all(row.returnable for row in rows) else _("some of it, by %s") % told
