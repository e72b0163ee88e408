"""What the tests of the floor's actions share: who asks, the shapes of api.md, and that a refusal wrote nothing."""

from contextlib import contextmanager

from apps.shopfloor.models import Event
from tests.api.client import Program
from tests.api.table import told
from tests.factories import create_person
from tests.sweep import fingerprint

STATION = {"code", "name", "line", "status", "status_since", "stop_reason", "is_active", "asset", "version"}
JOB = {
    "id", "code", "part_name", "qty_total", "due_date", "priority", "status", "line_hint", "rank", "cycle_seconds",
    "created_at", "completed_at", "qty_done", "qty_scrap", "version",
}  # fmt: skip
CALL = {
    "id", "station", "kind", "status", "part", "qty", "note", "level", "opened_by", "opened_at", "acknowledged_by",
    "acknowledged_at", "ended_by", "ended_at",
}  # fmt: skip
EVENT = {"id", "event_type", "station", "job", "user", "payload", "occurred_at", "created_at"}


def by(role, tenant) -> Program:
    return Program(create_person(tenant=tenant, role=role))


def done(answer, shape, status=200) -> dict:
    """What an act answered, which has exactly these fields."""
    assert answer.status_code == status, answer.content
    said = answer.json()
    assert set(said) == shape
    return said


def refused(answer, status, *words, code=None) -> dict:
    """What an act was refused with; `words` stand in the sentence."""
    assert answer.status_code == status, answer.content
    said = told(answer)
    if code:
        assert said["code"] == code
    for word in words:
        assert word in str(said), said
    return said


@contextmanager
def nothing_written():
    before = fingerprint()
    yield
    assert fingerprint() == before


def events(*kinds) -> list[tuple]:
    """(kind, payload) of what happened, in the order of writing."""
    rows = Event.objects.order_by("seq")
    rows = rows.filter(event_type__in=kinds) if kinds else rows
    return [(event.event_type, event.payload) for event in rows]
