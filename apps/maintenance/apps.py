from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MaintenanceConfig(AppConfig):
    name = "apps.maintenance"
    label = "maintenance"
    verbose_name = _("Maintenance")

    def ready(self):
        # these subscribe to hooks, and make kinds of notification known
        from apps.maintenance import starting, telling  # noqa: F401
        from apps.maintenance.services import generation, retiring  # noqa: F401
