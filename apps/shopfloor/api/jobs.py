"""Jobs, and which stations are and were at work on them."""

from django_filters import ChoiceFilter

from apps.core.api.filters import ByKey, Day, Filters, Flag
from apps.core.api.resources import Changes, Creates, Resource, does
from apps.core.roles import SUPERVISORS
from apps.shopfloor import services
from apps.shopfloor.api.bodies import RankBody, WhyBody
from apps.shopfloor.api.shapes import AssignmentShape, JobShape
from apps.shopfloor.api.stations import late
from apps.shopfloor.models import Job, JobStatus, Priority, Station, StationAssignment


class JobFilters(Filters):
    status = ChoiceFilter(choices=JobStatus.choices)
    priority = ChoiceFilter(choices=Priority.choices)
    due_before = Day(field_name="due_date", lookup_expr="lt")
    due_after = Day(field_name="due_date", lookup_expr="gt")

    class Meta:
        model = Job
        fields = ("line_hint", "part_name")


class Jobs(Creates, Changes, Resource):
    """Work to be done: so many of a part, by a day. Newest first."""

    model, shape = Job, JobShape
    lookup_field = "code"
    writes = SUPERVISORS
    filterset_class = JobFilters
    search_fields = ("code", "part_name")
    ordering = ("-created_at",)
    ordering_fields = ("code", "due_date", "rank", "created_at", "completed_at")

    def rows(self, tenant):
        return super().rows(tenant).with_quantities()

    def make(self, **data):
        return services.create_job(self.request.tenant, by=self.request.user, **data)

    def change(self, job, **data):
        return services.change_job(job, by=self.request.user, **data)

    @does(RankBody, roles=SUPERVISORS, compares=True)
    def rank(self, job, *, rank):
        """Pin a job to a place in the queue, or take the pin away."""
        return services.change_job(job, by=self.request.user, seen=self.seen(job), rank=rank)

    @does(WhyBody, roles=SUPERVISORS, compares=True)
    def cancel(self, job, *, reason="", occurred_at=None):
        """Give a job up: its assignments end, what was made stays."""
        at = late(self, occurred_at)
        return services.cancel_job(job, by=self.request.user, reason=reason, seen=self.seen(job), at=at)

    @does(WhyBody, roles=SUPERVISORS, compares=True)
    def reopen(self, job, *, reason="", occurred_at=None):
        """Put a completed or cancelled job back into the queue."""
        at = late(self, occurred_at)
        return services.reopen_job(job, by=self.request.user, reason=reason, seen=self.seen(job), at=at)


class AssignmentFilters(Filters):
    station = ByKey(Station)
    job = ByKey(Job)
    is_active = Flag()


class Assignments(Resource):
    """Which station is or was at work on which job, and what it made."""

    model, shape = StationAssignment, AssignmentShape
    filterset_class = AssignmentFilters
    ordering = ("-started_at",)

    def rows(self, tenant):
        return super().rows(tenant).select_related("station", "job")
