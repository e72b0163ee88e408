"""What people carry, on their pages: one's own on the phone, everybody's for supervisors; ask, return, hand over, write off."""

import csv
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core import hooks
from apps.core.isolation import tenant_context
from apps.core.models import Notification
from apps.core.notifications.services import mine
from apps.core.notifications.words import in_words
from apps.inventory import ledger, services
from apps.inventory.models import Handover, Stock, StockMove, Wallet
from tests.factories import create_part, create_person, create_stock, create_tenant, create_warehouse


@pytest.fixture
def part(tenant):
    return create_part(tenant=tenant, sku="6204-2RS", barcode="4006381")


@pytest.fixture
def store(tenant, part):
    return create_stock(part, 20, unit_cost=3, bin="A-1", warehouse=create_warehouse(tenant=tenant, name="Main store"))


@pytest.fixture
def ann(tenant, part, store):
    """A technician who carries four."""
    person = create_person(tenant=tenant, role="technician", name="Ann")
    services.issue_to_wallet(part, 4, warehouse=store, user=person, by=None)
    return person


@pytest.fixture
def bob(tenant):
    return create_person(tenant=tenant, role="technician", name="Bob")


def client_of(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def at(name, *rows) -> str:
    return reverse(f"inventory:{name}", args=[row.pk for row in rows])


def shown(client, address, **query) -> str:
    answer = client.get(address, query, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def held(person) -> Decimal:
    return sum((row.qty_held for row in Wallet.objects.filter(user=person)), Decimal(0))


def told(person) -> list[str]:
    return [one.sentence for one in in_words(mine(person.tenant, person).order_by("created_at"))]


# -- what is shown ------------------------------------------------------------------------------------------------------


def test_a_technician_lands_on_the_own_wallet_with_age_and_value(ann, part):
    page = shown(client_of(ann), at("wallets"))

    assert "<h1>My wallet</h1>" in page
    assert (
        "6204-2RS</code> Ball bearing</span><b>4 pcs</b><small>12.00 EUR</small>" in page and "</time></small>" in page
    )


def test_a_scanned_code_leads_to_the_part_and_words_find_it_in_the_wallet(ann, part):
    client = client_of(ann)

    for code in (part.sku, part.barcode, f"http://x/parts/{part.pk}/"):
        assert client.get(at("wallets"), {"code": code}).url == at("wallet_part", ann, part)
    assert "<b>4 pcs</b>" in shown(client, at("wallet", ann), code="ball")
    assert "Nothing in this wallet has “nail”" in shown(client, at("wallet", ann), code="nail")


def test_a_part_tells_who_else_carries_it_and_where_it_lies(ann, bob, part, store):
    page = shown(client_of(bob), at("wallet_part", bob, part))

    assert "<dd>none</dd>" in page and "<li>Ann<span>4 pcs</span></li>" in page
    assert "<li>Main store · <code>A-1</code><span>16 pcs</span></li>" in page
    assert "Return to a store" not in page  # there is nothing to return


def test_supervisors_see_all_wallets_with_value_and_age_others_only_their_own(ann, bob, part, supervisor):
    page = shown(client_of(supervisor), at("wallets"))
    assert ">Ann</a></th>" in page and "12.00 EUR" in page and ">Bob</a>" not in page  # who carries nothing

    assert "Wallet of Ann" in shown(client_of(supervisor), at("wallet", ann))
    for name, *rows in (("wallet", ann), ("wallet_part", ann, part), ("wallet_csv", ann)):
        assert client_of(bob).get(at(name, *rows)).status_code == 403, name
    assert client_of(bob).get(at("wallets_csv")).status_code == 403


def test_the_filters_find_leavers_names_parts_and_what_is_old(ann, bob, part, store, supervisor):
    services.issue_to_wallet(create_part_in(store, "XPZ-1250"), 1, warehouse=store, user=bob, by=None)
    client, address = client_of(supervisor), at("wallets")

    def found(**query):
        page = shown(client, address, **query)
        return [name for name in ("Ann", "Bob") if f">{name}</a>" in page]

    assert found() == ["Ann", "Bob"] and found(q="an") == ["Ann"] and found(q="xpz") == ["Bob"]
    assert found(days="30") == found(who="gone") == []
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute("alter table stock_moves disable trigger append_only")
        cursor.execute(
            "update stock_moves set created_at = created_at - interval '31 days' where to_user_id = %s", [ann.pk]
        )
        cursor.execute("set constraints all immediate; set constraints all deferred")
        cursor.execute("alter table stock_moves enable trigger append_only")
    assert found(days="30") == ["Ann"]
    ann.is_active = False
    ann.save()
    assert found(who="gone") == ["Ann"]
    assert found(who="nonsense", days="9" * 40) == ["Ann", "Bob"]
    rows = list(
        csv.DictReader(
            io.StringIO(b"".join(client.get(at("wallets_csv"), {"who": "gone"}).streaming_content).decode("utf-8-sig"))
        )
    )
    assert [(row["person"], row["parts"], row["value"]) for row in rows] == [("Ann", "1", "12")]


def create_part_in(store, sku):
    part = create_part(tenant=store.tenant, sku=sku, name="Belt")
    create_stock(part, 5, warehouse=store)
    return part


def test_a_wallet_is_sent_as_csv_and_xlsx(ann, part):
    client = client_of(ann)

    text = b"".join(client.get(at("wallet_csv", ann)).streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))

    assert (row["sku"], row["quantity"], row["unit"], row["unit_cost"], row["value"]) == (
        "6204-2RS",
        "4",
        "pcs",
        "3",
        "12",
    )
    assert row["since"].startswith("20")
    assert client.get(at("wallet_xlsx", ann)).status_code == 200


def test_the_number_of_questions_does_not_grow_with_wallets_and_parts(ann, bob, store, supervisor):
    def questions(*addresses):
        found = []
        for client, address in addresses:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                shown(client, address)
            found.append(len(asked))
        return found

    pages = [(client_of(supervisor), at("wallets")), (client_of(ann), at("wallet", ann))]
    few = questions(*pages)
    for number in range(12):
        person = create_person(tenant=ann.tenant, role="technician")
        part = create_part_in(store, f"S-{number}")
        for carrier in (ann, person):
            services.issue_to_wallet(part, 1, warehouse=store, user=carrier, by=None)
        services.hand_over(part, 1, giver=person, receiver=ann, by=person)

    assert questions(*pages) == few


def test_a_long_wallet_comes_in_pages(ann, store, monkeypatch):
    monkeypatch.setattr("apps.inventory.views.wallets.PAGE", 2)
    for number in range(4):
        services.issue_to_wallet(create_part_in(store, f"S-{number}"), 1, warehouse=store, user=ann, by=None)
    client, address, found = client_of(ann), at("wallet", ann), []

    while address:
        answer = client.get(address)
        found += [row.part.sku for row, _since in answer.context["rows"]]
        address = answer.context["next"] and f"{at('wallet', ann)}?after={answer.context['next']}"

    assert found == ["6204-2RS", "S-0", "S-1", "S-2", "S-3"]
    assert client.get(at("wallet", ann), {"after": "nonsense"}).status_code == 200


# -- what is done -------------------------------------------------------------------------------------------------------


def test_the_store_is_asked_once_for_each_press_and_told_where_to_issue(ann, part, supervisor):
    client, press = client_of(ann), {"quantity": "2.5", "note": "washer", "request_key": "k-1"}

    for _again in range(2):
        assert client.post(at("wallet_part_ask", ann, part), press).status_code == 302

    page = shown(client, at("wallet_part", ann, part))
    assert "The store is asked for 2.5 pcs of 6204-2RS: 1 person is told." in page
    assert "You asked the store for 2.5 pcs" in page
    assert told(supervisor) == ["Ann asks the store for 2.5 pcs of 6204-2RS: washer"]
    notification = Notification.objects.get(person=supervisor)
    assert notification.url == f"/stock/issue/?part=6204-2RS&user={ann.pk}&quantity=2.5"
    assert client_of(supervisor).get(notification.url).status_code == 200
    assert told(ann) == [] and held(ann) == 4


def test_of_supervisors_those_are_asked_whose_places_hold_the_part(ann, part, store, supervisor):
    far = create_person(tenant=ann.tenant, name="Far away")
    far.locations = [create_warehouse(tenant=ann.tenant).pk]
    far.save()
    near = create_person(tenant=ann.tenant, name="Near")
    near.locations = [store.pk]
    near.save()

    services.ask_store(part, 1, user=ann, by=ann)

    assert len(told(supervisor)) == len(told(near)) == 1 and told(far) == []


def test_where_nobody_runs_the_store_that_is_said(ann, part):
    answer = client_of(ann).post(at("wallet_part_ask", ann, part), {"quantity": "2"})

    assert answer.status_code == 422 and "Nobody runs the store here" in answer.content.decode()


def test_parts_go_back_to_a_store(ann, part, store):
    answer = client_of(ann).post(
        at("wallet_part_return", ann, part), {"quantity": "1.5", "warehouse": store.pk, "bin": "R-1"}, follow=True
    )

    assert "1.5 pcs of 6204-2RS are back in Main store." in answer.content.decode()
    assert (held(ann), Stock.objects.get(bin_location="R-1").qty_on_hand) == (Decimal("2.5"), Decimal("1.5"))


@pytest.mark.parametrize(
    "quantity, sentence",
    [
        ("5", "Only 4 pcs of 6204-2RS are in the wallet of Ann"), ("0", "A quantity is more than zero"),
        ("-1", "A quantity is more than zero"), ("1.0005", "three decimals at most"), ("NaN", "Enter a number"),
        ("1e308", "digits"), ("", "This field is required"), ("x", "Enter a number"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("act", ["return", "hand_over"])
def test_what_cannot_be_is_said_in_place_and_nothing_is_done(ann, bob, part, store, act, quantity, sentence):
    data = {"quantity": quantity, "warehouse": store.pk, "receiver": bob.pk}

    answer = client_of(ann).post(at(f"wallet_part_{act}", ann, part), data)

    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert held(ann) == 4 and not Handover.objects.exists()


def test_a_place_or_person_of_another_plant_cannot_be_chosen(ann, part):
    other = create_tenant()
    with tenant_context(other):
        strangers = {"warehouse": create_warehouse(tenant=other).pk, "receiver": create_person(tenant=other).pk}

    for act in ("return", "hand_over"):
        answer = client_of(ann).post(at(f"wallet_part_{act}", ann, part), {"quantity": "1"} | strangers)
        assert answer.status_code == 422, act
    assert held(ann) == 4


def test_a_handover_is_on_top_of_the_receivers_wallet_and_in_the_inbox(ann, bob, part):
    answer = client_of(ann).post(
        at("wallet_part_hand_over", ann, part), {"quantity": "3", "receiver": bob.pk, "note": "for line 2"}, follow=True
    )
    assert "Bob is asked to confirm 3 pcs of 6204-2RS" in answer.content.decode()
    assert told(bob) == ["Ann hands you 3 pcs of 6204-2RS: say whether you have them: for line 2"]
    assert mine(bob.tenant, bob).get().url == at("wallet", bob)
    assert "Do you have these?" in shown(client_of(bob), at("wallets")) and held(bob) == 0

    handover = Handover.objects.get()
    answer = client_of(bob).post(at("handover_end", handover), {"answer": "confirm"}, follow=True)

    assert "3 pcs of 6204-2RS are in your wallet now." in answer.content.decode()
    assert (held(ann), held(bob)) == (1, 3)
    assert mine(bob.tenant, bob).get().read_at and told(ann) == [
        "Bob has the 3 pcs of 6204-2RS that you handed over: for line 2"
    ]
    assert ledger.check(part.tenant) == []


def test_a_handover_is_refused_by_the_receiver_and_withdrawn_by_the_giver(ann, bob, part, supervisor):
    first, second, third = (services.hand_over(part, 1, giver=ann, receiver=bob, by=ann) for _ in range(3))
    stranger = create_person(tenant=ann.tenant, role="technician")

    def end(person, handover, answer):
        return client_of(person).post(at("handover_end", handover), {"answer": answer}).status_code

    assert end(bob, first, "refuse") == 302 and told(ann) == [
        "Bob does not have the 1 pcs of 6204-2RS: they stay in your wallet."
    ]
    assert end(ann, second, "confirm") == end(stranger, second, "withdraw") == end(stranger, second, "refuse") == 403
    assert end(ann, second, "withdraw") == end(supervisor, third, "withdraw") == 302
    assert end(bob, second, "confirm") == 409 and end(bob, first, "nonsense") == 409
    assert (held(ann), held(bob)) == (4, 0)
    assert not mine(bob.tenant, bob).filter(read_at=None).exists()


def test_managers_write_off_with_a_reason(ann, part, supervisor, admin):
    assert (
        client_of(supervisor)
        .post(at("wallet_part_write_off", ann, part), {"quantity": "1", "reason": "lost"})
        .status_code
        == 403
    )
    assert (
        client_of(admin).post(at("wallet_part_write_off", ann, part), {"quantity": "1", "reason": " "}).status_code
        == 422
    )
    assert (
        client_of(admin).post(at("wallet_part_write_off", ann, part), {"quantity": "1", "reason": "lost"}).status_code
        == 302
    )
    assert held(ann) == 3 and StockMove.objects.latest("seq").reason == "lost"
    assert client_of(admin).post(at("wallet_write_off", ann), {"reason": ""}).status_code == 422
    answer = client_of(admin).post(at("wallet_write_off", ann), {"reason": "took it along"}, follow=True)
    assert "1 part of the wallet of Ann is written off." in answer.content.decode() and held(ann) == 0


def test_a_leavers_stock_leads_to_where_it_is_returned_handed_over_or_written_off(ann, bob, part, store, admin):
    ann.is_active = False
    ann.save()
    (thing,) = hooks.held_by(ann.tenant, [ann])[ann.pk]
    page = shown(client_of(admin), thing.url)
    assert "Has left" in page and "Write off" in page and "Issue more" not in page

    for act in ({"quantity": "1", "warehouse": store.pk}, {"quantity": "1", "receiver": bob.pk}):
        name = "wallet_part_return" if "warehouse" in act else "wallet_part_hand_over"
        assert client_of(admin).post(at(name, ann, part), act).status_code == 302
    services.confirm_handover(Handover.objects.get(), by=bob)

    assert (held(ann), held(bob)) == (2, 1)


def test_operators_look_at_their_own_wallet_and_confirm_but_do_no_more(ann, part, tenant):
    operator = create_person(tenant=tenant, role="operator", name="Jon")
    services.confirm_handover(services.hand_over(part, 1, giver=ann, receiver=operator, by=ann), by=operator)
    client = client_of(operator)

    page = shown(client, at("wallet_part", operator, part))
    assert "<dd>1 pcs</dd>" in page and "Hand over" not in page
    assert client.post(at("wallet_part_return", operator, part), {"quantity": "1"}).status_code == 403
