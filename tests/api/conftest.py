"""Programs of each role in one plant, and the stations that most acts are about."""

import pytest

from apps.core.roles import Role
from tests.api import floor
from tests.factories import create_scrap_reason, create_station, create_stop_reason


@pytest.fixture
def supervising(tenant):
    return floor.by(Role.SUPERVISOR, tenant)


@pytest.fixture
def operating(tenant):
    return floor.by(Role.OPERATOR, tenant)


@pytest.fixture
def station(tenant):
    """ST-01, idle; there are a stop reason `machine` and a scrap reason `scratch`."""
    create_stop_reason(tenant=tenant)
    create_scrap_reason(tenant=tenant)
    return create_station(tenant=tenant, code="ST-01")
