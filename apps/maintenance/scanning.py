"""What a scanned or typed code means to maintenance, and what it lets people do at a scanned asset."""

import re

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.hooks import Act, Meant, knows_codes, offers_acts
from apps.maintenance.models import WorkOrder
from apps.maintenance.rights import rights_of
from apps.registry.models import AssetStatus


@knows_codes
def order_of(tenant, code):
    """The order whose number this is, or whose job sheet has it."""
    on_sheet = re.search(r"/work-orders/([^/\x00]{1,20})/?\Z", code)
    number = on_sheet[1] if on_sheet else code.strip()
    if "\x00" in number:
        return
    for order in WorkOrder.objects.for_tenant(tenant).filter(number__in={number, number.upper()}):
        yield Meant(f"{order.number} {order.title}", reverse("maintenance:order_detail", args=[order.number]))


@offers_acts
def acts_at(request, asset):
    """The asset's open orders, and a new one."""
    numbers = WorkOrder.objects.for_tenant(request.tenant).open().filter(asset=asset).values_list("number", flat=True)
    found = list(numbers.order_by("due_date", "pk")[:50])
    if len(found) == 1:
        yield Act(_("Open order %s") % found[0], reverse("maintenance:order_detail", args=found), "tool")
    elif found:
        words = ngettext("%d open order", "%d open orders", len(found)) % len(found)
        yield Act(words, f"{reverse('maintenance:orders')}?asset={asset.pk}", "tool")
    if rights_of(request).works and asset.status != AssetStatus.RETIRED:
        yield Act(_("New work order"), f"{reverse('maintenance:order_new')}?asset={asset.pk}", "plus")
