"""The drill of hostile statements in a shortened form: the cheap ones are refused, by code."""

import pytest

from tests.drills import hostile_statements

REFUSALS = {
    "workbook: one cell at the farthest corner": "too_many_rows",
    "workbook: a long word in 450,000 cells": "file_torn",
    "old workbook: sectors in a circle": "file_torn",
    "text: NUL": "file_has_nul",
    "text: half of GB18030": "encoding_unknown",
    "text: amounts of a thousand digits": "named by row",
    "CAMT: entities that unfold": "statement_has_dtd",
    "CAMT: an entity from elsewhere": "statement_has_dtd",
    "CAMT: deep XML": "statement_too_deep",
    "OFX: a document type": "statement_has_dtd",
    "OFX: tags that nobody closes": "statement_unreadable",
    "MT940: an amount without end": "statement_unreadable",
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_hostile_statement_is_refused(name: str) -> None:
    assert hostile_statements.answer(hostile_statements.FILES[name]()) == REFUSALS[name]
