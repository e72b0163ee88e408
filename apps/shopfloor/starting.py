"""What a new tenant finds on its shop floor: the reasons that every plant has. Managers change them in the admin."""

from django.utils.translation import gettext as _

from apps.core.hooks import furnishes_tenants
from apps.shopfloor.models import CountsAs, ReasonGroup, ScrapReason, StopReason
from apps.shopfloor.services.state import unspecified_reason


@furnishes_tenants
def give_reasons(tenant) -> None:
    """Stop and scrap reasons to start with."""
    stops = [
        ("machine", _("Machine fault"), ReasonGroup.EQUIPMENT, CountsAs.AVAILABILITY),
        ("tool", _("Tool or spindle"), ReasonGroup.EQUIPMENT, CountsAs.AVAILABILITY),
        ("material", _("No material"), ReasonGroup.MATERIAL, CountsAs.AVAILABILITY),
        ("downstream", _("Downstream full"), ReasonGroup.DOWNSTREAM, CountsAs.AVAILABILITY),
        ("quality", _("Quality problem"), ReasonGroup.QUALITY, CountsAs.AVAILABILITY),
        ("operator", _("No operator"), ReasonGroup.PEOPLE, CountsAs.AVAILABILITY),
        ("changeover", _("Changeover"), ReasonGroup.CHANGEOVER, CountsAs.AVAILABILITY),
        ("maintenance", _("Planned maintenance"), ReasonGroup.PLANNED, CountsAs.EXCLUDED),
        ("no-demand", _("No job"), ReasonGroup.NO_DEMAND, CountsAs.EXCLUDED),
        ("other", _("Other"), ReasonGroup.PEOPLE, CountsAs.AVAILABILITY),
    ]
    for code, name, group, counts_as in stops:
        StopReason.objects.create(tenant=tenant, code=code, name=name, group=group, counts_as=counts_as)
    unspecified_reason(tenant.pk)
    for code, name in (
        ("scratch", _("Scratched")),
        ("size", _("Wrong size")),
        ("broken", _("Broken")),
        ("other", _("Other")),
    ):
        ScrapReason.objects.create(tenant=tenant, code=code, name=name)
