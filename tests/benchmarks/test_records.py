"""The short form: what lives in the benchmark is sound, and pages ask no more the more there is.

Nothing is said about times here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

import pytest
from flask import Flask

from tests.benchmarks import lived, records
from tests.benchmarks.records import Line, Taken
from tests.make import real
from tests.make.statements import statements_of
from timebank.kernel import clock
from timebank.kernel.db import db, read_only
from timebank.ledger.verify import proof
from timebank.volunteering import verify

FEW, MANY = 120, 240
# No page asks the database more often than this, begin and commit aside.
STATEMENTS_MAX = 60


@contextmanager
def _living(engine_name: str, count: int) -> Iterator[tuple[Flask, dict[str, str]]]:
    with real.real_app(engine_name) as app:
        with app.app_context():
            lived.grow(count, now=clock.now())
            held = records.cookies(app)
            db.session.remove()
        yield app, held


def _asked(app: Flask, held: dict[str, str], size: lived.Size) -> dict[str, int]:
    """Return how many statements each page needs, asked as the first who may see it."""
    found = {}
    for page in records.pages(size):
        who = "officer" if "officer" in page.who else page.who[0]
        client = app.test_client(use_cookies=False)
        with statements_of(app) as sent:
            answer = client.get(page.paths[0], headers={"Cookie": held[who]})
        assert answer.status_code == 200, page.what
        found[page.what] = len(sent)
    return found


@pytest.mark.drill
def test_what_was_loaded_is_sound_and_pages_ask_no_more_of_a_larger_community() -> None:
    found = []
    for engine_name, count in (("sqlite", FEW), ("postgresql", MANY)):
        with _living(engine_name, count) as (app, held):
            with app.app_context():
                assert list(islice(read_only(proof.findings), 3)) == []
                assert list(islice(read_only(verify.findings), 3)) == []
                db.session.remove()
            found.append(_asked(app, held, lived.size_of(count)))

    few, many = found
    assert max(many.values()) <= STATEMENTS_MAX
    assert {what: many[what] - few[what] for what in many if many[what] > few[what]} == {}


def test_a_page_is_fast_enough_and_grows_with_its_rows_alone() -> None:
    small = Taken(p50_ms=20, p95_ms=30, rows=10)
    line = Line("page", large=Taken(p50_ms=29, p95_ms=300, rows=10), small=small)
    assert line.is_reached
    assert not replace(line, large=Taken(29, 301, 10)).is_reached
    assert not replace(line, large=Taken(90, 200, 10)).is_reached
    assert replace(line, large=Taken(90, 200, 50)).is_reached
