"""Every page asked for with nonsense in its query, and every header with nonsense in it."""

import pytest
from django.urls import reverse

from apps.core.roles import Role
from tests.core.probes import rolled_back
from tests.hostile.nasty import MARKUP, NASTIES, Page, all_told, bodies, look_at, names_of_links, names_read
from tests.sweep import HTMX, QUERIES, addresses, at, client_of, fill, models_of_admin

SLICES = 3
KEEN = ("NUL", "markup")
EVERYWHERE = {"next", "after", "before", "at", "page", "id", "format"}


def pages(plant):
    """(address, good query) of everything that answers a GET."""
    for name, parameters in addresses():
        if name != "core:sign_out":
            yield at(name, parameters, plant), fill(QUERIES.get(name, {}), plant)
    for label in models_of_admin():
        yield (
            reverse(f"admin:{label.replace('.', '_')}_changelist"),
            {"q": "x", "p": "1", "o": "1", "all": "", "e": "1"},
        )
    yield (
        reverse("admin:shopfloor_station_add"),
        {"_popup": "1", "_to_field": "id", "_changelist_filters": "q=1", "asset": "1"},
    )
    yield reverse("admin:autocomplete"), {
        "app_label": "shopfloor", "model_name": "station", "field_name": "asset", "term": "x", "page": "1",
    }  # fmt: skip


@pytest.mark.parametrize("part", range(SLICES))
def test_no_query_breaks_a_page(plants, part, record_property):
    plant, tried = plants[0], 0
    client = client_of(Role.ADMIN, plant["tenant"])

    def get(address, query, **headers):
        with rolled_back():
            return client.get(address, query, headers=headers)

    with all_told() as check:
        for address, good in list(pages(plant))[part::SLICES]:
            names, _fields = names_read(lambda query: get(address, query), good)  # noqa: B023
            answer = get(address, good)
            if not answer.streaming and address.startswith("/admin/"):
                names |= names_of_links(Page(answer.content.decode()))
            for number, (what, query) in enumerate(bodies(names | EVERYWHERE, good, KEEN)):
                if any(len(text) > 10_000 for text in query.values()):
                    continue  # longer than a server takes in an address
                answer = get(address, query, **(HTMX if number % 2 else {}))
                check(look_at, answer, f"{address}: {what} {query if what == 'all at once' else ''}")
                tried += 1
    record_property("inputs tried", tried)


HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "Content-Encoding", "Cookie", "Host", "HX-Boosted",
    "HX-Current-URL", "HX-History-Restore-Request", "HX-Prompt", "HX-Request", "HX-Target", "HX-Trigger", "HX-Trigger-Name",
    "Idempotency-Key", "If-Modified-Since", "If-None-Match", "Last-Event-ID", "Origin", "Range", "Referer", "User-Agent",
    "X-CSRFToken", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-HTTP-Method-Override", "X-Request-ID",
    "X-Requested-With", "Authorization",
)  # fmt: skip
LINES = {
    "markup": MARKUP.replace("<", "%3C"),
    "raw markup": MARKUP,
    "UTF-8 read as Latin-1": NASTIES["right to left"].encode().decode("latin-1"),
    "raw bytes": bytes(range(128, 256)).decode("latin-1"),
    "very long": "x" * 50_000,
    "another's page": "http://evil.example/",
    "a script's address": "javascript:alert(1)",
    "a long number": "9" * 400,
    "a number of nobody": "NaN",
    "languages": "xx-" * 200 + ", en;q=nan, *;q=1e9",
    "a cookie of two kinds": 'sessionid="\\012\\"; messages="[["; csrftoken',
    "addresses": "::1, 999.1.1.1, ' or 1=1",
    "nothing": "",
}


def test_no_header_breaks_a_page(plants, record_property):
    plant, tried = plants[0], 0
    client = client_of(Role.ADMIN, plant["tenant"])
    session, refused = client.cookies.copy(), f"/stations/{plant['free'].pk}/take-off/"
    with all_told() as check:
        for header in HEADERS:
            for what, text in LINES.items():
                client.cookies = session.copy()
                extra = {f"HTTP_{header.upper().replace('-', '_')}": text}
                with rolled_back():
                    check(look_at, client.get("/settings/", **extra), f"{header}: {what}")
                    check(look_at, client.post(refused, **extra), f"{header}: {what}, with a POST")
                tried += 2
    record_property("inputs tried", tried)


def test_a_chosen_request_id_does_not_enter_the_record(plants):
    """Whoever reads the log by a request's id finds that request alone."""
    client = client_of(Role.ADMIN, plants[0]["tenant"])

    answer = client.get("/board/", headers={"X-Request-ID": "mine"})

    assert answer["X-Request-ID"] != "mine"
