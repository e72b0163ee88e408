"""The content policy in a real browser: every kind of page loads, works, and is refused nothing."""

import re

import pytest
from django.contrib import admin
from playwright.sync_api import expect

from tests.factories import create_asset, create_location, create_person

TELL = """
document.addEventListener("securitypolicyviolation", (refused) => console.error(
  `refused by the policy: ${refused.effectiveDirective} ${refused.blockedURI} ${refused.sample} at ${location.pathname}`));
"""


@pytest.fixture
def visit(open_page, plant):
    """visit(page, path): go there, and fail on anything that the browser refuses or does not understand."""
    with plant.context():
        plant.people["admin"] = create_person(tenant=plant.tenant, role="admin")
        site = create_location(tenant=plant.tenant)
        create_location(tenant=plant.tenant, parent=site, name="Hall 1")
        create_asset(tenant=plant.tenant, parent=create_asset(tenant=plant.tenant, location=site))
    refused = []

    def visit(role, *paths):
        page = open_page(role, "/healthz")
        page.context.add_init_script(TELL)
        page.context.on("console", lambda message: refused.append(message.text) if is_refusal(message) else None)
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("load")
        return page

    yield visit
    assert refused == []


def is_refusal(message) -> bool:
    return bool(re.search("Content.Security.Policy|refused|Permissions.Policy", message.text, re.IGNORECASE))


def test_the_pages_of_the_floor_are_refused_nothing(visit, plant):
    station, job = plant.stations["ST-01"].pk, plant.job.pk
    page = visit(
        "supervisor",
        "/nowhere/",
        "/board/",
        f"/stations/{station}/",
        f"/stations/{station}/menu/",
        f"/stations/{station}/status/",
        "/jobs/",
        f"/jobs/{job}/",
        f"/jobs/{job}/change/",
        "/jobs/new/",
        "/jobs/paste/",
        "/activity/",
        "/settings/",
        "/password/",
        "/",
    )

    expect(page.locator(".tile[data-code='ST-01']")).to_be_visible()
    page.get_by_role("button", name="menu").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_pages_of_the_admin_are_refused_nothing(visit, plant):
    paths = ["/admin/", "/admin/shopfloor/"]
    with plant.context():
        for model in admin.site._registry:
            table = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            paths += [table, f"{table}add/"]
            if model._meta.model_name != "tenant" and (row := model.objects.filter(tenant=plant.tenant).first()):
                paths += [f"{table}{row.pk}/{page}/" for page in ("change", "history", "delete")]

    visit("admin", *paths)

    assert len(paths) > 35


def test_choosing_and_adding_in_the_admins_windows_is_refused_nothing(visit):
    page = visit("admin", "/admin/shopfloor/station/add/")
    page.locator(".select2-selection").first.click()  # a list that is searched on the server
    page.locator(".select2-search__field").last.fill("grinder")
    page.locator(".select2-results__option", has_text="Edge grinder").first.click()

    with page.expect_popup() as opened:
        page.locator("a.add-related").first.click()
    popup = opened.value
    popup.wait_for_load_state("load")
    assert popup.evaluate("window.opener !== null"), "the page that opened it must be told what was added"
    popup.close()

    page.goto("/admin/registry/location/")  # the tree, with its indents and handles
    expect(page.get_by_role("link", name="Hall 1")).to_be_visible()

    page.goto("/admin/shopfloor/job/")
    page.locator("#action-toggle").click()
    page.locator("select[name=action]").select_option(index=1)
    page.locator("button[name=index]").first.click()
    page.wait_for_load_state("load")
    expect(page.locator("form").last).to_be_visible()


def test_the_reference_of_the_api_is_shown_and_is_refused_nothing(visit):
    page = visit("supervisor", "/settings/tokens/", "/api/v1/docs/")
    tag = page.locator("#operations-tag-stations")
    expect(tag).to_be_visible(timeout=20_000)
    tag.click()
    expect(page.locator("#operations-stations-stations_status_create")).to_be_visible()
