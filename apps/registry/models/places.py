"""Where things are: a guarded tree of places."""

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
