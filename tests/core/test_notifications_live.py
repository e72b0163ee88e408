"""The bell's number follows on open pages: the person's own, and nobody else's."""

import pytest

from apps.core.isolation import tenant_context
from apps.core.notifications.services import mark_read, mine
from apps.shopfloor import services
from apps.shopfloor.models import Event
from tests.core.test_live import Stream, session_of
from tests.factories import create_person, create_station, create_tenant
from tests.serving import real_server

pytestmark = pytest.mark.django_db(transaction=True)


def events_until(stream, kind):
    """The names of the messages up to one of a kind."""
    found = []
    while not found or found[-1] != kind:
        found.append(stream.next()[0])
    return found


def test_the_bell_rings_for_who_is_told_and_when_it_is_read():
    tenant = create_tenant()
    with tenant_context(tenant):
        told, other = create_person(tenant=tenant), create_person(tenant=tenant, lines=["Line B"])
        station = create_station(tenant=tenant, line="Line A")
    with real_server() as address:
        its, others = Stream(address, session_of(told)), Stream(address, session_of(other))
        events_until(its, "ready"), events_until(others, "ready")

        with tenant_context(tenant):
            services.call_for(station, "help", by=None)
        events_until(its, "bell")
        with tenant_context(tenant):
            mark_read(mine(tenant, told))
        events_until(its, "bell")

        with tenant_context(tenant):
            services.set_status(station, "running", by=None)
            services.set_status(station, "idle", by=None)
            newest = Event.objects.latest("seq").seq
        seen = [others.next()]
        while seen[-1][1] < newest:
            seen.append(others.next())
        assert "bell" not in [kind for kind, _number, _data in seen]
