"""The history of many rows at once."""

from django.db import connection
from django.utils import timezone
from simple_history.manager import HistoryManager
from simple_history.utils import get_change_reason_from_object


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
