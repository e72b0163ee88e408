from django.apps import AppConfig


class ShopFloorConfig(AppConfig):
    name = "apps.shopfloor"
    label = "shopfloor"

    def ready(self):
        from apps.shopfloor import events  # noqa: F401  (subscribes to hooks)
