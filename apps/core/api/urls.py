"""`/api/v1/`: the resources of all apps, the description of them, and an answer in JSON for what is not there."""

from importlib import import_module

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path
from django.utils.module_loading import module_has_submodule
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

from apps.core.api.people import AuditLogs, TenantResource, Users
from apps.core.api.router import router
from apps.core.api.tokens import AuthToken, Tokens
from apps.core.middleware import refusal
from apps.core.notifications.api import Notifications
from apps.core.webhooks.api import WebhookDeliveries, Webhooks

router.add("users", Users)
router.add("audit-logs", AuditLogs)
router.add("tokens", Tokens)
router.add("webhooks", Webhooks)
router.add("webhook-deliveries", WebhookDeliveries)
router.add("notifications", Notifications)
for app in apps.get_app_configs():  # what an app adds stands in its `api`
    if app.name.startswith("apps.") and app.label != "core" and module_has_submodule(app.module, "api"):
        import_module(f"{app.name}.api")


@login_not_required
@csrf_exempt
def not_there(request, rest=""):
    return refusal(request, _("There is no such address; /api/v1/docs/ lists all."), 404)


class Description(SpectacularJSONAPIView):
    login_required = False


class Reference(SpectacularSwaggerSplitView):
    login_required = False


app_name = "api"
urlpatterns = [
    path("auth/token/", AuthToken.as_view(), name="auth_token"),
    path("tenant/", TenantResource.as_view({"get": "list", "patch": "partial_update"}), name="tenant"),
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", Reference.as_view(url_name="api:schema"), name="docs"),
    *router.urls,
    re_path(r"^(?P<rest>(?s:.*))", not_there, name="not_there"),
]
