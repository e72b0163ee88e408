"""The page of an asset's meters, in a real browser: posted, asked once, and readable by everyone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from apps.registry.models import MeterReading
from apps.registry.services import post_reading
from tests.browser.test_audit_log import expect_no_sideways_scrolling
from tests.browser.test_board import problems
from tests.factories import create_asset

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asset(plant):
    with plant.context():
        asset = create_asset(tenant=plant.tenant, name="Edge grinder")
        at = timezone.now()
        post_reading(asset, "run_hours", Decimal(4200), by=None, read_at=at - timedelta(days=29))
        for day in range(28, 0, -1):
            hours = Decimal(70 + (day * 7) % 13) / 10
            post_reading(asset, "run_hours", hours, kind="delta", by=None, read_at=at - timedelta(days=day))
            if day % 9 == 0:
                dial = 4200 + (29 - day) * 8
                post_reading(
                    asset, "run_hours", Decimal(dial), by=None, confirmed=True, read_at=at - timedelta(days=day)
                )
        post_reading(asset, "odometer", Decimal(52000), by=None, read_at=at - timedelta(days=3))
        post_reading(asset, "odometer", Decimal("52210.5"), by=None, read_at=at - timedelta(days=1))
    return asset


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_page_is_readable_at_every_width_in_both_themes(open_page, asset, width, theme):
    page = open_page(path=f"/assets/{asset.pk}/meters/", viewport={"width": width, "height": 900}, color_scheme=theme)

    expect(page.get_by_role("heading", level=1)).to_have_text("Meters of Edge grinder")
    expect(page.get_by_role("img", name="Used by day").first).to_be_visible()
    for summary in page.locator("figure summary").all():
        summary.click()
    expect_no_sideways_scrolling(page)
    assert problems(page) == []


def test_a_reading_is_posted_by_keyboard_and_an_unusual_one_asked_once(open_page, asset, plant):
    page = open_page(path=f"/assets/{asset.pk}/meters/")

    page.get_by_label("What is it?").select_option("delta")
    page.get_by_label("Value").fill("22")
    page.get_by_label("Value").press("Enter")
    expect(page.get_by_text("Really?")).to_be_visible()
    page.get_by_role("button", name="Yes, it is right").click()

    expect(page.get_by_text("22 h is noted.")).to_be_visible()
    with plant.context():
        assert MeterReading.objects.latest("seq").is_confirmed
