"""Work orders: what is to be done, by whom, until when; their tasks, and the codes of what was wrong."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import HasStatus, Row, TenantQuerySet, User, code_validator, history
from apps.maintenance.due import Trigger
from apps.maintenance.models.schedules import METER, PmSchedule, Priority, TaskKind
from apps.registry.models import Asset, Location, Meter, MeterReading


class OrderStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready")
    IN_PROGRESS = "in_progress", _("In progress")
    CLOSED = "closed", _("Closed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN = (OrderStatus.DRAFT, OrderStatus.READY, OrderStatus.IN_PROGRESS)


class Origin(models.TextChoices):
    PM = "pm", _("Preventive")
    CM = "cm", _("Corrective")
    DEFECT = "defect", _("Defect")


class Outcome(models.TextChoices):
    DONE = "done", _("Done")
    NOT_DONE = "not_done", _("Not done")


class HoldReason(models.TextChoices):
    PARTS = "parts", _("Waiting for parts")
    ACCESS = "access", _("No access")
    SHIFT_END = "shift_end", _("End of the shift")
    REVIEW = "review", _("To be closed by another person")
    OTHER = "other", _("Other")


class FailureKind(models.TextChoices):
    PROBLEM = "problem", _("Problem")
    CAUSE = "cause", _("Cause")
    REMEDY = "remedy", _("Remedy")


TRIGGERS = [
    (Trigger.DATE.value, _("Date")),
    (Trigger.METER.value, _("Meter")),
    (Trigger.MANUAL.value, _("By hand")),
    (Trigger.CONDITION.value, _("Condition")),
]


class FailureCode(Row):
    """A word for what was wrong, why, or what helped. “Not found” is a cause like another."""

    kind = models.TextField(_("kind"), choices=FailureKind)
    code = models.TextField(_("code"), max_length=40, validators=[code_validator])
    name = models.TextField(_("name"), max_length=200)
    category = models.TextField(_("category"), max_length=100, blank=True, default="")
    is_active = models.BooleanField(_("in use"), default=True)

    history = history("failure_codes")

    class Meta:
        db_table = "failure_codes"
        verbose_name = _("failure code")
        verbose_name_plural = _("failure codes")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "code"], name="failure_code_once_per_kind"),
            models.CheckConstraint(condition=Q(kind__in=FailureKind.values), name="failure_kind_known"),
        ]

    def __str__(self):
        return self.name


class OrderQuerySet(TenantQuerySet):
    def open(self):
        return self.filter(status__in=OPEN)


class WorkOrder(HasStatus, Row):
    """Work on an asset, at a place or at a station.

    On hold is a reason beside *in progress*. trigger, due_*: what fired, and the values that did. down_from, down_until:
    when the asset stood; empty: it did not. covered_by: the order of a longer schedule that does this one's work.
    follows: the order whose failed task this one mends. is_unapproved: begun in an emergency, to be confirmed.
    """

    MOVES = {
        OrderStatus.DRAFT: {OrderStatus.READY, OrderStatus.CANCELLED},
        OrderStatus.READY: {OrderStatus.DRAFT, OrderStatus.IN_PROGRESS, OrderStatus.CANCELLED},
        OrderStatus.IN_PROGRESS: {OrderStatus.READY, OrderStatus.CLOSED},
        OrderStatus.CLOSED: {OrderStatus.IN_PROGRESS},
        OrderStatus.CANCELLED: set(),
    }

    number = models.TextField(_("number"), max_length=20, editable=False)
    asset = key_to(Asset, "work_orders", _("asset"), null=True, blank=True)
    location = key_to(Location, "work_orders", _("location"), null=True, blank=True)
    station = key_to("shopfloor.Station", "work_orders", _("station"), null=True, blank=True)
    title = models.TextField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=5000, blank=True, default="")
    status = models.TextField(_("status"), choices=OrderStatus, default=OrderStatus.DRAFT)
    origin = models.TextField(_("origin"), choices=Origin)
    trigger = models.TextField(_("made by"), choices=TRIGGERS, default=Trigger.MANUAL.value)
    priority = models.TextField(_("priority"), choices=Priority, default=Priority.NORMAL)
    assigned_to = key_to(User, "+", _("assigned to"), null=True, blank=True)
    due_date = models.DateField(_("due"), null=True, blank=True)
    due_meter = models.DecimalField(_("due at"), **METER, null=True, blank=True)
    planned_start = models.DateTimeField(_("planned from"), null=True, blank=True)
    planned_end = models.DateTimeField(_("planned until"), null=True, blank=True)
    estimated_minutes = models.PositiveIntegerField(_("minutes of work"), null=True, blank=True)
    approved_by = key_to(User, "+", _("approved by"), null=True, blank=True)
    is_unapproved = models.BooleanField(_("started without approval"), default=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    started_by = key_to(User, "+", _("started by"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    finished_by = key_to(User, "+", _("finished by"), null=True, blank=True)
    performed_at = models.DateTimeField(_("done at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = key_to(User, "+", _("closed by"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), choices=Outcome, blank=True, default="")
    hold_reason = models.TextField(_("on hold"), choices=HoldReason, blank=True, default="")
    problem = key_to(FailureCode, "+", _("problem"), null=True, blank=True)
    cause = key_to(FailureCode, "+", _("cause"), null=True, blank=True)
    remedy = key_to(FailureCode, "+", _("remedy"), null=True, blank=True)
    down_from = models.DateTimeField(_("stood from"), null=True, blank=True)
    down_until = models.DateTimeField(_("stood until"), null=True, blank=True)
    pm_schedule = key_to(PmSchedule, "orders", _("schedule"), null=True, blank=True)
    cycle = models.PositiveIntegerField(_("cycle"), null=True, blank=True, editable=False)
    missed = models.PositiveIntegerField(_("missed before"), default=0, editable=False)
    covered_by = key_to("self", "covers", _("covered by"), null=True, blank=True)
    service_request = key_to("maintenance.ServiceRequest", "+", _("service request"), null=True, blank=True)
    follows = key_to("self", "follow_ups", _("follows"), null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=500, blank=True, default="")
    created_by = key_to(User, "+", _("made by"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    history = history("work_orders", excluded=("version",))
    objects = OrderQuerySet.as_manager()

    class Meta:
        db_table = "work_orders"
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="order_number_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "pm_schedule", "cycle"],
                condition=Q(pm_schedule__isnull=False, cycle__isnull=False),
                name="one_order_per_schedule_and_cycle",
            ),
            models.UniqueConstraint(
                fields=["tenant", "pm_schedule"],
                condition=Q(pm_schedule__isnull=False) & ~Q(status__in=[OrderStatus.CLOSED, OrderStatus.CANCELLED]),
                name="one_open_order_per_schedule",
            ),
            models.CheckConstraint(
                condition=Q(asset__isnull=False) | Q(location__isnull=False) | Q(station__isnull=False),
                name="order_is_for_something",
                violation_error_message=_("Say what it is for: an asset, a place or a station."),
            ),
            models.CheckConstraint(
                condition=Q(pm_schedule=None) | Q(asset__isnull=False), name="preventive_order_has_its_asset"
            ),
            models.CheckConstraint(
                condition=Q(status=OrderStatus.CLOSED) ^ Q(closed_at=None), name="order_closed_at_tells_when"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values, status=OrderStatus.CLOSED)
                | (Q(outcome="") & ~Q(status=OrderStatus.CLOSED)),
                name="closed_order_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(hold_reason="") | Q(hold_reason__in=HoldReason.values, status=OrderStatus.IN_PROGRESS),
                name="order_on_hold_is_in_progress",
            ),
            models.CheckConstraint(
                condition=Q(down_until=None) | Q(down_from__isnull=False, down_until__gte=models.F("down_from")),
                name="order_downtime_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="order_origin_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="order_priority_known"),
            models.CheckConstraint(
                condition=Q(trigger__in=[word.value for word in Trigger]), name="order_trigger_known"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "due_date", "id"], name="work_orders_status"),
            models.Index(fields=["tenant", "asset", "-created_at"], name="work_orders_asset"),
            models.Index(fields=["tenant", "assigned_to", "status", "due_date"], name="work_orders_person"),
            models.Index(fields=["tenant", "-created_at", "id"], name="work_orders_order"),
            models.Index(fields=["tenant", "station", "status"], name="work_orders_station"),
            models.Index(fields=["tenant", "closed_at"], name="work_orders_closed"),
            models.Index(fields=["tenant", "down_from"], name="work_orders_down", condition=Q(down_from__isnull=False)),
            models.Index(fields=["tenant", "follows"], name="work_orders_follows", condition=Q(follows__isnull=False)),
            models.Index(
                fields=["tenant", "created_at", "id"], name="work_orders_unapproved", condition=Q(is_unapproved=True)
            ),
            models.Index(
                fields=["tenant", "covered_by"], name="work_orders_covers", condition=Q(covered_by__isnull=False)
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


class CoveredCycle(Row):
    """A cycle of a shorter schedule whose tasks an order of a longer one does; closing that order credits it."""

    work_order = key_to(WorkOrder, "covered_cycles", _("work order"))
    pm_schedule = key_to(PmSchedule, "covered_cycles", _("schedule"))
    cycle = models.PositiveIntegerField(_("cycle"))
    due_date = models.DateField(_("due"), null=True, blank=True)
    due_meter = models.DecimalField(_("due at"), **METER, null=True, blank=True)
    is_open = models.BooleanField(default=True)  # until the order is closed or cancelled

    history = history("covered_cycles")

    class Meta:
        db_table = "covered_cycles"
        verbose_name = _("covered cycle")
        verbose_name_plural = _("covered cycles")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "pm_schedule"], condition=Q(is_open=True), name="one_open_cover_per_schedule"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="covered_cycles_order"),
            models.Index(fields=["tenant", "pm_schedule", "cycle"], name="covered_cycles_schedule"),
        ]

    def __str__(self):
        return f"{self.pm_schedule} · {self.work_order}"


class TaskResult(models.TextChoices):
    PASS = "pass", _("Pass")
    FAIL = "fail", _("Fail")
    INPUT = "input", _("Entered")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")


class WorkOrderTask(Row):
    """One step of an order. section: the schedule it came from, where a longer one's order does it, too."""

    work_order = key_to(WorkOrder, "tasks", _("work order"), db_column="wo_id")
    position = models.PositiveIntegerField(_("position"), default=0)
    section = models.TextField(_("section"), max_length=200, blank=True, default="")
    description = models.TextField(_("description"), max_length=500)
    is_mandatory = models.BooleanField(_("mandatory"), default=True)
    kind = models.TextField(_("kind"), choices=TaskKind, default=TaskKind.CHECK)
    unit = models.TextField(_("unit"), max_length=20, blank=True, default="")
    min = models.DecimalField(_("from"), **METER, null=True, blank=True)
    max = models.DecimalField(_("to"), **METER, null=True, blank=True)
    meter = models.TextField(_("meter"), choices=Meter, default=Meter.RUN_HOURS)
    result = models.TextField(_("result"), choices=TaskResult, blank=True, default="")
    value = models.TextField(_("value"), max_length=2000, blank=True, default="")
    comment = models.TextField(_("comment"), max_length=2000, blank=True, default="")
    done_by = key_to(User, "+", _("done by"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    reading = key_to(MeterReading, "+", _("reading"), null=True, blank=True)
    follow_up = key_to(WorkOrder, "+", _("follow-up"), null=True, blank=True)
    waived_by = key_to(User, "+", _("waived by"), null=True, blank=True)
    waiver = models.TextField(_("why it may stay so"), max_length=500, blank=True, default="")

    history = history("wo_tasks")

    class Meta:
        db_table = "wo_tasks"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TaskKind.values), name="task_kind_known"),
            models.CheckConstraint(condition=Q(result__in=["", *TaskResult.values]), name="task_result_known"),
            models.CheckConstraint(
                condition=Q(result="", done_at=None) | (~Q(result="") & Q(done_at__isnull=False)),
                name="task_result_says_when",
            ),
            models.CheckConstraint(
                condition=Q(min=None) | Q(max=None) | Q(max__gte=models.F("min")), name="task_range_not_upside_down"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "work_order", "position"], name="wo_tasks_order")]

    def __str__(self):
        return self.description

    @property
    def answer(self) -> str:
        """Which answer it has, to be compared with that which somebody looked at; empty: none."""
        return self.done_at.isoformat() if self.done_at else ""


class PmCredit(Row):
    """That an order, its own or that of a longer schedule, did a schedule's cycle: the evidence of `last done`.

    before: where the schedule stood (due.Standing, as text), so that a reopened order's credit can be withdrawn.
    """

    work_order = key_to(WorkOrder, "credits", _("work order"))
    pm_schedule = key_to(PmSchedule, "credits", _("schedule"))
    cycle = models.PositiveIntegerField(_("cycle"))
    performed_date = models.DateField(_("done"))
    performed_meter = models.DecimalField(_("done at"), **METER, null=True, blank=True)
    before = models.JSONField(default=dict)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("pm_credits")

    class Meta:
        db_table = "pm_credits"
        verbose_name = _("credit")
        verbose_name_plural = _("credits")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "pm_schedule", "cycle"], condition=Q(withdrawn_at=None), name="cycle_credited_once"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "work_order"], name="pm_credits_order"),
            models.Index(fields=["tenant", "pm_schedule", "-performed_date"], name="pm_credits_schedule"),
        ]

    def __str__(self):
        return f"{self.pm_schedule} · {self.work_order}"
