from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RegistryConfig(AppConfig):
    name = "apps.registry"
    label = "registry"
    verbose_name = _("Places and assets")

    def ready(self):
        from apps.core.hooks import seal_table
        from apps.registry import telling  # noqa: F401  (makes its kind of notification known)

        seal_table("meter_readings", number="seq")
