"""People, the tenant's own settings, and the audit log."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django_filters import CharFilter, ChoiceFilter, UUIDFilter
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core import services
from apps.core.api.fields import Decimal, Shape, Text
from apps.core.api.filters import Filters, Flag, Moment
from apps.core.api.resources import Changes, Creates, Resource, does, etag
from apps.core.models import AuditLog, Tenant, User
from apps.core.roles import EVERYONE, Role

ADMINS = (Role.ADMIN,)


class UserShape(Shape):
    example = {
        "email": "ann@plant.example", "staff_number": "4711", "display_name": "Ann", "role": "operator", "lines": ["Line A"],
        "labour_rate": "31.50",
    }  # fmt: skip
    lines = serializers.ListField(child=Text(max_length=80), required=False, max_length=200)
    locations = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=200,
        help_text="keys of `locations/`; with all below them, what the person's pages show; none: everything",
    )  # fmt: skip
    labour_rate = Decimal(max_digits=12, decimal_places=2, required=False, allow_null=True)
    last_login_at = serializers.DateTimeField(source="last_login", read_only=True, allow_null=True)

    def validate_locations(self, keys):
        known = set(services.known_places(self.context["request"].tenant, keys)) | set(
            self.instance.locations if self.instance else ()
        )
        if unknown := [key for key in keys if key not in known]:
            raise serializers.ValidationError(_("There is no place “%s”.") % unknown[0])
        return keys

    class Meta:
        model = User
        fields = (
            "id", "email", "staff_number", "display_name", "role", "is_active", "lines", "locations",
            "labour_rate", "created_at", "last_login_at",
        )  # fmt: skip


class UserFilters(Filters):
    role = ChoiceFilter(choices=Role.choices)
    is_active = Flag()


class OneTimePassword(serializers.Serializer):
    example = {"password": "tulip-anchor-mill-42"}
    password = serializers.CharField(help_text="good for signing in once, to choose another; shown this once")


class Users(Creates, Changes, Resource):
    """The people of the tenant."""

    model, shape = User, UserShape
    reads = writes = ADMINS
    filterset_class = UserFilters
    search_fields = ("display_name", "email", "staff_number")
    ordering = ("display_name",)
    ordering_fields = ("display_name", "created_at")

    def locked(self):
        """With all admins, by key: the service locks those, and two must not wait for each other."""
        key = self.get_object().pk
        both = self.rows(self.request.tenant).filter(Q(pk=key) | Q(role=Role.ADMIN, is_active=True))
        rows = both.select_for_update(of=("self",), no_key=True).order_by("pk")
        return next(row for row in rows if row.pk == key)

    def make(self, **data):
        return self.store(User(tenant=self.request.tenant), data)

    def change(self, row, **data):
        return self.store(row, data)

    def store(self, person, data):
        for name, value in data.items():
            setattr(person, name, value)
        person.email = person.email or None
        person.full_clean(exclude=["password"])
        return services.save_person(person, by=self.request.user)

    @extend_schema(summary="Who is asking")
    @action(detail=False, methods=["get"])
    def me(self, request):
        return Response(self.get_serializer(User.objects.get(pk=request.user.pk)).data)

    me.roles = EVERYONE

    @does(answer=OneTimePassword, roles=ADMINS, is_secret=True)
    def one_time_password(self, person):
        """Give a new password that is good for once; open sessions and tokens end."""
        return {"password": services.give_one_time_password(person, by=self.request.user)}

    @does(roles=ADMINS)
    def sign_out(self, person):
        """End all sessions and tokens of a person."""
        services.sign_out_everywhere(person, by=self.request.user)
        return person


class TenantShape(Shape):
    example = {"name": "North plant", "slug": "north", "timezone": "Europe/Warsaw", "settings": {"undo_seconds": 20}}
    settings = serializers.JSONField(required=False, help_text="what is left out has its default (docs/rights.md)")

    class Meta:
        model = Tenant
        fields = ("id", "name", "slug", "timezone", "settings", "created_at")
        read_only_fields = ("slug",)


class TenantResource(Resource):
    """The tenant itself, and its settings."""

    model, shape = Tenant, TenantShape
    reads = writes = ADMINS
    pagination_class = None
    filter_backends = ()

    def rows(self, tenant):
        return Tenant.objects.filter(pk=tenant.pk)

    @extend_schema(operation_id="tenant_retrieve", responses=forced_singular_serializer(TenantShape))
    def list(self, request, *args, **kwargs):
        data = self.shown(request.tenant)
        return Response(data, headers={"ETag": etag(data)})

    @extend_schema(operation_id="tenant_update", request=TenantShape(partial=True), responses=TenantShape)
    def partial_update(self, request, *args, **kwargs):
        tenant = Tenant.objects.select_for_update(no_key=True).get(pk=request.tenant.pk)
        self.refuse_moved(tenant)
        form = self.get_serializer(tenant, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        for name, value in form.validated_data.items():
            setattr(tenant, name, value)
        tenant.full_clean()
        return self.answer(services.save_tenant(tenant, by=request.user, request_id=request._request.id))


class AuditShape(Shape):
    example = {
        "id": 4711, "action": "update", "entity_type": "jobs", "changes": {"priority": ["normal", "high"]}, "reason": "",
        "entity_id": "0198a1f2-7c3e-7b5a-9d41-3f6c2a8e5b10", "request_id": "5f0c1a7e9b8d4c3f8a6e2d1b0c9f8e7d",
    }  # fmt: skip
    user = serializers.UUIDField(source="user_id", read_only=True, allow_null=True)

    class Meta:
        model = AuditLog
        fields = ("id", "user", "action", "entity_type", "entity_id", "changes", "reason", "request_id", "created_at")


class AuditFilters(Filters):
    user = UUIDFilter(field_name="user_id")
    action = CharFilter()
    entity_type = CharFilter()
    entity_id = CharFilter()
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")


class AuditLogs(Resource):
    """What was changed, by whom and when; newest first."""

    model, shape = AuditLog, AuditShape
    reads = ADMINS
    filterset_class = AuditFilters
    ordering = ("-id",)
    lookup_value_regex = "[0-9]{1,18}"

    def rows(self, tenant):
        return AuditLog.objects.filter(tenant=tenant)
