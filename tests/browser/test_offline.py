"""The phone without a signal, in a real browser with the network cut: what was pressed is kept, photo included, through
closing and restart, and sent once, in order; pages of one's own work open as last seen, and nobody else's."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from apps.core.models import Attachment, RequestKey
from apps.maintenance import services
from apps.maintenance.models import LabourEntry, ServiceRequest, WorkOrder
from tests import chromium
from tests.browser.test_photos import PHONE, camera_photo
from tests.factories import create_asset, create_order_of, create_person

pytestmark = pytest.mark.django_db(transaction=True)
READY = """navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller
    || new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done))).then(() => true)"""
KEPT = "caches.open('leanops-pages').then((pages) => pages.keys()).then((keys) => keys.length)"


@pytest.fixture
def work(plant):
    """A technician with two ready orders for one machine."""
    with plant.context():
        ann, bob = (create_person(tenant=plant.tenant, role="technician", name=name) for name in ("Ann", "Bob"))
        plant.people |= {"ann": ann, "bob": bob}
        asset = create_asset(tenant=plant.tenant, name="Edge grinder", identity={"client_code": "P-101"})
        return [
            create_order_of(asset, title=title, status="ready", assigned_to=ann) for title in ("New belt", "New filter")
        ], asset


@pytest.fixture
def phone(browser, server, plant, tmp_path):
    """phone(who): a browser with a folder of its own, signed in; closed and opened again it is the same phone."""
    opened = []

    def phone(who=None):
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "phone", executable_path=chromium.executable(), args=["--no-sandbox"], base_url=server, **PHONE
        )
        opened.append(context)
        if who:
            sign_in(context, plant.people[who], server)
        return context

    yield phone
    for context in opened:
        context.close()


def sign_in(context, person, server):
    client = Client()
    client.force_login(person)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    context.add_cookies([cookie | {"url": server, "expires": 4_000_000_000}])


def page_of(context, path="/my-work/"):
    page = context.pages[0]
    page.goto(path)
    page.evaluate(READY)
    return page


def until_kept(page, count):
    """Wait until so many pages are kept."""
    for _try in range(100):
        if page.evaluate(KEPT) == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate(KEPT))


def bar(page):
    return page.locator("#unsent summary")


def refreshed(row):
    row.refresh_from_db()
    return row


def test_a_report_with_its_photo_outlives_a_restart_and_is_sent_once(phone, plant, work):
    asset = work[1]
    context = phone("ann")
    page = page_of(context, f"/service-requests/new/?asset={asset.pk}")
    page.get_by_label("Take a photo").set_input_files([camera_photo(size=(800, 600))])
    page.get_by_label("What is wrong?").fill("Crack at the corner")
    context.set_offline(True)
    page.get_by_role("button", name="Send").tap()
    expect(bar(page)).to_have_text("1 not sent")
    context.close()

    context = phone()
    page = context.pages[0]
    page.goto("/my-work/")
    expect(bar(page)).to_have_count(0)

    with plant.context():
        row = ServiceRequest.objects.get()
        assert (row.description, row.reported_by) == ("Crack at the corner", plant.people["ann"])
        photo = Attachment.objects.get(entity_id=row.pk)
        assert (photo.width, photo.height) == (600, 800)
        assert RequestKey.objects.count() == 1


def test_presses_are_sent_in_their_order_with_the_moments_they_were_pressed(phone, plant, work):
    (belt, filter_), _asset = work
    context = phone("ann")
    page = page_of(context)
    context.set_offline(True)
    page.get_by_role("button", name=f"Start {belt.number}").tap()
    expect(bar(page)).to_have_text("1 not sent")
    expect(page.get_by_role("button", name=f"Start {belt.number}")).to_be_disabled()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name=f"Start {filter_.number}").tap()
    expect(bar(page)).to_have_text("2 not sent")
    with plant.context():
        assert refreshed(belt).status == "ready"
    context.set_offline(False)

    expect(bar(page)).to_have_count(0)
    expect(page.get_by_role("heading", name="Begun")).to_be_visible()
    with plant.context():
        first, second = refreshed(belt).started_at, refreshed(filter_).started_at
        assert timedelta(seconds=1) < second - first < timedelta(seconds=10)
        assert LabourEntry.objects.get(minutes=None).work_order == filter_
        assert LabourEntry.objects.get(work_order=belt).minutes == 1


def test_an_answer_that_was_lost_is_no_second_act(phone, plant, work):
    asset = work[1]
    context = phone("ann")
    page = page_of(context, f"/service-requests/new/?asset={asset.pk}")
    page.get_by_label("What is wrong?").fill("Noise")

    def lose(route):
        if route.request.method == "POST":
            route.fetch()  # it arrives, and is done
            route.abort()
        else:
            route.continue_()

    context.route("**/service-requests/new/", lose)
    page.get_by_role("button", name="Send").tap()
    expect(bar(page)).to_have_text("1 not sent")
    context.unroute("**/service-requests/new/")
    page.locator("#unsent summary").tap()
    page.get_by_role("button", name="Send now").tap()
    expect(bar(page)).to_have_count(0)

    with plant.context():
        assert ServiceRequest.objects.count() == 1


def test_two_pages_of_one_phone_send_each_press_once(phone, plant, work):
    asset = work[1]
    context = phone("ann")
    page = page_of(context, f"/service-requests/new/?asset={asset.pk}")
    other = context.new_page()
    other.goto("/my-work/")
    context.set_offline(True)
    for word in ("one", "two", "three"):
        page.get_by_label("What is wrong?").fill(word)
        page.get_by_role("button", name="Send").tap()
        expect(bar(page)).to_contain_text("not sent")
        page.wait_for_timeout(200)
    expect(bar(page)).to_have_text("3 not sent")
    context.set_offline(False)

    expect(bar(page)).to_have_count(0)
    with plant.context():
        assert list(ServiceRequest.objects.order_by("number").values_list("description", flat=True)) == [
            "one",
            "two",
            "three",
        ]


def test_a_refused_press_stays_with_the_reason_and_can_be_dropped(phone, plant, work):
    (belt, filter_), _asset = work
    context = phone("ann")
    page = page_of(context)
    context.set_offline(True)
    for order in (belt, filter_):
        page.get_by_role("button", name=f"Start {order.number}").tap()
        expect(bar(page)).to_contain_text("not sent")
    expect(bar(page)).to_have_text("2 not sent")
    with plant.context():
        services.cancel_order(belt, by=plant.people["supervisor"], reason="Not needed")
    context.set_offline(False)

    expect(bar(page)).to_have_text("1 refused")
    with plant.context():
        assert refreshed(filter_).status == "in_progress"  # what comes after is sent all the same
    page.locator("#unsent summary").tap()
    expect(page.locator("#unsent .error")).to_contain_text(re.compile("changed meanwhile|cancelled"))
    page.get_by_role("button", name="Drop it").tap()
    expect(bar(page)).to_have_count(0)


def test_who_has_to_sign_in_first_loses_nothing(phone, plant, work, server):
    (belt, _filter), _asset = work
    context = phone("ann")
    page = page_of(context)
    context.set_offline(True)
    page.get_by_role("button", name=f"Start {belt.number}").tap()
    expect(bar(page)).to_have_text("1 not sent")
    context.clear_cookies()
    context.set_offline(False)

    page.locator("#unsent summary").tap()
    expect(page.get_by_role("link", name="Sign in, and they are sent")).to_be_visible()
    sign_in(context, plant.people["bob"], server)
    page.goto("/my-work/")
    expect(page.get_by_role("heading", name="My work")).to_be_visible()
    expect(bar(page)).to_have_count(0)  # another's is not Bob's to see, or to send
    with plant.context():
        assert refreshed(belt).status == "ready"
    sign_in(context, plant.people["ann"], server)
    page.goto("/board/")
    page.wait_for_function("() => document.body.dataset.person")
    page.wait_for_timeout(1000)
    expect(bar(page)).to_have_count(0)
    with plant.context():
        assert refreshed(belt).started_by == plant.people["ann"]


def test_my_work_opens_as_last_seen_marked_with_its_age(phone, plant, work):
    context = phone("ann")
    page = page_of(context)
    page.reload()
    context.set_offline(True)

    page.goto("/my-work/")
    expect(page.locator(".last-seen")).to_contain_text("As last seen 0 min ago")
    expect(page.get_by_role("heading", name="New belt")).to_be_visible()
    page.get_by_role("button", name=re.compile("Start")).first.tap()
    expect(bar(page)).to_have_text("1 not sent")
    page.goto("/jobs/")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    page.get_by_role("link", name="My work, as last seen").tap()
    expect(bar(page)).to_have_text("1 not sent")
    expect(page.get_by_role("button", name=re.compile("Start")).first).to_be_disabled()
    context.set_offline(False)

    expect(page.locator(".last-seen")).to_have_count(0)
    with plant.context():
        assert WorkOrder.objects.filter(status="in_progress").count() == 1


def test_signing_out_warns_and_takes_everything_from_the_phone(phone, plant, work):
    (belt, _filter), _asset = work
    context = phone("ann")
    page = page_of(context)
    page.reload()
    context.set_offline(True)
    page.get_by_role("button", name=f"Start {belt.number}").tap()
    expect(bar(page)).to_have_text("1 not sent")
    asked = []

    def out(answer):
        page.once("dialog", lambda dialog: (asked.append(dialog.message), getattr(dialog, answer)()))
        with page.expect_event("dialog"):
            page.locator(".person").tap()
            page.get_by_role("button", name="Sign out").tap()

    context.route("**/unsent/", lambda route: route.abort())  # the signal is back for the sign-out alone
    context.set_offline(False)
    out("dismiss")
    expect(bar(page)).to_have_text("1 not sent")
    page.keyboard.press("Escape")
    out("accept")
    expect(page).to_have_url(re.compile("/sign-in/"))

    assert len(asked) == 2 and "Not sent yet: 1" in asked[0]
    context.set_offline(True)
    page.goto("/my-work/")
    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    kept = "new Promise((done) => { const asked = indexedDB.open('leanops', 1); asked.onsuccess = () => { const all = asked.result.transaction('unsent').objectStore('unsent').count(); all.onsuccess = () => done(all.result); }; })"
    assert page.evaluate(kept) == 0


def test_another_person_on_the_same_phone_never_sees_the_formers_pages(phone, plant, work, server):
    context = phone("ann")
    page = page_of(context)
    page.reload()
    sign_in(context, plant.people["bob"], server)
    page.goto("/board/")
    until_kept(page, 0)
    context.set_offline(True)

    page.goto("/my-work/")

    expect(page.get_by_role("heading", name="No signal")).to_be_visible()
    assert "New belt" not in page.content()


def test_it_can_be_installed(phone, plant, work, server):
    page = page_of(phone("ann"))

    manifest = page.request.get("/manifest.webmanifest").json()
    assert manifest["display"] == "standalone" and manifest["start_url"] == "/"
    for icon in manifest["icons"]:
        assert page.request.get(icon["src"]).headers["content-type"] == "image/png"
    session = page.context.new_cdp_session(page)
    assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []


def test_an_order_is_worked_from_its_kept_page(phone, plant, work):
    (belt, _filter), _asset = work
    with plant.context():
        task = services.add_task(belt, "Look at the tension", by=None)
    context = phone("ann")
    page = page_of(context)
    until_kept(page, 3)
    context.set_offline(True)

    page.get_by_role("link", name="New belt").tap()
    expect(page.locator(".last-seen")).to_be_visible()
    expect(page.locator("#order")).to_have_css("display", "grid")  # by a style that no page seen before has
    page.get_by_role("button", name="Start").tap()
    expect(bar(page)).to_have_text("1 not sent")
    page.get_by_role("button", name="Pass").tap()
    expect(bar(page)).to_have_text("2 not sent")
    page.get_by_label("Comment").last.fill("It squeaks")
    page.get_by_role("button", name="Write").tap()
    expect(bar(page)).to_have_text("3 not sent")
    context.set_offline(False)

    expect(bar(page)).to_have_count(0)
    expect(page.locator(".last-seen")).to_have_count(0)
    with plant.context():
        order = refreshed(belt)
        assert (order.status, refreshed(task).result) == ("in_progress", "pass")
        assert [row.text for row in order.comments.all()] == ["It squeaks"]
        assert order.started_at < task.done_at < order.comments.get().created_at
