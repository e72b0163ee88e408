"""The steps of an order: what each came to, what follows of a failure, and what people say beside it."""

from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.errors import BrokenRule, Conflict, NotAllowed
from apps.core.moments import entered, reasoned
from apps.core.roles import Role
from apps.core.uploads import attach, attachments_of
from apps.maintenance.models import OrderComment, Origin, TaskKind, TaskResult, WorkOrder, WorkOrderTask
from apps.maintenance.services.orders import create_order
from apps.maintenance.services.steps import lock_begun, lock_order, refuse_over
from apps.registry.services import correct_reading, post_reading, void_reading

NUMBERS = (TaskKind.NUMBER, TaskKind.METER)


@transaction.atomic
def record_task(task, result, *, by, value="", comment="", photos=(), at=None, confirmed=False, seen=None):
    """Note what a task of an order in progress came to. A number decides by itself whether it passes.

    photos: Attachments that belong to nothing yet. at: when it was done, at most seven days back; now, if None. A
    meter's value is posted to the meter as well; confirmed: an unusual one is right. seen: the task's `answer` that the
    person looked at. Raises Conflict where another person has answered since; BrokenRule for an order that is not in progress, a number that is none, a failure without a comment or photo, and a mandatory task that is
    said not to apply without a reason.
    """
    order = lock_begun(task.work_order)
    task = WorkOrderTask.objects.locked().get(pk=task.pk)
    task.work_order = order
    if task.done_by_id != by.pk and seen not in (None, task.answer):
        words = {"person": task.done_by or _("The system"), "task": task}
        raise Conflict(_("%(person)s has answered “%(task)s” meanwhile; look at it again.") % words, current=order)
    if result not in TaskResult.values:
        raise BrokenRule(_("Say whether it passes, fails or does not apply."))
    value, comment = value.strip(), comment.strip()
    applies = result != TaskResult.NOT_APPLICABLE
    if applies and task.kind in NUMBERS:
        number = _number(value)
        result = _judged(task, number)
    if applies and task.kind == TaskKind.TEXT and result == TaskResult.INPUT and not value:
        raise BrokenRule(_("Write something."))
    if applies and task.kind == TaskKind.PHOTO and not _has_photo(task, photos):
        raise BrokenRule(_("Take a photo."), code="photo_needed")
    if result == TaskResult.FAIL and not (comment or _has_photo(task, photos)):
        raise BrokenRule(_("Say what is wrong, or add a photo."), code="comment_needed")
    if not applies and task.is_mandatory and not comment:
        raise BrokenRule(_("This task is mandatory; say why it does not apply."), code="comment_needed")
    task.done_by, task.done_at = by, entered(at)
    if task.kind == TaskKind.METER and order.asset_id:
        _read(task, number if applies else None, by=by, confirmed=confirmed)
    task.result, task.value, task.comment = result, value if applies else "", comment
    if result != TaskResult.FAIL:
        task.waived_by, task.waiver = None, ""
    task.save()
    attach(photos, task)
    return task


def _has_photo(task, photos) -> bool:
    return bool(photos) or bool(attachments_of([task]).get(task.pk))


def _number(text) -> Decimal:
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise BrokenRule(_("Write a number.")) from None
    if not number.is_finite() or abs(number) >= 10**10:
        raise BrokenRule(_("Write a number."))
    return number


def _judged(task, number) -> str:
    is_low = task.min is not None and number < task.min
    is_high = task.max is not None and number > task.max
    return TaskResult.FAIL if is_low or is_high else TaskResult.PASS


def _read(task, number, *, by, confirmed) -> None:
    """What the task says is on the dial stands in the meter's ledger; saying it anew corrects that entry."""
    asset, why = task.work_order.asset, str(task.work_order)
    if task.reading and number is None:
        void_reading(task.reading, by=by, reason=why)
        task.reading = None
    elif task.reading and number != task.reading.value:
        task.reading = correct_reading(task.reading, number, by=by, reason=why, confirmed=confirmed)
    elif not task.reading and number is not None:
        task.reading = post_reading(
            asset, task.meter, number, by=by, read_at=task.done_at, reason=why, confirmed=confirmed
        )


@transaction.atomic
def follow_up(task, *, by, title="", priority=None):
    """Make an order for what a task found broken; asked again, the same order. Returns the WorkOrder."""
    former = lock_order(task.work_order)
    task = WorkOrderTask.objects.locked().select_related("follow_up").get(pk=task.pk)
    if task.follow_up:
        return task.follow_up
    if task.result != TaskResult.FAIL:
        raise BrokenRule(_("Only what failed is followed up."))
    order = create_order(
        WorkOrder(
            tenant=former.tenant, asset=former.asset, location=former.location, station=former.station,
            origin=Origin.DEFECT, priority=priority or former.priority, follows=former,
            title=(title.strip() or task.description)[:200],
            description=_("Found by %(order)s: %(task)s. %(comment)s")
            % {"order": former, "task": task.description, "comment": task.comment},
        ),
        by=by,
    )  # fmt: skip
    task.follow_up = order
    task.save()
    return order


@transaction.atomic
def waive(task, *, by, reason):
    """Say why a failed task needs nothing further: a supervisor's word."""
    lock_begun(task.work_order)
    task = WorkOrderTask.objects.locked().get(pk=task.pk)
    if not by.is_at_least(Role.SUPERVISOR):
        raise NotAllowed(_("A supervisor says that it may stay so."))
    if task.result != TaskResult.FAIL:
        raise BrokenRule(_("Only what failed is waived."))
    task.waived_by, task.waiver = by, reasoned(reason)
    task.save()
    return task


@transaction.atomic
def comment(order, text, *, by, photos=(), at=None):
    """Say something about an order, with photos. Returns the OrderComment."""
    if not text.strip() and not photos:
        raise BrokenRule(_("Write something, or add a photo."))
    order = lock_order(order)
    row = OrderComment.objects.create(
        tenant_id=order.tenant_id, work_order=order, text=text.strip(), user=by, created_at=entered(at)
    )
    attach(photos, row)
    return row


@transaction.atomic
def add_task(order, description, *, by, kind=TaskKind.CHECK, is_mandatory=True, **limits):
    """Put a further step on an order that is not over. Returns the WorkOrderTask."""
    order = lock_order(order)
    if not order.is_open:
        raise BrokenRule(_("%s is over; nothing is added to it.") % order)
    last = order.tasks.order_by("-position").values_list("position", flat=True).first() or 0
    task = WorkOrderTask(
        tenant_id=order.tenant_id, work_order=order, position=last + 1, description=description.strip(), kind=kind,
        is_mandatory=is_mandatory, **limits,
    )  # fmt: skip
    task.full_clean(exclude=["tenant", "work_order"], validate_constraints=False)
    task.save()
    return task


@transaction.atomic
def move_task(task, step, *, by):
    """Put a task of an order that is not over before the one above it (step -1), or behind the one below it (1).

    At the end of its section, a task stays where it is.
    """
    order = lock_order(task.work_order)
    refuse_over(order)
    tasks = list(WorkOrderTask.objects.locked().filter(work_order=order).order_by("position", "pk"))
    here = tasks.index(task)
    there = here + step
    if not 0 <= there < len(tasks) or tasks[there].section != tasks[here].section:
        return
    tasks[here], tasks[there] = tasks[there], tasks[here]
    for position, row in enumerate(tasks):
        if row.position != position:
            row.position = position
            row.save()
