"""Work orders and what is done with them, by the services that the pages call."""

from django.db.models import Prefetch, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import ChoiceFilter
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import MultiPartParser

from apps.core.api.errors import Refused
from apps.core.api.filters import ByKey, Day, Filters, Flag
from apps.core.api.parsers import JSON
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.errors import BrokenRule, NotAllowed
from apps.core.models import User
from apps.core.roles import SUPERVISORS, Role
from apps.core.uploads import store_upload
from apps.maintenance import services
from apps.maintenance.api.bodies import (
    AssignBody,
    BeginBody,
    CloseBody,
    CommentBody,
    ConsumeBody,
    CostBody,
    FinishBody,
    FollowUpBody,
    HoldBody,
    LateActBody,
    LateMaybeReasonBody,
    LateReasonBody,
    NeedBody,
    NewTaskBody,
    ResultBody,
    StopTimerBody,
    TimeBody,
)
from apps.maintenance.api.keys import STATION
from apps.maintenance.api.shapes import CommentShape, WorkOrderShape
from apps.maintenance.models import (
    Consumable,
    HoldReason,
    LabourEntry,
    OrderStatus,
    Origin,
    PmSchedule,
    Priority,
    WorkOrder,
    WorkOrderTask,
)
from apps.maintenance.queries import with_costs
from apps.maintenance.rights import TECHNICIANS
from apps.registry.api.assets import ReasonBody
from apps.registry.models import Asset, Location

FORMS = {"parser_classes": [JSON, MultiPartParser]}  # of acts that take photos
# What an order is about from its first day on.
STAYS = ("asset", "location", "station", "origin")


def at_place(rows, name, place):
    """Rows for a place, for what is below it, or for what stands there."""
    below = place.get_descendants(include_self=True)
    return rows.filter(Q(location__in=below) | Q(asset__location__in=below))


class OrderFilters(Filters):
    status = ChoiceFilter(choices=OrderStatus.choices)
    origin = ChoiceFilter(choices=Origin.choices)
    priority = ChoiceFilter(choices=Priority.choices)
    assigned_to = ByKey(User, "id")
    asset = ByKey(Asset, "id")
    location = ByKey(Location, "id", method="at_place", label=gettext_lazy("a place, with all below it"))
    station = ByKey(STATION.related_model)
    due_before = Day(field_name="due_date", lookup_expr="lt")
    is_overdue = Flag(method="by_lateness")
    pm_schedule = ByKey(PmSchedule, "id")
    hold_reason = ChoiceFilter(choices=HoldReason.choices)

    def at_place(self, rows, name, place):
        return at_place(rows, name, place)

    def by_lateness(self, rows, name, value):
        late = rows.open().filter(due_date__lt=services.today_of(self.request.tenant))
        return late if value else rows.exclude(pk__in=late.values("pk"))


class Orders(Creates, Changes, Resource):
    """Work on an asset, at a place or at a station. Its status changes by the actions alone. Newest first."""

    model, shape = WorkOrder, WorkOrderShape
    lookup_field = "number"
    writes = TECHNICIANS
    filterset_class = OrderFilters
    search_fields = ("number", "title", "asset__name")
    ordering = ("-created_at",)
    ordering_fields = ("number", "due_date", "created_at")

    def rows(self, tenant):
        rows = with_costs(super().rows(tenant))
        tasks = WorkOrderTask.objects.for_tenant(tenant).select_related("follow_up").order_by("position", "pk")
        used = Consumable.objects.for_tenant(tenant).filter(undone=None).select_related("part").order_by("pk")
        return rows.select_related("station", "problem", "cause", "remedy", "covered_by", "follows").prefetch_related(
            Prefetch("tasks", tasks), Prefetch("consumables", used, to_attr="used")
        )

    def locked(self):
        services.lock_order(self.get_object())  # its asset first, as the services do
        return self.get_object()

    def make(self, *, assigned_to=None, **data):
        by = self.request.user
        order = services.create_order(WorkOrder(tenant=self.request.tenant, **data), by=by)
        return self.given(order, assigned_to) if assigned_to else order

    def change(self, order, **data):
        by = self.request.user
        if not (by.is_at_least(Role.SUPERVISOR) or by.pk in (order.created_by_id, order.assigned_to_id)):
            raise NotAllowed(_("%s is changed by who made it, whose it is, or a supervisor.") % order)
        for name in STAYS:
            if name in data and data.pop(name) != getattr(order, name):
                raise Refused(**{name: _("An order stays with what it was made for; make another one.")})
        person = data.pop("assigned_to", order.assigned_to)
        if person != order.assigned_to:
            order = self.given(order, person)
        return services.change_order(order, by=by, **data) if data else order

    def given(self, order, person):
        """The order, whose it is now; a supervisor says that, or whoever takes a new one."""
        by = self.request.user
        if not (by.is_at_least(Role.SUPERVISOR) or (person == by and order.assigned_to_id is None)):
            raise NotAllowed(_("A supervisor says whose an order is."))
        return services.assign_order(order, person, by=by)

    def based_on(self, order, data) -> dict:
        """Who acts, on what version that rests, and when it was: taken out of the body, for the service."""
        late = {"at": data.pop("occurred_at")} if "occurred_at" in data else {}
        return {"by": self.request.user, "seen": self.seen(order)} | late

    # -- its life -----------------------------------------------------------------------------------------------------

    @does(LateActBody, roles=SUPERVISORS, compares=True)
    def approve(self, order, **data):
        """A draft becomes ready to be started; what was started without approval is confirmed."""
        return services.approve_order(order, **self.based_on(order, data))

    @does(AssignBody, roles=SUPERVISORS, compares=True)
    def assign(self, order, *, user, **data):
        """Say whose it is."""
        return services.assign_order(order, user, **self.based_on(order, data))

    @does(BeginBody, roles=TECHNICIANS, compares=True)
    def start(self, order, **data):
        """Begin it; what is nobody's is one's own then. A draft begins only in an emergency."""
        return services.start_order(order, **self.based_on(order, data), **data)

    @does(HoldBody, roles=TECHNICIANS, compares=True)
    def hold(self, order, *, reason, **data):
        """Put it on hold, for a reason."""
        return services.hold_order(order, reason, **self.based_on(order, data))

    @does(LateActBody, roles=TECHNICIANS, compares=True)
    def resume(self, order, **data):
        """Work goes on."""
        return services.resume_order(order, **self.based_on(order, data))

    @does(LateMaybeReasonBody, roles=TECHNICIANS, compares=True, path="return")
    def give_back(self, order, **data):
        """Give it back: ready becomes a draft, in progress ready; with something booked, by a supervisor with a reason."""
        return services.return_order(order, **self.based_on(order, data), **data)

    @does(FinishBody, roles=TECHNICIANS, compares=True)
    def finish(self, order, **data):
        """The work is done; what another person must close waits for review."""
        return services.finish_order(order, **self.based_on(order, data), **data)

    @does(CloseBody, roles=TECHNICIANS, compares=True)
    def close(self, order, **data):
        """End it: done, or not done for a reason."""
        return services.close_order(order, **self.based_on(order, data), **data)

    @does(LateReasonBody, roles=SUPERVISORS, compares=True)
    def reopen(self, order, **data):
        """Work on a closed order again."""
        return services.reopen_order(order, **self.based_on(order, data), **data)

    @does(LateReasonBody, roles=SUPERVISORS, compares=True)
    def cancel(self, order, **data):
        """End an order that was not begun."""
        return services.cancel_order(order, **self.based_on(order, data), **data)

    # -- its tasks ----------------------------------------------------------------------------------------------------

    def task(self, order, key):
        return get_object_or_404(WorkOrderTask.objects.for_tenant(order.tenant_id).filter(work_order=order), pk=key)

    @does(NewTaskBody, roles=TECHNICIANS)
    def tasks(self, order, *, description, **data):
        """Put a further task on it."""
        services.add_task(order, description, by=self.request.user, **data)
        return order

    @does(ResultBody, under="tasks", roles=TECHNICIANS, **FORMS)
    def result(self, order, key, *, result, photos=(), occurred_at=None, **data):
        """Note what a task came to; photos go along as multipart/form-data."""
        photos = self.stored(photos)
        services.record_task(self.task(order, key), result, by=self.request.user, photos=photos, at=occurred_at, **data)
        return order

    @does(FollowUpBody, under="tasks", roles=TECHNICIANS)
    def follow_up(self, order, key, **data):
        """Make an order for what a task found broken; the task names it then."""
        services.follow_up(self.task(order, key), by=self.request.user, **data)
        return order

    @does(ReasonBody, under="tasks", roles=SUPERVISORS)
    def waive(self, order, key, *, reason):
        """Say why a failed task needs nothing further."""
        services.waive(self.task(order, key), by=self.request.user, reason=reason)
        return order

    # -- what goes into it --------------------------------------------------------------------------------------------

    @does(TimeBody, roles=TECHNICIANS)
    def time(self, order, *, minutes, occurred_at=None, **data):
        """Book minutes: one's own, or as a supervisor anybody's."""
        services.add_minutes(order, minutes, by=self.request.user, at=occurred_at, **data)
        return order

    @does(LateActBody, roles=TECHNICIANS, path="timer/start")
    def start_timer(self, order, *, occurred_at=None):
        """Let one's time run; where it runs already, nothing happens."""
        services.start_timer(order, by=self.request.user, at=occurred_at)
        return order

    @does(StopTimerBody, roles=TECHNICIANS, path="timer/stop")
    def stop_timer(self, order, *, user=None, minutes=None, occurred_at=None):
        """Stop one's time, or as a supervisor anybody's."""
        by = self.request.user
        running = LabourEntry.objects.for_tenant(order.tenant_id).filter(work_order=order, minutes=None)
        entry = running.filter(user=user or by).select_related("work_order").first()
        if entry is None:
            raise BrokenRule(_("No time of %(person)s runs on %(order)s.") % {"person": user or by, "order": order})
        services.stop_timer(entry, by=by, at=occurred_at, minutes=minutes)
        return order

    @does(NeedBody, roles=TECHNICIANS)
    def needs(self, order, *, part, qty, warehouse=None):
        """Keep parts for it (`reservations/?reference=WO-000123` shows them)."""
        services.need_part(order, part, qty, by=self.request.user, warehouse=warehouse)
        return order

    @does(ConsumeBody, roles=TECHNICIANS)
    def consume(self, order, *, part, qty, occurred_at=None, **data):
        """Use a part, from a wallet or a warehouse."""
        services.use_part(order, part, qty, by=self.request.user, at=occurred_at, **data)
        return order

    @does(under="consumables", roles=TECHNICIANS)
    def undo(self, order, key):
        """Bring parts back to where they were taken from."""
        used = Consumable.objects.for_tenant(order.tenant_id).filter(work_order=order)
        services.undo_use(get_object_or_404(used, pk=key), by=self.request.user)
        return order

    @does(CostBody, roles=SUPERVISORS)
    def costs(self, order, **data):
        """Book what it cost beside time and parts."""
        services.book_cost(order, by=self.request.user, **data)
        return order

    @does(CommentBody, roles=TECHNICIANS, answer=CommentShape, creates=True, **FORMS)
    def comments(self, order, *, text="", photos=(), occurred_at=None):
        """Say something about it; photos go along as multipart/form-data."""
        return services.comment(order, text, by=self.request.user, photos=self.stored(photos), at=occurred_at)

    def stored(self, photos) -> list:
        return [store_upload(photo, tenant=self.request.tenant, by=self.request.user) for photo in photos]
