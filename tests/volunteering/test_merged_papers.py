"""What an older record of a human has, papers and rights, the one that stays can see and use."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import ends
from tests.make.desk import make_officer
from tests.make.ends import make_lane
from tests.make.volunteering import NOW, Street, make_approved, make_confirmed
from timebank.access import queries as access_queries
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, Channel
from timebank.notices.models.messages import Message
from timebank.volunteering import verify
from timebank.volunteering.errors.disputes import DecidesKinError, DecidesOwnActError
from timebank.volunteering.models.disputes import Dispute
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import certificates as certificate_reads
from timebank.volunteering.queries import disputes as disputes_of
from timebank.volunteering.queries import passbook, records
from timebank.volunteering.queries import passbook_prints as booklet_reads
from timebank.volunteering.rules.certificates import Wanted
from timebank.volunteering.rules.records import RecordState
from timebank.volunteering.service import (
    certificates,
    disputes,
    merging,
    passbook_prints,
    review,
)


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def test_certificates_and_prints_of_a_merged_record_stand_with_the_one_that_stays(
    session: Session,
) -> None:
    lane = make_lane(session)
    street = lane.street
    make_approved(session, street)
    old_id, kept_id = street.volunteer_person.id, lane.twin.id
    certificate_id = certificates.issue(
        session,
        actor=street.volunteer,
        key=ids.new_id(),
        wanted=Wanted(date(2026, 1, 1), NOW.date()),
        check_base="https://example.org/c/",
    )
    officer = street.officer
    booklet_id = passbook_prints.hand_out_booklet(
        session, actor=officer, person_id=old_id, serial="A001"
    )
    passbook_prints.print_on(
        session, actor=officer, key=ids.new_id(), booklet_id=booklet_id, expected_sequence=1
    )

    merge_id = ends.propose_merge(session, lane, old_id=old_id, kept_id=kept_id)
    merging.merge(session, actor=lane.second, merge_id=merge_id)

    assert street.volunteer.user_id is not None
    me = access_queries.actor_of(session, user_id=street.volunteer.user_id, channel=Channel.WEB)
    assert me is not None
    assert me.person_id == kept_id
    own = certificate_reads.certificates(session, actor=me, person_id=kept_id).items
    assert [(one.id, one.person_id) for one in own] == [(certificate_id, old_id)]
    assert certificate_reads.certificate(session, actor=me, certificate_id=certificate_id)
    printed = booklet_reads.prints(session, kept_id)
    assert [(one.serial, one.person_id) for one in printed] == [("A001", old_id)]


def _decided_against(session: Session, street: Street, *, is_back: bool) -> int:
    """Return a record that was rejected, or approved and taken back."""
    record_id = make_confirmed(session, street) if is_back else make_approved(session, street)
    if is_back:
        review.reject_service(session, actor=street.officer, record_id=record_id, reason="对不上")
    else:
        review.unapprove_service(
            session, actor=street.admin, record_id=record_id, reason="记错了", key=ids.new_id()
        )
    return record_id


def _merged_with_a_right(session: Session, *, is_back: bool) -> tuple[ends.Lane, Actor, int]:
    """Return a lane whose volunteer was merged into the twin after a decision against them."""
    lane = make_lane(session)
    street = lane.street
    record_id = _decided_against(session, street, is_back=is_back)
    merge_id = ends.propose_merge(
        session, lane, old_id=street.volunteer_person.id, kept_id=lane.twin.id
    )
    merging.merge(session, actor=lane.second, merge_id=merge_id)
    assert street.volunteer.user_id is not None
    me = access_queries.actor_of(session, user_id=street.volunteer.user_id, channel=Channel.WEB)
    assert me is not None
    assert me.person_id == lane.twin.id
    return lane, me, record_id


@pytest.mark.parametrize("is_back", [True, False])
def test_the_one_who_stays_appeals_for_the_record_that_was_merged_and_is_given_the_minutes(
    session: Session, is_back: bool
) -> None:
    lane, me, record_id = _merged_with_a_right(session, is_back=is_back)
    assert disputes_of.open_rights(session, person_id=me.person_id) == (1, 0)

    dispute_id = disputes.appeal(session, actor=me, record_id=record_id, words="我去了")
    judge = make_officer(session, lane.street)
    disputes.decide_appeal(
        session,
        actor=judge,
        dispute_id=dispute_id,
        is_granted=True,
        words="核实了",
        key=ids.new_id(),
        approves=True,
    )

    new_id = session.scalar(select(Dispute.new_record_id).where(Dispute.id == dispute_id))
    assert new_id is not None
    new = session.get_one(ServiceRecord, new_id)
    assert (new.volunteer_id, new.state) == (lane.twin.id, RecordState.APPROVED)
    mine = passbook.balance(session, community_id=me.community_id, person_id=me.person_id)
    assert mine.posted == new.credited_minutes
    assert records.record(session, actor=me, record_id=record_id).volunteer_id != lane.twin.id
    told = session.scalars(select(Message.person_id).where(Message.code == "appeal_granted"))
    assert set(told) == {lane.twin.id}
    assert list(verify.findings(session)) == []


def test_nobody_judges_their_own_appeal_by_another_record(session: Session) -> None:
    lane, me, record_id = _merged_with_a_right(session, is_back=True)
    dispute_id = disputes.appeal(session, actor=me, record_id=record_id, words="我去了")
    officer = make_officer(session, lane.street)
    mine = replace(officer, person_id=me.person_id)

    with pytest.raises(DecidesOwnActError):
        disputes.decide_appeal(
            session,
            actor=mine,
            dispute_id=dispute_id,
            is_granted=True,
            words="是",
            key=ids.new_id(),
        )
    with pytest.raises(DBAPIError, match="dispute_judged_own"), session.begin_nested():
        session.execute(
            update(Dispute)
            .where(Dispute.id == dispute_id)
            .values(
                state="upheld",
                due_on=NOW.date(),
                judged_by_id=me.person_id,
                judged_at=NOW,
                judgement="是",
            )
        )
    assert [one.id for one in disputes_of.waiting(session, actor=officer).items] == [dispute_id]
    assert disputes_of.waiting(session, actor=mine).items == []


@pytest.mark.parametrize("is_back", [True, False])
def test_what_is_told_anew_tells_of_the_record_that_stays_for_who_was_served(
    session: Session, is_back: bool
) -> None:
    lane = make_lane(session)
    street = lane.street
    record_id = _decided_against(session, street, is_back=is_back)
    merge_id = ends.propose_merge(
        session, lane, old_id=street.elder_person.id, kept_id=lane.twin.id
    )
    merging.merge(session, actor=lane.second, merge_id=merge_id)
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=record_id, words="我去了"
    )
    judge = make_officer(session, street)

    with pytest.raises(DecidesKinError):
        disputes.decide_appeal(
            session,
            actor=replace(judge, person_id=lane.twin.id),
            dispute_id=dispute_id,
            is_granted=True,
            words="是",
            key=ids.new_id(),
        )
    disputes.decide_appeal(
        session,
        actor=judge,
        dispute_id=dispute_id,
        is_granted=True,
        words="核实了",
        key=ids.new_id(),
        approves=True,
    )

    new_id = session.scalar(select(Dispute.new_record_id).where(Dispute.id == dispute_id))
    assert new_id is not None
    old, new = (session.get_one(ServiceRecord, one) for one in (record_id, new_id))
    assert (old.recipient_id, new.recipient_id) == (street.elder_person.id, lane.twin.id)
    assert (new.volunteer_id, new.state) == (old.volunteer_id, RecordState.APPROVED)
    assert list(verify.findings(session)) == []
