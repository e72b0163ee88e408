"""Who: tenants and people. What every business table starts from. What was recorded about changes."""

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.core.errors import BrokenRule
from apps.core.fields import uuid7
from apps.core.history import HistoryInBulk, write_values
from apps.core.roles import Role
from apps.core.tenant_settings import TenantSettings, validate_settings

# Codes stand in addresses and on labels: nothing that has to be escaped there.
code_validator = RegexValidator(
    r"^[\w.][\w. +/#-]*\Z", _("Use letters, digits, spaces and . _ + / # - only, starting with a letter or digit.")
)
# Codes that are keys in addresses of the API (docs/api.md): what comes after a slash is never an action's name, and no
# browser takes it for a folder.
key_validator = RegexValidator(
    r"^(?!\.{1,2}(/|$))[\w.]([\w. +#-]|/(?![a-z./]|$))*\Z",
    _(
        "Use letters, digits, spaces and . _ + / # - only, starting with a letter or digit; after a slash, no small letter."
    ),
)


def history(table: str, *, excluded: tuple[str, ...] = (), bases=(models.Model,)) -> HistoricalRecords:
    """History of one business table, kept in `<table>_history`; a trigger makes each of its rows an audit row.

    The person is a plain id, without a key: the record outlives the person. The database fills it from the setting
    `app.user_id`, so every way of writing has it.
    """
    return HistoricalRecords(
        bases=list(bases),
        table_name=f"{table}_history",
        history_manager=HistoryInBulk,
        excluded_fields=["updated_at", *excluded],
        history_id_field=models.BigAutoField(primary_key=True),
        history_user_id_field=models.UUIDField(null=True),
        history_user_getter=lambda record: User.objects.filter(pk=record.history_user_id).first(),
        history_user_setter=lambda record, user: setattr(record, "history_user_id", user and user.pk),
    )


def valid_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(_("“%(name)s” is no time zone; write one like Europe/Warsaw."), params={"name": name})


class OwnTenant(models.Model):
    """History of the tenants themselves: its tenant is the row's own id."""

    tenant_id = models.GeneratedField(expression=F("id"), output_field=models.UUIDField(), db_persist=True)

    class Meta:
        abstract = True


class Tenant(models.Model):
    """A client organisation. Read before the tenant is known: outside row-level security."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.TextField(_("name"), max_length=200)
    slug = models.SlugField(_("short name"), unique=True)
    timezone = models.TextField(_("time zone"), default="UTC", validators=[valid_timezone])
    settings = models.JSONField(_("settings"), default=dict, blank=True, validators=[validate_settings])
    created_at = models.DateTimeField(default=now, editable=False)

    history = history("tenants", bases=(OwnTenant,))

    class Meta:
        db_table = "tenants"
        ordering = ["name"]
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")

    def __str__(self):
        return self.name

    @property
    def rules(self) -> TenantSettings:
        """The settings with their defaults, by name: `tenant.rules.undo_seconds`."""
        return TenantSettings(**self.settings)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.timezone)

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)


class UserManager(BaseUserManager["User"]):
    """People of all tenants: signing in comes before the tenant is known. Pages use `for_tenant`."""

    def get_by_natural_key(self, email):
        return self.select_related("tenant").alias(address=Lower("email")).get(address=email.lower())

    def for_tenant(self, tenant):
        return self.filter(tenant=tenant)

    def create_user(self, email=None, password=None, **fields):
        """A person with a password (none: cannot sign in until given one). Opens the person's own tenant."""
        from apps.core.isolation import own_context

        user = self.model(email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        with own_context(user):
            user.save(using=self._db)
        return user

    def create_superuser(self, email=None, password=None, **fields):
        """A platform superuser: no tenant, sees several."""
        return self.create_user(
            email, password, **({"role": Role.ADMIN, "display_name": email} | fields | {"is_superuser": True})
        )


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser):
    """A person. Belongs to one tenant; a platform superuser to none. Outside row-level security."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True, related_name="users", db_index=False)
    email = models.EmailField(_("e-mail"), null=True, blank=True)
    staff_number = models.TextField(_("staff number"), max_length=40, blank=True)
    display_name = models.TextField(_("name"), max_length=120)
    role = models.TextField(_("role"), choices=Role, default=Role.OPERATOR)
    password = models.TextField(_("password"), db_column="password_hash")
    last_login = models.DateTimeField(_("last sign-in"), null=True, blank=True, db_column="last_login_at")
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(_("platform superuser"), default=False)
    pin_hash = models.TextField(_("PIN"), blank=True, default="", editable=False)
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    labour_rate = models.DecimalField(_("labour rate per hour"), max_digits=12, decimal_places=2, null=True, blank=True)
    lines = ArrayField(models.TextField(), verbose_name=_("lines"), default=list, blank=True)
    # Keys of the registry's places: with all below them, what this person's pages show. None: everything.
    locations = ArrayField(models.UUIDField(), verbose_name=_("locations"), default=list, blank=True)
    theme = models.TextField(_("theme"), choices=Theme, default=Theme.SYSTEM)
    language = models.TextField(_("language"), choices=settings.LANGUAGES, default="en")
    # Of whose shifts, by name, beside the own lines; what is mailed of each kind of notification, and when a digest is.
    shifts = ArrayField(models.TextField(), verbose_name=_("shifts"), default=list, blank=True)
    mail_choices = models.JSONField(_("mail by kind"), default=dict, blank=True)
    digest_hour = models.PositiveSmallIntegerField(_("hour of the digest"), default=7)
    created_at = models.DateTimeField(default=now, editable=False)

    # No name, address or number of a person enters the record: the id stays, the person can be erased. A trigger
    # notes that one of them changed (isolation.AuditPersons).
    history = history("users", excluded=("email", "staff_number", "display_name", "password", "pin_hash", "last_login"))
    objects = UserManager()

    USERNAME_FIELD = "email"

    class Meta:
        db_table = "users"
        ordering = ["display_name"]
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.CheckConstraint(condition=Q(digest_hour__lt=24), name="digest_hour_is_of_the_day"),
            models.UniqueConstraint(
                Lower("email"), name="email_once", violation_error_message=_("This e-mail address is taken.")
            ),
            models.UniqueConstraint(
                fields=["tenant", "staff_number"],
                condition=~Q(staff_number=""),
                name="staff_number_once_per_tenant",
            ),
            models.CheckConstraint(
                condition=Q(tenant=None, is_superuser=True) | Q(tenant__isnull=False, is_superuser=False),
                name="only_platform_people_have_no_tenant",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
        ]
        indexes = [models.Index(fields=["tenant", "display_name"], name="users_tenant_name")]

    def __str__(self):
        return self.display_name or self.email or str(self.pk)

    # Rights come from the role (apps.core.roles), not from groups: the table in docs/rights.md is the whole truth.
    @property
    def is_staff(self) -> bool:
        return self.is_superuser or self.role in (Role.MANAGER, Role.ADMIN)

    def has_perm(self, perm, obj=None) -> bool:
        return self.is_active and self.has_module_perms(perm.partition(".")[0])

    def has_perms(self, perms, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label) -> bool:
        return self.is_active and (
            self.is_superuser or self.role == Role.ADMIN or (self.role == Role.MANAGER and app_label != "core")
        )

    @property
    def is_admin(self) -> bool:
        """Whether the audit log is theirs to read."""
        return self.is_superuser or self.role == Role.ADMIN

    def is_at_least(self, role: Role) -> bool:
        return self.is_superuser or Role(self.role).rank >= role.rank


class TenantQuerySet(models.QuerySet):
    def for_tenant(self, tenant):
        return self.filter(tenant=tenant)

    def locked(self):
        """The rows, locked until the transaction ends; keys of rows that refer to them stay writable."""
        return self.select_for_update(of=("self",), no_key=True)

    def bulk_update(self, objs, fields, batch_size=None):
        return write_values(self.model, list(objs), fields, batch_size=batch_size)


class Row(models.Model):
    """A row of a business table: its own key, and the tenant whose it is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # No index of its own: every index of a business table leads with the tenant.
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, editable=False)

    objects = TenantQuerySet.as_manager()
    act = None  # the event that a service has just written of this row: what the page offers to undo

    class Meta:
        abstract = True


class HasStatus(models.Model):
    """A status that moves only along the model's MOVES table."""

    MOVES: dict[str, set[str]] = {}

    class Meta:
        abstract = True

    def move_to(self, status) -> None:
        """Set the status; the service saves. Raises BrokenRule, in words, where MOVES has no such step."""
        words = {"row": self, "now": self.get_status_display().lower()}
        if status not in self.MOVES[self.status]:
            if status == self.status:
                raise BrokenRule(_("%(row)s is already %(now)s.") % words)
            words["then"] = dict(type(self)._meta.get_field("status").flatchoices)[status].lower()
            raise BrokenRule(_("%(row)s is %(now)s; it cannot become %(then)s.") % words)
        self.status = status


class DeviceKind(models.TextChoices):
    TERMINAL = "terminal", _("shared terminal")
    WALL = "wall", _("wall display")


class Device(Row):
    """A screen that a supervisor has set up: a browser paired as a shared terminal, or a wall display.

    A token opens it (apps.core.tokens): the one's browser carries it, the other's stands in its address.
    """

    kind = models.TextField(_("kind"), choices=DeviceKind, default=DeviceKind.TERMINAL, editable=False)
    name = models.TextField(_("name"), max_length=80)
    # Of a wall display. No lines: all.
    lines = ArrayField(models.TextField(), verbose_name=_("lines"), default=list, blank=True)
    theme = models.TextField(_("theme"), choices=Theme, default=Theme.DARK)
    secret_hash = models.TextField(editable=False)
    paired_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("paired by"))
    paired_at = models.DateTimeField(_("paired"), default=now, editable=False)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    history = history("devices", excluded=("secret_hash", "last_seen_at"))

    class Meta:
        db_table = "devices"
        ordering = ["name"]
        verbose_name = _("terminal")
        verbose_name_plural = _("terminals")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=Q(revoked_at=None), name="terminal_name_once_per_tenant"
            ),
            models.CheckConstraint(condition=Q(kind__in=DeviceKind.values), name="device_kind_known"),
        ]

    def __str__(self):
        return self.name


class AuditLog(models.Model):
    """One row for every create, update and delete, made by a trigger from the history tables; append-only."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, related_name="+", db_index=False)
    user_id = models.UUIDField(null=True)
    action = models.TextField()
    entity_type = models.TextField()
    entity_id = models.TextField()
    changes = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="", db_default="")
    request_id = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=now)
    history_row = models.BigIntegerField(null=True)  # the number of the one it was made from
    is_append_only = True

    class Meta:
        db_table = "audit_logs"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        indexes = [
            models.Index(fields=["tenant", "entity_type", "entity_id", "-id"], name="audit_logs_entity"),
            models.Index(fields=["tenant", "user_id", "-id"], name="audit_logs_person"),
            models.Index(fields=["tenant", "-id"], name="audit_logs_order"),
            models.Index(fields=["tenant", "created_at", "id"], name="audit_logs_day"),
            # updates are many, and found in order
            models.Index(fields=["tenant", "action", "-id"], name="audit_logs_kind", condition=~Q(action="update")),
        ]

    def __str__(self):
        return f"{self.action} {self.entity_type} {self.entity_id}"


class Attachment(Row):
    """A file that somebody sent: a picture as it was drawn anew, or a PDF. Made by uploads.store_upload.

    entity_type, entity_id: table and key of what it belongs to; empty until it is attached.
    """

    name = models.TextField(_("name"), help_text=_("as its sender called it, without path; never a name on the disk"))
    content_type = models.TextField(_("kind"))
    size = models.PositiveIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.TextField(editable=False)
    width = models.PositiveIntegerField(_("width"), null=True, help_text=_("pixels; none of a PDF"))
    height = models.PositiveIntegerField(_("height"), null=True)
    storage_key = models.TextField(editable=False)
    entity_type = models.TextField(blank=True, default="")
    entity_id = models.UUIDField(null=True, blank=True)
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    created_at = models.DateTimeField(default=now, editable=False)

    # What people call their files may tell of people: it stays out of the record.
    history = history("attachments", excluded=("name",))

    class Meta:
        db_table = "attachments"
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        indexes = [models.Index(fields=["tenant", "entity_type", "entity_id"], name="attachments_entity")]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "storage_key"], name="attachment_file_once"),
            models.CheckConstraint(
                condition=Q(
                    content_type="image/jpeg", width__isnull=False, height__isnull=False, width__gt=0, height__gt=0
                )
                | Q(content_type="application/pdf", width=None, height=None),
                name="attachment_is_picture_or_pdf",
            ),
            models.CheckConstraint(
                condition=Q(entity_type="", entity_id=None) | (~Q(entity_type="") & Q(entity_id__isnull=False)),
                name="attachment_belongs_or_does_not",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.width is not None

    @property
    def thumbnail_key(self) -> str:
        """Where a picture's thumbnail lies."""
        return self.storage_key.removesuffix(".jpg") + "-small.jpg"


class RequestKey(models.Model):
    """A request that was answered: the same key never acts twice, it gets the first answer again (7 days)."""

    pk = models.CompositePrimaryKey("tenant_id", "principal", "key")
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    principal = models.TextField(help_text=_("user, device or public link"))
    key = models.TextField()
    request_hash = models.TextField()
    status_code = models.SmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "request_keys"
        indexes = [models.Index(fields=["tenant", "created_at"], name="request_keys_age")]

    def __str__(self):
        return self.key


# Tables of this app that have their place elsewhere; what they are made of is above.
from apps.core.api.models import ApiToken  # noqa: F401
from apps.core.audit.models import Seal  # noqa: F401
from apps.core.notifications.models import Notification, NotificationMail  # noqa: F401
from apps.core.numbers import DocumentCounter  # noqa: F401
from apps.core.sheets.models import KeptSheet  # noqa: F401
from apps.core.webhooks.models import Webhook, WebhookDelivery  # noqa: F401
