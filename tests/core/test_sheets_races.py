"""A sheet is imported once, whoever presses when: real connections, one winner."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from apps.core.isolation import tenant_context
from apps.core.models import AuditLog
from apps.shopfloor.models import Job, ScrapReason
from tests.core.test_admin import address
from tests.factories import create_person, create_tenant

pytestmark = pytest.mark.django_db(transaction=True)
CHIPS = "code,name\n" + "".join(f"chip-{n},Chip {n}\n" for n in range(200))
JOBS = "code,part_name,qty_total\n" + "".join(f"J-{n},Mirror,5\n" for n in range(200))


def sent(person, model, content):
    """A browser with a sheet before its yes: where, and what it was shown."""
    client = Client()
    client.force_login(person)
    place = client.post(address(model, "import"), {"file": SimpleUploadedFile("x.csv", content.encode())})["Location"]
    return client, place, client.get(place).context["mark"]


def at_once(presses):
    barrier = Barrier(len(presses))

    def press(one):
        client, place, mark = one
        try:
            barrier.wait()
            return client.post(place, {"mark": mark}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(presses)) as pool:
        return sorted(pool.map(press, presses))


@pytest.mark.parametrize(("model", "content"), [(ScrapReason, CHIPS), (Job, JOBS)])
def test_two_presses_of_one_yes_import_it_once(model, content):
    tenant = create_tenant()
    person = create_person(tenant=tenant, role="admin")
    client, place, mark = sent(person, model, content)
    other = Client()
    other.force_login(person)

    assert at_once([(client, place, mark), (other, place, mark)]) == [302, 404]

    with tenant_context(tenant):
        assert model.objects.count() == 200
        made = AuditLog.objects.filter(entity_type=model._meta.db_table, action="create")
        assert made.count() == 200


@pytest.mark.parametrize(("model", "content"), [(ScrapReason, CHIPS), (Job, JOBS)])
def test_the_same_rows_of_two_people_are_made_once(model, content):
    tenant = create_tenant()
    people = [create_person(tenant=tenant, role="admin") for _ in range(2)]

    answers = at_once([sent(person, model, content) for person in people])

    assert answers == [302, 409]
    with tenant_context(tenant):
        assert model.objects.count() == 200
