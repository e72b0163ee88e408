"""Logs and ledgers that are only added to: a line of the file is new, or there already word for word; else it is refused."""

from .columns import DEFAULT, Aside, Text
from .table import Table


class AppendOnly(Table):
    """there: how a refusal calls the row that is there, like "the tenant's log has this event"."""

    there: str

    def check(self, load):
        for column in self.columns:
            if column.name == self.key or column.name not in load.given[self.name] or isinstance(column, Aside):
                continue
            stored = f"t.{self.db_column(column)}"
            if column in self.references:  # a dump leaves out platform people: they are no people of the tenant
                other = load.tables[column.to]
                stored = (
                    f"(select r.{other.db_column(other.key_column)} from {other.name} r "
                    f"where r.id = {stored} and r.tenant_id = %(tenant)s)"
                )
            elif isinstance(column, Text):
                stored = column.dumped(stored)
            load.refuse_where(
                self,
                f"""select s.at_line, '{column.name}', s."{column.name}", %(there)s || ' with another {column.name}: '
                           || coalesce(left({stored}::text, 80), 'none')
                    from {self.staging} s join {self.name} t on t.tenant_id = %(tenant)s and t.id = s.id
                    where {stored} is distinct from s."{column.name}" and not s.is_refused
                    {f'and s."{column.name}" is not null' if column.empty == DEFAULT else ""}""",
                there=self.there,
            )
