"""What a label opens, and the page that scans one."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.core.errors import BrokenRule
from apps.core.hooks import asset_acts, meant_by
from apps.core.roles import EVERYONE, MANAGERS, SUPERVISORS, Role, roles_allowed
from apps.core.uploads import attachments_of
from apps.registry import services
from apps.registry.label_forms import LinkForm
from apps.registry.models import AssetMeter
from apps.registry.queries import shown_specs
from apps.registry.scanning import called, free_label, holder, like, printed_label, token_in

PHOTOS_SHOWN = 8


@require_GET
@roles_allowed(*EVERYONE)
def scan(request):
    """A field and the camera; what was typed or scanned leads to the page of the asset, or of what else it is a code of."""
    text = request.GET.get("code", "").replace("\x00", "").strip()[:500]
    is_label = bool(token_in(text))
    token = token_in(text) or text
    if holder(request.tenant, token) or free_label(request.tenant, token):
        return redirect("registry:scanned", qr=token)
    found = [] if is_label else called(request.tenant, text)
    others = [] if is_label else meant_by(request.tenant, text)
    addresses = [*(reverse("registry:scanned", args=[row.qr_token]) for row in found), *(meant.url for meant in others)]
    if len(addresses) == 1:
        return redirect(addresses[0])
    context = {"text": text, "is_label": is_label, "found": found, "others": others}
    return render(request, "registry/scan.html", context)


@require_GET
@roles_allowed(*EVERYONE)
def scanned(request, qr):
    """The asset whose label this is, on a phone: what it is and what this person can do here. Else, what to link it to."""
    if identity := holder(request.tenant, qr):
        return _asset_page(request, identity)
    if label := free_label(request.tenant, qr):
        return _label_page(request, label)
    raise Http404


def _asset_page(request, identity):
    asset, role = identity.asset, request.user.role
    place = asset.location
    photos = [file for file in attachments_of([asset])[asset.pk] if file.is_picture]
    context = {
        "asset": asset,
        "identity": identity,
        "places": place.get_ancestors(include_self=True),
        "unit": asset.parent if asset.parent_id else None,
        "meter": AssetMeter.objects.for_tenant(request.tenant).filter(asset=asset).first(),
        "specs": shown_specs(asset),
        "photos": photos[:PHOTOS_SHOWN],
        "acts": asset_acts(request, asset),
        "may_read": role in (Role.TECHNICIAN, *SUPERVISORS) or request.user.is_superuser,
        "may_log": role in SUPERVISORS or request.user.is_superuser,
        "may_manage": role in MANAGERS or request.user.is_superuser,
    }
    return render(request, "registry/asset_scanned.html", context)


def _label_page(request, label):
    may_link = request.user.role in SUPERVISORS or request.user.is_superuser
    text = request.GET.get("code", "").replace("\x00", "").strip()[:500]
    context = {
        "label": label,
        "may_link": may_link,
        "text": text,
        "found": _candidates(request, text) if may_link else [],
    }
    return render(request, "registry/label_free.html", context)


def _candidates(request, text):
    """By code or barcode exactly; else whose name or code has the text in it."""
    return called(request.tenant, text) or like(request.tenant, text)


@require_POST
@roles_allowed(*SUPERVISORS)
def label_link(request, qr):
    """Link a printed label to the asset that it is stuck to."""
    label = printed_label(request.tenant, qr)
    if label is None:
        raise Http404
    form = LinkForm(request.POST, tenant=request.tenant)
    if not form.is_valid():
        raise BrokenRule(_("Choose the asset that the label is stuck to."))
    asset = form.cleaned_data["asset"]
    services.link_label(label, asset, by=request.user)
    messages.success(request, _("The label is linked to %s.") % asset)
    return redirect("registry:scanned", qr=qr)
