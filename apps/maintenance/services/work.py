"""What a technician presses on the phone: begin, with the time running; stop the time."""

from django.db import transaction
from django.db.models import F

from apps.core.moments import entered
from apps.maintenance.models import LabourEntry, OrderStatus
from apps.maintenance.services.labour import start_timer, stop_timer
from apps.maintenance.services.orders import resume_order, start_order
from apps.maintenance.services.steps import lock_order


@transaction.atomic
def begin_work(order, *, by, at=None, seen=None):
    """Start an order, or go on with one that is begun, and let one's time run on it; time that runs elsewhere stops.

    at: when it was; now, if None. Returns the order. Raises what start_order, resume_order and stop_timer do.
    """
    order = lock_order(order, seen=seen)
    running = running_timer(order.tenant_id, by)
    if running and running.work_order_id != order.pk:
        stop_timer(running, by=by, at=entered(at))
    if order.status != OrderStatus.IN_PROGRESS:
        order = start_order(order, by=by, at=at)
    elif order.hold_reason:
        order = resume_order(order, by=by)
    start_timer(order, by=by, at=at)
    return order


@transaction.atomic
def stop_work(tenant, *, by, at=None, minutes=None) -> LabourEntry | None:
    """Stop one's time, wherever it runs; the order stays begun. at: when it was, at most seven days back.

    Returns the LabourEntry; None where no time runs.
    """
    at, running = entered(at), running_timer(tenant, by)
    return running and stop_timer(running, by=by, at=at, minutes=minutes)


def running_timer(tenant, person) -> LabourEntry | None:
    """The time of a person that runs now, with its order, and the code of the machine."""
    rows = LabourEntry.objects.for_tenant(tenant).filter(user=person, minutes=None)
    rows = rows.annotate(code=F("work_order__asset__identity__client_code"))
    return rows.select_related("work_order__asset", "work_order__location", "work_order__station").first()
