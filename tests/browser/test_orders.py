"""Work orders in a real browser: every width and theme, thumbs with gloves, closing in three taps, and without scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.maintenance import services
from apps.maintenance.models import FailureCode, WorkOrder, WorkOrderTask
from tests.browser.test_audit_log import expect_no_sideways_scrolling
from tests.browser.test_board import problems
from tests.factories import (
    create_asset,
    create_order_of,
    create_part,
    create_person,
    create_schedule,
    create_stock,
    create_warehouse,
)

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True}
LONG = "Grinding wheel spindle makes a noise as of stones in a mill whenever it comes down from 2 800 rpm"


@pytest.fixture
def orders(plant):
    """An order that Ann works on, and one of each other kind; a schedule that is due soon."""
    with plant.context():
        today = timezone.localdate(timezone=plant.tenant.zone)
        ann = create_person(tenant=plant.tenant, role="technician", name="Ann Lis")
        plant.people |= {"ann": ann, "manager": create_person(tenant=plant.tenant, role="manager", name="Max Mann")}
        asset = create_asset(tenant=plant.tenant, name="Edge grinder", identity={"client_code": "P-101"})
        codes = {
            kind: FailureCode.objects.create(
                tenant=plant.tenant, kind=kind, code="x", name=f"{kind.capitalize()} of old"
            )
            for kind in ("problem", "cause", "remedy")
        }
        part = create_part(tenant=plant.tenant, sku="6204-2RS")
        store = create_stock(part, 20, unit_cost=3, warehouse=create_warehouse(tenant=plant.tenant, name="Main store"))
        create_order_of(asset, title="Wash", due_date=today)
        create_order_of(asset, title="Grease", status="ready", due_date=today - timedelta(days=3), priority="critical")
        create_schedule(asset=asset, name="Quarterly", interval_months=3, first_due_date=today + timedelta(days=9))
        old = create_order_of(asset, title="Old", status="in_progress", by=ann)
        services.close_order(old, by=ann, **codes)
        order = create_order_of(
            asset, title=LONG, status="in_progress", by=ann, description="Seen by Jon.\nMind the guard.",
            due_date=today - timedelta(days=1),
        )  # fmt: skip
        for kind in ("check", "number", "text", "photo", "meter"):
            WorkOrderTask.objects.create(
                tenant=plant.tenant, work_order=order, description=f"A {kind}", kind=kind, is_mandatory=kind == "check",
                unit="°C" if kind == "number" else "",
            )  # fmt: skip
        failed = WorkOrderTask.objects.create(
            tenant=plant.tenant, work_order=order, description="Guard", is_mandatory=False
        )
        services.record_task(failed, "fail", by=ann, comment="Bent")
        services.need_part(order, part, 2, by=ann, warehouse=store)
        services.use_part(order, part, 1, by=ann, source="warehouse", warehouse=store)
        services.add_minutes(order, 30, by=ann)
        services.start_timer(order, by=ann)
        services.comment(order, "The seal is worn.", by=ann)
        services.book_cost(order, by=ann, kind="rental", amount=100)
    return order


def pages_of(order):
    schedule = order.asset.pm_schedules.get()
    return [
        ("supervisor", "/work-orders/"),
        ("supervisor", "/work-orders/?q=nothing-of-that-kind"),
        ("ann", f"/work-orders/{order.number}/"),
        ("supervisor", f"/work-orders/{order.number}/"),
        ("supervisor", f"/work-orders/{order.number}/assign/"),
        ("ann", "/work-orders/new/?asset=P-101"),
        ("supervisor", "/work-orders/board/"),
        ("supervisor", "/work-orders/calendar/"),
        ("supervisor", "/work-orders/load/"),
        ("manager", "/schedules/"),
        ("manager", f"/schedules/{schedule.pk}/"),
        ("manager", f"/schedules/{schedule.pk}/change/"),
        ("manager", f"/assets/{order.asset_id}/"),
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_are_readable_at_every_width_in_both_themes(open_page, plant, orders, width, theme):
    with plant.context():
        pages = pages_of(orders)
    for role, path in pages:
        page = open_page(role, path, viewport={"width": width, "height": 900}, color_scheme=theme)
        for summary in page.locator("main summary").all():
            if summary.is_visible():
                summary.click()
        expect_no_sideways_scrolling(page)
        assert problems(page) == [], (role, path)
        page.context.close()


def test_every_action_on_the_phone_is_big_enough_for_gloves(open_page, orders):
    page = open_page("ann", f"/work-orders/{orders.number}/", **PHONE)
    for summary in page.locator("main summary").all():
        if summary.is_visible():
            summary.click()
    for act in page.locator(
        "#order :is(button, .button, summary, input:not([type=hidden], [type=radio], [type=checkbox], [type=file]), select)"
    ).all():
        if act.is_visible():
            assert act.bounding_box()["height"] >= 56, act.inner_text()


def test_a_repair_is_closed_in_three_taps(open_page, plant, orders):
    page = open_page("ann", f"/work-orders/{orders.number}/", **PHONE)
    task = page.locator(".task", has_text="A check")
    task.get_by_role("button", name="Pass").tap()
    expect(task.locator(".chip")).to_have_text("Pass")
    page.locator(".task", has_text="Guard").get_by_role("button", name="Follow-up order").tap()
    expect(page.locator(".task", has_text="Guard")).to_contain_text("Followed by")

    page.get_by_role("link", name="Close").tap()
    page.get_by_text("Problem of old · Cause of old · Remedy of old").tap()
    page.get_by_role("button", name=f"Close {orders.number}").tap()

    expect(page.locator("#state")).to_contain_text("Closed")
    with plant.context():
        assert WorkOrder.objects.get(pk=orders.pk).closed_by == plant.people["ann"]


def test_what_is_refused_is_said_and_what_was_typed_stays(open_page, orders):
    page = open_page("ann", f"/work-orders/{orders.number}/", **PHONE)
    task = page.locator(".task", has_text="A check")
    task.get_by_text("Fail, or not applicable").tap()
    task.get_by_role("button", name="Fail").tap()
    expect(page.locator("#notices")).to_contain_text("Say what is wrong")
    task.get_by_label("Comment").fill("It hums")
    task.get_by_role("button", name="Fail").tap()
    expect(task).to_contain_text("It hums")


def test_a_sheet_over_the_page_assigns_and_closes(open_page, orders):
    page = open_page("supervisor", f"/work-orders/{orders.number}/")
    page.get_by_role("link", name="Assign").click()
    page.locator("#sheet").get_by_label("Whose it is").select_option("Max Mann")
    page.locator("#sheet").get_by_role("button", name="Assign").click()
    expect(page.locator("#state")).to_contain_text("Max Mann")
    expect(page.locator("#toast")).to_contain_text("is given to Max Mann")
    expect(page.locator("#sheet")).not_to_be_visible()


def test_a_card_that_is_dragged_presses_the_button_that_leads_there(open_page, plant, orders):
    page = open_page("supervisor", "/work-orders/board/", viewport={"width": 1280, "height": 900})
    card = page.locator(".order-card", has_text="Wash")

    card.drag_to(page.locator("[data-column=closed]"))  # no button leads there
    card.drag_to(page.locator("[data-column=ready]"))
    expect(page.locator("[data-column=ready] .order-card", has_text="Wash")).to_be_visible()
    page.locator(".order-card", has_text="Grinding wheel").drag_to(page.locator("[data-column=hold]"))

    expect(page.get_by_role("heading", name="Put it on hold")).to_be_visible()
    with plant.context():
        assert WorkOrder.objects.get(title="Wash").status == "ready"


def test_enter_in_the_form_of_a_schedule_saves_it(open_page, plant, orders):
    with plant.context():
        schedule = orders.asset.pm_schedules.get()
    page = open_page("manager", f"/schedules/{schedule.pk}/change/", viewport={"width": 1280, "height": 900})
    page.locator("[name=tasks-0-description]").fill("Look")
    page.locator("[name=tasks-1-description]").fill("Listen")
    page.get_by_role("button", name="Move Task 2 up").click()
    expect(page.locator("[name=tasks-0-description]")).to_have_value("Listen")
    page.locator("[name=tasks-1-description]").press("Enter")

    expect(page.get_by_text("is changed")).to_be_visible()
    with plant.context():
        schedule.refresh_from_db()
        assert [task["description"] for task in schedule.tasks] == ["Listen", "Look"]


def test_without_scripts_the_same_forms_work(open_page, orders):
    page = open_page("ann", f"/work-orders/{orders.number}/", java_script_enabled=False, **PHONE)
    page.locator(".task", has_text="A check").get_by_role("button", name="Pass").click()
    expect(page.locator(".task", has_text="A check").locator(".chip")).to_have_text("Pass")
    page.get_by_text("Put it on hold", exact=True).first.click()
    page.get_by_label("No access").check()
    page.get_by_role("button", name="Put it on hold").click()
    expect(page.locator("#state")).to_contain_text("On hold: No access")


def test_chosen_orders_are_given_to_somebody_from_the_list(open_page, orders):
    page = open_page("supervisor", "/work-orders/")
    for box in page.locator("input[name=order]").all():
        box.check()
    page.get_by_label("Give them to").select_option("Ann Lis")
    page.get_by_role("button", name="Assign").click()
    expect(page.locator("#toast")).to_contain_text("orders are given to Ann Lis")
