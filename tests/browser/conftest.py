"""Real browsers on the real server: uvicorn with config.asgi on this test's database, signed in by a session of its own.

All browser tests run in one worker (`xdist_group`), so that one server and one Chromium serve them all.
"""

import os
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from apps.core.isolation import tenant_context
from apps.shopfloor import services
from tests import chromium
from tests.factories import (
    create_job,
    create_person,
    create_scrap_reason,
    create_station,
    create_stop_reason,
    create_tenant,
)
from tests.serving import real_server

# Playwright runs an event loop in this thread; Django would take it for an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
expect.set_options(timeout=5_000)


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), real_server() as address:
        yield address


class Plant:
    """A small committed plant: five stations on two lines, jobs, reasons, one person for each role."""

    def __init__(self):
        self.tenant = create_tenant()
        with self.context():
            self.people = {
                role: create_person(tenant=self.tenant, role=role) for role in ("operator", "supervisor", "admin")
            }
            for code, name, group in [
                ("machine", "Machine failure", "equipment"),
                ("material", "No material", "material"),
                ("setup", "Changeover", "changeover"),
                ("other", "Other", "people"),
            ]:
                create_stop_reason(tenant=self.tenant, code=code, name=name, group=group)
            create_scrap_reason(tenant=self.tenant)
            self.stations = {
                f"ST-{number:02}": create_station(
                    tenant=self.tenant,
                    code=f"ST-{number:02}",
                    name=name,
                    line="Line A" if number < 4 else "Line B",
                )
                for number, name in enumerate(["Cutting", "Grinding", "Washer", "Silvering", "Packing"], start=1)
            }
            self.job = create_job(tenant=self.tenant, code="JOB-1", on=self.stations["ST-01"], qty_done=40)
            create_job(tenant=self.tenant, code="JOB-2", part_name="Bevel 20 mm", on=self.stations["ST-02"])
            for code in ("ST-01", "ST-02"):
                services.set_status(self.stations[code], "running", by=None)
            for code in ("JOB-3", "JOB-4"):
                create_job(tenant=self.tenant, code=code, part_name="Cover 40 × 40")

    def context(self):
        return tenant_context(self.tenant)


@pytest.fixture
def plant(transactional_db):
    return Plant()


@pytest.fixture
def open_page(browser, server, plant):
    """open_page(role, path="/board/", **options of the browser's context): a page of a browser of its own, signed in.

    What the browser complains about (console errors, the content policy) fails the test; expected answers do not.
    """
    contexts, complaints = [], []

    def open_page(role="supervisor", path="/board/", **options):
        context = browser.new_context(base_url=server, **({"viewport": {"width": 1440, "height": 1000}} | options))
        contexts.append(context)
        client = Client()
        client.force_login(plant.people[role])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": server}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    _wait_until_nobody_asks()
    expected = (
        "Failed to load resource",
        "Response Status Error Code",
        "net::ERR",
        "htmx:sendError",
        "htmx:afterRequest",
    )
    assert [text for text in complaints if not any(words in text for words in expected)] == []


def _wait_until_nobody_asks():
    """The tables are emptied after the test: the server's last answers must be through by then."""
    busy = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() "
    busy += "and (state in ('active', 'idle in transaction') or state_change > clock_timestamp() - interval '0.2 s')"
    for _ in range(50):
        time.sleep(0.05)
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if cursor.fetchone()[0] == 0:
                return


@pytest.fixture
def live_page(open_page):
    """The same, waiting until the board is live."""

    def live_page(*args, **options):
        page = open_page(*args, **options)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        return page

    return live_page
