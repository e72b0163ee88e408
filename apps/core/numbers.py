"""Numbers of documents: WO-000123, one row of them for each tenant and kind, without a gap that a refusal could leave."""

from django.db import connection, models

from apps.core.models import Row


class DocumentCounter(Row):
    """The last number that was given of a kind of document."""

    kind = models.TextField()
    last = models.PositiveBigIntegerField()

    class Meta:
        db_table = "document_counters"
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="one_counter_per_kind")]

    def __str__(self):
        return f"{self.kind}-{self.last}"


def next_numbers(tenant, kind: str, count: int = 1) -> list[str]:
    """The next numbers of a kind: ["WO-000124", …]. Whoever asks next waits until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into document_counters (id, tenant_id, kind, last) values (gen_random_uuid(), %s, %s, %s) "
            "on conflict (tenant_id, kind) do update set last = document_counters.last + excluded.last returning last",
            [tenant.pk, kind, count],
        )
        last = cursor.fetchone()[0]
    return [f"{kind}-{number:06}" for number in range(last - count + 1, last + 1)]


def count_from(tenant, kind: str, last: int) -> None:
    """Have the next number be higher than one that was loaded; never lower than it would be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into document_counters (id, tenant_id, kind, last) values (gen_random_uuid(), %s, %s, %s) "
            "on conflict (tenant_id, kind) do update set last = greatest(document_counters.last, excluded.last)",
            [tenant.pk, kind, last],
        )
