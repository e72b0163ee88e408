from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MaintenanceConfig(AppConfig):
    name = "apps.maintenance"
    label = "maintenance"
    verbose_name = _("Maintenance")

    def ready(self):
        # these subscribe to hooks, and make kinds of notification known
        from apps.core.hooks import shows_at_assets
        from apps.maintenance import public, reporting, scanning, starting, telling  # noqa: F401
        from apps.maintenance.services import generation, retiring  # noqa: F401

        shows_at_assets("maintenance:asset_maintenance", title=_("Next maintenance"), order=20)
        shows_at_assets("maintenance:asset_orders", title=_("Work orders"), order=30)
