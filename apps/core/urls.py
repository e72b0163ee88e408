from django.urls import path

from apps.core import file_views, offline_views, people_views, views
from apps.core.api import token_views
from apps.core.audit import views as audit
from apps.core.list_files import files
from apps.core.notifications import views as notifications
from apps.core.webhooks import views as webhooks

app_name = "core"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("manifest.webmanifest", offline_views.manifest, name="manifest"),
    path("sw.js", offline_views.service_worker, name="service_worker"),
    path("offline/", offline_views.offline, name="offline"),
    path("unsent/", offline_views.unsent, name="unsent"),
    path("sign-in/", views.sign_in, name="sign_in"),
    path("sign-out/", views.sign_out, name="sign_out"),
    path("password/", views.password_change, name="password_change"),
    path("password/forgotten/", views.password_forgotten, name="password_forgotten"),
    path("password/reset/<uidb64>/<token>/", views.password_reset, name="password_reset"),
    path("settings/", views.my_settings, name="my_settings"),
    path("settings/notifications/", notifications.notification_settings, name="notification_settings"),
    path("notifications/", notifications.notifications, name="notifications"),
    *files("notifications/", notifications.notifications_file, "notifications"),
    path("notifications/read/", notifications.notifications_read, name="notifications_read"),
    path("notifications/bell/", notifications.bell, name="bell"),
    path("notifications/<uuid:pk>/", notifications.notification, name="notification"),
    path("settings/pin/", people_views.own_pin, name="own_pin"),
    path("settings/tokens/", token_views.tokens, name="tokens"),
    *files("settings/tokens/", token_views.tokens_file, "tokens"),
    path("settings/tokens/<uuid:pk>/revoke/", token_views.token_revoke, name="token_revoke"),
    path("people/pins/", people_views.pins, name="pins"),
    *files("people/pins/", people_views.pins_file, "pins"),
    path("people/leavers/", people_views.leavers, name="leavers"),
    *files("people/leavers/", people_views.leavers_file, "leavers"),
    path("people/<uuid:pk>/pin/", people_views.person_pin, name="person_pin"),
    path("files/<uuid:pk>/", file_views.file, name="file"),
    path("files/<uuid:pk>/thumbnail/", file_views.file_thumbnail, name="file_thumbnail"),
    path("platform/", views.choose_tenant, name="choose_tenant"),
    path("audit/", audit.audit, name="audit"),
    path("audit/csv/", audit.audit_file, {"kind": "csv"}, name="audit_csv"),
    path("audit/xlsx/", audit.audit_file, {"kind": "xlsx"}, name="audit_xlsx"),
    path("audit/<str:table>/<uuid:pk>/", audit.object_history, name="object_history"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    *files("webhooks/", webhooks.webhooks_file, "webhooks"),
    path("webhooks/new/", webhooks.webhook_new, name="webhook_new"),
    path("webhooks/<uuid:pk>/", webhooks.webhook_change, name="webhook_change"),
    path("webhooks/<uuid:pk>/secret/", webhooks.webhook_secret, name="webhook_secret"),
    path("webhooks/<uuid:pk>/test/", webhooks.webhook_test, name="webhook_test"),
    path("webhooks/<uuid:pk>/switch/", webhooks.webhook_switch, name="webhook_switch"),
    path("webhooks/<uuid:pk>/delete/", webhooks.webhook_delete, name="webhook_delete"),
    path("webhooks/<uuid:pk>/again/", webhooks.webhook_again, name="webhook_again"),
    path("webhooks/deliveries/", webhooks.deliveries, name="deliveries"),
    *files("webhooks/deliveries/", webhooks.deliveries_file, "deliveries"),
    path("webhooks/deliveries/<uuid:pk>/", webhooks.delivery_detail, name="delivery_detail"),
    path("webhooks/deliveries/<uuid:pk>/again/", webhooks.delivery_again, name="delivery_again"),
]
