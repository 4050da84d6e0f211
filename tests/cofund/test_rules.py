"""Shares, surplus and figures add up to the fen, whatever the numbers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.cofund.rules import shares as rules
from timebank.cofund.rules.projects import (
    ENDED,
    LIFE,
    SPENDING_TRANSITIONS,
    TRANSITIONS,
    Basis,
    Command,
    CostLine,
    Party,
    ProjectState,
    SpendingState,
)

fen = st.integers(0, 10**10)
by_party = st.fixed_dictionaries(dict.fromkeys(Party, fen))
some = by_party.filter(lambda of: sum(of.values()) > 0)


@given(total=fen, weights=some)
def test_shares_add_up_to_the_cost_and_follow_the_weights(
    total: int, weights: dict[Party, int]
) -> None:
    shares = rules.split_shares(total_fen=total, weights=weights)

    assert sum(shares.values()) == total
    whole = sum(weights.values())
    for party, weight in weights.items():
        assert abs(shares[party] * whole - total * weight) < whole


def test_without_weights_there_are_no_shares() -> None:
    with pytest.raises(ValueError):
        rules.split_shares(total_fen=1, weights=dict.fromkeys(Party, 0))


@given(received=some, data=st.data())
def test_a_surplus_never_gives_back_more_than_was_paid(
    received: dict[Party, int], data: st.DataObject
) -> None:
    surplus = data.draw(st.integers(0, sum(received.values())))

    back = rules.split_surplus(surplus_fen=surplus, received=received)

    assert sum(back.values()) == surplus
    assert all(0 <= back[party] <= received[party] for party in Party)


@given(agreed=some, data=st.data())
def test_figures_add_up_and_a_refund_leaves_nobody_a_fen(
    agreed: dict[Party, int], data: st.DataObject
) -> None:
    received = {party: data.draw(st.integers(0, agreed[party])) for party in Party}
    spent = data.draw(st.integers(0, sum(received.values())))

    open_ = rules.reckon(agreed=agreed, received=received, refunded={}, spent_fen=spent, held_fen=0)
    ended = rules.reckon(
        agreed=agreed,
        received=received,
        refunded={one.party: one.left_fen for one in open_.parties},
        spent_fen=spent,
        is_ended=True,
    )

    assert sum(one.spent_fen for one in open_.parties) == spent
    assert open_.left_fen == sum(received.values()) - spent
    assert open_.owed_fen == sum(agreed.values()) - sum(received.values())
    assert all(0 <= one.spent_fen <= one.received_fen for one in open_.parties)
    assert [one.left_fen for one in ended.parties] == [0, 0, 0]
    assert [one.spent_fen for one in ended.parties] == [one.spent_fen for one in open_.parties]


def test_a_digest_names_exactly_what_was_signed() -> None:
    def digest(amount_fen: int) -> str:
        return rules.agreement_digest(
            number="2026-07",
            version=1,
            signed_on=date(2026, 7, 15),
            basis=Basis.AGREEMENT,
            lines=[CostLine("棚架", amount_fen)],
            shares={Party.COMPANY: amount_fen, Party.PROPERTY_FIRM: 0, Party.RESIDENTS: 0},
        )

    assert digest(100) == digest(100)
    assert digest(100) != digest(101)


def test_nothing_leaves_an_ended_project() -> None:
    assert not [state for state, _ in TRANSITIONS if state in ENDED]
    assert set(LIFE) | {ProjectState.CANCELLED} == set(ProjectState)


def test_nothing_leaves_an_ended_request() -> None:
    ended = {SpendingState.PAID, SpendingState.REFUSED, SpendingState.WITHDRAWN}
    assert not [state for state, _ in SPENDING_TRANSITIONS if state in ended]


def test_every_command_leads_somewhere() -> None:
    assert {command for _, command in TRANSITIONS} == set(Command)
