"""What travels together: shipments, the papers they travel with, and the code by which they change hands."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.fields import key_to
from apps.core.models import Attachment, Row, User, history


class ShipmentStatus(models.TextChoices):
    PLANNED = "planned", _("Planned")
    IN_TRANSIT = "in_transit", _("In transit")
    PARTLY_RECEIVED = "partly_received", _("Partly received")
    RECEIVED = "received", _("Received")
    CANCELLED = "cancelled", _("Cancelled")


class Shipment(Row):
    """A truck, or whatever else takes several assets along. Its status is what its movements come to."""

    jms_reference = models.TextField(_("trip"), max_length=60)
    driver_name = models.TextField(_("driver"), max_length=120, blank=True, default="")
    vehicle = models.TextField(_("vehicle"), max_length=120, blank=True, default="")
    departed_at = models.DateTimeField(_("departed"), null=True, blank=True)
    status = models.TextField(_("status"), choices=ShipmentStatus, default=ShipmentStatus.PLANNED)
    manifest_pdf_url = models.TextField(_("manifest"), max_length=300, blank=True, default="", editable=False)
    notes = models.TextField(_("notes"), max_length=2000, blank=True, default="")
    created_by = key_to(User, "+", _("planned by"), null=True, blank=True)
    created_at = models.DateTimeField(_("planned"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    # No name of a person enters the record.
    history = history("shipments", excluded=("driver_name", "version"))

    class Meta:
        db_table = "shipments"
        verbose_name = _("shipment")
        verbose_name_plural = _("shipments")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "jms_reference"], name="shipment_reference_once_per_tenant",
                violation_error_message=_("Another shipment has this reference."),
            ),
            models.CheckConstraint(condition=~Q(jms_reference=""), name="shipment_has_a_reference"),
            models.CheckConstraint(condition=Q(status__in=ShipmentStatus.values), name="shipment_status_known"),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["tenant", "status", "-created_at", "id"], name="shipments_status"),
            models.Index(fields=["tenant", "-created_at", "id"], name="shipments_order"),
        ]

    def __str__(self):
        return self.jms_reference

    @property
    def is_open(self) -> bool:
        return self.status not in (ShipmentStatus.RECEIVED, ShipmentStatus.CANCELLED)


class GatePass(Row):
    """A gate pass as it was issued: the movements that name its number may leave with it.

    token: in the address that its QR code holds; it begins with the tenant's key, so that the table stays under
    row-level security for strangers too. file: the PDF, frozen.
    """

    number = models.TextField(_("number"), max_length=40)
    token = models.TextField(editable=False)
    bearer = models.TextField(_("bearer"), max_length=120, blank=True, default="")
    vehicle = models.TextField(_("vehicle"), max_length=120, blank=True, default="")
    valid_until = models.DateField(_("valid until"))
    file = key_to(Attachment, "+", _("PDF"), null=True, blank=True, editable=False)
    issued_by = key_to(User, "+", _("issued by"), null=True, blank=True)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    revoked_by = key_to(User, "+", _("revoked by"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    reason = models.TextField(_("why revoked"), max_length=500, blank=True, default="")

    history = history("gate_passes", excluded=("token", "bearer"))

    class Meta:
        db_table = "gate_passes"
        verbose_name = _("gate pass")
        verbose_name_plural = _("gate passes")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="gate_pass_number_once_per_tenant"),
            models.UniqueConstraint(fields=["tenant", "token"], name="gate_pass_token_once_per_tenant"),
        ]
        indexes = [models.Index(fields=["tenant", "-issued_at", "id"], name="gate_passes_order")]

    def __str__(self):
        return self.number


class Handover(Row):
    """Who gave what is on its way to whom: the taker scanned the giver's code, or the giver signed on the taker's screen.

    Of one movement, or of all of a shipment that are on their way. code_hash: of the code that is shown, good once, and
    for a short while; empty where somebody signed. signer_name: of a giver who has no account.
    """

    movement = key_to("logistics.AssetMovement", "handovers", _("movement"), null=True, blank=True)
    shipment = key_to(Shipment, "handovers", _("shipment"), null=True, blank=True)
    given_by = key_to(User, "+", _("given by"), null=True, blank=True)
    signer_name = models.TextField(_("name of the giver"), max_length=120, blank=True, default="")
    signature = key_to(Attachment, "+", _("signature"), null=True, blank=True)
    code_hash = models.TextField(max_length=64, blank=True, default="", editable=False)
    expires_at = models.DateTimeField(_("good until"), null=True, blank=True)
    taken_by = key_to(User, "+", _("taken by"), null=True, blank=True)
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    created_at = models.DateTimeField(_("offered"), default=timezone.now, editable=False)

    history = history("custody_handovers", excluded=("signer_name", "code_hash"))

    class Meta:
        db_table = "custody_handovers"
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        constraints = [
            models.CheckConstraint(
                condition=Q(movement__isnull=False) | Q(shipment__isnull=False), name="handover_of_something"
            ),
            models.CheckConstraint(
                condition=(~Q(code_hash="") & Q(expires_at__isnull=False, given_by__isnull=False))
                | (Q(code_hash="", signature__isnull=False, taken_at__isnull=False) & ~Q(signer_name="")),
                name="handover_by_code_or_signature",
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None) | Q(taken_by__isnull=False), name="what_was_taken_says_by_whom"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "movement"], name="handovers_movement", condition=Q(movement__isnull=False)),
            models.Index(fields=["tenant", "shipment"], name="handovers_shipment", condition=Q(shipment__isnull=False)),
        ]

    def __str__(self):
        return f"{self.giver} → {self.taken_by or '…'}"

    @property
    def giver(self) -> str:
        """Who showed the code, or signed."""
        return str(self.given_by or self.signer_name)
