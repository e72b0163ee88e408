"""Parts on their pages: what search and filters find, one part's page, and what managers do to it."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import create_part, create_stock


@pytest.fixture
def sign(client):
    def sign(person):
        client.force_login(person)
        return client

    return sign


def rows_of(answer):
    """The rows of a CSV that was sent."""
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def parts(tenant):
    bearing = create_part(
        tenant=tenant,
        sku="6204",
        name="Ball bearing",
        category="bearings",
        barcode="400638",
        min_level=20,
        abc_class="a",
    )
    belt = create_part(tenant=tenant, sku="A-38", name="V-belt", category="belts", min_level=2, unit="m")
    old = create_part(tenant=tenant, sku="OLD-1", name="Seal", is_active=False)
    store = create_stock(bearing, 13, bin="A-3")
    create_stock(belt, "7.5", warehouse=store)
    return {"bearing": bearing, "belt": belt, "old": old, "store": store}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["6204", "A-38"]),
        ("?q=ball", ["6204"]),
        ("?q=4006", ["6204"]),
        ("?q=990", ["A-38"]),
        ("?q=belt%20a-", ["A-38"]),
        ("?q=ball%20belt", []),
        ("?category=belts", ["A-38"]),
        ("?abc_class=a", ["6204"]),
        ("?below=1", ["6204"]),
        ("?use=no", ["OLD-1"]),
        ("?use=all", ["6204", "A-38", "OLD-1"]),
        ("?abc_class=z&use=maybe&below=7", ["6204", "A-38"]),
    ],
)
def test_search_and_filters_find_parts_on_the_page_and_in_the_files(sign, technician, parts, query, found):
    parts["belt"].barcodes.create(tenant=technician.tenant, barcode="7990")
    client = sign(technician)

    page = client.get(f"/parts/{query}")

    assert [part.sku for part in page.context["rows"]] == found
    assert [row["sku"] for row in rows_of(client.get(f"/parts.csv{query}"))] == found


def test_the_list_says_what_is_there(sign, operator, parts):
    page = sign(operator).get("/parts/")

    assert "13 pcs" in page.text and "7.5 m" in page.text


def test_the_file_says_it_too(sign, operator, parts):
    first = rows_of(sign(operator).get("/parts.csv"))[0]

    assert (first["on_hand"], first["min_level"], first["unit"]) == ("13", "20", "pcs")


def test_pages_go_on_where_the_last_ended(sign, operator, tenant):
    for number in range(60):
        create_part(tenant=tenant, sku=f"P{number:03}")
    client = sign(operator)

    first = client.get("/parts/")
    second = client.get("/parts/", {"after": first.context["next"]})

    assert [part.sku for part in first.context["rows"]] == [f"P{number:03}" for number in range(50)]
    assert [part.sku for part in second.context["rows"]] == [f"P{number:03}" for number in range(50, 60)]
    assert second.context["next"] == ""


@pytest.mark.parametrize("after", ["x", "~", "00000000-0000-0000-0000-000000000000~", "\x00~\x00"])
def test_a_cursor_made_by_hand_shows_a_page(sign, operator, parts, after):
    assert sign(operator).get("/parts/", {"after": after}).status_code == 200


def test_the_list_asks_as_often_for_many_as_for_few(sign, operator, tenant, parts):
    client = sign(operator)

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/parts/").status_code == 200
        return len(queries)

    asked()
    few = asked()
    for _number in range(40):
        create_stock(create_part(tenant=tenant, category="more"), 1, warehouse=parts["store"])

    assert asked() == few


def test_an_empty_store_says_what_to_do_next(sign, manager, operator):
    assert "New part" in sign(manager).get("/parts/").text
    assert "A manager enters the parts." in sign(operator).get("/parts/").text
    assert "No part fits" in sign(operator).get("/parts/?q=nothing").text
