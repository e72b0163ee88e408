"""Every list of the API: what it costs, its pages under every order while rows come and go, its filters, its CSV."""

import base64
import csv
import io
import json
from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.api import lists
from apps.core.api.router import router
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Notification, Tenant, User
from apps.core.roles import Role
from apps.inventory.models import Wallet
from apps.logistics.models import AssetMovement
from apps.registry.models import Asset, AssetIdentity
from apps.registry.services import identify
from apps.shopfloor.models import Event, Job, JobStatus, StationAssignment
from tests.api.client import Program
from tests.api.table import listed, told
from tests.factories import create_person, create_tenant
from tests.furnished import furnish

NAMES = [resource.name for resource in listed()]
# Twelve around every request (the token, its person, two transactions, here savepoints), and two of the list at most.
MOST_QUERIES = 15  # of assets: their identities and meters too

_views = {prefix: view for prefix, view, _name in router.registry}


@pytest.fixture
def plant(tenant):
    furnish(create_tenant(name="B"), word="SECRET", code="B-")
    return furnish(tenant)


@pytest.fixture
def admin(plant):
    """The furnished person: some lists are one's own."""
    User.objects.filter(pk=plant["person"].pk).update(role=Role.ADMIN)
    return Program(User.objects.get(pk=plant["person"].pk))


def address(name, /, **query):
    return reverse(f"api:{name}-list", query=query or None)


def key_of(name):
    return _views[name].lookup_field


# What a copy needs so that the database takes it.
ALSO = {
    StationAssignment: lambda n: {"is_active": False, "ended_at": timezone.now() + timedelta(days=1)},
    Job: lambda n: {"status": JobStatus.CANCELLED if n % 3 else JobStatus.COMPLETED},
    User: lambda n: {"email": f"copy-{n}@example.com", "staff_number": f"c-{n}"},
    AssetMovement: lambda n: {"status": "cancelled"},
    AuditLog: lambda n: {"id": None, "history_row": None},
    Wallet: lambda n: {"user_id": create_person(tenant=Tenant.objects.exclude(name="B").get()).pk},
}


def copies(plant, name, numbers, **fields):
    """Copies of the furnished row, which have the values of ordering fields in common, or none."""
    view = _views[name]
    resource = next(one for one in listed() if one.name == name)
    with tenant_context(plant["tenant"]):
        lookup = {view.lookup_field: resource.row.format_map(plant)}
        template = view.model.objects.get(tenant=plant["tenant"], **lookup)
    unique = {part for c in view.model._meta.constraints for part in getattr(c, "fields", ())}
    made = []
    for n in numbers:
        columns = view.model._meta.concrete_fields
        values = {f.attname: getattr(template, f.attname) for f in columns if not f.generated and not f.primary_key}
        for column in columns:
            if column.name in getattr(view, "ordering_fields", view.ordering) and column.name != "id":
                values[column.name] = tied(column, values.get(column.name), n)
            if column.name in unique and isinstance(column, models.TextField) and not column.choices:
                values[column.name] = f"{values[column.name]}-{n}"
        values |= ALSO.get(view.model, lambda n: {})(n)
        values |= {field: value(n) if callable(value) else value for field, value in fields.items()}
        if view.model is Job:
            values["completed_at"] = timezone.now() - timedelta(hours=n % 2) if n % 3 == 0 else None
        row = view.model(**values)
        made.append(row)
    if len(made) > 100:
        view.model.objects.bulk_create(made)
    else:
        for row in made:
            row.save(force_insert=True)
    if view.model is Asset:
        AssetIdentity.objects.bulk_create(identify(row) for row in made)
    return made


def tied(column, value, n):
    """One of three values, or none where there may be none."""
    if column.generated or column.name == "seq":
        return value
    if column.null and n % 4 == 3:
        return None
    if isinstance(column, models.DateTimeField):
        return (value or timezone.now()) - timedelta(hours=n % 3)
    if isinstance(column, models.TimeField):
        return time(n % 3)
    if isinstance(column, models.DateField):
        return timezone.localdate() - timedelta(days=n % 3)
    if isinstance(column, (models.IntegerField, models.DecimalField)):
        return Decimal(n % 3) + 1
    return f"{value} {n % 3}"


def walk(sender, at, way="next"):
    """The keys of all pages from an address on, page by page."""
    while at:
        answer = sender.get(at)
        assert answer.status_code == 200, answer.content
        told(answer)
        page = answer.json()
        yield page
        at = page[way]


def keys(name, pages):
    return [row[key_of(name)] for page in pages for row in page["results"]]


@pytest.mark.parametrize("name", NAMES)
def test_a_list_costs_the_same_however_long_it_is(plant, admin, name):
    admin.get(address(name))

    with CaptureQueriesContext(connection) as few:
        short = admin.get(address(name, limit=500)).json()["results"]
    copies(plant, name, range(40))
    with CaptureQueriesContext(connection) as many:
        long = admin.get(address(name, limit=500)).json()["results"]

    assert len(long) == len(short) + 40
    assert len(many) == len(few) <= MOST_QUERIES, "\n".join(query["sql"] for query in many)


@pytest.mark.parametrize("name", NAMES)
def test_pages_give_every_row_once_in_every_order_there_and_back(plant, admin, name, record_property):
    copies(plant, name, range(7))
    view = _views[name]
    own = {"person": plant["person"]} if view.model is Notification else {}
    orders = [sign + field for field in getattr(view, "ordering_fields", ()) for sign in ("", "-")]
    for order in [None, *orders]:
        query = {"ordering": order} if order else {}
        everything = admin.get(address(name, limit=500, **query)).json()
        rows = keys(name, [everything])
        assert (everything["next"], everything["previous"]) == (None, None)
        assert len(set(rows)) == len(rows) == view.model.objects.filter(tenant=plant["tenant"], **own).count()
        if order:
            assert_ordered([row[order.lstrip("-")] for row in everything["results"]], falling=order.startswith("-"))
        for limit in (1, 2, 3):
            there = list(walk(admin, address(name, limit=limit, **query)))
            assert keys(name, there) == rows, f"{name} by {order}, {limit} at once"
            back = list(walk(admin, there[-1]["previous"], "previous"))
            assert keys(name, reversed(back)) == rows[: len(rows) - len(there[-1]["results"])], f"{name} by {order}"
            record_property("pages read", len(there) + len(back))


def assert_ordered(values, *, falling):
    """Rising or falling, and the empty ones last."""
    filled = [value for value in values if value is not None]
    assert values[: len(filled)] == filled
    if all(isinstance(value, str) for value in filled) and any(value[:1].isalpha() for value in filled):
        return  # the database's own collation
    assert filled == sorted(filled, reverse=falling)


@pytest.mark.parametrize("name", NAMES)
def test_rows_that_come_and_go_meanwhile_neither_skip_nor_double_others(plant, admin, name):
    copies(plant, name, range(7))
    model = _views[name].model
    before = keys(name, [admin.get(address(name, limit=500)).json()])

    first = admin.get(address(name, limit=2)).json()
    copies(plant, name, range(100, 106))
    gone = []
    if not getattr(model, "is_append_only", False):
        lookup = f"{key_of(name)}__in"
        gone = [key for key in (before[1], before[4]) if removable(model, {lookup: [key]})]
    seen = keys(name, [first, *walk(admin, first["next"])])

    assert [key for key in seen if key in set(before)] == [
        key for key in before if key not in gone or key in before[:2]
    ]
    assert len(set(seen)) == len(seen)


def removable(model, where) -> bool:
    """Delete them, unless others refer to them."""
    from django.db.models import ProtectedError

    try:
        return bool(model.objects.filter(**where).delete()[0])
    except ProtectedError:
        return False


def cursor(words) -> str:
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode().rstrip("=")


GARBAGE = [
    "x", "%", "====", "null", "e30", "W10", "a" * 9000, "\x00", "ü", cursor([]), cursor(["n"]), cursor(["n", None, None]),
    cursor(["x", "a", "b"]), cursor(["n", "a", "b", "c", "d"]), cursor(["n", [], {}]), cursor(["n", True, True]),
    cursor(["n", "\x00", "\x00"]), cursor({"n": 1}), cursor("n"), cursor(5), cursor([["n"], "a", "b"]),
    cursor(["n", 1e400]), "W" * 3000 + "10", cursor(["n", "2026-01-01T00:00:00", "x"]),
]  # fmt: skip
UNUSUAL = [  # which a list by texts, or by moments, can read
    cursor(["n", 10**30, 10**30]), cursor(["n", "0001-01-01T00:00:00+23:59", "01a201c9-94d4-75db-a21e-cf15545fea94"]),
    cursor(["p", "9999-12-31T23:59:59-23:59", "01a201c9-94d4-75db-a21e-cf15545fea94"]), cursor(["n", "2026-01-01", 1]),
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_cursor_or_limit_or_filter_is_refused(plant, admin, name, record_property):
    for wrong in (*GARBAGE, *UNUSUAL):
        answer = admin.get(address(name, cursor=wrong))
        assert answer.status_code == 400 or (wrong in UNUSUAL and answer.status_code == 200), wrong[:80]
        told(answer)
    for query in [
        *({"limit": wrong} for wrong in ("0", "501", "x", "-1", "1.0", "", "٣", "1e2")),
        {"nonsense": "1"},
        {"page": "2"},
    ]:
        answer = admin.get(address(name, **query))
        assert answer.status_code == 400, query
        assert next(iter(query)) in told(answer)
    for twice in (
        "limit=1&limit=2",
        "cursor=x&cursor=y",
        *(f"{f}=a&{f}=b" for f in _views[name].filterset_class.base_filters),
    ):
        answer = admin.get(f"{address(name)}?{twice}")
        assert answer.status_code == 400 and "twice" in answer.text, twice
    for nasty in (
        "\x00",
        "x" * 3000,
        "'",
        "%",
        "\\",
        "\ud800".encode("utf-8", "surrogatepass"),
        "٣",
        "NaN",
        "9" * 400,
        "0001-01-01",
        "9999-12-31T23:59:59+00:00",
    ):
        for field in [*_views[name].filterset_class.base_filters, "search", "ordering"]:
            answer = admin.get(address(name, **{field: nasty}))
            assert answer.status_code in (200, 400), f"{name} {field}={nasty[:20]!r}: {answer.content[:500]}"
            record_property("requests of programs", 1)


# --- CSV ---------------------------------------------------------------------------------------------------------------


def as_csv(sender, at):
    answer = sender.get(at, Accept="text/csv")
    assert answer.status_code == 200 and answer.streaming, answer.content
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "SECRET" not in text
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize("name", NAMES)
def test_csv_is_all_that_the_filters_find_in_the_lists_order(plant, admin, name, monkeypatch):
    monkeypatch.setattr(lists, "PAGE", 3)
    copies(plant, name, range(7))
    before = AuditLog.objects.filter(action="export").count()

    rows = as_csv(admin, address(name, limit=2))

    shown = [row for page in walk(admin, address(name)) for row in page["results"]]
    assert [row[key_of(name)] for row in rows] == [str(row[key_of(name)]) for row in shown]
    assert list(rows[0]) == [column for column in shown[0]]
    for row, other in zip(rows, shown, strict=True):
        if name == "events":
            other = other | {"created_at": other["occurred_at"]}  # as load_tables reads it
        for column, value in other.items():
            assert row[column].removeprefix("'") == in_cell(value).removeprefix("'"), column
    (export,) = AuditLog.objects.filter(action="export").order_by("id")[before:]
    assert export.entity_type == _views[name].model._meta.db_table
    assert export.changes["rows_at_most"] == len(rows) - (name == "audit-logs")  # which tells of its export, too


def in_cell(value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def test_csv_is_filtered_as_the_list_is(plant, admin):
    copies(plant, "jobs", range(7), part_name="Shelf")

    query = {"part_name": "Shelf", "ordering": "-due_date", "status": "cancelled"}
    shown = admin.get(address("jobs", **query)).json()["results"]

    assert 0 < len(shown) < 7
    assert [row["code"] for row in as_csv(admin, address("jobs", **query))] == [row["code"] for row in shown]
    export = AuditLog.objects.filter(action="export").latest("id")
    assert export.changes.items() >= query.items()


def test_csv_holds_no_formulas(plant, admin):
    copies(plant, "jobs", [1], part_name='=HYPERLINK("http://x","y")')

    assert as_csv(admin, address("jobs", search="HYPERLINK"))[0]["part_name"].startswith("'=")


def test_an_error_is_json_whatever_was_asked_for(plant, admin):
    for accept in ("text/csv", "application/xml", "text/html", "*/*", "", "nonsense", "text/csv;q=0.1"):
        answer = admin.get(address("jobs", nonsense="1"), Accept=accept)
        assert answer.status_code in (400, 406), accept
        told(answer)


# --- indexes -----------------------------------------------------------------------------------------------------------


def plan_nodes(node):
    yield node
    for below in node.get("Plans", ()):
        yield from plan_nodes(below)


def rows_read(queries, table) -> int:
    """The most rows that any step of the list's query read."""
    (sql,) = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"] and "LIMIT" in query["sql"]][-1:]
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, format json) {sql}")
        plan = cursor.fetchone()[0]
    nodes = list(plan_nodes((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    read = [
        n["Actual Rows"] * n["Actual Loops"] + n.get("Rows Removed by Filter", 0)
        for n in nodes
        if n.get("Relation Name") == table
    ]
    return max(read)


@pytest.mark.parametrize("name", ["events", "jobs", "audit-logs"])
def test_the_first_page_and_any_other_cost_what_they_show(plant, admin, name):
    model, start = _views[name].model, timezone.now()
    moment = {Event: "occurred_at", Job: "created_at", AuditLog: "created_at"}[model]
    copies(plant, name, range(3000), **{moment: lambda n: start - timedelta(minutes=n)})
    with connection.cursor() as cursor:
        cursor.execute(f"analyze {model._meta.db_table}")

    middle = address(name, limit=50)
    for _page in range(20):
        middle = admin.get(middle).json()["next"]
    for at in (address(name, limit=50), middle):
        with CaptureQueriesContext(connection) as queries:
            admin.get(at)
        assert rows_read(queries.captured_queries, model._meta.db_table) <= 2 * 51, at
