"""The short form: every pair runs, small; the books that are grown are those the verbs write.

Nothing is said about times here. Peers that are an extra to install are left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # rows

import pytest
from flask import Flask
from sqlalchemy import Table, func, select

from tests.benchmarks import __main__ as benchmark
from tests.benchmarks import (
    books,
    counter_lunch,
    counter_search,
    forms,
    growing,
    grown,
    plan,
    report,
)
from tests.benchmarks.harness import BenchSettings, Limit, measure, percentile
from tests.make import real
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction

# Chance and the clock decide these.
_BY_CHANCE = {"salt", "words_hash", "seal"}


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> BenchSettings:
    return forms.short(tmp_path_factory.mktemp("bench"))


def _names() -> list[tuple[str, str]]:
    everything = benchmark.all_pairs(forms.short(Path()))
    return [(pair.name, pair.engine) for pair in everything]


@pytest.mark.drill
@pytest.mark.parametrize(("name", "engine_name"), _names())
def test_a_pair_takes_turns_and_has_a_ratio(
    settings: BenchSettings, name: str, engine_name: str
) -> None:
    (pair,) = [
        one
        for one in benchmark.all_pairs(settings)
        if (one.name, one.engine) == (name, engine_name)
    ]
    outcome = measure(pair, settings)

    print(report.detail(outcome))
    assert outcome.ratio > 0
    assert outcome.document()["name"] == name


@contextmanager
def _inside(address: str) -> Iterator[Flask]:
    app = real.app_with(real.test_settings(address))
    with app.app_context():
        yield app
    real.release(app)


def _rows(table: Table) -> list[dict[str, Any]]:
    chosen = select(*[one for one in table.columns if one.name not in _BY_CHANCE])
    ordered = chosen.order_by(*table.primary_key.columns)
    return [dict(row) for row in read_only(lambda it: it.execute(ordered).mappings().all())]


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_grown_books_are_those_that_the_verbs_write(
    settings: BenchSettings, engine_name: str
) -> None:
    count = 400
    kept = growing.kept(settings, engine_name, count)
    with _inside(kept.address):
        loaded = {table.name: _rows(table) for table in grown.ALL}
        assert read_only(books.prove) == 0
    decided = plan.make_plan(count, kept.grown.ends_on)
    assert set(decided.kinds) == {plan.EARNED, plan.SPENT, plan.REVERSED}

    with real.real_address(engine_name, role=None) as address, _inside(address):
        opened = transaction(lambda session: grown.open_books(session, decided))
        for act in range(count):
            with clock.fixed_at(decided.moment(act)):
                grown.act_by_verb(decided, opened, act)
        if engine_name == "postgresql":
            transaction(lambda session: session.execute(select(func.ledger_fold(count))))
        posted = {table.name: _rows(table) for table in grown.ALL}

    for name, expected in posted.items():
        assert loaded[name] == expected, name


def test_a_limit_is_reached_from_its_side() -> None:
    assert Limit(0.5).is_reached(0.5)
    assert not Limit(0.5).is_reached(0.49)
    assert Limit(1.5, is_most=True).is_reached(1.5)
    assert not Limit(1.5, is_most=True).is_reached(1.51)


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([float(value) for value in range(1, 101)], 0.99) == 99
    assert percentile([3.0], 0.99) == 3


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_the_counter_finds_a_member_in_every_way(engine_name: str) -> None:
    found = {one.way: one.hits for one in counter_search.run(engine_name, count=200, rounds=3)}

    certain = ("card", "card, last digits", "QR", "phone tail", "phone")
    assert {way: found[way] for way in certain} == dict.fromkeys(certain, 3)
    assert found["nobody"] == 0


def test_a_short_lunch_serves_everybody() -> None:
    served = counter_lunch.run("sqlite", elders=6, seconds=0.2, is_short=True)

    assert (len(served.redeem_ms), served.failed) == (6, 0)
