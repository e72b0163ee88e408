"""A person's own notifications, for programs."""

from django_filters import CharFilter
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import Shape
from apps.core.api.filters import Filters, Flag, Moment
from apps.core.api.resources import Resource, does
from apps.core.notifications import services
from apps.core.notifications.models import Notification
from apps.core.notifications.words import in_words
from apps.core.roles import EVERYONE


class NotificationShape(Shape):
    sentence = serializers.SerializerMethodField(help_text="in the person's language")

    class Meta:
        model = Notification
        fields = ("id", "kind", "sentence", "parts", "url", "entity_type", "entity_id", "created_at", "read_at")

    def get_sentence(self, row) -> str:
        return getattr(row, "sentence", None) or in_words([row])[0].sentence


class NotificationFilters(Filters):
    kind = CharFilter()
    unread = extend_schema_field({"type": "string", "enum": ["true", "false"]})(
        Flag(field_name="read_at", lookup_expr="isnull")
    )
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
