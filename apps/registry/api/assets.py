"""Assets, by the services that the pages call."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import CharFilter, ChoiceFilter
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.api.errors import Refused
from apps.core.api.fields import Body, Key, Shape, Text
from apps.core.api.filters import ByKey, Filters
from apps.core.api.people import AuditShape
from apps.core.api.resources import Changes, Creates, Deletes, Resource, does
from apps.core.audit import CHANGES
from apps.core.models import AuditLog
from apps.core.roles import MANAGERS
from apps.registry import services
from apps.registry.api.readings import MetersShape, WithReadings
from apps.registry.api.trees import InTree, stays_put
from apps.registry.models import Asset, AssetSpec, AssetStatus, Criticality, Location


class AssetShape(Shape):
    parent = Key(Asset, "id", required=False, allow_null=True)
    location = Key(Location, "id", required=False, help_text=gettext_lazy("a component is where its unit is"))
    client_code = Text(source="identity.client_code", max_length=60, default="", allow_blank=True)
    barcode_manufacturer = Text(source="identity.barcode_manufacturer", max_length=120, default="", allow_blank=True)
    qr_token = serializers.CharField(
        source="identity.qr_token", read_only=True, default="", help_text=gettext_lazy("its label opens /q/<token>")
    )
    meters = MetersShape(source="meter", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Asset
        fields = (
            "id", "client_code", "name", "parent", "location", "status", "criticality", "category", "manufacturer",
            "model", "serial_number", "barcode_manufacturer", "qr_token", "purchase_date", "purchase_cost",
            "warranty_end", "notes", "run_hours_source", "run_hours_rolls_over_at", "odometer_rolls_over_at",
            "meters", "created_at", "updated_at", "version",
        )  # fmt: skip
        read_only_fields = ("status", "version")


class AssetFilters(Filters):
    client_code = CharFilter(field_name="identity__client_code")
    qr = CharFilter(method="by_token", label=gettext_lazy("the token of its label"))
    barcode = CharFilter(field_name="identity__barcode_manufacturer")
    location = ByKey(Location, "id", method="below", label=gettext_lazy("a place, with all below it"))
    parent = ByKey(Asset, "id")
    status = ChoiceFilter(choices=AssetStatus.choices)
    criticality = ChoiceFilter(choices=Criticality.choices)

    class Meta:
        model = Asset
        fields = ("category", "serial_number")

    def by_token(self, rows, name, token):
        return rows.filter(Q(identity__qr_token=token))

    def below(self, rows, name, place):
        return rows.filter(location__in=place.get_descendants(include_self=True))


class MoveAssetBody(Body):
    parent = Key(Asset, "id", required=False, allow_null=True, help_text=gettext_lazy("the unit it becomes part of"))
    location = Key(Location, "id", required=False, allow_null=True, help_text=gettext_lazy("or the place it stands at"))


class ReasonBody(Body):
    reason = Text(max_length=500)


class MaybeReasonBody(Body):
    reason = Text(max_length=500, required=False, allow_blank=True)


class SpecsShape(serializers.ModelSerializer):
    asset = Key(Asset, "id", read_only=True)
    specs = serializers.DictField(read_only=True)

    class Meta:
        model = AssetSpec
        fields = ("asset", "specs", "updated_at")


class SpecsBody(Body):
    specs = serializers.JSONField(help_text=gettext_lazy("names and values; all of them: what is left out is gone"))


class Assets(WithReadings, InTree, Creates, Changes, Deletes, Resource):
    """Machines and their components. They move by `move/` alone, and their status changes by the actions."""

    model, shape = Asset, AssetShape
    writes = MANAGERS
    filterset_class = AssetFilters
    search_fields = ("name", "identity__client_code", "serial_number", "identity__barcode_manufacturer")
    ordering = ("name",)
    ordering_fields = ("name", "created_at", "warranty_end")

    def rows(self, tenant):
        return (
            super().rows(tenant).prefetch_related("identity", "meter")
        )  # (not one row by a key of Django's, so not to be joined)

    def make(self, *, parent=None, location=None, identity=None, **data):
        if parent is None and location is None:
            raise Refused(location=_("Say where it stands, or which unit it is part of."))
        asset = checked(Asset(tenant=self.request.tenant, location=location or parent.location, **data))
        return services.save_asset(asset, parent=parent, identity=identity)

    def change(self, asset, *, identity=None, **data):
        stays_put(asset, data, "parent", "location")
        for name, value in data.items():
            setattr(asset, name, value)
        return services.save_asset(checked(asset), identity=identity)

    def end(self, asset):
        services.delete_asset(asset)

    @does(MoveAssetBody, roles=MANAGERS, compares=True)
    def move(self, asset, *, parent=None, location=None):
        """Mount it in a unit, or place it on its own; its components come along."""
        return services.move_asset(asset, parent=parent, location=location, by=self.request.user, seen=self.seen(asset))

    @does(MaybeReasonBody, roles=MANAGERS, compares=True)
    def retire(self, asset, *, reason=""):
        """End its service, with its components."""
        return services.retire_asset(asset, reason=reason, seen=self.seen(asset))

    @does(ReasonBody, roles=MANAGERS, compares=True)
    def out_of_service(self, asset, *, reason):
        """Take it out of service."""
        return services.set_out_of_service(asset, reason=reason, seen=self.seen(asset))

    @does(MaybeReasonBody, roles=MANAGERS, compares=True)
    def in_service(self, asset, *, reason=""):
        """Put it back in service; one that is retired, for a reason."""
        return services.set_in_service(asset, reason=reason, seen=self.seen(asset))

    @does(roles=MANAGERS, compares=True)
    def qr(self, asset):
        """Issue a new label: its token is in the answer, the one before opens nothing any more."""
        return services.reissue_label(asset, by=self.request.user, seen=self.seen(asset)).asset

    @extend_schema(responses=SpecsShape)
    @action(detail=True, methods=["get"])
    def specs(self, request, **kwargs):
        """Its technical data: names and values."""
        return self.specs_of(self.get_object())

    @extend_schema(request=SpecsBody, responses=SpecsShape)
    @specs.mapping.put
    def put_specs(self, request, **kwargs):
        """Replace its technical data, by the schema of its category where there is one."""
        asset = self.get_object()
        form = SpecsBody(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            services.save_specs(asset, form.validated_data["specs"], seen=self.seen(asset))
        except services.BrokenSpecs as broken:
            raise Refused(
                **{f"specs.{name}" if name else "specs": said for name, said in broken.by_field.items()}
            ) from broken
        return self.specs_of(self.get_object())

    def specs_of(self, asset):
        row = AssetSpec.objects.for_tenant(asset.tenant_id).filter(asset=asset).first()
        row = row or AssetSpec(asset=asset, updated_at=asset.created_at)
        return Response(SpecsShape(row).data, headers={"ETag": f'"{asset.version}"'})

    @extend_schema(responses=AuditShape(many=True))
    @action(detail=True, methods=["get"], filter_backends=[])
    def history(self, request, **kwargs):
        """What was changed of it, by whom and when; newest first."""
        asset = self.get_object()
        rows = AuditLog.objects.filter(
            tenant=request.tenant, entity_type="assets", entity_id=str(asset.pk), action__in=CHANGES
        )
        page = self.paginate_queryset(rows.order_by("-id"))
        return self.get_paginated_response(AuditShape(page, many=True).data)

    history.queries = ("limit", "cursor")
    history.roles = MANAGERS


def checked(asset):
    asset.full_clean(exclude=["tenant"], validate_unique=False, validate_constraints=False)
    return asset
