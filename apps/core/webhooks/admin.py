"""Webhooks in the admin; new ones, whose secret is shown once, and deleting are on their own pages."""

from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.admin_base import ReadOnly, TenantAdmin
from apps.core.webhooks import services
from apps.core.webhooks.forms import WebhookForm
from apps.core.webhooks.models import Webhook, WebhookDelivery


@admin.register(Webhook)
class WebhookAdmin(TenantAdmin):
    """The addresses that are told."""

    form = WebhookForm
    list_display = ["name", "short_address", "format", "is_active", "failing_since"]
    list_filter = ["format", "is_active"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = [*WebhookForm.Meta.fields, "short_address", "is_active", "off_reason", "address_set_at", "secret_set_at"]
    readonly_fields = ["short_address", "is_active", "off_reason", "address_set_at", "secret_set_at"]
    can_delete = False
    actions = ["switch_on", "switch_off", "send_test"]

    def has_add_permission(self, request):
        return False

    def store(self, request, obj, form, change):
        services.save_webhook(obj, address=form.cleaned_data["new_address"])

    @admin.action(description=gettext_lazy("Switch the chosen webhooks on"))
    def switch_on(self, request, queryset):
        act = services.switch_webhook
        self.run_each(request, queryset, lambda row: act(row, on=True), _("%(count)d webhooks are on."))

    @admin.action(description=gettext_lazy("Switch the chosen webhooks off"))
    def switch_off(self, request, queryset):
        act = services.switch_webhook
        self.run_each(request, queryset, lambda row: act(row, on=False), _("%(count)d webhooks are off."))

    @admin.action(description=gettext_lazy("Send a test to the chosen webhooks"))
    def send_test(self, request, queryset):
        act = services.send_test
        self.run_each(request, queryset, lambda row: act(row, by=request.user), _("%(count)d tests are sent."))


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly, TenantAdmin):
    """What was told them, and what they answered."""

    list_display = ["created_at", "kind", "webhook", "status", "attempts", "response_code", "next_at"]
    list_select_related = ["webhook"]
    list_filter = ["status"]
    search_fields = ["=id", "kind"]
    ordering = ["-created_at", "-id"]
    sortable_by = ()
    fields = [
        *("created_at", "kind", "webhook", "status", "problem", "attempts", "sent_at", "seconds", "next_at"),
        *("response_code", "response_start", "event"),
    ]
