"""Parts on their pages: what search and filters find, one part's page, and what managers do to it."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.inventory import services
from apps.inventory.models import Part, PartBarcode, PartUnit
from tests.factories import create_part, create_stock, photo


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


# --- scanning


@pytest.mark.parametrize("code", ["6204", "400638", "7990", "https://plant.example/parts/{pk}/"])
def test_a_code_of_one_part_goes_straight_to_it(sign, operator, parts, code):
    parts["bearing"].barcodes.create(tenant=operator.tenant, barcode="7990")

    answer = sign(operator).get("/parts/", {"code": code.format(pk=parts["bearing"].pk)})

    assert answer["Location"] == f"/parts/{parts['bearing'].pk}/"


def test_a_code_of_nothing_is_said_to_be_so_and_can_be_given_to_a_new_part(sign, manager, parts):
    page = sign(manager).get("/parts/", {"code": "4711"})

    assert "No part has the code “4711”." in page.text and "/parts/new/?barcode=4711" in page.text


# --- one part


def test_a_parts_page_says_where_it_is_who_has_it_and_what_is_promised(sign, supervisor, technician, parts):
    bearing, store = parts["bearing"], parts["store"]
    services.save_unit(PartUnit(tenant=bearing.tenant, part=bearing, code="box", factor=12), by=None)
    services.save_barcode(PartBarcode(tenant=bearing.tenant, part=bearing, barcode="7990"), by=None)
    services.issue_to_wallet(bearing, 2, warehouse=store, user=technician, by=supervisor)
    services.consume(bearing, 1, user=technician, reference="WO-7", by=technician)
    services.reserve(bearing, 3, reference="WO-8", by=supervisor)
    services.mark_ordered(bearing, 24, reference="PO-9", expected_on="2020-01-01", by=supervisor)

    page = sign(supervisor).get(f"/parts/{bearing.pk}/")

    for words in ("11 pcs", "8 pcs", "A-3", str(technician), "WO-7", "WO-8", "PO-9", "late", "7990", "box", "12 pcs"):
        assert words in page.text, words
    assert page.context["bars"][-1].used == 1


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        ("operator", set()),
        ("technician", {"return"}),
        ("supervisor", {"receive", "transfer", "issue", "return"}),
        ("manager", {"receive", "transfer", "issue", "return", "adjust"}),
    ],
)
def test_the_buttons_are_those_of_the_role(sign, request, parts, role, acts):
    page = sign(request.getfixturevalue(role)).get(f"/parts/{parts['bearing'].pk}/")

    every = ("receive", "transfer", "issue", "return", "adjust")
    assert {act for act in every if f"/stock/{act}/?part=6204" in page.text} == acts
    assert ("Put it out of use" in page.text) == (role == "manager")


PART = {"sku": "S-9", "name": "Seal", "unit": "pcs", "min_level": "2", "max_level": "5", "lead_days": "3"}


def test_a_manager_enters_a_part_and_changes_it(sign, manager):
    client = sign(manager)

    client.post("/parts/new/", PART | {"barcode": "77"})
    part = Part.objects.get(sku="S-9")
    answer = client.post(f"/parts/{part.pk}/change/", PART | {"name": "Shaft seal", "barcode": ""}, follow=True)

    assert "S-9 is changed." in answer.text
    part.refresh_from_db()
    assert (part.name, part.barcode, part.tenant) == ("Shaft seal", "", manager.tenant)


def test_the_address_gives_a_new_part_its_barcode(sign, manager):
    assert 'value="4711"' in sign(manager).get("/parts/new/?barcode=4711").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"sku": "6204"}, "“6204” is of 6204; choose another."),
        ({"barcode": "400638"}, "“400638” is of 6204; choose another."),
        ({"max_level": "1"}, "The maximum is not below the minimum."),
        ({"min_level": "-1"}, "greater than or equal to 0"),
        ({"min_level": "1.2345"}, "no more than 3 decimal places"),
        ({"max_level": "NaN"}, "Enter a number."),
        ({"lead_days": "99999"}, "less than or equal to"),
        ({"unit": " "}, "This field is required."),
        ({"sku": "reorder"}, "cannot be a SKU"),
        ({"sku": "a;b"}, ""),
        ({"name": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_cannot_be_is_said_beside_what_was_typed(sign, manager, parts, fields, sentence):
    answer = sign(manager).post("/parts/new/", PART | fields)

    assert answer.status_code == 422 and sentence in answer.text
    assert Part.objects.count() == 3


def test_the_unit_stays_once_something_has_moved(sign, manager, parts):
    answer = sign(manager).post(f"/parts/{parts['belt'].pk}/change/", PART | {"sku": "A-38", "unit": "kg"})

    assert answer.status_code == 422 and "A-38 has been moved in m; its unit stays." in answer.text


def test_a_part_goes_out_of_use_when_nothing_is_left(sign, manager, parts):
    client, old = sign(manager), parts["old"]

    refused = client.post(f"/parts/{parts['belt'].pk}/use/", {"use": "0"})
    assert refused.status_code == 409 and "A-38 is still in warehouses" in refused.text
    assert "OLD-1 is in use again." in client.post(f"/parts/{old.pk}/use/", {"use": "1"}, follow=True).text
    assert "OLD-1 is out of use." in client.post(f"/parts/{old.pk}/use/", {"use": "0"}, follow=True).text


def test_barcodes_and_units_come_and_go(sign, manager, parts):
    client, at = sign(manager), f"/parts/{parts['bearing'].pk}/"

    client.post(f"{at}barcodes/new/", {"barcode": "7990"})
    client.post(f"{at}units/new/", {"code": "box", "factor": "12"})
    barcode, unit = PartBarcode.objects.get(), PartUnit.objects.get()
    assert (barcode.barcode, unit.factor) == ("7990", 12)

    client.post(f"/part-barcodes/{barcode.pk}/remove/")
    client.post(f"/part-units/{unit.pk}/remove/")
    assert not PartBarcode.objects.exists() and not PartUnit.objects.exists()


@pytest.mark.parametrize(
    ("what", "fields", "sentence"),
    [
        ("barcodes", {"barcode": "A-38"}, "“A-38” is of A-38; choose another."),
        ("barcodes", {"barcode": " "}, "This field is required."),
        ("units", {"code": "pcs", "factor": "2"}, "Give the unit a name of its own"),
        ("units", {"code": "box", "factor": "2"}, "There is a unit of this name already"),
        ("units", {"code": "carton", "factor": "0"}, "greater than or equal to 0.001"),
        ("units", {"code": "carton", "factor": "1e308"}, "no more than 14 digits"),
    ],
)
def test_a_code_that_cannot_be_is_refused_on_the_parts_page(sign, manager, parts, what, fields, sentence):
    bearing = parts["bearing"]
    services.save_unit(PartUnit(tenant=bearing.tenant, part=bearing, code="box", factor=12), by=None)

    answer = sign(manager).post(f"/parts/{bearing.pk}/{what}/new/", fields)

    assert answer.status_code == 422 and sentence in answer.text


def test_photos_are_kept_shown_and_removed(sign, manager, parts, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client, bearing = sign(manager), parts["bearing"]

    client.post(f"/parts/{bearing.pk}/photos/", {"photos": [photo(), photo(colour="red")]})
    first, second = services.photos_of(bearing)
    assert f"/files/{first.pk}/" in client.get(f"/parts/{bearing.pk}/").text

    client.post(f"/part-photos/{first.pk}/remove/")
    assert list(services.photos_of(bearing)) == [second]


def test_no_photo_and_too_many_are_refused(sign, manager, parts):
    client, at = sign(manager), f"/parts/{parts['bearing'].pk}/photos/"

    assert "Choose a photo first." in client.post(at).text
    refused = client.post(at, {"photos": [photo() for _ in range(9)]})
    assert refused.status_code == 409 and "A part has at most 8 photos" in refused.text
