"""Edits of sealed history in a shortened form, on both engines."""

import pytest

from tests.drills import tamper
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_every_edit_of_sealed_history_is_named(engine_name: str) -> None:
    score = tamper.run(engine_name, edits=150)

    assert score.total >= 150
    assert +score.missed == {}
