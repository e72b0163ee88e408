"""Printing labels, and what a label opens: in the browser of a phone, by role."""

import re

import pypdfium2
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core import hooks
from apps.core.isolation import tenant_context
from apps.registry import services
from apps.registry.models import AssetCategory, AssetMeter, AssetSpec, QrLabel
from apps.registry.qr import new_qr_token
from tests.core.test_pdf import codes_on, words_on
from tests.factories import create_asset, create_attachment, create_location, create_person, create_tenant

SHEET = {"format": "l7160", "start": "1", "copies": "1"}


def coded(tenant, code, **fields):
    asset = create_asset(tenant=tenant, **fields)
    identity = asset.identity
    identity.client_code = code
    identity.save()
    return asset


def page_of(asset):
    return f"/q/{asset.identity.qr_token}/"


def printed(answer):
    """(words, addresses of the codes) of every page of a PDF."""
    assert answer.status_code == 200, answer.content[-2000:]
    assert answer["Content-Type"] == "application/pdf"
    pages = list(pypdfium2.PdfDocument(answer.content))
    return [(words_on(page), [text for text, _x, _y in codes_on(page)]) for page in pages]


# --- what a label opens ------------------------------------------------------------------------------------------------


def test_a_label_opens_its_asset(client, operator):
    hall = create_location(
        tenant=operator.tenant, name="Hall 2", type="building", parent=create_location(tenant=operator.tenant)
    )
    asset = coded(operator.tenant, "P-101", name="Edge grinder", location=hall, category="Press", serial_number="SN-7")
    part = create_asset(tenant=operator.tenant, name="Spindle", parent=asset)
    AssetCategory.objects.create(
        tenant=operator.tenant, name="Press", spec_schema={"properties": {"power": {"title": "Power, kW"}}}
    )
    specs = {"voltage": "400 V", "power": 1.5, "sealed": True}
    AssetSpec.objects.create(tenant=operator.tenant, asset=asset, specs=specs)
    AssetMeter.objects.create(tenant=operator.tenant, asset=asset, current_run_hours="1234.5", run_hours_dial="234.5")
    create_attachment(tenant=operator.tenant, by=operator)
    client.force_login(operator)

    shown = client.get(page_of(asset)).content.decode()

    for words in ("P-101", "Edge grinder", "Plant 1", "Hall 2", "SN-7", "400 V", "1,234.5 h", "234.5", "In service"):
        assert words in shown
    assert "<dt>Power, kW</dt><dd>1.5</dd>" in shown and "<dt>sealed</dt><dd>yes</dd>" in shown
    assert "part of Edge grinder" in client.get(page_of(part)).content.decode()


def test_its_address_works_without_the_last_stroke(client, operator):
    asset = create_asset(tenant=operator.tenant)
    client.force_login(operator)

    assert client.get(page_of(asset).rstrip("/"), follow=True).status_code == 200


@pytest.mark.parametrize(
    ("role", "acts"),
    [("operator", set()), ("technician", set()), ("supervisor", {"print"}), ("manager", {"print", "renew"})],
)
def test_each_role_is_offered_what_it_may_do(client, tenant, role, acts):
    asset = create_asset(tenant=tenant)
    client.force_login(create_person(tenant=tenant, role=role))

    shown = client.get(page_of(asset)).content.decode()

    offered = {"print": f"/labels/?asset={asset.pk}", "renew": f"/assets/{asset.pk}/label/"}
    assert {name for name, address in offered.items() if address in shown} == acts


def test_later_apps_offer_their_acts_there(client, operator, monkeypatch):
    asset = create_asset(tenant=operator.tenant)
    monkeypatch.setattr(hooks, "_acts", [])

    @hooks.offers_acts
    def report(request, asset):
        yield hooks.Act(f"Report a problem with {asset} as {request.user.role}", f"/report/{asset.pk}/", "alert")

    client.force_login(operator)

    shown = client.get(page_of(asset)).content.decode()

    assert "Report a problem with Edge grinder as operator" in shown
    assert f'href="/report/{asset.pk}/"' in shown


def test_a_stranger_signs_in_and_comes_back(client, tenant):
    asset = create_asset(tenant=tenant)
    person = create_person(tenant=tenant, password="a-plant-password")

    wall = client.get(page_of(asset))
    answer = client.post(wall["Location"], {"username": person.email, "password": "a-plant-password"}, follow=True)

    assert wall["Location"] == f"/sign-in/?next={page_of(asset)}"
    assert answer.redirect_chain[-1][0] == page_of(asset)
    assert "Edge grinder" in answer.content.decode()


def test_a_label_of_before_opens_its_asset_too(client, operator):
    """A token that was loaded stays as it is: it is on the machine."""
    asset = create_asset(tenant=operator.tenant)
    asset.identity.qr_token = "OLD-7"
    asset.identity.save()
    client.force_login(operator)

    assert client.get("/q/OLD-7/").status_code == 200
    for text in ("OLD-7", "https://amms.example/q/OLD-7"):
        assert client.get("/scan/", {"code": text})["Location"] == "/q/OLD-7/"


def test_dead_unknown_and_foreign_tokens_are_not_there(client, manager):
    asset, elsewhere = create_asset(tenant=manager.tenant), create_tenant()
    dead = page_of(asset)
    services.reissue_label(asset, by=manager)
    with tenant_context(elsewhere):
        foreign = page_of(create_asset(tenant=elsewhere))
    client.force_login(manager)

    for address in (dead, foreign, f"/q/{new_qr_token(manager.tenant.pk)}/", "/q/x/", "/q/%00/", f"/q/{'x' * 4000}/"):
        assert client.get(address).status_code == 404, address


def test_the_page_is_small_and_asks_little(client, operator):
    asset = coded(operator.tenant, "P-101")
    specs = {f"value {number}": "x" * 40 for number in range(40)}
    AssetSpec.objects.create(tenant=operator.tenant, asset=asset, specs=specs)
    client.force_login(operator)
    client.get(page_of(asset))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(page_of(asset))

    assert len(answer.content) < 50_000
    assert len(asked) <= 15, [query["sql"][:90] for query in asked]


# --- a label that belongs to nothing yet -------------------------------------------------------------------------------


def a_label(tenant):
    return QrLabel.objects.get(batch=services.make_labels(tenant, 1, by=None))


def test_a_new_label_is_linked_by_scanning_it(client, supervisor):
    asset, label = coded(supervisor.tenant, "P-101"), a_label(supervisor.tenant)
    client.force_login(supervisor)

    assert "belongs to nothing yet" in client.get(f"/q/{label.token}/").content.decode()
    found = client.get(f"/q/{label.token}/", {"code": "grind"}).content.decode()
    assert "P-101 Edge grinder" in found
    answer = client.post(f"/q/{label.token}/link/", {"asset": asset.pk}, follow=True)

    assert "The label is linked to Edge grinder." in answer.content.decode()
    assert page_of(type(asset).objects.get(pk=asset.pk)) == f"/q/{label.token}/"


def test_who_comes_second_is_told_whose_the_label_is(client, supervisor):
    first, second = coded(supervisor.tenant, "P-101"), create_asset(tenant=supervisor.tenant)
    label = a_label(supervisor.tenant)
    services.link_label(label, first, by=supervisor)
    client.force_login(supervisor)

    answer = client.post(f"/q/{label.token}/link/", {"asset": second.pk})

    assert answer.status_code == 409
    assert "belongs to P-101 Edge grinder already" in answer.content.decode()


def test_an_operator_is_told_who_links_it(client, operator):
    label = a_label(operator.tenant)
    client.force_login(operator)

    shown = client.get(f"/q/{label.token}/", {"code": "x"}).content.decode()

    assert "A supervisor links it" in shown
    assert "/link/" not in shown


# --- the page that scans -----------------------------------------------------------------------------------------------


def test_a_scanned_text_leads_to_its_asset(client, operator):
    asset = coded(operator.tenant, "P-101")
    asset.identity.barcode_manufacturer = "5901234123457"
    asset.identity.save()
    client.force_login(operator)

    for text in ("p-101", "5901234123457", asset.identity.qr_token, f"http://plant.example{page_of(asset)}"):
        assert client.get("/scan/", {"code": text})["Location"] == page_of(asset), text


def test_a_new_label_scanned_there_asks_what_it_is_for(client, operator):
    label = a_label(operator.tenant)
    client.force_login(operator)

    assert client.get("/scan/", {"code": label.token})["Location"] == f"/q/{label.token}/"


def test_what_several_assets_have_is_asked_about(client, operator):
    for number in (1, 2):
        identity = coded(operator.tenant, f"P-{number}").identity
        identity.barcode_manufacturer = "4711"
        identity.save()
    client.force_login(operator)

    shown = client.get("/scan/", {"code": "4711"}).content.decode()

    assert "P-1 Edge grinder" in shown and "P-2 Edge grinder" in shown


@pytest.mark.parametrize("text", ["nothing", "<script>", "\x00", "x" * 5000])
def test_what_is_nothing_is_said(client, operator, text):
    client.force_login(operator)

    answer = client.get("/scan/", {"code": text})

    assert answer.status_code == 200
    assert "<script>" not in answer.content.decode()
    assert ("Nothing has this code" in answer.content.decode()) == (text != "\x00")


# --- printing ----------------------------------------------------------------------------------------------------------


def test_labels_of_chosen_assets_are_printed(client, supervisor, settings):
    settings.ADDRESS = "https://plant.example"
    hall = create_location(tenant=supervisor.tenant, name="Hall 2")
    assets = [coded(supervisor.tenant, f"P-{number}", location=hall) for number in (1, 2, 3)]
    services.retire_asset(coded(supervisor.tenant, "P-4", location=hall))
    coded(supervisor.tenant, "P-5")
    client.force_login(supervisor)

    by_place = client.post("/labels/print/", SHEET | {"place": hall.pk})
    by_code = client.post("/labels/print/", SHEET | {"codes": "P-1\nP-2\tP-3"})
    by_hand = client.post("/labels/print/", SHEET | {"asset": [asset.pk for asset in assets]})

    for answer in (by_place, by_code, by_hand):
        ((words, codes),) = printed(answer)
        assert sorted(codes) == sorted(f"https://plant.example{page_of(asset)}" for asset in assets)
        assert re.findall(r"P-\d", words) == ["P-1", "P-2", "P-3"]
        assert words.count("Hall 2") == 3


def test_the_page_shows_what_will_be_printed(client, supervisor, settings):
    settings.ADDRESS = ""
    coded(supervisor.tenant, "P-1")
    coded(supervisor.tenant, "P-2", name="Pump")
    client.force_login(supervisor)

    shown = client.get("/labels/", {"codes": "P-1 P-9"}).content.decode()

    assert "1 asset" in shown and "Edge grinder" in shown and "Pump" not in shown
    assert "No asset has these codes: P-9" in shown
    assert "set LEANOPS_ADDRESS" in shown
    settings.ADDRESS = "https://plant.example"
    again = client.get("/labels/", {"codes": "P-1"}).content.decode()
    assert "https://plant.example/q/" in again and "LEANOPS_ADDRESS" not in again


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "https://localhost", "http://[::1]:8000", "http://0.0.0.0"]
)
def test_codes_that_would_open_nothing_elsewhere_are_told_before_they_are_printed(client, manager, settings, address):
    settings.ADDRESS = address
    asset = create_asset(tenant=manager.tenant)
    client.force_login(manager)
    batch = services.make_labels(manager.tenant, 1, by=manager)
    chosen = {"action": "print_labels", "_selected_action": asset.pk}

    for page in (client.get(f"/labels/?asset={asset.pk}"), client.get(f"/labels/{batch}/")):
        assert f"Each code opens {address}/q/" in page.content.decode()
        assert "No phone reaches that address" in page.content.decode()
    assert f"No phone reaches {address}/q/" in client.post("/admin/registry/asset/", chosen).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"start": "22"}, "This sheet has 21 labels."),
        ({"format": "a0"}, "Select a valid choice"),
        ({"copies": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_does_not_fit_the_sheet_is_said_at_its_field(client, supervisor, wrong, sentence):
    coded(supervisor.tenant, "P-1")
    client.force_login(supervisor)

    answer = client.post("/labels/print/", SHEET | {"codes": "P-1"} | wrong)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_batch_printed_again_has_the_same_tokens(client, supervisor):
    client.force_login(supervisor)

    answer = client.post("/labels/new/", {"count": "25"}, follow=True)

    batch = QrLabel.objects.first().batch
    assert answer.redirect_chain[-1][0] == f"/labels/{batch}/"
    first, again = (printed(client.get(f"/labels/{batch}/labels.pdf", SHEET | {"start": "3"})) for _ in range(2))
    assert first == again
    assert {code for _words, codes in first for code in codes} == {
        f"http://testserver/q/{label.token}/" for label in QrLabel.objects.all()
    }
    assert "No. 1 " in first[0][0] and "No. 25 " in first[1][0]
    assert QrLabel.objects.count() == 25


def test_a_batch_tells_what_is_linked(client, supervisor):
    asset, label = create_asset(tenant=supervisor.tenant), a_label(supervisor.tenant)
    services.link_label(label, asset, by=supervisor)
    client.force_login(supervisor)

    shown = client.get(f"/labels/{label.batch}/").content.decode()

    assert "1 labels, 1 of them linked" in shown
    assert "Edge grinder" in shown
    assert client.get("/labels/2026-01-01-XXXX/").status_code == 404
    assert client.get("/labels/2026-01-01-XXXX/labels.pdf", SHEET).status_code == 404


def test_the_page_of_labels_asks_the_same_of_few_and_many(client, supervisor):
    client.force_login(supervisor)
    hall = create_location(tenant=supervisor.tenant, name="Hall 2")

    def asked():
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/labels/", {"place": hall.pk}).status_code == 200
        return len(queries)

    coded(supervisor.tenant, "P-0", location=hall)
    services.make_labels(supervisor.tenant, 1, by=supervisor)
    asked()
    few = asked()
    for number in range(1, 12):
        coded(supervisor.tenant, f"P-{number}", location=hall)
        services.make_labels(supervisor.tenant, 2, by=supervisor)
    assert asked() == few


# --- issued anew -------------------------------------------------------------------------------------------------------


def test_a_new_label_is_asked_for_once(client, manager):
    asset = create_asset(tenant=manager.tenant)
    old = page_of(asset)
    client.force_login(manager)

    assert "A new label for Edge grinder?" in client.get(f"/assets/{asset.pk}/label/").content.decode()
    answer = client.post(f"/assets/{asset.pk}/label/", follow=True)

    assert "opens nothing any more" in answer.content.decode()
    assert client.get(old).status_code == 404


def test_managers_print_and_renew_labels_in_the_admin(client, manager):
    assets = [coded(manager.tenant, f"P-{number}") for number in (1, 2)]
    client.force_login(manager)
    chosen = {"_selected_action": [str(asset.pk) for asset in assets]}

    asks = client.post("/admin/registry/asset/", {"action": "print_labels"} | chosen)
    ((words, codes),) = printed(
        client.post("/admin/registry/asset/", {"action": "print_labels", "apply": "1"} | chosen | SHEET)
    )
    client.post("/admin/registry/asset/", {"action": "reissue_labels", "apply": "1"} | chosen)

    assert "Start at label" in asks.content.decode()
    assert re.findall(r"P-\d", words) == ["P-1", "P-2"]
    for code in codes:
        assert client.get(code.removeprefix("http://testserver")).status_code == 404
