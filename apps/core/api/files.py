"""Photos and documents, for programs."""

from django_filters import CharFilter, UUIDFilter
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from apps.core.api.fields import Key, Shape
from apps.core.api.filters import Filters
from apps.core.api.resources import CSV, Resource
from apps.core.file_views import served
from apps.core.models import Attachment, User


class AttachmentShape(Shape):
    example = {
        "name": "blade.jpg", "content_type": "image/jpeg", "size": 182044, "width": 1600, "height": 1200,
        "entity_type": "events_log",
    }  # fmt: skip
    uploaded_by = Key(User, "id", read_only=True, allow_null=True)

    class Meta:
        model = Attachment
        fields = (
            "id", "name", "content_type", "size", "width", "height", "entity_type", "entity_id", "uploaded_by",
            "created_at",
        )  # fmt: skip


class AttachmentFilters(Filters):
    entity_type = CharFilter()
    entity_id = UUIDFilter()


class AsItIs(CSV):
    """Any kind: what is sent is the file; errors are JSON all the same."""

    media_type, format = "*/*", "file"


class Attachments(Resource):
    """Photos and documents; they come with what they belong to, as the photos of `stations/{code}/notes/`."""

    model, shape = Attachment, AttachmentShape
    filterset_class = AttachmentFilters
    ordering = ("-created_at",)

    def get_renderers(self):
        return [AsItIs()] if self.action == "file" else super().get_renderers()

    @extend_schema(responses={(200, kind): OpenApiTypes.BINARY for kind in ("image/jpeg", "application/pdf")})
    @action(detail=True, methods=["get"])
    def file(self, request, **kwargs):
        """The file itself."""
        attachment = self.get_object()
        return served(request._request, attachment, attachment.storage_key)
