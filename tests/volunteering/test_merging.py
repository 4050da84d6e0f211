"""Two records of one human become one: every lot, debt and cap goes along, by four eyes."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import ends
from tests.make.access import make_actor
from tests.make.community import make_person
from tests.make.ends import Lane, balances, earn, make_lane, make_merged, owe, own_lots
from tests.make.volunteering import DAY, NOW, make_approved, make_facts
from timebank.access import queries as access_queries
from timebank.community import queries as community_queries
from timebank.community.models import Kinship, Person
from timebank.kernel import clock, ids
from timebank.kernel.errors import DomainError
from timebank.ledger.errors import AccountFrozenError
from timebank.ledger.verify import proof as ledger_proof
from timebank.volunteering import verify
from timebank.volunteering.errors import merging as errors
from timebank.volunteering.models.expiry import ExpiryNotice
from timebank.volunteering.models.merging import AccountMerge
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import members
from timebank.volunteering.queries import merging as queries
from timebank.volunteering.rules import merging as rules
from timebank.volunteering.rules.gifts import Source
from timebank.volunteering.rules.merging import Alike, Likeness, MergeState, Obstacle, Record
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.service import merging, pools, records, review

MARCH, MAY = date(2026, 3, 1), date(2026, 5, 1)


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


@pytest.fixture
def lane(session: Session) -> Lane:
    return make_lane(session)


def _all_right(session: Session) -> None:
    session.flush()
    assert [*verify.findings(session), *ledger_proof.findings(session)] == []


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def test_records_look_like_one_human_when_two_of_name_birthday_and_phone_agree() -> None:
    born = date(1958, 4, 1)
    one = Alike("周秀兰", born, "p1", 7)

    assert rules.is_likely_one(rules.likenesses(one, Alike("周秀兰", born, None, None)))
    assert rules.is_likely_one(rules.likenesses(one, Alike("周秀蓝", born, "p1", None)))
    assert not rules.is_likely_one(rules.likenesses(one, Alike("周秀兰", None, None, 7)))
    unknown = Alike("周秀兰", None, None, None)
    assert rules.likenesses(unknown, unknown) == {Likeness.NAME}


@pytest.mark.parametrize(
    ("old", "kept", "refusal"),
    [
        (Record(1, True, False, False), Record(1, True, False, False), errors.MergeWithSelfError),
        (
            Record(1, False, False, False),
            Record(2, True, False, False),
            errors.MergeClosedPersonError,
        ),
        (
            Record(1, True, True, False),
            Record(2, True, True, False),
            errors.MergeOtherIdNumberError,
        ),
        (
            Record(1, True, True, False),
            Record(2, True, False, False),
            errors.MergeKeepsIdNumberError,
        ),
        (Record(1, True, False, True), Record(2, True, False, False), errors.MergeChainError),
    ],
)
def test_what_cannot_become_one(old: Record, kept: Record, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        rules.check_pair(old=old, kept=kept)


def test_all_minutes_go_along_with_their_days_their_restriction_and_the_debt(
    session: Session, lane: Lane
) -> None:
    earn(session, lane, lane.old_id, 40, on=MARCH)
    earn(session, lane, lane.old_id, 20, on=MAY)
    earn(session, lane, lane.old_id, 15, on=MAY, donation=True)
    owe(session, lane, lane.old_id, 5)
    earn(session, lane, lane.kept_id, 30, on=MARCH + timedelta(days=9))

    merge_id = make_merged(session, lane)

    assert balances(session, lane, lane.old_id) == (0, 0, 0)
    assert balances(session, lane, lane.kept_id) == (90, 15, 5)
    assert own_lots(session, lane, lane.kept_id) == [
        (MARCH, 40),
        (MARCH + timedelta(days=9), 30),
        (MAY, 20),
    ]
    view = queries.merge(session, actor=lane.street.admin, merge_id=merge_id)
    assert (view.own_minutes, view.donation_minutes, view.debt_minutes) == (60, 15, 5)
    _all_right(session)


def test_the_old_record_is_closed_with_a_pointer_and_its_account_takes_part_in_nothing(
    session: Session, lane: Lane
) -> None:
    make_merged(session, lane)

    old = session.get_one(Person, lane.old_id)
    assert (old.is_active, old.merged_into_id) == (False, lane.kept_id)
    with pytest.raises(AccountFrozenError):
        earn(session, lane, lane.old_id, 5, on=DAY)
    reach = lane.street.admin.reach("person.search")

    def found(*, closed: bool) -> dict[int, int | None]:
        people = community_queries.search_persons(
            session,
            community_id=lane.street.community.id,
            text="周秀兰",
            reach=reach,
            closed=closed,
        )
        return {one.id: one.merged_into_id for one in people}

    assert lane.old_id not in found(closed=False)
    assert found(closed=True) == {lane.old_id: lane.kept_id}


def test_nobody_decides_what_they_proposed_nor_about_their_own(
    session: Session, lane: Lane
) -> None:
    merge_id = ends.propose_merge(session, lane)
    community_id = lane.street.community.id
    kin = make_actor(session, community_id=community_id, person_id=lane.daughter.id, name="周敏")
    own = make_actor(session, community_id=community_id, person_id=lane.kept_id, name="周秀兰")

    for actor, refusal in (
        (lane.street.admin, errors.DecidesOwnProposalError),
        (kin, errors.DecidesForOwnError),
        (own, errors.DecidesForOwnError),
    ):
        with pytest.raises(refusal):
            merging.merge(session, actor=actor, merge_id=merge_id)
    with pytest.raises(errors.DecidesForOwnError):
        merging.propose_merge(
            session,
            actor=own,
            key=ids.new_id(),
            old_id=lane.old_id,
            kept_id=lane.kept_id,
            evidence="是我",
        )
    assert session.get_one(AccountMerge, merge_id).state == MergeState.PROPOSED


def test_what_is_going_on_at_the_old_record_is_listed_and_must_end_first(
    session: Session, lane: Lane
) -> None:
    make_actor(session, community_id=lane.street.community.id, person_id=lane.old_id)
    facts = make_facts(lane.street)
    records.record_service(
        session, actor=lane.street.officer, facts=facts, volunteer_id=lane.old_id
    )
    merge_id = ends.propose_merge(session, lane)

    assert queries.obstacles(
        session, community_id=lane.street.community.id, person_id=lane.old_id
    ) == [Obstacle.RECORDS, Obstacle.STAFF_LOGIN]
    with pytest.raises(errors.MergeBlockedError):
        merging.merge(session, actor=lane.second, merge_id=merge_id)


def test_kin_warnings_and_the_login_stand_for_the_record_that_stays(
    session: Session, lane: Lane
) -> None:
    community_id = lane.street.community.id
    son = make_person(session, community_id=community_id, name="周强")
    for one, other in ((lane.old_id, son.id), (son.id, lane.old_id)):
        session.add(
            Kinship(
                community_id=community_id,
                person_id=one,
                relative_id=other,
                kind="child" if one == lane.old_id else "parent",
                verified_on=MAY,
            )
        )
    session.add(
        ExpiryNotice(
            community_id=community_id,
            person_id=lane.old_id,
            due_on=date(2027, 3, 1),
            days=90,
            minutes=40,
            given_on=MAY,
            given_at=NOW,
        )
    )
    login = make_actor(
        session,
        community_id=community_id,
        roles=(("volunteer", "own", None),),
        person_id=lane.old_id,
    )

    make_merged(session, lane)

    assert community_queries.are_kin(session, lane.kept_id, son.id)
    notices = session.query(ExpiryNotice).filter_by(person_id=lane.kept_id).all()
    assert [(one.due_on, one.days) for one in notices] == [(date(2027, 3, 1), 90)]
    assert login.user_id is not None
    # The record that stays has a login of its own, so the second one is closed.
    gone = access_queries.user(session, community_id=community_id, user_id=login.user_id)
    assert not gone.is_active


def test_caps_count_what_both_records_earned(session: Session, lane: Lane) -> None:
    record_id = make_approved(session, lane.street)
    row = session.get_one(ServiceRecord, record_id)
    served, credited = row.served_on, row.credited_minutes or 0
    other = ends.propose_merge(session, lane, old_id=lane.kept_id, kept_id=lane.old_id)
    merging.merge(session, actor=lane.second, merge_id=other)

    tally = members.tally(session, [lane.old_id], since=served.replace(day=1))
    room = tally.room(
        volunteer_id=lane.old_id,
        recipient_id=lane.street.elder_person.id,
        served_on=served,
        policy=Policy(lifetime_minutes_max=100, pair_minutes_max=credited, month_minutes_max=120),
    )

    assert members.earned_minutes(session, lane.old_id) == credited
    assert (room.month, room.pair, room.lifetime) == (120 - credited, 0, 100 - credited)


def test_an_approval_before_the_merge_is_taken_back_from_where_its_minutes_are_now(
    session: Session, lane: Lane
) -> None:
    record_id = make_approved(session, lane.street)
    credited = session.get_one(ServiceRecord, record_id).credited_minutes or 0
    earn(session, lane, lane.old_id, 10, on=MARCH)
    other = ends.propose_merge(session, lane, old_id=lane.kept_id, kept_id=lane.old_id)
    merging.merge(session, actor=lane.second, merge_id=other)

    review.unapprove_service(
        session, actor=lane.second, record_id=record_id, reason="没有去", key=ids.new_id()
    )

    assert balances(session, lane, lane.old_id)[0] == 10
    assert balances(session, lane, lane.kept_id) == (0, 0, 0)
    assert credited > 0
    _all_right(session)


def test_undone_by_two_everything_is_as_before(session: Session, lane: Lane) -> None:
    earn(session, lane, lane.old_id, 40, on=MARCH)
    owe(session, lane, lane.old_id, 5)
    merge_id = make_merged(session, lane)

    merging.ask_undo(session, actor=lane.second, merge_id=merge_id, reason="是姐妹俩")
    with pytest.raises(errors.DecidesOwnProposalError):
        merging.undo_merge(session, actor=lane.second, merge_id=merge_id)
    merging.undo_merge(session, actor=lane.street.admin, merge_id=merge_id)

    assert balances(session, lane, lane.old_id) == (40, 0, 5)
    assert own_lots(session, lane, lane.old_id) == [(MARCH, 40)]
    assert balances(session, lane, lane.kept_id) == (0, 0, 0)
    old = session.get_one(Person, lane.old_id)
    assert (old.is_active, old.merged_into_id) == (True, None)
    earn(session, lane, lane.old_id, 5, on=DAY)
    _all_right(session)


def test_what_was_used_since_or_is_too_long_ago_is_not_undone(session: Session, lane: Lane) -> None:
    earn(session, lane, lane.old_id, 40, on=MARCH)
    merge_id = make_merged(session, lane)

    with clock.fixed_at(NOW + timedelta(days=31)), pytest.raises(errors.MergeUndoLateError):
        merging.ask_undo(session, actor=lane.second, merge_id=merge_id, reason="晚了")
    pools.give_to_pool(
        session,
        actor=lane.street.volunteer,
        key=ids.new_id(),
        pool_id=lane.pool_id,
        minutes=15,
        source=Source.OWN,
    )
    with pytest.raises(errors.MergeUndoSpentError) as caught:
        merging.ask_undo(session, actor=lane.second, merge_id=merge_id, reason="两个人")
    assert caught.value.facts["minutes"] == 15


def test_one_record_waits_for_one_merge_at_a_time(session: Session, lane: Lane) -> None:
    first = ends.propose_merge(session, lane)
    with pytest.raises(errors.MergeThereError):
        ends.propose_merge(session, lane, old_id=lane.kept_id, kept_id=lane.old_id)

    merging.refuse_merge(session, actor=lane.second, merge_id=first, reason="不是一个人")
    with pytest.raises(errors.MergeDecidedError):
        merging.merge(session, actor=lane.second, merge_id=first)

    ends.propose_merge(session, lane)


def test_the_database_refuses_one_hand_other_words_and_ways_back(
    session: Session, lane: Lane
) -> None:
    merge_id = ends.propose_merge(session, lane)
    of_it = AccountMerge.id == merge_id
    by_one = {
        "state": "merged",
        "decided_at": NOW,
        "decided_by_user_id": lane.street.admin.user_id,
    }
    _refused(session, update(AccountMerge).where(of_it).values(**by_one), "decided_by_another")
    _refused(session, update(AccountMerge).where(of_it).values(state="undone"), "account_merge")
    _refused(
        session, update(AccountMerge).where(of_it).values(evidence="另写"), "account_merge_asked"
    )
    _refused(session, delete(AccountMerge).where(of_it), "account_merge_kept|permission denied")
    merging.merge(session, actor=lane.second, merge_id=merge_id)
    _refused(session, update(AccountMerge).where(of_it).values(state="proposed"), "account_merge")
    _refused(
        session, update(AccountMerge).where(of_it).values(own_minutes=9), "account_merge_fixed"
    )
    _refused(
        session,
        update(Person).where(Person.id == lane.old_id).values(is_active=True),
        "merged_means_closed",
    )


def test_likely_doubles_are_suggested_with_reasons(session: Session, lane: Lane) -> None:
    community_id = lane.street.community.id
    make_person(session, community_id=community_id, name="周敏", born_on=None)

    found = queries.twins(
        session, community_id=community_id, reach=lane.street.admin.reach("account.end")
    )

    assert [(one.name, one.likenesses) for one in found] == [
        ("周秀兰", (Likeness.NAME, Likeness.BIRTHDAY))
    ]
