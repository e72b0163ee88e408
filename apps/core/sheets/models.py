"""Sheets between their preview and the person's yes: bound to the tenant (row-level security), the person, the table."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from apps.core.models import Row, User

KEPT_FOR = timedelta(days=1)
MOST_KEPT = 5  # of one person; the oldest goes


class KeptSheet(Row):
    """A file, or pasted cells, as they were sent. It is gone once it is imported, so that it is imported once."""

    person = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    table = models.TextField()
    name = models.TextField()
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        db_table = "kept_sheets"
        indexes = [models.Index(fields=["tenant", "person", "-created_at"], name="kept_sheets_person")]

    def __str__(self):
        return self.name


def keep(content: bytes, *, name: str, table: str, tenant, person) -> KeptSheet:
    """Keep a sheet until the person says yes to it."""
    kept = KeptSheet.objects.create(tenant=tenant, person=person, table=table, name=name, content=content)
    mine = KeptSheet.objects.for_tenant(tenant).filter(person=person).order_by("-created_at", "-pk")
    KeptSheet.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST_KEPT:])).delete()
    return kept


def forget_kept_sheets() -> int:
    """Delete what nobody said yes to within a day, of the tenants in force; returns how many."""
    return KeptSheet.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
