"""A person's own notifications, for programs."""

from django_filters import CharFilter
from rest_framework import serializers

from apps.core.api.fields import Shape
from apps.core.api.filters import Filters, Flag, Moment
from apps.core.api.resources import Resource, does
from apps.core.notifications import services
from apps.core.notifications.models import Notification
from apps.core.notifications.words import in_words
from apps.core.roles import EVERYONE


class NotificationShape(Shape):
    example = {
        "kind": "call", "sentence": "ST-01 calls for material: glass 6 mm × 12", "parts": {"station": "ST-01", "level": 0},
        "url": "/stations/0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10/", "entity_type": "calls", "read_at": None,
    }  # fmt: skip
    sentence = serializers.SerializerMethodField(help_text="in the person's language")

    class Meta:
        model = Notification
        fields = ("id", "kind", "sentence", "parts", "url", "entity_type", "entity_id", "created_at", "read_at")

    def get_sentence(self, row) -> str:
        return getattr(row, "sentence", None) or in_words([row])[0].sentence


class NotificationFilters(Filters):
    kind = CharFilter()
    unread = Flag(field_name="read_at", lookup_expr="isnull")
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")


class HowMany(serializers.Serializer):
    read = serializers.IntegerField(help_text="how many were unread")


class Notifications(Resource):
    """What the person was told, newest first."""

    model, shape = Notification, NotificationShape
    writes = EVERYONE
    filterset_class = NotificationFilters
    ordering = ("-id",)

    def rows(self, tenant):
        return services.mine(tenant, self.request.user)

    def get_serializer(self, *args, **kwargs):
        if kwargs.get("many"):  # one question for the names in all of them
            for told in in_words(args[0]):
                told.row.sentence = told.sentence
        return super().get_serializer(*args, **kwargs)

    @does()
    def read(self, notification):
        """It is read."""
        services.mark_read(self.get_queryset().filter(pk=notification.pk))
        return notification

    @does(detail=False, answer=HowMany)
    def read_all(self):
        """All are read."""
        return {"read": services.mark_read(self.get_queryset())}
