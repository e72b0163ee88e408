"""Webhooks and their deliveries in the API, for admins."""

from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from apps.core.api.fields import Body, Flag, Key, Shape, Text
from apps.core.api.filters import ByKey, Filters, Moment
from apps.core.api.filters import Flag as FlagFilter
from apps.core.api.resources import Changes, Creates, Deletes, Resource, does
from apps.core.roles import Role
from apps.core.webhooks import services
from apps.core.webhooks.forms import WebhookForm
from apps.core.webhooks.models import DeliveryStatus, Format, Webhook, WebhookDelivery

ADMINS = (Role.ADMIN,)


class WebhookShape(Shape):
    example = {
        "name": "Chat of maintenance", "address": "https://hooks.example.com/services/T0/B0/x", "format": "slack",
        "short_address": "https://hooks.example.com/…", "kinds": ["status_change"], "chat": "", "off_reason": "", "text": "",
        "failing_since": None,
    }  # fmt: skip
    address = Text(
        max_length=2000, write_only=True, required=False, help_text="https://… or http://…; it is not shown again"
    )  # needed for a new one, says its form: what GET gave may be sent back without
    kinds = serializers.ListField(
        child=Text(max_length=100), required=False, max_length=200, help_text="`event_type`s it is told of; none: all"
    )
    short_address = serializers.CharField(read_only=True, help_text="where it leads, without what lets one in")

    class Meta:
        model = Webhook
        fields: tuple[str, ...] = (
            "id", "name", "address", "short_address", "format", "chat", "kinds", "text", "is_active", "off_reason",
            "failing_since", "address_set_at", "secret_set_at",
        )  # fmt: skip
        read_only_fields = ("is_active", "off_reason", "failing_since", "address_set_at", "secret_set_at")


class WebhookWithSecret(WebhookShape):
    example = WebhookShape.example | {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    secret = serializers.CharField(read_only=True, help_text="signs what is sent; shown this once")

    class Meta(WebhookShape.Meta):
        fields = (*WebhookShape.Meta.fields, "secret")


class DeliveryShape(Shape):
    example = {
        "kind": "status_change", "status": "delivered", "attempts": 1, "next_at": None, "response_code": 200, "response_start": "ok",
        "problem": "", "seconds": 0.2,
    }  # fmt: skip
    webhook = Key(Webhook, "id")

    class Meta:
        model = WebhookDelivery
        fields = (
            "id", "webhook", "kind", "event", "status", "attempts", "next_at", "sent_at", "seconds", "response_code",
            "response_start", "problem", "created_at",
        )  # fmt: skip


class SwitchBody(Body):
    example = {"on": False}
    on = Flag()


class SentAgain(serializers.Serializer):
    count = serializers.IntegerField(help_text="how many deliveries are sent again")


class WebhookFilters(Filters):
    format = ChoiceFilter(choices=Format.choices)
    is_active = FlagFilter()


class Webhooks(Creates, Changes, Deletes, Resource):
    """Addresses that are told what happens (docs/webhooks.md)."""

    model, shape = Webhook, WebhookShape
    reads = writes = ADMINS
    filterset_class = WebhookFilters
    search_fields = ("name",)
    ordering = ("name",)
    ordering_fields = ("name",)

    @extend_schema(responses={201: WebhookWithSecret})
    def create(self, request, *args, **kwargs):
        return super().create(request, *args, **kwargs)

    def make(self, **data):
        self.made = self.store(Webhook(tenant=self.request.tenant), data)
        return self.made

    def change(self, row, **data):
        return self.store(row, data)

    def store(self, webhook, data):
        """By the rules of the page's form."""
        stored = {name: getattr(webhook, name) for name in services.EDITED}
        given = stored | data | {"new_address": data.get("address", "")}
        form = WebhookForm(given, tenant=self.request.tenant, instance=webhook)
        if not form.is_valid():
            errors = {"address" if name == "new_address" else name: found for name, found in form.errors.items()}
            raise serializers.ValidationError(errors)
        return services.save_webhook(form.instance, address=form.cleaned_data["new_address"])

    def end(self, webhook):
        services.delete_webhook(webhook)

    def answer(self, row, status=200, **how):
        response = super().answer(row, status, **how)
        if status == 201:
            response.data["secret"] = self.made.secret
            response["Cache-Control"] = "no-store"  # and so it is not kept for a repeat
        return response

    @does(SwitchBody, roles=ADMINS)
    def switch(self, webhook, *, on):
        """Switch it on, or off: then what waits is given up."""
        return services.switch_webhook(webhook, on=on)

    @does(roles=ADMINS, answer=DeliveryShape, creates=True)
    def test(self, webhook):
        """Send a test; answers with its delivery."""
        return services.send_test(webhook, by=self.request.user)

    @does(roles=ADMINS, creates=True, answer=WebhookWithSecret, is_secret=True)
    def secret(self, webhook):
        """Make a new secret, which is shown this once."""
        return services.renew_secret(webhook)

    @does(roles=ADMINS, answer=SentAgain)
    def again(self, webhook):
        """Send again all that failed."""
        return {"count": services.send_failed_again(webhook)}


class DeliveryFilters(Filters):
    webhook = ByKey(Webhook, "id")
    status = ChoiceFilter(choices=DeliveryStatus.choices)
    kind = CharFilter()
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")


class WebhookDeliveries(Resource):
    """What was told them, for 30 days; newest first."""

    model, shape = WebhookDelivery, DeliveryShape
    reads = ADMINS
    filterset_class = DeliveryFilters
    ordering = ("-created_at",)

    def rows(self, tenant):
        return super().rows(tenant).select_related("webhook")

    @does(roles=ADMINS)
    def again(self, delivery):
        """Send it once more, under its id."""
        return services.send_again(delivery)
