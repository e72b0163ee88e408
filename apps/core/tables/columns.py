"""Kinds of columns: how a cell is read, what it becomes in staging, how it is dumped. All in the words of a person."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isfinite
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from apps.core.models import code_validator

REQUIRED, NULL, DEFAULT = "required", "null", "default"
INT4 = 2_147_483_647
A_DAY = timedelta(days=1)
DEEPEST = 100  # levels of JSON
MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[ Tt](\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?) ?(Z|z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)?", re.ASCII
)
CLOCK = re.compile(r"\d\d:\d\d(:00)?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,20}", re.ASCII)
DECIMAL = re.compile(r"[+-]?(\d{1,20}(\.\d{0,20})?|\.\d{1,20})", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
FLAGS = {"t": True, "true": True, "f": False, "false": False}


class Bad(Exception):
    """A cell is refused. The message is the reason, to be read after the value."""


@dataclass(frozen=True)
class Column:
    """name: in the file and in staging. field: the model's, where it differs. empty: what an empty cell means:

    REQUIRED (it is refused), NULL (no value), DEFAULT (as if the column were left out: a new row has the model's
    default, an existing one keeps what it has). Only REQUIRED columns must be in the file.
    written: stored from the file. compared: an existing row that differs is updated. in_dump: dumps have it.
    """

    name: str
    empty: str = REQUIRED
    field: str = ""
    written: bool = True
    compared: bool = True
    in_header: bool = False  # must be in the file although its cells may be empty
    in_dump: bool = True

    sql: ClassVar[str] = "text"
    null: ClassVar[Any] = None  # what the model holds for "no value"

    @property
    def attribute(self) -> str:
        return self.field or self.name

    @property
    def must_be_there(self) -> bool:
        return self.empty == REQUIRED or self.in_header

    def is_empty(self, cell: str) -> bool:
        return not cell.strip()

    def parse(self, cell: str, warn) -> Any:
        """The value of a cell that is not empty. Raises Bad; `warn` is called with what is odd but taken."""
        raise NotImplementedError

    def stored(self, value: Any) -> Any:
        """The model's value of a staged one."""
        return value

    def dumped(self, column: str) -> str:
        """The SQL expression that writes a database column as text."""
        return f"{column}::text"


@dataclass(frozen=True)
class Text(Column):
    usual: int = 0  # longer ones load with a warning: the forms would not take them
    longest: int = 1000  # it stands in an index, or in a line of a page

    null: ClassVar[Any] = ""

    def is_empty(self, cell):
        """Spaces are a text, where there need be none: what was dumped comes back as it was."""
        return not (cell.strip() if self.empty == REQUIRED else cell)

    def parse(self, cell, warn):
        if self.longest and len(cell) > self.longest:
            raise Bad(f"longer than {self.longest} characters")
        if self.usual and len(cell) > self.usual:
            warn(f"longer than {self.usual} characters; kept, but a form will ask to shorten it")
        return cell

    def dumped(self, column):
        return f"nullif({column}, '')"


@dataclass(frozen=True)
class Code(Column):
    """ST-01: it stands in addresses and on labels."""

    longest: int = 40

    def parse(self, cell, warn):
        return checked_code(cell, self.longest)


@dataclass(frozen=True)
class Email(Column):
    def parse(self, cell, warn):
        cell = cell.strip()
        try:
            validate_email(cell)
        except ValidationError:
            raise Bad("no e-mail address") from None
        if len(cell) > 254:
            raise Bad("an e-mail address has at most 254 characters")
        return cell


@dataclass(frozen=True)
class Aside(Column):
    """Other systems export it; it is not kept."""

    empty: str = NULL
    written: bool = False
    in_dump: bool = False

    def parse(self, cell, warn):
        return cell


@dataclass(frozen=True)
class Choice(Column):
    values: tuple[str, ...] = ()
    any_case: bool = False

    def parse(self, cell, warn):
        if self.any_case:
            cell = cell.lower()
        if cell not in self.values:
            raise Bad(f"must be {', '.join(self.values[:-1])} or {self.values[-1]}")
        return cell


@dataclass(frozen=True)
class Whole(Column):
    least: int = 0

    sql: ClassVar[str] = "integer"

    def parse(self, cell, warn):
        if not WHOLE.fullmatch(cell.strip()):
            raise Bad("no whole number")
        number = int(cell)
        if number < self.least:
            raise Bad(f"must be {self.least} or more")
        if number > INT4:
            raise Bad(f"must be at most {INT4}")
        return number


@dataclass(frozen=True)
class Number(Column):
    """digits, places: of the database's column; a number with more places is rounded, or refused where it is_exact."""

    digits: int = 30
    places: int | None = None
    least: Decimal | int | None = None
    is_exact: bool = False

    sql: ClassVar[str] = "numeric"

    def parse(self, cell, warn):
        if not DECIMAL.fullmatch(cell.strip()):
            raise Bad("no number")
        number = Decimal(cell.strip())
        if self.places is not None:
            number = round(number, self.places)
            if number != Decimal(cell.strip()):
                if self.is_exact:
                    raise Bad(f"has more than {self.places} decimals")
                warn(f"rounded to {self.places} decimals")
            if abs(number) >= 10 ** (self.digits - self.places):
                raise Bad(f"must have at most {self.digits - self.places} digits before the point")
        if self.least is not None and number < self.least:
            raise Bad(f"must be {self.least} or more")
        return number


@dataclass(frozen=True)
class Flag(Column):
    sql: ClassVar[str] = "boolean"

    def parse(self, cell, warn):
        try:
            return FLAGS[cell.strip().lower()]
        except KeyError:
            raise Bad("must be t, f, true or false") from None


@dataclass(frozen=True)
class Day(Column):
    sql: ClassVar[str] = "date"

    def parse(self, cell, warn):
        try:
            if DAY.fullmatch(cell.strip()):
                return date.fromisoformat(cell.strip())
        except ValueError:
            pass
        raise Bad("no date; write it like 2025-11-20")

    def dumped(self, column):
        return f"to_char({column}, 'YYYY-MM-DD')"


@dataclass(frozen=True)
class Clock(Column):
    sql: ClassVar[str] = "time"

    def parse(self, cell, warn):
        try:
            if CLOCK.fullmatch(cell.strip()):
                return time.fromisoformat(cell.strip())
        except ValueError:
            pass
        raise Bad("no time of day; write it like 06:00")

    def dumped(self, column):
        return f"to_char({column}, 'HH24:MI')"


@dataclass(frozen=True)
class Moment(Column):
    """An instant in the past. PostgreSQL exports always carry an offset; one without is taken as UTC, Supabase's zone.

    A moment of tomorrow is refused: what is in these tables has happened. (A day's grace, for clocks and zones.)
    is_planned: it may be still to come.
    """

    is_planned: bool = False

    sql: ClassVar[str] = "timestamptz"

    def parse(self, cell, warn):
        found = MOMENT.fullmatch(cell.strip())
        if not found:
            raise Bad("no moment; write it like 2025-11-20 08:15:00+00")
        day, clock, offset = found.groups()
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}{(offset or '+00').upper()}").astimezone(UTC)
        except (ValueError, OverflowError):
            raise Bad("there is no such moment") from None
        if not offset:
            warn("has no offset; taken as UTC")
        if moment > datetime.now(UTC) + A_DAY and not self.is_planned:
            raise Bad("lies in the future")
        if moment.year < 1970:
            raise Bad("lies too far back")
        if moment.year > 2199:
            raise Bad("lies too far ahead")
        return moment

    def dumped(self, column):
        return (
            f"""to_char({column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS') || case when {column} = """
            f"""date_trunc('second', {column}) then '' else to_char({column}, '.US') end || 'Z'"""
        )


@dataclass(frozen=True)
class Key(Column):
    sql: ClassVar[str] = "uuid"

    def parse(self, cell, warn):
        if not UUID.fullmatch(cell.strip()):
            raise Bad("no UUID")
        return cell.strip().replace("-", "").lower()


@dataclass(frozen=True)
class Json(Column):
    """A JSON object, kept as it is; an empty cell is an empty one. check: raises ValidationError for what may not be in it."""

    check: Callable[[Any], None] = lambda value: None

    sql: ClassVar[str] = "jsonb"
    kind: ClassVar[type] = dict
    kind_name: ClassVar[str] = "object"

    def parse(self, cell, warn):
        try:
            value = DECODER.decode(cell)
        except (ValueError, RecursionError) as error:
            raise Bad(f"no JSON: {error}") from None
        if value is None and self.kind is dict:
            return "{}"
        if not isinstance(value, self.kind):
            raise Bad(f"must be a JSON {self.kind_name}")
        if "\\u" in cell or cell.count("{") + cell.count("[") > DEEPEST:
            _check_inside(value)
        try:
            self.check(value)
        except ValidationError as error:
            raise Bad(" ".join(error.messages)) from None
        return cell  # as it is written: no digit of a number is lost

    def stored(self, value):
        return json.loads(value)


@dataclass(frozen=True)
class JsonList(Json):
    kind: ClassVar[type] = list
    kind_name: ClassVar[str] = "list"

    def dumped(self, column):
        return f"to_jsonb({column})::text"


@dataclass(frozen=True)
class Reference(Column):
    """The key of a row of another file (`to`, a table's name): a code, or a person's id."""

    to: str = ""
    by: ClassVar[Column] = Code("")
    attname: ClassVar[str] = "code"

    def parse(self, cell, warn):
        return self.by.parse(cell, warn)


@dataclass(frozen=True)
class ReferenceById(Reference):
    by: ClassVar[Column] = Key("")
    attname: ClassVar[str] = "id"
    sql: ClassVar[str] = "uuid"


@lru_cache(maxsize=1000)  # a log names the same few stations and jobs, again and again
def checked_code(cell: str, longest: int = 40) -> str:
    """A cell that is a code. Raises Bad."""
    if len(cell) > longest:
        raise Bad(f"a code has at most {longest} characters")
    if cell != cell.strip():
        raise Bad("a code does not begin or end with a space")
    try:
        code_validator(cell)
    except ValidationError:
        raise Bad(
            "a code has letters, digits, spaces and . _ + / # - only, and begins with a letter or digit"
        ) from None
    return cell


def _finite(text: str) -> float:
    exponent = text.lower().partition("e")[2]
    number = float(text)
    if not isfinite(number) or len(text) > 1000 or abs(int(exponent or 0)) > 400:
        raise ValueError(f"the number {text[:20]} is out of range")
    return number


def _refuse_constant(text: str):
    raise ValueError(f"{text} is no JSON number")


def _check_inside(value, depth=0) -> None:
    """What JSON may say and PostgreSQL cannot keep: NUL, halves of characters, very deep nesting."""
    if depth > DEEPEST:
        raise Bad(f"nested deeper than {DEEPEST} levels")
    if isinstance(value, str):
        if "\x00" in value:
            raise Bad("no JSON that can be kept: it holds a NUL character (\\u0000)")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Bad("no JSON that can be kept: it holds half a character (\\ud800 to \\udfff)") from None
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_inside(name, depth)
            _check_inside(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _check_inside(inner, depth + 1)


DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse_constant)
