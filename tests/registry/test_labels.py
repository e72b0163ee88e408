"""Labels: issued anew, printed for nobody yet, linked by scanning; one asset a token."""

import threading

import pytest
from django.db import DatabaseError, connection, connections

from apps.core.errors import BrokenRule
from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from apps.registry import services
from apps.registry.models import AssetIdentity, QrLabel
from apps.registry.qr import new_qr_token, tenant_of
from apps.registry.scanning import called, free_label, holder, token_in
from tests.factories import create_asset, create_person, create_tenant


def coded(asset, code="", barcode=""):
    identity = asset.identity
    identity.client_code, identity.barcode_manufacturer = code, barcode
    identity.save()
    return asset


def a_label(tenant, by=None):
    return QrLabel.objects.get(batch=services.make_labels(tenant, 1, by=by))


# --- issued anew -------------------------------------------------------------------------------------------------------


def test_a_label_issued_anew_kills_the_old_one(manager):
    asset = create_asset(tenant=manager.tenant)
    old = asset.identity.qr_token

    identity = services.reissue_label(asset, by=manager)

    assert identity.qr_token != old
    assert tenant_of(identity.qr_token) == manager.tenant.pk
    assert holder(manager.tenant, identity.qr_token).asset == asset
    assert holder(manager.tenant, old) is None
    assert free_label(manager.tenant, old) is None


def test_the_record_says_so_without_the_token(manager):
    asset = create_asset(tenant=manager.tenant)

    identity = services.reissue_label(asset, by=manager)

    entry = AuditLog.objects.filter(entity_type="asset_identities", entity_id=str(identity.pk)).latest("id")
    assert entry.action == "update"
    assert identity.qr_token not in str(entry.changes)
    assert identity.history.first().history_change_reason == "Label issued anew"


def test_what_is_retired_gets_no_label(manager):
    asset = services.retire_asset(create_asset(tenant=manager.tenant))
    label = a_label(manager.tenant)

    with pytest.raises(BrokenRule, match="is retired"):
        services.reissue_label(asset, by=manager)
    with pytest.raises(BrokenRule, match="is retired"):
        services.link_label(label, asset, by=manager)

    assert free_label(manager.tenant, label.token) == label


# --- printed for nobody yet --------------------------------------------------------------------------------------------


def test_a_batch_has_as_many_tokens_as_were_asked_for(manager):
    batch = services.make_labels(manager.tenant, 500, by=manager)

    labels = QrLabel.objects.filter(batch=batch)
    assert len({label.token for label in labels}) == 500
    assert {(label.asset_id, label.created_by) for label in labels} == {(None, manager)}
    assert QrLabel.history.model.objects.filter(batch=batch).count() == 500


@pytest.mark.parametrize("count", [0, -1, 501])
def test_a_batch_of_none_or_too_many_is_refused(manager, count):
    with pytest.raises(BrokenRule, match="1 to 500"):
        services.make_labels(manager.tenant, count, by=manager)

    assert not QrLabel.objects.exists()


# --- linked ------------------------------------------------------------------------------------------------------------


def test_a_linked_label_opens_its_asset_and_the_former_one_nothing(supervisor):
    asset, label = create_asset(tenant=supervisor.tenant), a_label(supervisor.tenant)
    former = asset.identity.qr_token

    services.link_label(label, asset, by=supervisor)

    label.refresh_from_db()
    assert (label.asset, label.linked_by) == (asset, supervisor)
    assert holder(supervisor.tenant, label.token).asset == asset
    assert holder(supervisor.tenant, former) is None
    assert free_label(supervisor.tenant, label.token) is None


def test_linking_again_to_the_same_asset_changes_nothing(supervisor):
    asset, label = create_asset(tenant=supervisor.tenant), a_label(supervisor.tenant)
    services.link_label(label, asset, by=supervisor)
    before = AuditLog.objects.count()

    services.link_label(label, asset, by=supervisor)

    assert AuditLog.objects.count() == before


def test_a_label_of_another_asset_is_refused_and_says_whose_it_is(supervisor):
    one = coded(create_asset(tenant=supervisor.tenant, name="Pump"), "P-101")
    other, label = create_asset(tenant=supervisor.tenant, name="Fan"), a_label(supervisor.tenant)
    services.link_label(label, one, by=supervisor)
    token = other.identity.qr_token

    with pytest.raises(BrokenRule, match="belongs to P-101 Pump already"):
        services.link_label(label, other, by=supervisor)

    assert holder(supervisor.tenant, token).asset == other


def test_a_label_that_was_replaced_cannot_come_back(supervisor):
    asset, label = create_asset(tenant=supervisor.tenant), a_label(supervisor.tenant)
    services.link_label(label, asset, by=supervisor)
    services.reissue_label(asset, by=supervisor)

    with pytest.raises(BrokenRule, match="already"):
        services.link_label(label, asset, by=supervisor)

    assert holder(supervisor.tenant, label.token) is None


def test_another_tenants_asset_is_refused(supervisor):
    label, elsewhere = a_label(supervisor.tenant), create_tenant()
    with connection.cursor() as cursor:  # what row-level security would not even show
        cursor.execute(
            "alter table assets disable row level security; alter table locations disable row level security"
        )
    with tenant_context(elsewhere):
        theirs = create_asset(tenant=elsewhere)

    with pytest.raises(BrokenRule, match="another tenant"):
        services.link_label(label, theirs, by=supervisor)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_link_one_label_one_wins_and_the_other_is_told():
    tenant = create_tenant()
    with tenant_context(tenant):
        person = create_person(tenant=tenant)
        pumps = [coded(create_asset(tenant=tenant, name="Pump"), f"P-{number}") for number in (1, 2)]
        label = a_label(tenant)
    barrier, told = threading.Barrier(2), {}

    def link(asset):
        try:
            with tenant_context(tenant):
                barrier.wait(10)
                services.link_label(label, asset, by=person)
            told[asset.pk] = ""
        except BrokenRule as refused:
            told[asset.pk] = str(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=link, args=[pump]) for pump in pumps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    (winner,) = [pump for pump in pumps if told[pump.pk] == ""]
    (loser,) = [pump for pump in pumps if pump != winner]
    assert f"belongs to {winner.identity.client_code} Pump already" in told[loser.pk]
    with tenant_context(tenant):
        assert holder(tenant, label.token).asset == winner
        assert AssetIdentity.objects.get(asset=loser).qr_token == loser.identity.qr_token


@pytest.mark.django_db(transaction=True)
def test_of_two_labels_linked_to_one_asset_at_once_one_opens_it():
    tenant = create_tenant()
    with tenant_context(tenant):
        person, asset = create_person(tenant=tenant), create_asset(tenant=tenant)
        labels = [a_label(tenant) for _ in range(2)]
    barrier, failed = threading.Barrier(2), []

    def link(label):
        try:
            with tenant_context(tenant):
                barrier.wait(10)
                services.link_label(label, asset, by=person)
        except (BrokenRule, DatabaseError) as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=link, args=[label]) for label in labels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failed == []
    with tenant_context(tenant):
        assert len([label for label in labels if holder(tenant, label.token)]) == 1
        assert QrLabel.objects.filter(asset=asset).count() == 2


# --- what a scanned text stands for ------------------------------------------------------------------------------------


def test_a_token_is_found_in_a_label_s_address(tenant):
    token = new_qr_token(tenant.pk)

    assert token_in("https://old.example/q/ABC-1") == "ABC-1"
    for text in (token, f"https://plant.example/q/{token}/", f"http://10.0.0.7:8000/q/{token}", 
                 f"https://plant.example/sub/q/{token}/?x=1#y"):  # fmt: skip
        assert token_in(text) == token
    for text in (
        "",
        "P-101",
        f"https://plant.example/x/{token}/",
        f"{token}x",
        f"x{token}",
        "https://plant.example/q/",
        f" {token}",
    ):
        assert token_in(text) == ""


def test_an_asset_is_found_by_its_code_then_by_the_makers_barcode(tenant):
    pump = coded(create_asset(tenant=tenant, name="Pump"), "P-101", "5901234123457")
    fan = coded(create_asset(tenant=tenant, name="Fan"), "p-102", "5901234123457")
    odd = coded(create_asset(tenant=tenant, name="Odd"), "X", "P-101")

    def found(text):
        return [identity.asset for identity in called(tenant, text)]

    assert found("P-101") == [pump]
    assert found(" P-102 ") == [fan]
    assert found("5901234123457") == [fan, pump]
    assert found("") == found("nothing") == []
    assert odd not in found("p-101")
