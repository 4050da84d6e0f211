"""Netting sheets: a month in both books, signed by both sides, and what is settled of it."""

from datetime import date, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.neighbours import House, agree, earn, have, make_houses
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.volunteering import verify
from timebank.volunteering.errors import clearing as errors
from timebank.volunteering.models.clearing_sheets import ClearingSheet
from timebank.volunteering.models.clearing_transfers import ClearingTransfer
from timebank.volunteering.queries import clearing as reads
from timebank.volunteering.queries import clearing_sheets as sheet_reads
from timebank.volunteering.rules import clearing as rules
from timebank.volunteering.rules.clearing import Terms, TransferState
from timebank.volunteering.service import (
    clearing_deciding,
    clearing_reversals,
    clearing_sending,
    clearing_settling,
    clearing_sheets,
)

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)


def _at(text: str) -> Any:
    return clock.fixed_at(datetime.fromisoformat(f"{text}T10:00:00+08:00"))


def _send(session: Session, one: House, other: House, minutes: int) -> int:
    return clearing_sending.send(
        session, actor=one.member, key=ids.new_id(), to_person_id=other.person.id, minutes=minutes
    )


def _spring(session: Session) -> tuple[House, House, int]:
    """Two communities between which minutes passed in March and April."""
    with _at("2026-03-02"):
        here, there = make_houses(session)
        pair_id = agree(session, here, there, is_automatic=True)
        earn(session, here, 1000)
        _send(session, here, there, 90)
        sent = _send(session, here, there, 30)
    with _at("2026-04-05"):
        clearing_reversals.ask_reversal(
            session, actor=there.admin, transfer_id=sent, reason="转重了"
        )
        clearing_reversals.agree_reversal(session, actor=here.admin, transfer_id=sent)
        _send(session, here, there, 40)
    return here, there, pair_id


def _make(session: Session, actor: Actor, pair_id: int, month: date) -> int:
    return clearing_sheets.make_sheet(session, actor=actor, pair_id=pair_id, month=month)


@pytest.mark.parametrize(
    ("position", "low_owes", "left"),
    [(0, 101, 100), (100, 1, 0), (-80, 181, 180), (0, -51, 50), (70, -121, 120), (150, 1, 0)],
)
def test_the_limit_counts_from_where_the_two_stand(position: int, low_owes: int, left: int) -> None:
    terms = Terms(1, low_limit_minutes=100, high_limit_minutes=50, is_automatic=False)
    with pytest.raises(errors.ClearingLimitError) as caught:
        rules.check_limit(terms, position=position, low_owes_minutes=low_owes)
    assert caught.value.facts["left"] == left
    if left:
        step = left if low_owes > 0 else -left
        rules.check_limit(terms, position=position, low_owes_minutes=step)


def test_sheets_come_month_by_month_and_close_where_the_next_one_opens(session: Session) -> None:
    here, there, pair_id = _spring(session)
    with _at("2026-04-20"):
        with pytest.raises(errors.SheetOrderError):
            _make(session, here.admin, pair_id, date(2026, 2, 1))
        first = _make(session, there.admin, pair_id, MARCH)
        assert _make(session, here.admin, pair_id, MARCH) == first
        with pytest.raises(errors.MonthNotOverError):
            _make(session, here.admin, pair_id, APRIL)
    with _at("2026-06-02"):
        assert clearing_sheets.make_sheets(session, {}) == 2
        assert clearing_sheets.make_sheets(session, {}) == 0
    ours = sheet_reads.sheets(session, community_id=here.id, pair_id=pair_id)
    theirs = sheet_reads.sheets(session, community_id=there.id, pair_id=pair_id)
    figures = [
        (one.opening_minutes, one.sent_minutes, one.received_minutes, one.closing_minutes)
        for one in ours
    ]
    assert figures == [(130, 0, 0, 130), (120, 40, 30, 130), (0, 120, 0, 120)]
    assert [-one.closing_minutes for one in theirs] == [130, 130, 120]
    lines = sheet_reads.sheet_lines(session, community_id=there.id, sheet_id=ours[1].id)
    assert [(one.kind, one.we_owe_minutes, one.agrees) for one in lines] == [
        ("reversal", 30, True),
        ("transfer", -40, True),
    ]


def test_a_sheet_is_signed_once_by_each_side_and_then_never_changes(session: Session) -> None:
    here, there, pair_id = _spring(session)
    with _at("2026-04-20"):
        sheet_id = _make(session, here.admin, pair_id, MARCH)
        with pytest.raises(errors.SheetUnsignedError):
            clearing_settling.propose_settlement(
                session, actor=here.admin, sheet_id=sheet_id, minutes=1, how="义诊"
            )
        for side in (here, there):
            clearing_sheets.sign_sheet(session, actor=side.admin, sheet_id=sheet_id)
            with pytest.raises(errors.SheetSignedError):
                clearing_sheets.sign_sheet(session, actor=side.admin, sheet_id=sheet_id)
    session.commit()
    one = update(ClearingSheet).where(ClearingSheet.id == sheet_id)
    for change, rule in (
        ({"closing_minutes": 1, "opening_minutes": -119}, "clearing_sheet_fixed"),
        ({"low_signed_by_name": "别人"}, "clearing_sheet_low_signed"),
        (
            {"high_signed_at": None, "high_signed_by_user_id": None},
            "clearing_sheet_high_signed",
        ),
        ({"high_signed_by_user_id": here.admin.user_id}, "clearing_sheet_high_sign"),
    ):
        with pytest.raises(DBAPIError, match=rule), session.begin_nested():
            session.execute(one.values(**change))
    row = session.scalars(select(ClearingSheet)).one()
    again = {
        column.name: getattr(row, column.name)
        for column in ClearingSheet.__table__.columns
        if column.name not in {"id", "low_signed_at", "low_signed_by_user_id"}
    } | {"high_signed_at": None, "high_signed_by_user_id": None}
    for other, rule in (
        ({"month": date(2026, 6, 1)}, "clearing_sheet_(order|sums)"),
        ({"month": APRIL}, "clearing_sheet_sums"),
    ):
        with pytest.raises(DBAPIError, match=rule), session.begin_nested():
            session.execute(insert(ClearingSheet).values(again | other))
    assert list(verify.findings(session)) == []


def test_what_is_owed_is_settled_by_both_and_stands_on_the_next_sheet(session: Session) -> None:
    here, there, pair_id = _spring(session)
    with _at("2026-05-03"):
        clearing_sheets.make_sheets(session, {})
        latest = sheet_reads.sheets(session, community_id=here.id, pair_id=pair_id)[0]
        for side in (here, there):
            clearing_sheets.sign_sheet(session, actor=side.admin, sheet_id=latest.id)
        with pytest.raises(errors.SettlesTooMuchError):
            clearing_settling.propose_settlement(
                session, actor=here.admin, sheet_id=latest.id, minutes=131, how="义诊两场"
            )
        settlement_id = clearing_settling.propose_settlement(
            session, actor=here.admin, sheet_id=latest.id, minutes=100, how="义诊两场"
        )
        with pytest.raises(errors.OwnProposalError):
            clearing_settling.sign_settlement(
                session, actor=here.admin, settlement_id=settlement_id
            )
        clearing_settling.sign_settlement(session, actor=there.admin, settlement_id=settlement_id)
        with pytest.raises(errors.SettlementDecidedError):
            clearing_settling.withdraw_settlement(
                session, actor=here.admin, settlement_id=settlement_id
            )
    assert reads.pairs(session, here.id)[0].we_owe_minutes == 30
    with _at("2026-06-01"):
        clearing_sheets.make_sheets(session, {})
    sheet = sheet_reads.sheets(session, community_id=there.id, pair_id=pair_id)[0]
    assert (sheet.opening_minutes, sheet.sent_minutes, sheet.closing_minutes) == (-130, 100, -30)
    assert list(verify.findings(session)) == []


@pytest.mark.parametrize("seed", [2])
def test_random_transfers_among_three_keep_every_minute(session: Session, seed: int) -> None:
    random = Random(seed)
    with _at("2024-01-10"):
        houses = make_houses(session, 3)
        pairs = [
            agree(session, one, other, we_may_owe=400, they_may_owe=300, is_automatic=bool(n))
            for n, (one, other) in enumerate(combinations(houses, 2))
        ]
        for house in houses:
            earn(session, house, 900)
    moment = datetime.fromisoformat("2024-01-11T10:00:00+08:00")
    for _ in range(28):
        moment += timedelta(days=random.randrange(1, 60))
        with clock.fixed_at(moment):
            try:
                with session.begin_nested():
                    _act(session, random, houses)
            except DomainError:
                pass
            if random.random() < 0.2:
                clearing_sheets.make_sheets(session, {})
            _check(session, houses)
    assert list(verify.findings(session)) == []
    assert len({one.pair_id for one in session.scalars(select(ClearingSheet))}) == len(pairs)


def _act(session: Session, random: Random, houses: list[House]) -> None:
    """Send, accept, or take something back, as chance has it."""
    one, other = random.sample(houses, 2)
    wanted = select(ClearingTransfer).order_by(ClearingTransfer.id)
    state = random.choice([None, None, TransferState.REQUESTED, TransferState.DONE])
    found = session.scalars(wanted.where(ClearingTransfer.state == state)).all() if state else []
    if not found:
        _send(session, one, other, random.randrange(1, 300))
        return
    row = random.choice(found)
    sides = {house.id: house for house in houses}
    sender, receiver = sides[row.community_id], sides[row.to_community_id]
    if state is TransferState.REQUESTED:
        act = random.choice([clearing_deciding.accept, clearing_deciding.accept, _refuse])
        act(session, actor=receiver.manager, transfer_id=row.id)
        return
    clearing_reversals.ask_reversal(session, actor=sender.admin, transfer_id=row.id, reason="转错")
    clearing_reversals.agree_reversal(session, actor=receiver.admin, transfer_id=row.id)


def _refuse(session: Session, *, actor: Actor, transfer_id: int) -> None:
    clearing_deciding.refuse(session, actor=actor, transfer_id=transfer_id, reason="核实不了")


def _check(session: Session, houses: list[House]) -> None:
    """No minute is lost or doubled, and what one claims the other owes."""
    owed: dict[tuple[int, int], int] = {}
    debts = 0
    for house in houses:
        views = ledger_accounts.accounts(session, community_id=house.id).items
        for state in ledger_accounts.states(session, [one.id for one in views]).values():
            kind, _, other = state.account.code.partition(":")
            if kind == "clearing":
                owed[house.id, int(other)] = state.balance.posted
            if kind == "debt":
                debts += state.balance.posted
    assert all(owed[a, b] == -owed[b, a] for a, b in owed)
    assert sum(have(session, house)[0] for house in houses) - debts == 2700
