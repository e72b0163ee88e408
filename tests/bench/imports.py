"""Imports through the admin, rows a second: `python -m tests.bench.imports [rows ...]`, prints a table in Markdown.

Each sheet goes the whole way: sent, previewed, imported, through the middleware, with history, audit log and isolation on.
Beside it, in the same run and on the same database: Django's plain `bulk_create` of the same rows, and
django-import-export's own engine (`ModelResource`, in bulk) into the same table; neither keeps history or checks codes.
"""

import re
import statistics
import sys
import time

from tests.bench import board  # makes the data folder and the environment

ROUNDS = 3


def contents(rows, word) -> dict:
    """A sheet for each table: its text, new from the first to the last row."""
    return {
        "scrap_reasons": "code,name,is_active\n" + "".join(f"{word}{n},Reason {n},true\n" for n in range(rows)),
        "assets": "location,name,category,criticality\n" + "".join(f"Hall,{word}{n},mill,b\n" for n in range(rows)),
        "jobs": "code,part_name,qty_total,due_date,priority\n"
        + "".join(f"{word}{n},Mirror,{n + 1},2026-12-24,high\n" for n in range(rows)),
    }


def through_the_admin(client, model, content):
    """Seconds until the preview, and until it is imported; and the number of statements of the import."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_import")
    began = time.monotonic()
    sent = client.post(address, {"file": SimpleUploadedFile("x.csv", content.encode())})
    page = client.get(sent["Location"])
    mark, seen = re.search(r'name="mark" value="(\w+)"', page.text)[1], time.monotonic()
    with CaptureQueriesContext(connection) as statements:
        answer = client.post(sent["Location"], {"mark": mark})
    assert answer.status_code == 302, answer.text[:3000]
    return seen - began, time.monotonic() - seen, len(statements)


def plainly(tenant, rows, word) -> float:
    from apps.core.isolation import tenant_context
    from apps.shopfloor.models import ScrapReason

    began = time.monotonic()
    with tenant_context(tenant):
        ScrapReason.objects.bulk_create(
            [ScrapReason(tenant=tenant, code=f"{word}{n}", name=f"Reason {n}") for n in range(rows)], batch_size=1000
        )
    return time.monotonic() - began


def by_the_library(tenant, content) -> float:
    """Its preview and its import: both run the whole engine."""
    import tablib
    from import_export.resources import ModelResource

    from apps.core.isolation import tenant_context
    from apps.shopfloor.models import ScrapReason

    class Reasons(ModelResource):
        class Meta:
            model = ScrapReason
            fields = ("code", "name", "is_active")
            import_id_fields = ("code",)
            use_bulk, batch_size = True, 1000

        def init_instance(self, row=None):
            return ScrapReason(tenant=tenant)

    began = time.monotonic()
    for dry_run in (True, False):
        with tenant_context(tenant):
            result = Reasons().import_data(tablib.Dataset().load(content, format="csv"), dry_run=dry_run)
            assert not result.has_errors()
    return time.monotonic() - began


def main():
    with board.started():
        compare([int(word) for word in sys.argv[1:]] or [1000, 20_000])


def compare(sizes):
    from django.test import Client

    from apps.core.isolation import tenant_context
    from apps.registry.models import Asset
    from apps.shopfloor.models import Job, ScrapReason
    from tests.factories import create_location, create_person, create_tenant

    tenant = create_tenant(name="Bench")
    with tenant_context(tenant):
        person = create_person(tenant=tenant, role="admin")
        create_location(tenant=tenant, name="Hall")
    client = Client()
    client.force_login(person)
    print(
        "| what | rows | preview s | import s | rows/s of the import | rows/s in all | statements |\n|---|---|---|---|---|---|---|"
    )
    for rows in sizes:
        results: dict = {}
        for turn in range(ROUNDS):
            sheets = contents(rows, f"{rows}-{turn}-")
            for model in (ScrapReason, Asset, Job):
                name = model._meta.db_table
                results.setdefault(name, []).append(through_the_admin(client, model, sheets[name]))
            results.setdefault("bulk_create, no history", []).append((0, plainly(tenant, rows, f"p{rows}-{turn}-"), 0))
            library = by_the_library(tenant, contents(rows, f"l{rows}-{turn}-")["scrap_reasons"])
            results.setdefault("django-import-export, no history", []).append((0, library, 0))
        for name, found in results.items():
            shown, done = (statistics.median(one[place] for one in found) for place in (0, 1))
            print(
                f"| {name} | {rows:,} | {shown:.2f} | {done:.2f} | {rows / done:,.0f} | {rows / (shown + done):,.0f} "
                f"| {found[0][2] or ''} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
