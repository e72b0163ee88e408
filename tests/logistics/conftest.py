"""A plant with two halls, a yard and a repair shop; who sends and who receives."""

import pytest

from tests.factories import create_location, create_person


@pytest.fixture
def hall(tenant):
    return create_location(tenant=tenant, name="Hall 1")


@pytest.fixture
def yard(tenant):
    return create_location(tenant=tenant, name="Yard", type="yard")


@pytest.fixture
def shop(tenant):
    return create_location(tenant=tenant, name="Repair shop", type="external")


@pytest.fixture
def sender(tenant):
    return create_person(tenant=tenant, role="supervisor", name="Sender")


@pytest.fixture
def taker(tenant):
    return create_person(tenant=tenant, role="supervisor", name="Taker")


@pytest.fixture
def agile(tenant):
    """The plant trades control for speed."""
    tenant.settings = {"agile_mode": True}
    tenant.save()
    return tenant
