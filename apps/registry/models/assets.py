"""What there is: machines and their components, a guarded tree; how they are found, what they are, their papers."""

from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from jsonschema import Draft202012Validator, SchemaError

from apps.core.fields import OneToOne, day_of_a_machine, key_to
from apps.core.models import Attachment, HasStatus, Row, User, history
from apps.core.trees import TREE_FIELDS, SafeTree
from apps.registry.models.places import Location


class AssetStatus(models.TextChoices):
    IN_SERVICE = "in_service", _("In service")
    OUT_OF_SERVICE = "out_of_service", _("Out of service")
    IN_TRANSIT = "in_transit", _("In transit")
    RETIRED = "retired", _("Retired")


class Criticality(models.TextChoices):
    A = "a", _("A: stops the plant")
    B = "b", _("B: slows the plant")
    C = "c", _("C: can wait")


class HoursSource(models.TextChoices):
    """Where an asset's run hours are booked from; the other's figure is shown and does not count."""

    DAILY_LOG = "daily_log", _("Daily log")
    STATION = "station", _("Its station")


class Asset(HasStatus, SafeTree):
    """A machine or a component of one. A component is where its unit is.

    `version` rises with every change of what a person may have seen: what a form was based on.
    """

    MOVES = {
        AssetStatus.IN_SERVICE: {AssetStatus.OUT_OF_SERVICE, AssetStatus.IN_TRANSIT, AssetStatus.RETIRED},
        AssetStatus.OUT_OF_SERVICE: {AssetStatus.IN_SERVICE, AssetStatus.IN_TRANSIT, AssetStatus.RETIRED},
        AssetStatus.IN_TRANSIT: {AssetStatus.IN_SERVICE, AssetStatus.OUT_OF_SERVICE, AssetStatus.RETIRED},
        AssetStatus.RETIRED: {AssetStatus.IN_SERVICE},
    }

    name = models.TextField(_("name"), max_length=200)
    location = models.ForeignKey(
        Location, models.PROTECT, related_name="assets", verbose_name=_("location"), db_index=False
    )
    status = models.TextField(_("status"), choices=AssetStatus, default=AssetStatus.IN_SERVICE)
    criticality = models.TextField(_("criticality"), choices=Criticality, default=Criticality.B)
    category = models.TextField(_("category"), max_length=100, blank=True, default="")
    manufacturer = models.TextField(_("manufacturer"), max_length=120, blank=True, default="")
    model = models.TextField(_("model"), max_length=120, blank=True, default="")
    serial_number = models.TextField(_("serial number"), max_length=120, blank=True, default="")
    purchase_date = models.DateField(_("purchased"), null=True, blank=True, validators=[day_of_a_machine])
    purchase_cost = models.DecimalField(_("purchase cost"), max_digits=14, decimal_places=2, null=True, blank=True)
    warranty_end = models.DateField(_("warranty ends"), null=True, blank=True, validators=[day_of_a_machine])
    notes = models.TextField(_("notes"), max_length=2000, blank=True, default="")
    run_hours_source = models.TextField(_("run hours come from"), choices=HoursSource, default=HoursSource.DAILY_LOG)
    # What a counter shows before it begins again at 0: 9 999.9 rolls over at 10 000. Empty: it does not.
    run_hours_rolls_over_at = models.DecimalField(
        _("hour meter rolls over at"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    odometer_rolls_over_at = models.DecimalField(
        _("odometer rolls over at"), max_digits=14, decimal_places=4, null=True, blank=True
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("assets", excluded=(*TREE_FIELDS, "version"))

    class Meta:
        db_table = "assets"
        verbose_name = _("asset")
        verbose_name_plural = _("assets")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=AssetStatus.values), name="asset_status_known"),
            models.CheckConstraint(condition=Q(criticality__in=Criticality.values), name="asset_criticality_known"),
            models.CheckConstraint(
                condition=Q(run_hours_source__in=HoursSource.values), name="asset_run_hours_source_known"
            ),
            models.CheckConstraint(
                condition=Q(purchase_cost=None) | Q(purchase_cost__gte=0), name="asset_purchase_cost_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(run_hours_rolls_over_at=None) | Q(run_hours_rolls_over_at__gt=0),
                name="asset_run_hours_roll_over_above_zero",
            ),
            models.CheckConstraint(
                condition=Q(odometer_rolls_over_at=None) | Q(odometer_rolls_over_at__gt=0),
                name="asset_odometer_rolls_over_above_zero",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "name", "id"], name="assets_by_name"),
            models.Index(fields=["tenant", "category", "name", "id"], name="assets_category"),
            models.Index(fields=["tenant", "parent"], name="assets_parent"),
            models.Index(fields=["tenant", "location"], name="assets_location"),
            models.Index(fields=["tenant", "serial_number"], name="assets_serial", condition=~Q(serial_number="")),
            models.Index(
                fields=["tenant", "warranty_end"], name="assets_warranty", condition=Q(warranty_end__isnull=False)
            ),
        ]

    def __str__(self):
        return self.name


class AssetIdentity(Row):
    """How an asset is found: the plant's own code, the label on it, the maker's barcode. One row for each asset.

    qr_token: in the address that a label's QR code holds; it begins with the tenant's key, so that the table stays under
    row-level security for strangers too. Issued anew, the old one is gone.
    """

    asset = OneToOne(Asset, models.PROTECT, related_name="identity", verbose_name=_("asset"))
    client_code = models.TextField(_("code"), max_length=60, blank=True, default="")
    qr_token = models.TextField(editable=False)
    barcode_manufacturer = models.TextField(_("maker's barcode"), max_length=120, blank=True, default="")

    # Whoever has the token opens the asset's page as what they are; it is no secret of the record, but no use there.
    history = history("asset_identities", excluded=("qr_token",))

    class Meta:
        db_table = "asset_identities"
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "client_code"], condition=~Q(client_code=""), name="client_code_once_per_tenant",
                violation_error_message=_("Another asset has this code."),
            ),
            models.UniqueConstraint(fields=["tenant", "qr_token"], name="qr_token_once_per_tenant"),
            models.UniqueConstraint(fields=["tenant", "asset"], name="one_identity_per_asset"),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["tenant", "barcode_manufacturer"], name="asset_identities_barcode",
                condition=~Q(barcode_manufacturer=""),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.client_code or str(self.asset)

    @property
    def called(self) -> str:
        """The asset's code and name, as people say them."""
        return f"{self.client_code} {self.asset}".strip()


class QrLabel(Row):
    """A label printed before anybody knows for what. Linked once, by scanning it at the asset."""

    token = models.TextField(editable=False)
    batch = models.TextField(_("batch"), max_length=40)
    created_by = key_to(User, "+", _("printed by"), null=True)
    created_at = models.DateTimeField(_("printed"), default=timezone.now, editable=False)
    asset = key_to(Asset, "labels", _("asset"), null=True, blank=True)
    linked_by = key_to(User, "+", _("linked by"), null=True, blank=True)
    linked_at = models.DateTimeField(_("linked"), null=True, blank=True)

    history = history("qr_labels", excluded=("token",))

    class Meta:
        db_table = "qr_labels"
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "token"], name="label_token_once_per_tenant"),
            models.CheckConstraint(
                condition=Q(asset=None, linked_at=None) | Q(asset__isnull=False, linked_at__isnull=False),
                name="linked_label_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "id"], name="qr_labels_order"),
            models.Index(fields=["tenant", "asset"], name="qr_labels_asset", condition=Q(asset__isnull=False)),
        ]

    def __str__(self):
        return f"{self.batch} …{self.token[-6:]}"


def valid_schema(value) -> None:
    """Refuse what is no JSON Schema of an object (draft 2020-12)."""
    try:
        Draft202012Validator.check_schema(value)
    except SchemaError as error:
        raise ValidationError(_("This is no JSON Schema: %s") % error.message) from error
    if value and (not isinstance(value, dict) or value.get("type") != "object"):
        raise ValidationError(_("The schema describes an object: begin with {“type”: “object”, “properties”: …}."))


class AssetCategory(Row):
    """A kind of asset, by the name that stands in `assets.category`, and what is to be known of each of them."""

    name = models.TextField(_("name"), max_length=100)
    spec_schema = models.JSONField(
        _("schema of the specs"), default=dict, blank=True, validators=[valid_schema],
        help_text=_("JSON Schema (2020-12) of an object; empty: anything goes."),
    )  # fmt: skip
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("asset_categories")

    class Meta:
        db_table = "asset_categories"
        ordering = ["name"]
        verbose_name = _("category of assets")
        verbose_name_plural = _("categories of assets")
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="category_name_once_per_tenant")]

    def __str__(self):
        return self.name


class AssetSpec(Row):
    """What an asset is, technically: names and values ({"voltage": "220v", "rpm": 1400}). One row for each asset."""

    asset = OneToOne(Asset, models.PROTECT, related_name="spec", verbose_name=_("asset"))
    specs = models.JSONField(_("specs"), default=dict, blank=True)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    history = history("asset_specs")

    class Meta:
        db_table = "asset_specs"
        verbose_name = _("specs")
        verbose_name_plural = _("specs")
        constraints = [models.UniqueConstraint(fields=["tenant", "asset"], name="one_row_of_specs_per_asset")]
        indexes = [GinIndex(fields=["specs"], name="asset_specs_values", opclasses=["jsonb_path_ops"])]

    def __str__(self):
        return str(self.asset)


class DocumentKind(models.TextChoices):
    MANUAL = "manual", _("Manual")
    CERTIFICATE = "certificate", _("Certificate")
    CONTRACT = "contract", _("Contract")
    DRAWING = "drawing", _("Drawing")
    OTHER = "other", _("Other")


class AssetDocument(Row):
    """A paper that belongs to an asset; some expire."""

    asset = key_to(Asset, "documents", _("asset"))
    file = key_to(Attachment, "+", _("file"))
    title = models.TextField(_("title"), max_length=200)
    kind = models.TextField(_("kind"), choices=DocumentKind, default=DocumentKind.OTHER)
    expires_date = models.DateField(_("expires"), null=True, blank=True, validators=[day_of_a_machine])
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = key_to(User, "+", _("added by"), null=True, blank=True)

    history = history("asset_documents")

    class Meta:
        db_table = "asset_documents"
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DocumentKind.values), name="document_kind_known"),
            models.UniqueConstraint(fields=["tenant", "file"], name="one_document_per_file"),
        ]
        indexes = [
            models.Index(fields=["tenant", "asset", "title"], name="asset_documents_asset"),
            models.Index(
                fields=["tenant", "expires_date"], name="asset_documents_expiry",
                condition=Q(expires_date__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.title
