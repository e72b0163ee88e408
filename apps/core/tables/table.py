"""What a file is: its columns, its key, its model, and where it needs rules of its own."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import models

from .columns import Column, Key, Reference

if TYPE_CHECKING:
    from .loading import Load


class Table:
    """One file and its table. Subclasses set the names below, and override the methods where they have rules.

    model: the Django model. key: the column that names a row, in the file. order: how a dump sorts, in SQL, of "t".
    turn: lower ones are written first. passes: conditions on staged rows ("s"), written one after the other.
    aliases: other names of the file.
    is_given: a new tenant has rows of it for a start, unless the files of all such tables come along.
    """

    model: type[models.Model]
    columns: list[Column]
    key = "id"
    file = ""  # <table>.csv
    aliases: tuple[str, ...] = ()
    order: str
    turn = 5
    passes: tuple[str, ...] = ("true",)
    is_given = False

    def __init__(self):
        self.name = self.model._meta.db_table
        self.file = self.file or f"{self.name}.csv"
        self.staging = f"load_{self.name}"
        self.by_name = {column.name: column for column in self.columns}

    @property
    def key_column(self) -> Column:
        return self.by_name[self.key]

    @property
    def has_code(self) -> bool:
        """A row is named by a code, not by its id."""
        return not isinstance(self.key_column, Key)

    @property
    def key_attribute(self) -> str:
        return self.key_column.attribute

    @property
    def references(self) -> list[Reference]:
        return [column for column in self.columns if isinstance(column, Reference)]

    def db_column(self, column: Column) -> str:
        return self.model._meta.get_field(column.attribute).column

    def derive(self, values: dict, load: "Load") -> None:
        """Complete a row that was just read (a missing id, say)."""

    def settle(self, load: "Load") -> None:
        """Complete the staged rows from each other and from what is there, with warnings."""

    def check(self, load: "Load") -> None:
        """Refuse, or warn of, what only the whole shows. Each check is one statement over all rows."""

    def start(self, load: "Load", instance) -> None:
        """Complete a new row before it is written."""

    def change(self, load: "Load", instance, former: dict) -> Iterable[str]:
        """Complete a changed row; former: the values that moved. Returns the names of further fields to write."""
        return ()

    def save_changed(self, load: "Load", changed: list[tuple], fields: set[str]) -> None:
        """Write changed rows, with history. changed: (instance, the values that moved) of each."""
        from .writing import update

        update(self.model, [instance for instance, _ in changed], fields)

    def note(self, load: "Load", instances: list) -> None:
        """Rows were written: what follows from them?"""

    def write(self, load: "Load") -> None:
        """Write the staged rows, or in a dry run only count them."""
        from .writing import write_rows

        write_rows(load, self)

    def finish(self, load: "Load") -> None:
        """All files are written, this one or others: bring up to date what rests on them."""
