"""A house of its own for every journey, on the engine of the test."""

from collections.abc import Iterator

import pytest

from tests.make import house as houses
from tests.make.house import House


@pytest.fixture
def at(engine_name: str) -> Iterator[House]:
    """The demo community, served from a fresh copy."""
    if houses.CHROMIUM is None:
        pytest.skip(houses.NO_CHROMIUM)
    with houses.house(engine_name) as one:
        yield one
