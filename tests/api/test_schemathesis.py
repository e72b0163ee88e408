"""schemathesis, every check it has, against the real server with the demo plant, as three roles.

Each change makes the short run: few examples of each operation, and of the coverage phase, the longest, a part as one role
alone. The long one:

    LEANOPS_SCHEMATHESIS=50 .venv/bin/pytest tests/api/test_schemathesis.py -n 0 -s     # so many examples, all of it, all roles

Another tenant stands beside, in whose every text is SECRET; schemathesis_hooks.py looks for it in each answer.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog, Tenant, User
from apps.core.roles import Role
from apps.maintenance.models import FailureCode, PmSchedule, ServiceRequest, WorkOrder
from apps.shopfloor.demo.plants import NORTH
from apps.shopfloor.management.commands.load_demo import load_plants
from apps.shopfloor.models import Call, Event, Job, PerformanceLog, ScrapReason, Station, StationAssignment, StopReason
from tests.api.client import Program
from tests.factories import create_person, create_tenant
from tests.furnished import furnish
from tests.serving import ROOT, real_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("schemathesis")]

EXAMPLES = int(os.environ.get("LEANOPS_SCHEMATHESIS", "0"))  # 0: the short run
HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
CONFIG = """
seed = 4
continue-on-failure = true
hooks = "{hooks}"
headers = {{ Authorization = "Token {token}" }}
max-stream-events = 1
warnings = false
cache = {{ enabled = false }}

[generation]
deterministic = true
database = "none"
max-examples = {examples}

# What reads well may break a rule of the plant (400: a job that is completed already), rest on another state (409), or
# come with a key that came before (422).
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "422", "429"]

[phases.coverage]
enabled = {coverage}
unexpected-methods = ["DELETE", "TRACE"]

[phases.stateful]
max-steps = 6

[phases.stateful.generation]
max-examples = {scenarios}

# The token that this revokes is not the one of the others.
[[operations]]
include-path = "/api/v1/auth/token/"
headers = {{ Authorization = "Token {other}" }}
{keys}
"""
# Of the keys tried in an address, most are there.
KEYS = """
[dictionaries.{path}]
values = {values}

[[operations]]
include-path-regex = "^/api/v1/{path}/"
[operations.parameters]
"path.{key}" = {{ dictionary = "{path}", probability = 0.9 }}
"""


def keys_there(tenant) -> str:
    """Which rows there are: what the addresses' keys are taken from."""
    stops = Event.objects.filter(event_type="status_change", payload__new_status="blocked")
    others = [create_person(tenant=tenant, role="operator", name=f"Guest {number}") for number in range(3)]
    tokens = [Program(person).token for person in others]
    with tenant_context(tenant):
        found = {
            ("stations", "code"): Station.objects.order_by("code"),
            ("jobs", "code"): Job.objects.order_by("-created_at"),
            ("assignments", "id"): StationAssignment.objects.order_by("-started_at"),
            ("stop-reasons", "code"): StopReason.objects.order_by("code"),
            ("scrap-reasons", "code"): ScrapReason.objects.order_by("code"),
            ("calls", "id"): Call.objects.order_by("-opened_at"),
            ("stops", "id"): stops.order_by("-seq"),
            ("events", "id"): Event.objects.order_by("-seq"),
            ("performance-logs", "id"): PerformanceLog.objects.order_by("-log_date"),
            ("audit-logs", "id"): AuditLog.objects.order_by("-id"),
            ("failure-codes", "id"): FailureCode.objects.order_by("pk"),
            ("pm-schedules", "id"): PmSchedule.objects.order_by("pk"),
            ("service-requests", "id"): ServiceRequest.objects.order_by("-created_at"),
            ("work-orders", "number"): WorkOrder.objects.order_by("-created_at"),
        }
        keys = {
            place: [str(key) for key in rows.values_list(place[1], flat=True)[:20]] for place, rows in found.items()
        }
    keys |= {("users", "id"): [str(one.pk) for one in others], ("tokens", "id"): [str(one.pk) for one in tokens]}
    return "".join(KEYS.format(path=path, key=key, values=json.dumps(values)) for (path, key), values in keys.items())


def test_no_error_nothing_undocumented_no_mismatch_and_no_other_tenants_data(tmp_path, record_property):
    furnish(create_tenant(name="B"), word="SECRET", code="B-")
    load_plants([NORTH], now=timezone.now(), seed=1, say=lambda text: None)
    tenant = Tenant.objects.get(slug="north")
    found = {}
    with real_server(environment={"LEANOPS_API_REQUESTS_PER_MINUTE": "1000000", "LEANOPS_DEBUG": ""}) as address:
        for role in (Role.OPERATOR, Role.SUPERVISOR, Role.ADMIN):
            person = User.objects.filter(tenant=tenant, role=role, email__isnull=False).first()
            found[role] = run(address, tenant, person, tmp_path, record_property)
    print(*found.values(), sep="\n\n")
    assert [role for role, told in found.items() if "FAILURES" in told or "ERRORS" in told] == []


def run(address, tenant, person, folder, record_property) -> str:
    """schemathesis as this person; what it tells."""
    shown, config = Program(person), folder / "schemathesis.toml"
    is_covering = bool(EXAMPLES) or person.role == Role.ADMIN
    amounts = {"examples": EXAMPLES or 3, "coverage": str(is_covering).lower(), "scenarios": EXAMPLES or 10}
    words = amounts | {"hooks": HOOKS, "token": shown.text, "other": Program(person).text, "keys": keys_there(tenant)}
    config.write_text(CONFIG.format(**words))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", config, "--no-color", "run"]
    own = {"OWN_KEYS": f"{person.pk} {shown.token.pk}", "EVERY_COVERED": "1" if EXAMPLES else "4"}
    done = subprocess.run(
        [*command, f"{address}/api/v1/schema/"],
        check=False,
        cwd=ROOT,
        env=os.environ | own,
        capture_output=True,
        text=True,
        timeout=36000 if EXAMPLES else 900,
    )
    assert done.returncode in (0, 1), done.stdout[-4000:] + done.stderr[-4000:]
    record_property("cases of schemathesis", int(re.search(r"(\d+) generated", done.stdout)[1]))
    return done.stdout
