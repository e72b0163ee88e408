import pytest

from tests.faults.product import new_product


@pytest.fixture(scope="session")
def product():
    """One product for the faults it survives as it is; the tests have no business with its next state."""
    with new_product() as found:
        yield found
