"""The counter's drills in their shortened forms; storms on both engines, the rest on one each."""

import pytest

from tests.drills import counter
from tests.make import real


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_keys_that_come_many_times_at_once_charge_once(engine_name: str) -> None:
    found = counter.storm(engine_name, keys=6, senders=4)

    assert found.is_exact, found


def test_minutes_for_so_many_pay_for_exactly_so_many() -> None:
    found = counter.balance("postgresql", lunches=10, tries=32, senders=8)

    assert found.is_exact, found


def test_a_line_that_is_cut_at_any_step_charges_once() -> None:
    found = counter.cut("sqlite", rounds=1)

    assert found.is_exact, found


def test_a_server_killed_while_redeeming_charges_once() -> None:
    found = counter.kill("sqlite", rounds=1, at_once=4)

    assert found.is_exact, found
