from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InventoryConfig(AppConfig):
    name = "apps.inventory"
    label = "inventory"
    verbose_name = _("Parts and stock")

    def ready(self):
        from apps.core.hooks import seal_table

        # these subscribe to hooks, and make kinds of notification known
        from apps.inventory import leavers, scanning, telling, wallet_telling  # noqa: F401

        seal_table("stock_moves", number="seq")
