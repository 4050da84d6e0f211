"""An approval is taken back after its minutes went: what is gone is a debt with a name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.make.ends import Lane, balances, earn, make_lane
from tests.make.volunteering import DAY, NOW, make_approved
from timebank.kernel import clock, ids
from timebank.ledger.errors import AccountFrozenError
from timebank.ledger.rules.values import Asset, EntryDraft, Transfer
from timebank.ledger.service import posting
from timebank.ledger.verify import proof as ledger_proof
from timebank.volunteering import verify
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.pools import pool
from timebank.volunteering.rules.gifts import Source
from timebank.volunteering.rules.leaving import LeavingKind
from timebank.volunteering.service import books, ending, leaving, pools, review, wallet

Act = Callable[[Session, Lane, int], None]


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def spend(session: Session, lane: Lane, minutes: int) -> None:
    community_id = lane.street.community.id
    accounts = ending.accounts_of(session, community_id=community_id, person_id=lane.kept_id)
    away = ending.voided_account(session, community_id=community_id)
    draft = EntryDraft(
        id=ids.new_id(),
        book_id=books.time_book(session, community_id=community_id),
        asset=Asset.MINUTES,
        kind="care.redeemed",
        effective_on=DAY,
        transfers=[Transfer(accounts.own, away, minutes)],
        memo="理发",
    )
    posting.post(session, actor=lane.street.admin, draft=draft)


def donate(session: Session, lane: Lane, minutes: int) -> None:
    pools.give_to_pool(
        session,
        actor=lane.street.volunteer,
        key=ids.new_id(),
        pool_id=lane.pool_id,
        minutes=minutes,
        source=Source.OWN,
    )


def give(session: Session, lane: Lane, minutes: int) -> None:
    actor = lane.street.volunteer
    wallet_id = wallet.open_wallet(
        session, actor=actor, month_minutes_max=600, receiver_id=lane.daughter.id
    )
    wallet.agree_to_wallet(session, actor=lane.daughter_actor, wallet_id=wallet_id)
    wallet.give_by_wallet(
        session, actor=actor, key=ids.new_id(), wallet_id=wallet_id, minutes=minutes
    )


def _take_back(session: Session, lane: Lane, record_id: int) -> None:
    review.unapprove_service(
        session, actor=lane.second, record_id=record_id, reason="没有去", key=ids.new_id()
    )


@pytest.mark.parametrize("act", [spend, donate, give])
def test_what_went_is_owed_and_what_is_there_is_taken(session: Session, act: Act) -> None:
    lane = make_lane(session)
    record_id = make_approved(session, lane.street)
    credited = session.get_one(ServiceRecord, record_id).credited_minutes or 0
    act(session, lane, credited - 20)

    _take_back(session, lane, record_id)

    assert balances(session, lane, lane.kept_id) == (0, 0, credited - 20)
    # Whoever has the minutes now keeps them: the debt is the volunteer's alone.
    given, pooled = (credited - 20 if act is one else 0 for one in (give, donate))
    assert balances(session, lane, lane.daughter.id)[0] == given
    there = pool(session, community_id=lane.street.community.id, pool_id=lane.pool_id)
    assert there.posted_minutes == pooled
    session.flush()
    assert [*verify.findings(session), *ledger_proof.findings(session)] == []


def test_other_minutes_pay_before_anything_is_owed(session: Session) -> None:
    lane = make_lane(session)
    record_id = make_approved(session, lane.street)
    credited = session.get_one(ServiceRecord, record_id).credited_minutes or 0
    spend(session, lane, credited)
    earn(session, lane, lane.kept_id, 30, on=DAY - timedelta(days=9))

    _take_back(session, lane, record_id)

    assert balances(session, lane, lane.kept_id) == (0, 0, credited - 30)


def test_nothing_is_taken_back_from_a_frozen_account_until_it_lives_again(
    session: Session,
) -> None:
    lane = make_lane(session)
    record_id = make_approved(session, lane.street)
    leaving_id = leaving.report_leaving(
        session,
        actor=lane.street.admin,
        key=ids.new_id(),
        person_id=lane.kept_id,
        kind=LeavingKind.MOVED_AWAY,
        happened_on=DAY,
        evidence="听说",
    )
    with pytest.raises(AccountFrozenError), session.begin_nested():
        _take_back(session, lane, record_id)
    leaving.undo_leaving(session, actor=lane.street.admin, leaving_id=leaving_id, reason="没有搬")

    _take_back(session, lane, record_id)

    assert balances(session, lane, lane.kept_id) == (0, 0, 0)
