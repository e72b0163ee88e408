"""What a new tenant finds in maintenance: the words that every plant closes its orders with. Managers change them."""

from django.utils.translation import gettext as _

from apps.core.hooks import furnishes_tenants
from apps.maintenance.models import FailureCode, FailureKind


@furnishes_tenants
def give_codes(tenant) -> None:
    """Problems, causes and remedies to start with."""
    codes = {
        FailureKind.PROBLEM: [
            ("stopped", _("Does not run")),
            ("slow", _("Runs slowly")),
            ("leak", _("Leaks")),
            ("noise", _("Noise or vibration")),
            ("hot", _("Too hot")),
            ("quality", _("Bad parts")),
            ("damage", _("Damaged")),
            ("unsafe", _("Unsafe")),
        ],
        FailureKind.CAUSE: [
            ("wear", _("Wear")),
            ("dirt", _("Dirt")),
            ("lubrication", _("Lubrication")),
            ("seal", _("Seal or hose")),
            ("electric", _("Electrical fault")),
            ("sensor", _("Sensor")),
            ("adjustment", _("Out of adjustment")),
            ("misuse", _("Misuse")),
            ("material", _("Bad material")),
            ("not-found", _("Not found")),
        ],
        FailureKind.REMEDY: [
            ("replaced", _("Replaced")),
            ("repaired", _("Repaired")),
            ("adjusted", _("Adjusted")),
            ("cleaned", _("Cleaned")),
            ("lubricated", _("Lubricated")),
            ("reset", _("Reset")),
            ("none", _("Nothing was needed")),
        ],
    }
    for kind, words in codes.items():
        for code, name in words:
            FailureCode.objects.create(tenant=tenant, kind=kind, code=code, name=name)
