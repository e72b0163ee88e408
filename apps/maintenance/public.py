"""What opens to people without an account: reporting a problem by a machine's label, where the tenant lets them, and the
private link that tells what became of it. Each link says whose it is, and is verified in that tenant's context alone."""

import re

from django.urls import reverse

from apps.core import tokens
from apps.core.hooks import knows_links, shows_strangers
from apps.core.isolation import tenant_context
from apps.core.models import Tenant
from apps.maintenance.services import of_link
from apps.registry.models import AssetStatus
from apps.registry.qr import tenant_of
from apps.registry.scanning import holder

REPORT = re.compile(r"/report/([^/]{1,200})/")
FOLLOW = re.compile(r"/report/follow/([^/]{1,200})/")


@knows_links
def of_label(path):
    """The tenant of a label, where it lets people report without an account."""
    return (found := REPORT.fullmatch(path)) and _opens(found[1])


@knows_links
def of_private_link(path):
    """The tenant of a report whose private link this is."""
    found = FOLLOW.fullmatch(path)
    token = found and tokens.read(found[1])
    tenant = token and Tenant.objects.filter(pk=token.tenant).first()
    if tenant is None:
        return None
    with tenant_context(tenant):
        return tenant if of_link(found[1]) else None


@shows_strangers
def to_report(request):
    """A label opens the page that takes a report."""
    match = request.resolver_match
    if match.view_name == "registry:scanned" and _opens(match.kwargs["qr"]):
        return reverse("maintenance:public_report", args=[match.kwargs["qr"]])
    return ""


def _opens(token):
    """The tenant of a machine's label that is good for reporting without an account; None of any other."""
    tenant = Tenant.objects.filter(pk=tenant_of(token)).first()
    if tenant is None or not tenant.rules.public_reports:
        return None
    with tenant_context(tenant):
        identity = holder(tenant, token)
        return tenant if identity and identity.asset.status != AssetStatus.RETIRED else None
