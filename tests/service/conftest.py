"""A service of the scripted model for every test of a file."""

from collections.abc import Iterator

import pytest

from tests.chains.script import scripted
from tests.service.running import Running, running


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    """The service of the scripted model, for all tests of a file."""
    with running(scripted()) as served:
        yield served
