"""Many rows at once: their new values, and their history."""

from django.db import connection
from django.utils import timezone
from simple_history.manager import HistoryManager
from simple_history.utils import get_change_reason_from_object

BATCH = 1000  # rows in one statement


def write_values(model, rows, fields, *, batch_size=None) -> int:
    """Store these fields of many rows, each with its own values, which are no expressions. Returns how many there were.

    Django's `bulk_update` writes a CASE of all rows for each field, which takes several times as long.
    """
    columns = [model._meta.pk, *(model._meta.get_field(name) for name in fields)]
    names = [f'"{column.column}"' for column in columns]
    types = ", ".join(f"%s::{column.db_type(connection)}" for column in columns)
    changes = ", ".join(f"{name} = new.{name}" for name in names[1:])
    changed, size = 0, batch_size or BATCH
    with connection.cursor() as cursor:
        for start in range(0, len(rows), size):
            batch = rows[start : start + size]
            cursor.execute(
                f"""update "{model._meta.db_table}" as stored set {changes}
                    from (values {", ".join([f"({types})"] * len(batch))}) as new ({", ".join(names)})
                    where stored.{names[0]} = new.{names[0]}""",
                [one.get_db_prep_save(getattr(row, one.attname), connection) for row in batch for one in columns],
            )
            changed += cursor.rowcount
    return changed


class HistoryInBulk(HistoryManager):
    """Writes the versions of many rows by one statement, from the rows as they are stored: no object is made of each.

    What `bulk_create_with_history` and `bulk_update_with_history` of the library write their history with. (The person is
    filled by the database, as everywhere.)
    """

    def bulk_history_create(self, objs, batch_size=None, update=False, default_change_reason="", **unused):
        of, fields = self.model.instance_type._meta, self.model.tracked_fields
        names = [field.column for field in fields if not self.model._meta.get_field(field.name).generated]
        columns, values = (", ".join(f'{prefix}"{name}"' for name in names) for prefix in ("", "stored."))
        rows = list(objs)
        reasons = [get_change_reason_from_object(row) or default_change_reason for row in rows]
        with connection.cursor() as cursor:
            cursor.execute(
                f"""insert into {self.model._meta.db_table}
                        ({columns}, history_type, history_date, history_change_reason)
                    select {values}, %s, %s, asked.reason
                    from unnest(%s::{of.pk.db_type(connection)}[], %s::text[]) with ordinality as asked (key, reason, place)
                    join {of.db_table} as stored on stored."{of.pk.column}" = asked.key
                    order by asked.place""",
                ["~" if update else "+", timezone.now(), [row.pk for row in rows], reasons],
            )
