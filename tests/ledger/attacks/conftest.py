"""Lived-in books for the attacks, one for each engine and module."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.ledger.attacks.field import Field, settle
from tests.ledger.conftest import open_bank


@pytest.fixture(scope="module")
def _fields() -> Iterator[Callable[[str], Field]]:
    """The fields of a module, by engine; new ones once an attack has laid them waste."""
    known: dict[str, Field] = {}
    with ExitStack() as opened:

        def field(engine_name: str) -> Field:
            if engine_name not in known or known[engine_name].is_waste:
                known[engine_name] = settle(opened.enter_context(open_bank(engine_name)))
            return known[engine_name]

        yield field
        drifts = [one.drifts() for one in known.values() if not one.is_waste]
        for one in known.values():
            one.app.dispose()
    assert not any(drifts)


@pytest.fixture
def field(engine_name: str, _fields: Callable[[str], Field]) -> Field:
    """Lived-in books that nobody manages to change."""
    return _fields(engine_name)
