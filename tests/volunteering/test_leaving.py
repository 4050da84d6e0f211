"""A death or a move away: frozen at once, claimed by kin, given or void, by four eyes."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.ends import Lane, balances, earn, make_lane, owe, own_lots
from tests.make.policy import make_policy
from tests.make.volunteering import DAY, NOW, make_confirmed
from timebank.access import queries as access_queries
from timebank.community.models import Person
from timebank.kernel import clock, ids
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.verify import proof as ledger_proof
from timebank.volunteering import verify
from timebank.volunteering.errors import leaving as errors
from timebank.volunteering.errors import merging as merge_errors
from timebank.volunteering.errors.records import VolunteersFrozenError
from timebank.volunteering.models.leaving import AccountDisposition, AccountLeaving
from timebank.volunteering.queries import leaving as queries
from timebank.volunteering.queries.pools import pool
from timebank.volunteering.rules import leaving as rules
from timebank.volunteering.rules.gifts import Kin
from timebank.volunteering.rules.leaving import (
    Ground,
    LeavingKind,
    LeavingState,
    Outcome,
    Wish,
)
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.service import dispositions, ending, leaving, review

MARCH = date(2026, 3, 1)
DUE = date(2027, 5, 17)


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


@pytest.fixture
def lane(session: Session) -> Lane:
    return make_lane(session)


def _report(session: Session, lane: Lane, kind: LeavingKind = LeavingKind.DEATH) -> int:
    return leaving.report_leaving(
        session,
        actor=lane.street.admin,
        key=ids.new_id(),
        person_id=lane.kept_id,
        kind=kind,
        happened_on=DAY - timedelta(days=3),
        evidence="看过死亡证明",
    )


def _propose(session: Session, lane: Lane, leaving_id: int, wish: Wish) -> None:
    leaving.propose_outcome(
        session, actor=lane.street.admin, leaving_id=leaving_id, wish=wish, reason="女儿来认领"
    )


def _all_right(session: Session) -> None:
    session.flush()
    assert [*verify.findings(session), *ledger_proof.findings(session)] == []


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


KIN, POOL, VOID = Wish(Outcome.KIN, kin_id=7), Wish(Outcome.POOL, pool_id=3), Wish(Outcome.VOID)


@pytest.mark.parametrize(
    ("wish", "own", "can_own", "today", "told"),
    [
        (KIN, None, False, DUE, Ground.CLAIM),
        (VOID, None, False, DUE, errors.TooEarlyToGiveUpError),
        (VOID, None, False, DUE + timedelta(days=1), Ground.NOBODY_CAME),
        (POOL, POOL, True, DAY, Ground.OWN_CHOICE),
        (KIN, POOL, True, DAY, errors.OwnChoiceBindsError),
        (KIN, POOL, False, DAY, Ground.CLAIM),
    ],
)
def test_by_whose_word_it_stands(
    wish: Wish, own: Wish | None, can_own: bool, today: date, told: Any
) -> None:
    def ask() -> Ground:
        return rules.ground_of(wish, own=own, can_own=can_own, due_on=DUE, today=today)

    if isinstance(told, Ground):
        assert ask() is told
        return
    with pytest.raises(told):
        ask()


@pytest.mark.parametrize(
    ("circle", "kin", "may"),
    [
        (Circle.LINEAL, Kin("child", True), True),
        (Circle.LINEAL, Kin("child", False), False),
        (Circle.LINEAL, Kin("sibling", True), False),
        (Circle.KIN_AND_FRIENDS, Kin("sibling", True), True),
        (Circle.KIN_AND_FRIENDS, None, False),
        (Circle.NOBODY, Kin("spouse", True), False),
    ],
)
def test_who_may_claim(circle: Circle, kin: Kin | None, may: bool) -> None:
    assert rules.may_claim(Policy(circle=circle), kin) is may


def test_from_the_report_on_the_account_takes_part_in_nothing(session: Session, lane: Lane) -> None:
    earn(session, lane, lane.kept_id, 40, on=MARCH)
    record_id = make_confirmed(session, lane.street)

    leaving_id = _report(session, lane)

    with pytest.raises(VolunteersFrozenError):
        review.approve_service(
            session, actor=lane.street.officer, record_id=record_id, key=ids.new_id()
        )
    login = lane.street.volunteer.user_id
    assert login is not None
    community_id = lane.street.community.id
    assert not access_queries.user(session, community_id=community_id, user_id=login).is_active
    view = queries.leaving(session, actor=lane.street.admin, leaving_id=leaving_id)
    assert (view.state, view.due_on) == (LeavingState.FROZEN, DAY + timedelta(days=180))
    with pytest.raises(errors.LeavingThereError):
        _report(session, lane)


def test_the_term_is_that_of_the_policy_in_force_and_the_report_keeps_its_version(
    session: Session, lane: Lane
) -> None:
    later = timedelta(days=1)
    version = make_policy(session, lane.street, Policy(claim_days=90), in_force_on=DAY + later)

    with clock.fixed_at(NOW + later):
        leaving_id = _report(session, lane)

    view = queries.leaving(session, actor=lane.street.admin, leaving_id=leaving_id)
    assert (view.policy_version, view.due_on) == (version, DAY + timedelta(days=91))
    row = session.get_one(AccountLeaving, leaving_id)
    told = {one.name: getattr(row, one.name) for one in AccountLeaving.__table__.columns}
    told["key"] = ids.new_id()
    del told["id"]
    told["person_id"] = lane.street.elder_person.id
    for wrong in ({"due_on": DAY + timedelta(days=180)}, {"policy_version": 9}):
        with pytest.raises(IntegrityError, match="account_leaving_term"), session.begin_nested():
            session.execute(insert(AccountLeaving).values({**told, **wrong}))


def test_kin_claim_every_lot_with_its_day_and_debts_are_paid_first(
    session: Session, lane: Lane
) -> None:
    earn(session, lane, lane.kept_id, 40, on=MARCH)
    earn(session, lane, lane.kept_id, 20, on=DAY)
    earn(session, lane, lane.kept_id, 15, on=MARCH, donation=True)
    owe(session, lane, lane.kept_id, 10)
    leaving_id = _report(session, lane)
    _propose(session, lane, leaving_id, Wish(Outcome.KIN, kin_id=lane.daughter.id))

    leaving.settle(session, actor=lane.second, leaving_id=leaving_id)

    assert balances(session, lane, lane.kept_id) == (0, 0, 0)
    assert balances(session, lane, lane.daughter.id) == (50, 15, 0)
    assert own_lots(session, lane, lane.daughter.id) == [(MARCH, 30), (DAY, 20)]
    assert not session.get_one(Person, lane.kept_id).is_active
    view = queries.leaving(session, actor=lane.street.admin, leaving_id=leaving_id)
    assert (view.own_minutes, view.donation_minutes, view.debt_minutes) == (50, 15, 10)
    _all_right(session)


def test_after_the_time_to_claim_it_is_given_to_a_pool_or_void_and_debts_are_written_off(
    session: Session, lane: Lane
) -> None:
    earn(session, lane, lane.kept_id, 5, on=MARCH)
    earn(session, lane, lane.kept_id, 15, on=MARCH, donation=True)
    owe(session, lane, lane.kept_id, 25)
    leaving_id = _report(session, lane)
    with pytest.raises(errors.TooEarlyToGiveUpError):
        _propose(session, lane, leaving_id, VOID)

    with clock.fixed_at(NOW + timedelta(days=181)):
        leaving.remind_everywhere(session, {})
        due = queries.leaving(session, actor=lane.street.admin, leaving_id=leaving_id)
        assert (due.is_due, due.state) == (True, LeavingState.FROZEN)
        _propose(session, lane, leaving_id, Wish(Outcome.POOL, pool_id=lane.pool_id))
        leaving.settle(session, actor=lane.second, leaving_id=leaving_id)

    community_id = lane.street.community.id
    assert pool(session, community_id=community_id, pool_id=lane.pool_id).posted_minutes == 15
    off = ending.written_off_account(session, community_id=community_id)
    assert ledger_accounts.balance(session, off).posted == 20
    _all_right(session)


def test_the_own_choice_applies_before_anybody_claims(session: Session, lane: Lane) -> None:
    dispositions.choose(session, actor=lane.street.volunteer, wish=VOID)
    dispositions.choose(
        session, actor=lane.street.volunteer, wish=Wish(Outcome.POOL, pool_id=lane.pool_id)
    )
    earn(session, lane, lane.kept_id, 40, on=MARCH)
    leaving_id = _report(session, lane)

    with pytest.raises(errors.OwnChoiceBindsError):
        _propose(session, lane, leaving_id, Wish(Outcome.KIN, kin_id=lane.daughter.id))
    _propose(session, lane, leaving_id, Wish(Outcome.POOL, pool_id=lane.pool_id))
    leaving.settle(session, actor=lane.second, leaving_id=leaving_id)

    view = queries.leaving(session, actor=lane.street.admin, leaving_id=leaving_id)
    assert (view.ground, view.own_minutes) == (Ground.OWN_CHOICE, 40)
    _all_right(session)


def test_void_minutes_stand_on_an_account_of_their_own(session: Session, lane: Lane) -> None:
    dispositions.choose(session, actor=lane.street.volunteer, wish=VOID)
    earn(session, lane, lane.kept_id, 40, on=MARCH)
    leaving_id = _report(session, lane, LeavingKind.MOVED_AWAY)
    _propose(session, lane, leaving_id, VOID)

    leaving.settle(session, actor=lane.second, leaving_id=leaving_id)

    voided = ending.voided_account(session, community_id=lane.street.community.id)
    assert ledger_accounts.balance(session, voided).posted == 40
    _all_right(session)


def test_a_choice_names_kin_whose_proof_was_seen_and_can_be_taken_back(
    session: Session, lane: Lane
) -> None:
    stranger = lane.street.elder_person.id
    with pytest.raises(errors.DispositionKinError):
        dispositions.choose(
            session, actor=lane.street.volunteer, wish=Wish(Outcome.KIN, kin_id=stranger)
        )
    with pytest.raises(errors.ClaimantMissingError):
        dispositions.choose(session, actor=lane.street.volunteer, wish=Wish(Outcome.KIN))
    dispositions.choose(
        session, actor=lane.street.volunteer, wish=Wish(Outcome.KIN, kin_id=lane.daughter.id)
    )

    chosen = queries.disposition(session, person_id=lane.kept_id)
    assert chosen is not None
    assert (chosen.outcome, chosen.kin_name) == (Outcome.KIN, "周敏")
    dispositions.withdraw(session, actor=lane.street.volunteer)
    assert queries.disposition(session, person_id=lane.kept_id) is None


def test_whoever_claims_is_within_the_circle(session: Session, lane: Lane) -> None:
    leaving_id = _report(session, lane)

    with pytest.raises(errors.ClaimOutsideCircleError):
        _propose(session, lane, leaving_id, Wish(Outcome.KIN, kin_id=lane.street.elder_person.id))


def test_nobody_settles_what_they_proposed_nor_for_their_own(session: Session, lane: Lane) -> None:
    earn(session, lane, lane.kept_id, 40, on=MARCH)
    leaving_id = _report(session, lane)
    _propose(session, lane, leaving_id, Wish(Outcome.KIN, kin_id=lane.daughter.id))
    near = make_actor(
        session, community_id=lane.street.community.id, person_id=lane.daughter.id, name="周敏"
    )
    refusals: tuple[tuple[Any, type[DomainError]], ...] = (
        (lane.street.admin, merge_errors.DecidesOwnProposalError),
        (near, merge_errors.DecidesForOwnError),
    )

    for actor, refusal in refusals:
        with pytest.raises(refusal):
            leaving.settle(session, actor=actor, leaving_id=leaving_id)

    assert balances(session, lane, lane.kept_id)[0] == 40


def test_a_mistaken_report_is_undone_and_the_person_lives(session: Session, lane: Lane) -> None:
    earn(session, lane, lane.kept_id, 40, on=MARCH)
    leaving_id = _report(session, lane)
    _propose(session, lane, leaving_id, Wish(Outcome.KIN, kin_id=lane.daughter.id))

    leaving.undo_leaving(
        session, actor=lane.street.admin, leaving_id=leaving_id, reason="同名同姓，弄错了"
    )

    earn(session, lane, lane.kept_id, 5, on=DAY)
    assert own_lots(session, lane, lane.kept_id) == [(MARCH, 40), (DAY, 5)]
    login = lane.street.volunteer.user_id
    assert login is not None
    community_id = lane.street.community.id
    assert access_queries.user(session, community_id=community_id, user_id=login).is_active
    with pytest.raises(errors.LeavingDecidedError):
        leaving.settle(session, actor=lane.second, leaving_id=leaving_id)
    _report(session, lane)
    _all_right(session)


def test_kin_see_what_they_may_claim_and_until_when(session: Session, lane: Lane) -> None:
    _report(session, lane)

    (found,) = queries.of_own_people(session, actor=lane.daughter_actor)

    assert (found.person_id, found.due_on) == (lane.kept_id, DAY + timedelta(days=180))
    assert queries.of_own_people(session, actor=lane.street.elder) == []


def test_the_database_refuses_one_hand_other_words_and_ways_back(
    session: Session, lane: Lane
) -> None:
    leaving_id = _report(session, lane)
    of_it = AccountLeaving.id == leaving_id
    _refused(
        session, update(AccountLeaving).where(of_it).values(state="settled"), "account_leaving"
    )
    _refused(
        session, update(AccountLeaving).where(of_it).values(evidence="另写"), "account_leaving_told"
    )
    _propose(session, lane, leaving_id, Wish(Outcome.KIN, kin_id=lane.daughter.id))
    by_one = {
        "state": "settled",
        "settled_at": NOW,
        "settled_by_user_id": lane.street.admin.user_id,
    }
    _refused(session, update(AccountLeaving).where(of_it).values(**by_one), "settled_by_another")
    other = by_one | {"settled_by_user_id": lane.second.user_id, "claimant_id": lane.twin.id}
    _refused(session, update(AccountLeaving).where(of_it).values(**other), "account_leaving_agreed")
    _refused(session, delete(AccountLeaving).where(of_it), "account_leaving_kept|permission denied")
    leaving.settle(session, actor=lane.second, leaving_id=leaving_id)
    _refused(session, update(AccountLeaving).where(of_it).values(state="undone"), "account_leaving")
    _refused(session, update(AccountLeaving).where(of_it).values(own_minutes=9), "account_leaving")
    dispositions.choose(session, actor=lane.daughter_actor, wish=VOID)
    _refused(session, update(AccountDisposition).values(outcome="kin"), "account_disposition")
