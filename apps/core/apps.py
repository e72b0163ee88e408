from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = _("People and settings")

    def ready(self):
        from apps.core import accounts, checks, sessions  # noqa: F401  (register checks and receivers)
        from apps.core.notifications import leavers  # noqa: F401  (subscribes to a hook)
        from apps.core.webhooks import outbox  # noqa: F401  (subscribes to hooks)

        # Django's saves the person, and every sign-in would stand in the record as a change: sign_in() sets the moment.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
