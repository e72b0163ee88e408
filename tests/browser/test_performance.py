"""The figures of shifts in a real browser: for everybody's eyes, at every width, in both themes, with and without rows."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from apps.shopfloor import services
from apps.shopfloor.models import StopReason
from tests.factories import create_job, create_shift, create_station

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1280, "light"), (1280, "dark"), (1920, "light")]
)
def test_the_figures_are_readable_and_nothing_scrolls_sideways(open_page, plant, width, scheme):
    with plant.context():
        by = plant.people["supervisor"]
        yesterday = plant.tenant.local(timezone.now()).replace(hour=6, minute=0, second=0) - timedelta(days=1)
        create_shift(tenant=plant.tenant, weekdays=range(1, 8))
        station = create_station(tenant=plant.tenant, code="ST-09", line="Line A")
        job = create_job(tenant=plant.tenant, cycle_seconds=30, qty_total=900, part_name="Mirror " * 20)
        services.assign_job(station, job, run=True, by=by, at=yesterday)
        services.report(station.assignments.get(), good=100, by=by, at=yesterday + timedelta(minutes=70))
        station.refresh_from_db()
        reason = StopReason.objects.get(code="machine")
        services.set_status(station, "blocked", reason=reason, by=by, at=yesterday + timedelta(hours=2))
    page = open_page("operator", "/performance/", viewport={"width": width, "height": 900}, color_scheme=scheme)
    day = yesterday.date().isoformat()
    for path in (None, f"/performance/?first={day}&last={day}", f"/performance/?first={day}&by=part", "/performance/?first=2001-01-01&last=2001-01-01"):  # fmt: skip
        if path:
            page.goto(path)
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], node["html"][:150]) for rule in found for node in rule["nodes"]] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"/performance/?first={day}&last={day}")
    assert "Machine failure" in page.locator("#rows ~ .pair").inner_text()
