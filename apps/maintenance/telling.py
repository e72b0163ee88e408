"""Who is told of orders: whose they are, when they are late; and who reported something, when it is answered."""

from datetime import date, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.hooks import told_of_receipts
from apps.core.models import User
from apps.core.notifications.kinds import NotificationKind, register
from apps.core.notifications.services import notify
from apps.core.roles import Role
from apps.inventory.models import Reservation
from apps.maintenance.models import HoldReason, WorkOrder

DAY = timedelta(days=1)
LATELY = timedelta(days=7)  # a worker may have been off for so long


def describe_assigned(parts) -> str:
    return _("%(number)s is yours: %(title)s") % {name: parts[name] for name in ("number", "title")}


def describe_overdue(parts) -> str:
    words = {"number": parts["number"], "title": parts["title"]}
    words["day"] = date_format(date.fromisoformat(parts["day"]), "Y-m-d")
    return _("%(number)s was due on %(day)s: %(title)s") % words


def describe_answered(parts) -> str:
    words = {name: parts[name] for name in ("number", "order", "reason")}
    if words["order"]:
        return _("Your report %(number)s is now %(order)s") % words
    return _("Your report %(number)s was not taken up: %(reason)s") % words


def describe_part_arrived(parts) -> str:
    return _("%(sku)s has come in; %(number)s waits for parts") % {name: parts[name] for name in ("sku", "number")}


ASSIGNED = register(
    NotificationKind(key="assigned", name=gettext_lazy("Orders given to me"), describe=describe_assigned, icon="user")
)
OVERDUE = register(
    NotificationKind(key="overdue", name=gettext_lazy("Orders that are overdue"), describe=describe_overdue, icon="clock")
)  # fmt: skip
ANSWERED = register(
    NotificationKind(key="answered", name=gettext_lazy("Answers to what I reported"), describe=describe_answered, icon="check")
)  # fmt: skip
PART_ARRIVED = register(
    NotificationKind(key="part_arrived", name=gettext_lazy("Parts that my orders wait for"), describe=describe_part_arrived, icon="box")
)  # fmt: skip


def _url(order) -> str:
    return reverse("maintenance:order_detail", args=[order.number])


def tell_assigned(order, *, by) -> int:
    """Tell a person that an order is theirs; nobody is told of what they took themselves."""
    if order.assigned_to_id is None or (by and by.pk == order.assigned_to_id):
        return 0
    people = User.objects.filter(pk=order.assigned_to_id)
    return notify(
        ASSIGNED, people, order, occasion=str(order.version), by=by, url=_url(order), number=order.number, title=order.title
    )  # fmt: skip


def tell_overdue(tenant) -> int:
    """Tell whose an order is, of nobody's the supervisors, on the day after it was due; once."""
    today, told = timezone.localdate(timezone=tenant.zone), 0
    # (What is late for longer was told then; nobody wants to hear of what was loaded as late years ago.)
    late = WorkOrder.objects.for_tenant(tenant).open().filter(due_date__range=(today - LATELY, today - DAY))
    for order in late.order_by("due_date", "pk").iterator():
        people = User.objects.for_tenant(tenant).filter(is_active=True)
        one = {"pk": order.assigned_to_id} if order.assigned_to_id else {"role": Role.SUPERVISOR}
        told += notify(
            OVERDUE, people.filter(**one), order, occasion=order.due_date.isoformat(), url=_url(order),
            number=order.number, title=order.title, day=order.due_date.isoformat(),
        )  # fmt: skip
    return told


def tell_answered(request, *, by) -> int:
    """Tell who reported something what became of it."""
    people = User.objects.filter(pk=request.reported_by_id)
    order = request.work_order
    return notify(
        ANSWERED, people, request, by=by, url=reverse("maintenance:request_detail", args=[request.number]),
        number=request.number, order=order.number if order else "", reason=request.rejection_reason,
    )  # fmt: skip


@told_of_receipts
def tell_part_arrived(part, move) -> None:
    """A part has come in that orders on hold wait for: whose they are is told."""
    kept = Reservation.objects.for_tenant(part.tenant_id).filter(part=part, qty_open__gt=0).values("reference")
    waiting = WorkOrder.objects.for_tenant(part.tenant_id).filter(
        hold_reason=HoldReason.PARTS, assigned_to__isnull=False, number__in=kept
    )
    for order in waiting.order_by("pk"):
        notify(
            PART_ARRIVED, User.objects.filter(pk=order.assigned_to_id), order, occasion=str(move.pk), url=_url(order),
            sku=part.sku, number=order.number,
        )  # fmt: skip
