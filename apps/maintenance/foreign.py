"""Order logs of other systems: read by a mapping, and written as the files that load_tables takes.

A mapping is TOML: which column is what, how order types and assets are called here, and words that give an order its
cause. docs/maintenance.md has an example. Each row becomes a closed order; the same row twice is two orders, and said.
"""

import csv
import re
import tomllib
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.sheets.reading import read
from apps.core.sheets.workbooks import Unreadable
from apps.core.tables.loading import load_tables
from apps.maintenance.models import FailureCode, FailureKind, Origin
from apps.registry.models import Asset, AssetIdentity, Location, LocationType
from apps.registry.services import save_asset, save_location

NEEDED = ("day", "asset", "title", "origin")
NOON = time(12)
MOST_SHOWN = 20


class HistoryError(Exception):
    """The log cannot be read. The message is one sentence."""


@dataclass(frozen=True)
class Cause:
    code: str
    name: str
    category: str
    pattern: re.Pattern


@dataclass(frozen=True)
class Mapping:
    """columns: {what: the column's name}. origins: {the log's type: pm, cm or defect}; `other` for the rest."""

    columns: dict[str, str]
    origins: dict[str, str]
    causes: tuple[Cause, ...] = ()
    asset_name: str = "{}"
    asset_category: str = ""
    place: str = "Elsewhere"


@dataclass
class Found:
    """What a log says, row by row, and what is odd about it. orders: {column: value} of work_orders.csv."""

    read: int = 0
    orders: list[dict] = field(default_factory=list)
    costs: list[dict] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    doubled: Counter = field(default_factory=Counter)  # rows of the log that stand there more than once
    negative: list[str] = field(default_factory=list)
    free: int = 0
    other_types: Counter = field(default_factory=Counter)
    not_coded: int = 0


def read_mapping(path: Path) -> Mapping:
    """Raises HistoryError for a file that is no mapping."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise HistoryError(f"{path} is no mapping: {error}.") from error
    columns, origins = data.get("columns", {}), data.get("origins", {})
    if missing := [name for name in NEEDED if not columns.get(name)]:
        raise HistoryError(f"{path} does not say which column is: {', '.join(missing)}.")
    if wrong := sorted(set(origins.values()) - set(Origin.values)):
        raise HistoryError(f"{path}: an origin is pm, cm or defect, not {', '.join(map(str, wrong))}.")
    try:
        causes = tuple(
            Cause(rule["code"], rule["name"], rule.get("category", ""), _pattern(rule["words"]))
            for rule in data.get("causes", [])
        )
    except (KeyError, TypeError) as error:
        raise HistoryError(f"{path}: each cause has a code, a name and words ({error}).") from error
    assets = data.get("assets", {})
    return Mapping(
        columns=columns, origins=origins, causes=causes, asset_name=assets.get("name", "{}"),
        asset_category=assets.get("category", ""), place=assets.get("place", "Elsewhere"),
    )  # fmt: skip


def _pattern(words: Iterable[str]) -> re.Pattern:
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in words)})(?!\w)", re.IGNORECASE)


def read_log(path: Path, mapping: Mapping, tenant) -> Found:
    """Every row of the log as an order. Raises HistoryError where the file or a column is missing."""
    found = Found()
    try:
        rows = read(path.read_bytes()).rows
    except (OSError, Unreadable) as error:
        raise HistoryError(f"{path} cannot be read: {error}") from error
    header = [str(cell).strip() for cell in rows[0].cells] if rows else []
    if missing := sorted(set(mapping.columns.values()) - set(header)):
        raise HistoryError(f"{path} has no column {', '.join(missing)}.")
    for row in rows[1:]:
        found.read += 1
        cells = dict(zip(header, (str(cell).strip() for cell in row.cells), strict=False))
        _read(cells, tuple(map(str, row.cells)), row.number, mapping, tenant, found)
    found.doubled = Counter({same: n for same, n in found.doubled.items() if n > 1})
    return found


def _read(row, same, line, mapping, tenant, found) -> None:
    """same: all of the row: where it stands again, it is another order."""
    cells: dict[str, Any] = {what: row.get(name, "") for what, name in mapping.columns.items()}
    try:
        day = date.fromisoformat(cells["day"])
        cost = Decimal(cells.get("cost") or 0)
        if not cost.is_finite() or abs(cost) >= 10**12:
            raise InvalidOperation
        origin = mapping.origins.get(cells["origin"]) or mapping.origins["other"]
    except ValueError:
        found.bad.append(f"line {line}: “{cells['day']}” is no day; write it like 2009-04-09")
        return
    except InvalidOperation:
        found.bad.append(f"line {line}: “{cells['cost']}” is no amount")
        return
    except KeyError:
        found.bad.append(f"line {line}: the mapping knows no order type “{cells['origin']}”")
        return
    if not cells["asset"] or not cells["title"]:
        found.bad.append(f"line {line}: an order has an asset and a title")
        return
    found.doubled[same] += 1
    if cells["origin"] not in mapping.origins:
        found.other_types[cells["origin"]] += 1
    key = uuid.uuid5(tenant.pk, repr(("history", same, found.doubled[same])))
    at = datetime.combine(day, NOON, tenant.zone).isoformat()
    cause = next((cause for cause in mapping.causes if cause.pattern.search(cells["title"])), None)
    is_corrective = origin != Origin.PM
    found.not_coded += is_corrective and cause is None
    found.orders.append(
        {
            "id": key, "asset": cells["asset"], "title": cells["title"][:200], "status": "closed", "origin": origin,
            "outcome": "done", "due_date": day, "started_at": at, "finished_at": at, "performed_at": at,
            "closed_at": at, "created_at": at, "cause": cause.code if cause and is_corrective else "",
        }
    )  # fmt: skip
    if cost < 0:
        found.negative.append(f"line {line}: {cost} ({cells['title']})")
    found.free += cost == 0
    if cost:
        found.costs.append(
            {
                "id": uuid.uuid5(key, "cost"), "work_order_id": key, "kind": "other", "reference": cells["origin"],
                "amount": cost, "created_at": at,
            }
        )  # fmt: skip


def write_log(found: Found, mapping: Mapping, tenant, folder: Path):
    """Load what was read into the tenant, all or nothing; a second time changes nothing. Returns load_tables' Report.

    Assets and causes that are not there yet are made first. Raises LoadError.
    """
    with tenant_context(tenant):
        assets = {code: _asset(code, mapping, tenant) for code in sorted({row["asset"] for row in found.orders})}
        causes = {cause.code: _cause(cause, tenant) for cause in mapping.causes}
        for row in found.orders:
            row["asset_id"] = assets[row.pop("asset")]
            row["cause_id"] = causes.get(row.pop("cause"), "")
        _write(folder / "work_orders.csv", found.orders)
        if found.costs:
            _write(folder / "wo_costs.csv", found.costs)
        return load_tables(folder, tenant.slug)


def _asset(code, mapping, tenant):
    """The key of the asset with a code, which is made where there is none."""
    if row := AssetIdentity.objects.for_tenant(tenant).filter(client_code=code).first():
        return row.asset_id
    place = Location.objects.for_tenant(tenant).filter(name=mapping.place).first() or save_location(
        Location(tenant=tenant, name=mapping.place, type=LocationType.SITE), parent=None
    )
    asset = Asset(
        tenant=tenant, name=mapping.asset_name.replace("{}", code), category=mapping.asset_category, location=place
    )
    try:
        return save_asset(asset, identity={"client_code": code}).pk
    except BrokenRule as error:
        raise HistoryError(f"The asset {code} cannot be made: {error}") from error


def _cause(cause, tenant):
    code, _made = FailureCode.objects.get_or_create(
        tenant=tenant, kind=FailureKind.CAUSE, code=cause.code,
        defaults={"name": cause.name, "category": cause.category},
    )  # fmt: skip
    return code.pk


def _write(path: Path, rows: list[dict]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
