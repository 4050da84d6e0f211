"""One lived-in house for all looks."""

from collections.abc import Iterator

import pytest

from tests.make import house as houses
from tests.make.house import House


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The demo community, served."""
    if houses.CHROMIUM is None:
        pytest.skip(houses.NO_CHROMIUM)
    with houses.house("sqlite") as one:
        yield one
