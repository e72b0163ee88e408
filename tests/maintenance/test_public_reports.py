"""Reporting without an account: where the tenant lets people, by a label alone, a little at a time, and never more."""

import pytest
from django.test import Client

from apps.core.isolation import tenant_context
from apps.core.models import Attachment, AuditLog
from apps.maintenance import services
from apps.maintenance.models import ServiceRequest, WorkOrder
from apps.registry.services import reissue_label, retire_asset
from tests.factories import create_asset, create_person, create_report_of, create_tenant, photo


@pytest.fixture
def open_tenant(tenant):
    tenant.settings = {"public_reports": True, "agile_mode": True}
    tenant.save()
    return tenant


@pytest.fixture
def asset(tenant):
    return create_asset(tenant=tenant, name="Edge grinder", identity={"client_code": "P-101"})


@pytest.fixture
def stranger():
    return Client()


def label(asset):
    return f"/q/{asset.identity.qr_token}/"


def page(asset):
    return f"/report/{asset.identity.qr_token}/"


def send(client, asset, **said):
    return client.post(page(asset), {"description": "It leaks", "name": "Jo"} | said)


def test_with_the_setting_off_a_stranger_signs_in_as_ever(stranger, asset):
    assert stranger.get(label(asset))["Location"].startswith("/sign-in/")
    for answer in (stranger.get(page(asset)), send(stranger, asset)):
        assert answer["Location"] == label(asset)
    assert not ServiceRequest.objects.exists()


def test_a_stranger_reports_with_a_photo_and_it_waits_for_triage_in_every_mode(stranger, open_tenant, asset):
    opened = stranger.get(label(asset), follow=True)
    assert opened.redirect_chain[-1][0] == page(asset) and opened.status_code == 200
    assert "P-101" in opened.text and "Edge grinder" in opened.text and 'type="file"' in opened.text

    answer = send(stranger, asset, photos=photo())

    row = ServiceRequest.objects.get()
    assert (row.status, row.reported_by, row.reporter_name) == ("pending", None, "Jo")
    assert row.asset == asset and not WorkOrder.objects.exists()
    assert Attachment.objects.get(entity_id=row.pk).uploaded_by is None
    assert answer["Location"].startswith(f"/report/follow/{open_tenant.pk.hex}.")


def test_the_private_link_tells_what_became_of_it_and_nothing_else(stranger, open_tenant, asset, supervisor):
    link = send(stranger, asset, description="A secret smell")["Location"]
    row = ServiceRequest.objects.get()

    told = stranger.get(link).text
    assert row.number in told and "waits for an answer" in told and "A secret smell" not in told
    services.convert(row, by=supervisor, title="The inner title")
    told = stranger.get(link).text
    assert "Taken up" in told and "The inner title" not in told and "WO-" not in told

    other = send(stranger, asset)["Location"]
    services.reject(ServiceRequest.objects.get(status="pending"), by=supervisor, reason="It is new")
    assert "Rejected: It is new" in stranger.get(other).text


def test_the_link_is_stored_as_a_hash_and_another_opens_nothing(stranger, open_tenant, asset):
    link = send(stranger, asset)["Location"]
    token = link.removeprefix("/report/follow/").strip("/")
    row = ServiceRequest.objects.get()

    assert token.rpartition(".")[2] not in row.public_token_hash and len(row.public_token_hash) == 64
    for wrong in (
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        f"{row.tenant_id.hex}.{row.pk.hex}.{'x' * 43}",
        "x",
        "%00",
    ):
        assert stranger.get(f"/report/follow/{wrong}/").status_code in (400, 404)


def test_a_request_without_a_link_is_opened_by_none(stranger, open_tenant, asset):
    row = create_report_of(asset)

    assert stranger.get(f"/report/follow/{row.tenant_id.hex}.{row.pk.hex}.{'x' * 43}/").status_code == 404


def test_sent_twice_with_one_key_it_is_one_report_with_one_link(stranger, open_tenant, asset):
    links = {send(stranger, asset, request_key="k" * 32, photos=photo())["Location"] for _try in range(3)}

    assert len(links) == 1 and ServiceRequest.objects.count() == 1 and Attachment.objects.count() == 1
    assert send(stranger, asset, request_key="l" * 32)["Location"] not in links


def test_whether_it_is_reported_already_is_told_without_words(stranger, open_tenant, asset, operator):
    assert "reported of it already" not in stranger.get(page(asset)).text
    create_report_of(asset, by=None, description="A secret smell")

    told = stranger.get(page(asset)).text

    assert "reported of it already" in told and "A secret smell" not in told


def test_a_machine_takes_five_reports_from_an_address_then_rests(stranger, open_tenant, asset):
    for _number in range(5):
        assert send(stranger, asset).status_code == 302
    answer = send(stranger, asset)

    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0 and "report again" in answer.text
    assert ServiceRequest.objects.count() == 5
    other = create_asset(tenant=open_tenant, name="Another")
    assert send(stranger, other).status_code == 302


def test_nothing_is_reported_of_nothing_and_no_hostile_file_is_kept(stranger, open_tenant, asset):
    assert send(stranger, asset, description="").status_code == 422
    bad = photo()
    bad.file.truncate(20)
    answer = send(stranger, asset, photos=bad)
    assert answer.status_code == 422 and "bad" not in answer.text
    assert send(stranger, asset, photos=[photo(), photo()]).status_code == 422
    assert not ServiceRequest.objects.exists() and not Attachment.objects.exists()


def test_a_retired_machine_and_a_dead_label_take_none(stranger, open_tenant, asset):
    former = page(asset)
    reissue_label(asset, by=None)
    assert stranger.get(former)["Location"].startswith("/q/")
    asset.refresh_from_db()
    retire_asset(asset, reason="Worn out")
    assert stranger.get(page(asset))["Location"].startswith("/q/")


def test_strangers_see_nothing_else_of_the_tenant(stranger, open_tenant, asset):
    link = send(stranger, asset, photos=photo())["Location"]
    kept = Attachment.objects.get()
    row = ServiceRequest.objects.get()

    for address in (
        f"/files/{kept.pk}/",
        f"/assets/{asset.pk}/",
        f"/service-requests/{row.number}/",
        "/board/",
        "/my-work/",
    ):
        assert stranger.get(address)["Location"].startswith("/sign-in/")
    assert str(kept.pk) not in stranger.get(link).text + stranger.get(page(asset)).text


def test_whoever_has_an_account_is_led_to_the_own_page(open_tenant, asset, operator, stranger):
    link = send(stranger, asset)["Location"]
    row = ServiceRequest.objects.get()
    client = Client()
    client.force_login(operator)

    assert client.get(page(asset))["Location"] == label(asset)
    assert client.get(link)["Location"] == f"/service-requests/{row.number}/"


def test_another_tenants_people_and_labels_see_none_of_it(stranger, open_tenant, asset):
    link = send(stranger, asset)["Location"]
    other = create_tenant(settings={"public_reports": True})
    with tenant_context(other):
        client = Client()
        client.force_login(create_person(tenant=other))
        theirs = create_asset(tenant=other, name="Theirs")
    assert client.get(link).status_code == 404
    assert client.get(page(asset), follow=True).status_code == 404
    mixed = f"{theirs.identity.qr_token.partition('.')[0]}.{asset.identity.qr_token.partition('.')[2]}"
    assert stranger.get(f"/report/{mixed}/")["Location"].startswith("/q/")


def test_a_strangers_name_is_not_in_the_record(stranger, open_tenant, asset):
    send(stranger, asset, name="Jo Stranger")

    rows = AuditLog.objects.filter(entity_type="service_requests")
    assert rows.count() == 1 and "Jo Stranger" not in str(list(rows.values()))
