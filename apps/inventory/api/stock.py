"""Stock of warehouses and wallets, and what moves it, by the services that the pages call."""

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core.api.errors import Refused
from apps.core.api.filters import ByKey, Filters
from apps.core.api.resources import Resource, does
from apps.core.errors import NotAllowed
from apps.core.models import User
from apps.core.roles import MANAGERS, SUPERVISORS, Role
from apps.inventory import services
from apps.inventory.api.bodies import AdjustBody, BinBody, IssueBody, ReceiveBody, ReturnBody, TransferBody
from apps.inventory.api.shapes import CountedShape, StockShape, WalletShape
from apps.inventory.models import CountStatus, Part, PartUnit, Stock, StockCount, Wallet
from apps.registry.models import Location

TECHNICIANS = (Role.TECHNICIAN, *SUPERVISORS)


def own_or_supervised(request, user) -> None:
    """Raise NotAllowed where somebody other than a supervisor means another person's wallet."""
    if user != request.user and not request.user.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("That is the wallet of %s; ask a supervisor.") % user)


class StockFilters(Filters):
    part = ByKey(Part, "sku")
    warehouse = ByKey(Location, "id", field_name="location")


class StockResource(Resource):
    """How much of what lies in which bin of which warehouse, and what it is worth."""

    model, shape = Stock, StockShape
    filterset_class = StockFilters
    search_fields = ("part__sku", "part__name", "bin_location")

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    def at(self, move, end="to"):
        """The balance at an end of a move."""
        return self.rows(self.request.tenant).get(
            part=move.part_id,
            location=getattr(move, f"{end}_location_id"),
            bin_location=getattr(move, f"{end}_bin"),
        )

    @does(ReceiveBody, detail=False, roles=SUPERVISORS)
    def receive(self, *, part, qty, unit=None, **told):
        """Put what was delivered into a bin. A cost of zero, or none, is said in `cost`."""
        if unit is not None:
            name, unit = unit, PartUnit.objects.for_tenant(self.request.tenant).filter(part=part, code=unit).first()
            if unit is None:
                raise Refused(unit=_("%(part)s does not come in “%(unit)s”.") % {"part": part, "unit": name[:20]})
        return self.at(services.receive(part, qty, unit=unit, by=self.request.user, **told))

    @does(TransferBody, detail=False, roles=SUPERVISORS)
    def transfer(self, *, part, qty, source_place, target_place, **told):
        """Move a part to another warehouse or bin, with its value. Answers with where it is now."""
        return self.at(
            services.transfer(part, qty, source=source_place, target=target_place, by=self.request.user, **told)
        )

    @does(AdjustBody, detail=False, roles=MANAGERS)
    def adjust(self, *, part, qty, **told):
        """Correct what a bin is said to hold, for a reason."""
        return self.at(services.adjust(part, qty, by=self.request.user, **told), "to" if qty > 0 else "from")

    @does(BinBody, detail=False, roles=SUPERVISORS, answer=CountedShape)
    def count(self, *, part, qty, warehouse, count=None, **told):
        """Write down what was found in a bin. The answer does not tell what the book says."""
        tenant, by = self.request.tenant, self.request.user
        if count is None:
            running = StockCount.objects.for_tenant(tenant).filter(location=warehouse, status=CountStatus.OPEN)
            running = running.filter(Q(bins=[]) | Q(bins__contains=[told.get("bin", "").strip()]))
            count = running.order_by("-started_at").first() or services.start_count(warehouse, by=by)
        elif count.location_id != warehouse.pk:
            raise Refused(count=_("That count is of another warehouse."))
        return services.count_bin(count, part, qty, by=by, **told)


class WalletFilters(Filters):
    user = ByKey(User, "id")
    part = ByKey(Part, "sku")


class Wallets(Resource):
    """What people carry, and what it is worth."""

    model, shape = Wallet, WalletShape
    filterset_class = WalletFilters
    search_fields = ("part__sku", "part__name")

    def rows(self, tenant):
        return super().rows(tenant).select_related("part")

    def of(self, user, part):
        return self.rows(self.request.tenant).get(user=user, part=part)

    @does(IssueBody, detail=False, roles=SUPERVISORS)
    def issue(self, *, part, qty, user, **told):
        """Give a person parts from a warehouse. Answers with the wallet."""
        services.issue_to_wallet(part, qty, user=user, by=self.request.user, **told)
        return self.of(user, part)

    @does(ReturnBody, detail=False, roles=TECHNICIANS, path="return")
    def give_back(self, *, part, qty, user, **told):
        """Bring parts back: the own ones, or, as a supervisor, anybody's. Answers with the wallet."""
        own_or_supervised(self.request, user)
        services.return_from_wallet(part, qty, user=user, by=self.request.user, **told)
        return self.of(user, part)
