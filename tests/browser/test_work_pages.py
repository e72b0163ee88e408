"""Reports, their triage and my work in a real browser: by thumb, by keyboard, at every width, in both themes."""

import re

import pytest
from playwright.sync_api import expect

from apps.maintenance import services
from apps.maintenance.models import ServiceRequest
from tests.browser.test_audit_log import expect_no_sideways_scrolling
from tests.browser.test_board import problems
from tests.browser.test_photos import PHONE, camera_photo
from tests.factories import create_asset, create_order_of, create_person, create_report_of, photo

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "Deep groove ball bearing of the left spindle hums and smells when the machine has run for an hour or more"


@pytest.fixture
def work(plant):
    """A technician with orders of each kind, and reports that wait."""
    with plant.context():
        plant.tenant.settings = {"public_reports": True}
        plant.tenant.save()
        ann = create_person(tenant=plant.tenant, role="technician", name="Ann Lis")
        plant.people["ann"] = ann
        asset = create_asset(tenant=plant.tenant, name="Edge grinder", identity={"client_code": "P-101"})
        orders = [
            create_order_of(asset, title=title, status="ready", assigned_to=ann, due_date="2026-01-02", priority="high")
            for title in (LONG, "New belt", "New filter")
        ]
        services.begin_work(orders[1], by=ann)
        services.hold_order(create_order_of(asset, title="Held", by=ann, status="in_progress"), "parts", by=ann)
        create_order_of(asset, title="Of nobody", status="ready")
        create_report_of(asset, by=ann, description=LONG, photos=[photo(), photo()])
        create_report_of(asset, by=None, description="It stands", is_down=True, urgency="critical")
        services.take(create_report_of(asset, by=ann, description="Sparks", urgency="critical"), by=ann)
    return asset


def pages(work):
    with_label = f"/report/{work.identity.qr_token}/"
    yield "ann", "/my-work/"
    yield "operator", f"/service-requests/new/?asset={work.pk}"
    yield "operator", "/service-requests/?whose=all"
    yield "supervisor", "/service-requests/SR-000001/"
    yield "supervisor", "/service-requests/triage/"
    yield None, with_label


def opened(open_page, role, path, **options):
    page = open_page(role or "operator", path, **options)
    if role is None:
        page.context.clear_cookies()
        page.goto(path)
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_are_readable_at_every_width_in_both_themes(open_page, plant, work, width, theme):
    for role, path in pages(work):
        page = opened(open_page, role, path, viewport={"width": width, "height": 900}, color_scheme=theme)
        expect_no_sideways_scrolling(page)
        assert problems(page) == [], (role, path)
        for summary in page.locator("main summary").all():
            summary.click()
        expect_no_sideways_scrolling(page)


def test_every_action_on_the_phone_is_big_enough_for_gloves(open_page, plant, work):
    for role, path in pages(work):
        if role == "supervisor":
            continue
        page = opened(open_page, role, path, **PHONE)
        for act in page.locator("main :is(button, .button, summary, label.check, textarea)").all():
            if act.is_visible() and "reports" not in path:
                least = 44 if "requests/?" in path else 56
                assert act.bounding_box()["height"] >= least, (path, act.inner_text())


def test_a_problem_is_reported_in_four_taps(open_page, plant, work):
    page = open_page(
        "operator", f"/q/{work.identity.qr_token}/", **PHONE
    )  # the first: the phone's own camera opened it

    page.get_by_role("link", name="Report a problem").tap()
    with page.expect_file_chooser() as chooser:
        page.get_by_text("Take a photo").tap()
    chooser.value.set_files([camera_photo(size=(800, 600))])
    page.get_by_role("button", name="Send").tap()

    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()
    expect(page.locator("main .photos img")).to_have_count(1)
    expect(page.locator("#toast")).to_contain_text("is reported")


def test_the_triage_is_done_by_keyboard(open_page, plant, work):
    page = open_page("supervisor", "/service-requests/triage/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[data-item]:focus")).to_contain_text("It stands")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-item]:focus")).to_contain_text(LONG)
    page.keyboard.press("k")
    page.keyboard.press("r")
    page.keyboard.type("It runs again")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("is rejected")
    page.wait_for_load_state()  # the page is a new one, whose keys work once its scripts are there
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.get_by_label("Into the order")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.get_by_label("Priority")).to_be_focused()
    page.get_by_role("button", name="Make the order").press("Enter")
    expect(page.locator("#toast")).to_contain_text(re.compile("is WO-"))

    with plant.context():
        assert not ServiceRequest.objects.filter(status="pending").exists()


def test_without_javascript_a_report_is_sent_and_an_order_begun(open_page, plant, work):
    page = open_page("ann", f"/service-requests/new/?asset={work.pk}", java_script_enabled=False, **PHONE)
    page.get_by_label("What is wrong?").fill("Noise")
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_role("heading", name="What became of it")).to_be_visible()

    page.goto("/my-work/")
    page.get_by_role("button", name=re.compile("^Take and start")).first.tap()
    expect(page).to_have_url(re.compile("/work-orders/WO-"))
