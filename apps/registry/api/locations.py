"""Places, by the services that the pages call."""

from django_filters import ChoiceFilter

from apps.core.api.fields import Body, Key, Shape
from apps.core.api.filters import ByKey, Filters, Flag
from apps.core.api.resources import Changes, Creates, Deletes, Resource, does
from apps.core.roles import MANAGERS
from apps.registry import services
from apps.registry.api.trees import InTree, stays_put
from apps.registry.models import Location, LocationType


class LocationShape(Shape):
    parent = Key(Location, "id", required=False, allow_null=True)

    class Meta:
        model = Location
        fields = ("id", "parent", "name", "type", "is_active", "created_at", "updated_at")


class LocationFilters(Filters):
    parent = ByKey(Location, "id")
    type = ChoiceFilter(choices=LocationType.choices)
    is_active = Flag()


class MoveLocationBody(Body):
    parent = Key(Location, "id", allow_null=True, help_text="null: a site of its own")


class Locations(InTree, Creates, Changes, Deletes, Resource):
    """Places: sites with buildings, areas and rooms. They move by `move/` alone."""

    model, shape = Location, LocationShape
    writes = MANAGERS
    filterset_class = LocationFilters
    search_fields = ("name",)
    ordering = ("name",)
    ordering_fields = ("name", "created_at")

    def make(self, *, parent=None, **data):
        return services.save_location(Location(tenant=self.request.tenant, **data), parent=parent)

    def change(self, location, **data):
        stays_put(location, data, "parent")
        for name, value in data.items():
            setattr(location, name, value)
        return services.save_location(location)

    def end(self, location):
        services.delete_location(location)

    @does(MoveLocationBody, roles=MANAGERS)
    def move(self, location, *, parent):
        """Hang it, with all below it, elsewhere."""
        return services.move_location(location, parent=parent)
