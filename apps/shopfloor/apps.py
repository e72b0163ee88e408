from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopFloorConfig(AppConfig):
    name = "apps.shopfloor"
    label = "shopfloor"
    verbose_name = _("Shop floor")

    def ready(self):
        from apps.core.hooks import seal_table, shows_at_assets
        from apps.shopfloor import events, leavers, leaving, rights, starting, telling, wall, webhooks  # noqa: F401  (subscribe to hooks)

        seal_table("events_log", number="seq")
        shows_at_assets("shopfloor:asset_stations", title=_("Stations"), order=40)
