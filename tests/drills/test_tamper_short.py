"""Edits of sealed history in a shortened form, on both engines."""

import pytest

from tests.drills import tamper
from tests.make import real
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS
from timebank.ledger.models.tables import ENTRIES, TRANSFERS


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_every_edit_of_entries_and_blocks_is_named(engine_name: str) -> None:
    tables = (ENTRIES, TRANSFERS, BLOCKS, BLOCK_LEAVES)

    score = tamper.run(engine_name, edits=150, tables=tables)

    assert score.total >= 150
    assert +score.missed == {}
