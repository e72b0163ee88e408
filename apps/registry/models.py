"""Where things are and what they are: two guarded trees."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.trees import TREE_FIELDS, SafeTree


class LocationType(models.TextChoices):
    SITE = "site", _("Site")
    BUILDING = "building", _("Building")
    AREA = "area", _("Area")
    ROOM = "room", _("Room")
    WAREHOUSE = "warehouse", _("Warehouse")
    YARD = "yard", _("Yard")
    VEHICLE = "vehicle", _("Vehicle")
    EXTERNAL = "external", _("External")


# A child may not stand above its parent: a site in a room. The four without a step go anywhere.
STEPS = [LocationType.SITE, LocationType.BUILDING, LocationType.AREA, LocationType.ROOM]


class Location(SafeTree):
    """A place: a site with buildings, areas and rooms in it, a warehouse, a yard, a vehicle."""

    name = models.TextField(_("name"), max_length=200)
    type = models.TextField(_("type"), choices=LocationType, default=LocationType.AREA)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("locations", excluded=TREE_FIELDS)

    class Meta:
        db_table = "locations"
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = [
            models.CheckConstraint(condition=Q(type__in=LocationType.values), name="location_type_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "name"], name="locations_name"),
            models.Index(fields=["tenant", "parent"], name="locations_parent"),
        ]

    def __str__(self):
        return self.name


class AssetStatus(models.TextChoices):
    IN_SERVICE = "in_service", _("In service")
    OUT_OF_SERVICE = "out_of_service", _("Out of service")
    IN_TRANSIT = "in_transit", _("In transit")
    RETIRED = "retired", _("Retired")


class Criticality(models.TextChoices):
    A = "a", _("A: stops the plant")
    B = "b", _("B: slows the plant")
    C = "c", _("C: can wait")


class Asset(SafeTree):
    """A machine or a component of one. A component is where its unit is."""

    name = models.TextField(_("name"), max_length=200)
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="assets", verbose_name=_("location"), db_index=False
    )
    status = models.TextField(_("status"), choices=AssetStatus, default=AssetStatus.IN_SERVICE)
    criticality = models.TextField(_("criticality"), choices=Criticality, default=Criticality.B)
    category = models.TextField(_("category"), max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("assets", excluded=TREE_FIELDS)

    class Meta:
        db_table = "assets"
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AssetStatus.values), name="asset_status_known"),
            models.CheckConstraint(condition=Q(criticality__in=Criticality.values), name="asset_criticality_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "name"], name="assets_name"),
            models.Index(fields=["tenant", "parent"], name="assets_parent"),
            models.Index(fields=["tenant", "location"], name="assets_location"),
        ]

    def __str__(self):
        return self.name
