"""The board's speed, beside a bare Django page of the same size in the same run: `python -m tests.bench.board`.

Makes a plant of 60 stations in a data folder of its own, serves it as `up` does (2 workers), and prints queries, sizes,
p50 at 1 client, requests/s at 16, the time from a click to the changed tile elsewhere, and the memory of all processes.
"""

import http.client
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIONS = 60
SECONDS = 6

folder = tempfile.mkdtemp(prefix="lo-bench-")
os.environ |= {
    "LEANOPS_DATA": folder,
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "LEANOPS_STATIC": f"{folder}/static",
}

from apps.core import embedded


@contextmanager
def started():
    """The product in this process, on a database of its own in `folder`, which goes with it."""
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder)
        stack.enter_context(embedded.server(Path(folder)))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        yield


def furnish():
    """60 stations on 4 lines, all with a job, half of them running; returns a supervisor's session."""
    from django.test import Client

    from apps.core.isolation import tenant_context
    from apps.shopfloor import services
    from apps.shopfloor.models import ReasonGroup
    from tests import factories as make

    tenant = make.create_tenant(slug="bench")
    with tenant_context(tenant):
        person = make.create_person(tenant=tenant)
        reason = make.create_stop_reason(tenant=tenant, group=ReasonGroup.PLANNED)
        for n in range(STATIONS):
            station = make.create_station(tenant=tenant, code=f"ST-{n:02}", line=f"Line {'ABCD'[n % 4]}")
            job = make.create_job(tenant=tenant, code=f"JOB-{n}", qty_total=100_000, cycle_seconds=30)
            services.assign_job(station, job, run=n % 2 == 0, by=person)
            if n % 10 == 1:
                services.set_status(station, "blocked", reason=reason, by=person)
        for n in range(30):
            make.create_job(tenant=tenant, code=f"WAIT-{n}")
        stations = list(tenant_stations(tenant))
    client = Client()
    client.force_login(person)
    return client.cookies["sessionid"].value, stations


def tenant_stations(tenant):
    from apps.shopfloor.models import Station

    return Station.objects.filter(tenant=tenant).order_by("code")


@contextmanager
def server(module, port, environment):
    """Two processes on one listening socket, as `up` starts them."""
    with socket.create_server(("127.0.0.1", port), backlog=256) as listening:
        descriptor = listening.fileno()
        words = [sys.executable, "-m", module, str(descriptor)]
        started = [
            subprocess.Popen(words, cwd=ROOT, env=os.environ | environment, pass_fds=[descriptor]) for _ in range(2)
        ]
        try:
            for _ in range(16):  # each process has answered, most likely
                request(port, "/healthz")
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(15)


def request(port, path, *, cookie="", body=None, headers=None, connection=None):
    """(status, body, seconds) of one request, over a kept connection if given."""
    connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    sent = {"Cookie": cookie} | (headers or {})
    if body is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    started = time.perf_counter()
    connection.request("POST" if body is not None else "GET", path, body, sent)
    response = connection.getresponse()
    data = response.read()
    return response.status, data, time.perf_counter() - started


def p50(act, seconds=SECONDS):
    """Median seconds of one client that does nothing else."""
    connection, took = {}, []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        took.append(act(connection, 0))
    return statistics.median(took)


def rate(act, clients=16, seconds=SECONDS):
    """Requests per second of `clients` at once."""
    counts, until = [0] * clients, time.perf_counter() + seconds

    def run(n):
        connection = {}
        while time.perf_counter() < until:
            act(connection, n)
            counts[n] += 1

    threads = [threading.Thread(target=run, args=[n]) for n in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds


def getter(port, path, cookie=""):
    def act(kept, _n):
        connection = kept.setdefault("c", http.client.HTTPConnection("127.0.0.1", port, timeout=30))
        status, _body, took = request(port, path, cookie=cookie, connection=connection)
        assert status == 200, (path, status)
        return took

    return act


def clicker(port, cookie, csrf, stations):
    """Clicks badges: each client its own stations, running and idle in turn."""

    def act(kept, n):
        connection = kept.setdefault("c", http.client.HTTPConnection("127.0.0.1", port, timeout=30))
        turn = kept["turn"] = kept.get("turn", 0) + 1
        status, _body, took = request(
            port,
            f"/stations/{stations[n].pk}/status/",
            cookie=f"{cookie}; csrftoken={csrf}",
            body=f"status={'idle' if turn % 2 else 'running'}",
            headers={"X-CSRFToken": csrf, "HX-Request": "true"},
            connection=connection,
        )
        assert status == 200, status
        return took

    return act


def latency(port, cookie, csrf, stations, streams=50, clicks=40):
    """Seconds from a click to the changed tile in another client's hands, while `streams` are open."""
    told, arrived, ready = {}, threading.Condition(), threading.Barrier(streams + 1)

    def listen(n):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/board/stream/", headers={"Cookie": cookie})
        response, page = connection.getresponse(), http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        kind = ""
        while True:
            try:
                line = response.readline().decode()
            except OSError:
                return
            if line.startswith("event: "):
                kind = line[7:].strip()
                if kind == "ready":
                    ready.wait()
            if line.startswith("data: ") and kind == "board" and n == 0:
                for key in re.findall(r"[0-9a-f-]{36}", line):
                    request(
                        port, f"/board/tiles/?id={key}", cookie=cookie, connection=page, headers={"HX-Request": "true"}
                    )
                    with arrived:
                        told[key] = time.perf_counter()
                        arrived.notify()
            if not line:
                return

    for n in range(streams):
        threading.Thread(target=listen, args=[n], daemon=True).start()
    ready.wait()
    click, took = clicker(port, cookie, csrf, stations[-2:]), []  # one that runs: its first click idles it
    kept, key = {}, str(stations[-2].pk)
    for _ in range(clicks):
        told.pop(key, None)
        started = time.perf_counter()
        click(kept, 0)
        with arrived:
            assert arrived.wait_for(lambda: key in told, 10), "the change was not told"
        took.append(told[key] - started)
        time.sleep(0.35)
    return statistics.median(took), statistics.quantiles(took, n=20)[18]


def compressed(port, path, cookie):
    """Bytes over the wire of one address, as a browser asks for it; and its body, unpacked by nobody."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "br, gzip"})
    return len(connection.getresponse().read())


def memory():
    """MiB (PSS) of the web processes and of PostgreSQL."""
    import psutil

    found = {"web": 0.0, "postgres": 0.0}
    for process in psutil.process_iter(["cmdline", "name"]):
        command = " ".join(process.info["cmdline"] or [])
        kind = "web" if "config.serve" in command else None
        kind = "postgres" if process.info["name"] == "postgres" else kind
        if kind:
            found[kind] += process.memory_full_info().pss / 2**20
    return found


def main():
    with ExitStack() as stack:
        stack.enter_context(embedded.server(Path(folder)))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        session, stations = furnish()
        with connection.cursor() as cursor:
            cursor.execute("analyze")  # as autovacuum does a minute later
        cookie = f"sessionid={session}"
        client = Client()
        client.cookies["sessionid"] = session
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/board/").status_code == 200
        print(f"board of {STATIONS} stations: {len(queries)} queries")
        connection.close()

        found = embedded.connection_parameters(Path(folder))
        bare_environment = {"BARE_HOST": found["host"], "BARE_DATABASE": found["dbname"]}
        stack.enter_context(server("config.serve", 8801, {}))
        stack.enter_context(server("tests.bench.bare", 8802, bare_environment))
        status, html, _ = request(8801, "/board/", cookie=cookie)
        assert status == 200
        csrf = re.search(r"X-CSRFToken[^A-Za-z0-9]+(?:quot;)?([A-Za-z0-9]{64})", html.decode())[1]
        tile_path = f"/board/tiles/?id={stations[0].pk}"
        tile = request(8801, tile_path, cookie=cookie)[1]
        files = sorted(set(re.findall(r'(?:href|src)="(/static/[^"]+)"', html.decode())))
        page = compressed(8801, "/board/", cookie)
        rest = sum(compressed(8801, path, "") for path in files)
        print(f"board: {len(html) / 1000:.1f} kB, {page / 1000:.1f} kB compressed; tile {len(tile) / 1000:.1f} kB")
        print(f"first visit: {(page + rest) / 1000:.1f} kB compressed, {len(files)} files")

        for name, act, size in (
            ("board", getter(8801, "/board/", cookie), len(html)),
            ("tile", getter(8801, tile_path, cookie), len(tile)),
            ("status change", clicker(8801, cookie, csrf, stations), len(tile)),
        ):
            bare = getter(8802, f"/?bytes={size}")
            ours, theirs = p50(act), p50(bare)
            our_rate, their_rate = rate(act), rate(bare)
            print(
                f"{name}: p50 {ours * 1000:.1f} ms (bare {theirs * 1000:.1f}, ratio {ours / theirs:.2f}), "
                f"{our_rate:.0f} requests/s at 16 (bare {their_rate:.0f}, ratio {our_rate / their_rate:.2f})"
            )
        median, p95 = latency(8801, cookie, csrf, stations)
        print(
            f"click to changed tile elsewhere, 50 streams open: median {median * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"
        )
        for kind, size in memory().items():
            print(f"memory of {kind}: {size:.0f} MiB (PSS)")


if __name__ == "__main__":
    main()
