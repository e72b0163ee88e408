"""Tokens of scripts, machines and other systems."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import Row, TenantQuerySet, User, history


class Scope(models.TextChoices):
    READ = "read", _("Read only")
    WRITE = "write", _("Read and write")


class ApiTokenQuerySet(TenantQuerySet):
    def usable(self):
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class ApiToken(Row):
    """What a script signs in with: acts as its person, with that person's rights of the moment. Of its secret only a hash
    is stored (apps.core.tokens)."""

    LONGEST = timedelta(days=366)

    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False, verbose_name=_("person"))
    name = models.TextField(_("name"), max_length=80)
    scope = models.TextField(_("may"), choices=Scope, default=Scope.WRITE)
    secret_hash = models.TextField(editable=False)
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    # What each use counts; no change of the token, so no history (tokens.use).
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    counted_since = models.DateTimeField(null=True, editable=False)
    counted = models.PositiveIntegerField(default=0, editable=False)

    history = history("api_tokens", excluded=("secret_hash", "last_used_at", "counted_since", "counted"))
    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        db_table = "api_tokens"
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="token_scope_known"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="token_expires_after_it_was_made"),
        ]
        indexes = [models.Index(fields=["tenant", "user", "-created_at"], name="api_tokens_person")]

    def __str__(self):
        return self.name

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()
