"""What is promised and what was counted: reservations, orders to suppliers, handovers, counts."""

from django.db.models import F, Q
from django_filters import CharFilter, ChoiceFilter

from apps.core.api.filters import ByKey, Day, Filters, Flag
from apps.core.api.resources import Changes, Creates, Deletes, Resource, does
from apps.core.models import User
from apps.core.roles import MANAGERS, SUPERVISORS
from apps.inventory import services
from apps.inventory.api.bodies import EndingBody, HandoverBody
from apps.inventory.api.shapes import CountLineShape, CountShape, HandoverShape, OrderShape, ReservationShape
from apps.inventory.api.stock import TECHNICIANS, own_or_supervised
from apps.inventory.models import (
    CountLine,
    CountStatus,
    Handover,
    HandoverStatus,
    Part,
    PartOrder,
    Reservation,
    StockCount,
)
from apps.registry.models import Location


class ReservationFilters(Filters):
    part = ByKey(Part, "sku")
    reference = CharFilter()


class Reservations(Creates, Deletes, Resource):
    """What is kept for orders. Sending one again says how much the order needs in all."""

    model, shape = Reservation, ReservationShape
    writes = SUPERVISORS
    filterset_class = ReservationFilters

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    def make(self, *, part, quantity, **told):
        return services.reserve(part, quantity, by=self.request.user, **told)

    def end(self, row):
        services.release(row.part, reference=row.reference, by=self.request.user)


class OrderFilters(Filters):
    part = ByKey(Part, "sku")
    supplier = CharFilter()
    reference = CharFilter()
    expected_before = Day(field_name="expected_on", lookup_expr="lt")
    is_open = Flag(method="by_open")

    def by_open(self, rows, name, value):
        return rows.open() if value else rows.exclude(closed_at=None, qty_open__gt=0)


class PartOrders(Creates, Changes, Resource):
    """Lines of the reorder list that were ordered from a supplier. Receive against one with `stock/receive/`."""

    model, shape = PartOrder, OrderShape
    writes = SUPERVISORS
    filterset_class = OrderFilters
    ordering_fields = ("id", "expected_on", "ordered_at")

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    def make(self, *, part, quantity, **told):
        return services.mark_ordered(part, quantity, by=self.request.user, **told)

    def change(self, row, **told):
        return services.change_order(row, by=self.request.user, **told)

    @does(EndingBody, roles=SUPERVISORS)
    def close(self, order, *, reason=""):
        """Expect no more of it, for a reason."""
        return services.close_order(order, reason=reason, by=self.request.user)


class HandoverFilters(Filters):
    part = ByKey(Part, "sku")
    status = ChoiceFilter(choices=HandoverStatus.choices)
    from_user = ByKey(User, "id")
    to_user = ByKey(User, "id")


class Handovers(Resource):
    """Parts that one person gives another; they move when the receiver confirms. Made by `handovers/offer/`."""

    model, shape = Handover, HandoverShape
    filterset_class = HandoverFilters
    ordering = ("-id",)

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    @does(HandoverBody, detail=False, roles=TECHNICIANS, creates=True)
    def offer(self, *, part, quantity, to_user, from_user=None, note=""):
        """Offer parts of the own wallet, or, as a supervisor, of anybody's."""
        giver = from_user or self.request.user
        own_or_supervised(self.request, giver)
        return services.hand_over(part, quantity, giver=giver, receiver=to_user, note=note, by=self.request.user)

    @does()
    def confirm(self, handover):
        """The receiver has them."""
        return services.confirm_handover(handover, by=self.request.user)

    @does()
    def refuse(self, handover):
        """The receiver does not have them."""
        return services.refuse_handover(handover, by=self.request.user)

    @does(roles=TECHNICIANS)
    def withdraw(self, handover):
        """The giver, or a supervisor, takes the offer back."""
        own_or_supervised(self.request, handover.from_user)
        return services.withdraw_handover(handover, by=self.request.user)


class CountFilters(Filters):
    warehouse = ByKey(Location, "id", field_name="location")
    status = ChoiceFilter(choices=CountStatus.choices)


class StockCounts(Creates, Resource):
    """Counts of warehouses. What was found is sent to `stock/count/`."""

    model, shape = StockCount, CountShape
    reads = writes = SUPERVISORS
    filterset_class = CountFilters
    ordering = ("-id",)

    def make(self, *, location, note="", bins=()):
        return services.start_count(location, note=note, bins=bins, by=self.request.user)

    @does(EndingBody, roles=MANAGERS, path="post")
    def post_differences(self, count, *, reason=""):
        """Make the book say what was found, for a reason; each difference by itself."""
        return services.post_count(count, reason=reason, by=self.request.user)

    @does(EndingBody, roles=SUPERVISORS)
    def cancel(self, count, *, reason=""):
        """Give it up; the book stays as it is."""
        return services.cancel_count(count, reason=reason, by=self.request.user)


class CountLineFilters(Filters):
    count = ByKey(StockCount, "id")
    part = ByKey(Part, "sku")
    differs = Flag(method="by_difference")

    def by_difference(self, rows, name, value):
        same = Q(qty_counted=F("qty_expected"))
        return rows.exclude(same) if value else rows.filter(same)


class StockCountLines(Deletes, Resource):
    """What was found beside what the book said: the differences that posting makes good."""

    model, shape = CountLine, CountLineShape
    reads = writes = SUPERVISORS
    filterset_class = CountLineFilters

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    def end(self, row):
        services.drop_line(row, by=self.request.user)
