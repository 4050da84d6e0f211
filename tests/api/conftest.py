"""The lived-in community on each engine, opened once for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.make import fuzz, real


@pytest.fixture(scope="module", params=real.ENGINES)
def town(request: pytest.FixtureRequest) -> Iterator[fuzz.Town]:
    """A community in which a year was lived, and tokens of three callers."""
    with fuzz.town(request.param) as opened:
        yield opened


@pytest.fixture(scope="module")
def towns() -> Iterator[fuzz.Towns]:
    """The same community on both engines, to be asked the same."""
    # PostgreSQL's first: the browser's tests make the other meanwhile.
    with fuzz.town("postgresql") as second, fuzz.town("sqlite") as first:
        yield fuzz.Towns(first, second)
