"""A wall display over a night that nobody watches, in a real browser with the browser's clock run ahead:
`python -m tests.bench.wall [hours]`.

Makes a plant of 60 stations in a data folder of its own and serves it as `up` does. Every ten simulated minutes something
changes on the floor; in every second hour the network is gone for half of it. Prints, hour by hour after a collection of
garbage, what the page holds in memory; it fails where that grows from the second hour on, or where the last picture is not
the floor's.
"""

import os
import random
import sys

from tests.bench.board import furnish, server, started

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in this thread

STEP = 30  # seconds of the browser's clock between two looks at the network
HELD = ("JSHeapUsedSize", "Nodes", "JSEventListeners")


def main(hours: int) -> None:
    with started():
        from playwright.sync_api import sync_playwright

        from apps.core.isolation import tenant_context
        from apps.shopfloor import services
        from tests import chromium
        from tests.factories import create_wall

        _session, stations = furnish()
        tenant, chance = stations[0].tenant, random.Random(1)
        with tenant_context(tenant):
            token = create_wall(tenant=tenant)

        def act():
            station = chance.choice(stations)
            with tenant_context(tenant):
                station.refresh_from_db()
                services.set_status(station, "idle" if station.status == "running" else "running", by=None)
            return station

        with server("config.serve", PORT, {}), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium.executable(), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1920, "height": 1080})
            page.clock.install()
            opened = []
            page.on("request", lambda request: opened.append("stream" in request.url))
            page.goto(f"http://127.0.0.1:{PORT}/board/tv/{token}/")
            found = []
            for hour in range(hours):
                for step in range(3600 // STEP):
                    if step % (600 // STEP) == 0:
                        act()
                    if hour % 2 and step == 0:
                        page.route("**/board/**", lambda route: route.abort())
                    if hour % 2 and step == 1800 // STEP:
                        page.unroute_all(behavior="ignoreErrors")
                    page.clock.run_for(STEP * 1000)
                found.append(held(page))
                print(
                    f"hour {hour + 1}: {found[-1]}; {sum(opened)} streams, {len(opened) - sum(opened)} reads",
                    flush=True,
                )
            changed = act()
            for _ in range(6):
                page.clock.run_for(STEP * 1000)
                page.wait_for_timeout(500)
            shown = page.locator(".plate", has=page.get_by_text(changed.code, exact=True)).get_attribute("data-status")
            with tenant_context(tenant):
                changed.refresh_from_db()
            browser.close()
    assert shown == changed.status, f"{changed} is {changed.status}, the wall shows {shown}"
    for name in HELD:
        first, last = found[1][name], found[-1][name]  # in the first hour the engine still learns the page
        assert last <= first * 1.1, f"{name} grew from {first} to {last}"
    print(f"flat over {hours} h; the last change was shown")


def held(page) -> dict[str, int]:
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    numbers = {metric["name"]: int(metric["value"]) for metric in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return {name: numbers[name] for name in HELD}


PORT = 8766

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 12)
