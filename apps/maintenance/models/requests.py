"""What people report: something that wants a look, until somebody makes an order of it, or says why not."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import HasStatus, Row, User, history
from apps.maintenance.models.orders import WorkOrder
from apps.maintenance.models.schedules import Priority
from apps.registry.models import Asset, Location


class RequestStatus(models.TextChoices):
    PENDING = "pending", _("Waiting")
    REJECTED = "rejected", _("Rejected")
    CONVERTED = "converted", _("Work order")


class ServiceRequest(HasStatus, Row):
    """A problem with an asset, at a place or at a station, in a person's words and photos.

    Converted or merged, it names its order. reported_by is empty where it came from the public page; then
    reporter_name says what the person called themselves, and public_token_hash finds it again by a private link.
    """

    MOVES = {
        RequestStatus.PENDING: {RequestStatus.REJECTED, RequestStatus.CONVERTED},
        RequestStatus.REJECTED: set(),
        RequestStatus.CONVERTED: set(),
    }

    number = models.TextField(_("number"), max_length=20, editable=False)
    asset = key_to(Asset, "service_requests", _("asset"), null=True, blank=True)
    location = key_to(Location, "service_requests", _("location"), null=True, blank=True)
    station = key_to("shopfloor.Station", "service_requests", _("station"), null=True, blank=True)
    reported_by = key_to(
        User, "+", _("reported by"), null=True, blank=True, db_column="reported_by_user_id"
    )  # empty: the public page
    reporter_name = models.TextField(_("name of the reporter"), max_length=100, blank=True, default="")
    public_token_hash = models.TextField(max_length=64, blank=True, default="", editable=False)
    description = models.TextField(_("what is wrong"), max_length=5000)
    photo_url = models.TextField(_("first photo"), max_length=300, blank=True, default="", editable=False)
    status = models.TextField(_("status"), choices=RequestStatus, default=RequestStatus.PENDING)
    urgency = models.TextField(_("urgency"), choices=Priority, default=Priority.NORMAL)
    is_down = models.BooleanField(_("it stands"), default=False)
    rejection_reason = models.TextField(_("why not"), max_length=500, blank=True, default="")
    work_order = key_to(WorkOrder, "requests", _("work order"), null=True, blank=True)
    triaged_by = key_to(User, "+", _("answered by"), null=True, blank=True)
    triaged_at = models.DateTimeField(_("answered"), null=True, blank=True)
    created_at = models.DateTimeField(_("reported"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # A stranger's name is of no concern to the record.
    history = history("service_requests", excluded=("version", "reporter_name", "public_token_hash"))

    class Meta:
        db_table = "service_requests"
        verbose_name = _("service request")
        verbose_name_plural = _("service requests")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="request_number_once_per_tenant"),
            models.UniqueConstraint(
                fields=["tenant", "public_token_hash"], condition=~Q(public_token_hash=""), name="request_link_once"
            ),
            models.CheckConstraint(
                condition=Q(asset__isnull=False) | Q(location__isnull=False) | Q(station__isnull=False),
                name="request_is_about_something",
            ),
            models.CheckConstraint(
                condition=Q(status=RequestStatus.PENDING, work_order=None, triaged_at=None)
                | Q(status=RequestStatus.REJECTED, work_order=None, triaged_at__isnull=False) & ~Q(rejection_reason="")
                | Q(status=RequestStatus.CONVERTED, triaged_at__isnull=False),
                name="request_answer_fits_its_status",
            ),
            models.CheckConstraint(condition=Q(urgency__in=Priority.values), name="request_urgency_known"),
        ]
        indexes = [
            models.Index(fields=["tenant", "status", "created_at", "id"], name="service_requests_status"),
            models.Index(fields=["tenant", "asset", "-created_at"], name="service_requests_asset"),
            models.Index(fields=["tenant", "reported_by", "-created_at"], name="service_requests_person"),
            models.Index(fields=["tenant", "-created_at", "id"], name="service_requests_order"),
            models.Index(
                fields=["tenant", "work_order"], name="service_requests_of_order", condition=Q(work_order__isnull=False)
            ),
        ]

    def __str__(self):
        return self.number
