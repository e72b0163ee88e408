"""Labels of parts: printed from the list, a part's page and the admin; and what scanning one opens."""

import pytest

from apps.inventory import services
from tests.factories import create_asset, create_part, create_stock
from tests.registry.test_labels_page import printed

SHEET = {"format": "l7160", "start": "1", "copies": "1", "each": "part"}


@pytest.fixture
def bearing(tenant):
    """Nine in A-3 and four in B-1."""
    part = create_part(tenant=tenant, sku="6204-2RS", name="Ball bearing", category="bearings", barcode="400638")
    store = create_stock(part, 9, bin="A-3")
    services.receive(part, 4, warehouse=store, bin="B-1", unit_cost=1, by=None)
    return part


def test_a_label_says_what_it_is_and_where_and_its_code_opens_the_part(client, supervisor, bearing, settings):
    settings.ADDRESS = "https://plant.example"
    client.force_login(supervisor)

    ((words, codes),) = printed(client.post("/parts/labels/print/", SHEET | {"part": bearing.pk}))

    assert codes == [f"https://plant.example/parts/{bearing.pk}/"]
    assert all(word in words for word in ("6204-2RS", "Ball bearing", "A-3")) and "B-1" not in words


def test_each_bin_may_have_a_label(client, supervisor, bearing):
    client.force_login(supervisor)

    ((words, codes),) = printed(client.post("/parts/labels/print/", SHEET | {"part": bearing.pk, "each": "bin"}))

    assert len(codes) == 2 and "A-3" in words and "B-1" in words


def test_a_half_used_sheet_and_copies(client, supervisor, bearing):
    client.force_login(supervisor)

    pages = printed(client.post("/parts/labels/print/", SHEET | {"part": bearing.pk, "start": "20", "copies": "3"}))

    assert [len(codes) for _words, codes in pages] == [2, 1]


def test_those_ticked_or_all_that_the_filters_find(client, supervisor, bearing):
    belt = create_part(tenant=supervisor.tenant, sku="A-38", name="V-belt", category="belts")
    client.force_login(supervisor)

    def chosen(**query):
        return [part.sku for part in client.get("/parts/labels/", query).context["rows"]]

    assert chosen(part=[bearing.pk, belt.pk]) == ["6204-2RS", "A-38"]
    assert chosen(category="belts") == ["A-38"]
    assert chosen() == []
    assert 'form="chosen"' in client.get("/parts/").text
    assert f"/parts/labels/?part={bearing.pk}" in client.get(f"/parts/{bearing.pk}/").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"start": "22"}, "This sheet has 21 labels."),
        ({"copies": "0"}, "greater than or equal to 1"),
        ({"format": "x"}, "Select a valid choice."),
        ({"part": "x"}, "Tick parts in the list"),
    ],
)
def test_what_cannot_be_printed_is_said_so(client, supervisor, bearing, fields, sentence):
    client.force_login(supervisor)

    answer = client.post("/parts/labels/print/", SHEET | {"part": bearing.pk} | fields)

    assert answer.status_code in (409, 422) and sentence in answer.text


def test_the_admin_prints_them_too(client, manager, bearing):
    client.force_login(manager)
    chosen = {"action": "print_labels", "_selected_action": bearing.pk}

    assert "Print (PDF)" in client.post("/admin/inventory/part/", chosen).text
    ((_words, codes),) = printed(client.post("/admin/inventory/part/", chosen | SHEET | {"apply": "1"}))
    assert codes[0].endswith(f"/parts/{bearing.pk}/")


@pytest.mark.parametrize("code", ["6204-2rs", "400638", "http://testserver/parts/{pk}/"])
def test_scanning_a_part_opens_it(client, operator, bearing, code):
    client.force_login(operator)

    answer = client.get("/scan/", {"code": code.format(pk=bearing.pk)})

    assert answer["Location"] == f"/parts/{bearing.pk}/"


def test_a_code_of_a_part_and_of_an_asset_asks_which(client, operator, bearing):
    asset = create_asset(tenant=operator.tenant, name="Conveyor", identity={"barcode_manufacturer": "400638"})
    client.force_login(operator)

    page = client.get("/scan/", {"code": "400638"})

    assert f"/parts/{bearing.pk}/" in page.text and asset.identity.qr_token in page.text
