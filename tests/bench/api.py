"""The API's speed, beside a bare Django page of the same size in the same run: `python -m tests.bench.api`.

20 000 jobs and 60 stations, two web processes; p50 at 1 client, requests/s at 16, for a list of 50, one job, a status
change and a new job.
"""

import http.client
import itertools
import json
import os
from contextlib import ExitStack
from pathlib import Path

from tests.bench import board as bench
from tests.bench.board import folder, getter, p50, rate, request, server

os.environ["LEANOPS_API_REQUESTS_PER_MINUTE"] = "1000000"
JOBS = 20_000
new = itertools.count(1)


def program(port, text):
    """(send(kept, verb, path, body), getter(path)) of a program with a token, each over a kept connection."""
    headers = {"Authorization": f"Token {text}", "Content-Type": "application/json"}

    def send(kept, verb, path, body=None):
        connection = kept.setdefault("c", http.client.HTTPConnection("127.0.0.1", port, timeout=30))
        started = bench.time.perf_counter()
        connection.request(verb, f"/api/v1/{path}", json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        data = response.read()
        assert response.status < 300, (path, response.status, data)
        kept["size"] = len(data)
        return bench.time.perf_counter() - started

    return send


def main():
    from apps.core import embedded

    with ExitStack() as stack:
        stack.enter_context(embedded.server(Path(folder)))
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from apps.core.api.tokens import make_token
        from apps.core.isolation import tenant_context
        from apps.core.models import Tenant
        from apps.shopfloor import services
        from tests.factories import create_person

        call_command("migrate", verbosity=0)
        call_command("collectstatic", verbosity=0, interactive=False)
        _session, stations = bench.furnish()
        tenant = Tenant.objects.get(slug="bench")
        with tenant_context(tenant):
            person = create_person(tenant=tenant)
            rows = [{"code": f"J-{n:06}", "part_name": f"Part {n % 40}", "qty_total": 100} for n in range(JOBS)]
            services.create_jobs(tenant, rows, by=person)
            _token, text = make_token(person, name="bench", by=person)
        with connection.cursor() as cursor:
            cursor.execute("analyze")  # as autovacuum does a minute later
        connection.close()
        found = embedded.connection_parameters(Path(folder))
        stack.enter_context(server("config.serve", 8803, {}))
        stack.enter_context(
            server("tests.bench.bare", 8804, {"BARE_HOST": found["host"], "BARE_DATABASE": found["dbname"]})
        )
        send = program(8803, text)

        def click(kept, n):
            turn = kept["turn"] = kept.get("turn", 0) + 1
            status = "idle" if turn % 2 else "running"
            return send(kept, "POST", f"stations/{stations[n].code}/status/", {"status": status})

        def create(kept, _n):
            body = {"code": f"NEW-{next(new)}", "part_name": "Mirror", "qty_total": 100}
            return send(kept, "POST", "jobs/", body)

        for name, act in (
            ("list of 50", lambda kept, _n: send(kept, "GET", "jobs/?limit=50")),
            ("detail", lambda kept, n: send(kept, "GET", f"jobs/J-{n:06}/")),
            ("status change", click),
            ("create", create),
        ):
            kept = {}
            act(kept, 0)
            if name == "status change":
                act(kept, 0)
            bare = getter(8804, f"/?bytes={kept['size']}")
            ours, theirs = p50(act), p50(bare)
            our_rate, their_rate = rate(act), rate(bare)
            print(
                f"{name} ({kept['size']} bytes): p50 {ours * 1000:.1f} ms (bare {theirs * 1000:.1f}, ratio {ours / theirs:.2f}), "
                f"{our_rate:.0f} requests/s at 16 (bare {their_rate:.0f}, ratio {our_rate / their_rate:.2f})",
                flush=True,
            )
        assert request(8803, "/healthz")[0] == 200


if __name__ == "__main__":
    main()
