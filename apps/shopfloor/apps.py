from django.apps import AppConfig


class ShopFloorConfig(AppConfig):
    name = "apps.shopfloor"
    label = "shopfloor"
