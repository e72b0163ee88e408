from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogisticsConfig(AppConfig):
    name = "apps.logistics"
    label = "logistics"
    verbose_name = _("Logistics")

    def ready(self):
        # these subscribe to hooks, and make kinds of notification known
        from apps.core.hooks import shows_at_assets
        from apps.logistics import custody, public, scanning, telling  # noqa: F401

        shows_at_assets("logistics:asset_custody", title=_("Where it was"), order=50)
