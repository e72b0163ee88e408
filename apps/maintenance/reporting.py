"""Where a problem is reported from: the page that a machine's label opens; and what a report's number means, scanned or typed."""

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.hooks import Act, Meant, knows_codes, offers_acts
from apps.maintenance.models import ServiceRequest
from apps.registry.models import AssetStatus


@offers_acts
def report(request, asset):
    """Report a problem with it: everybody may."""
    if asset.status != AssetStatus.RETIRED:
        yield Act(_("Report a problem"), f"{reverse('maintenance:request_new')}?asset={asset.pk}", "alert")


@knows_codes
def request_called(tenant, code):
    """The request with this number."""
    if row := ServiceRequest.objects.for_tenant(tenant).filter(number__in={code, code.upper()}).first():
        yield Meant(f"{row.number} {row.description[:60]}", reverse("maintenance:request_detail", args=[row.number]))
