"""The seals over the record."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Seal(models.Model):
    """A hash over rows of one append-only table of one tenant (or the platform's own), chained to the seal before.

    Number and hash are the database's (trigger `chain`). `digests` has the SHA-256 of each row of `numbers`, so that
    the first row that was changed can be named; `columns` says what the rows had when they were sealed.
    """

    number = models.BigIntegerField(primary_key=True)
    tenant = models.ForeignKey("core.Tenant", models.PROTECT, null=True, related_name="+", db_index=False)
    table_name = models.TextField()
    columns = ArrayField(models.TextField())
    last = models.BigIntegerField(help_text=_("the highest of its numbers"))
    numbers = ArrayField(models.BigIntegerField())
    digests = ArrayField(models.BinaryField())
    hash = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now())
    is_append_only = True

    class Meta:
        db_table = "seals"
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        indexes = [models.Index(fields=["tenant", "table_name", "-last"], name="seals_last")]

    def __str__(self):
        return f"{self.number}:{bytes(self.hash).hex()}"
