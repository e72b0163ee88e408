"""What went into orders, row by row: time, parts, other costs. It is booked at the order; taken back here."""

from apps.core.api.filters import ByKey, Filters, Flag, Moment
from apps.core.api.resources import Deletes, Resource
from apps.core.models import User
from apps.core.roles import SUPERVISORS
from apps.inventory.models import Part
from apps.maintenance import services
from apps.maintenance.api.shapes import CostShape, LabourShape, UsedShape
from apps.maintenance.models import Consumable, LabourEntry, WorkOrder, WorkOrderCost
from apps.maintenance.rights import TECHNICIANS


class BookedFilters(Filters):
    work_order = ByKey(WorkOrder, "number")
    since = Moment(field_name="created_at", lookup_expr="gte")
    until = Moment(field_name="created_at", lookup_expr="lt")


class Booked(Resource):
    """Rows that belong to an order, which is locked before them."""

    def rows(self, tenant):
        return super().rows(tenant).select_related("work_order")

    def locked(self):
        services.lock_order(self.get_object().work_order)
        return self.get_object()


class LabourFilters(BookedFilters):
    user = ByKey(User, "id")
    is_running = Flag(field_name="minutes", lookup_expr="isnull")


class Labour(Deletes, Booked):
    """Time on orders; a timer that runs has no minutes yet. One's own is taken back, or by a supervisor anybody's."""

    model, shape = LabourEntry, LabourShape
    writes = TECHNICIANS
    filterset_class = LabourFilters

    def end(self, row):
        services.remove_labour(row, by=self.request.user)


class Costs(Deletes, Booked):
    """What orders cost beside time and parts."""

    model, shape = WorkOrderCost, CostShape
    reads = writes = SUPERVISORS
    filterset_class = BookedFilters

    def end(self, row):
        services.remove_cost(row, by=self.request.user)


class ConsumableFilters(BookedFilters):
    part = ByKey(Part, "sku")
    is_undone = Flag(field_name="undone", lookup_expr="isnull", exclude=True)


class Consumables(Booked):
    """Parts used on orders, those that were brought back, too; `work-orders/{number}/consumables/{id}/undo/` brings back."""

    model, shape = Consumable, UsedShape
    filterset_class = ConsumableFilters

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")
