"""Appeal and arbitration: in time, by others than before, in words, to an end."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.desk import make_officer, set_rules
from tests.make.volunteering import (
    DAY,
    NOW,
    Street,
    make_approved,
    make_confirmed,
    make_facts,
    make_record,
    make_street,
)
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.volunteering import verify
from timebank.volunteering.errors import disputes as errors
from timebank.volunteering.models.disputes import Dispute, DisputeVote
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import disputes as reads
from timebank.volunteering.queries import passbook, records
from timebank.volunteering.rules.disputes import (
    ARROWS,
    DisputeCommand,
    DisputeState,
    Vote,
    next_state,
    verdict,
)
from timebank.volunteering.rules.records import EventKind
from timebank.volunteering.service import disputes, proofs, review, rights
from timebank.volunteering.service import records as record_verbs


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _rejected(session: Session, street: Street) -> int:
    record_id = make_confirmed(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="时间对不上")
    return record_id


def _taken_back(session: Session, street: Street) -> int:
    record_id = make_approved(session, street)
    review.unapprove_service(
        session, actor=street.admin, record_id=record_id, reason="重复", key=ids.new_id()
    )
    return record_id


def _appealed(session: Session, street: Street) -> tuple[int, int]:
    record_id = _rejected(session, street)
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=record_id, words="我真的去了"
    )
    return record_id, dispute_id


def _decide(session: Session, actor: Actor, dispute_id: int, **more: Any) -> None:
    told: dict[str, Any] = {"is_granted": True, "words": "查了签字单，是真的"} | more
    disputes.decide_appeal(session, actor=actor, dispute_id=dispute_id, key=ids.new_id(), **told)


def _upheld(session: Session, street: Street) -> int:
    _, dispute_id = _appealed(session, street)
    _decide(session, make_officer(session, street), dispute_id, is_granted=False, words="没有")
    return dispute_id


def _arbitrate(session: Session, actor: Actor, dispute_id: int, *, is_granted: bool) -> bool | None:
    return disputes.arbitrate(
        session,
        actor=actor,
        dispute_id=dispute_id,
        is_granted=is_granted,
        words="看过了",
        key=ids.new_id(),
    )


def _state(session: Session, record_id: int) -> str:
    session.expire_all()
    return session.get_one(ServiceRecord, record_id).state


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


def _kinds(session: Session, record_id: int) -> list[EventKind]:
    return [line.kind for line in records.history(session, record_id)]


@given(st.sampled_from(DisputeState), st.sampled_from(DisputeCommand), st.integers(-3, 3))
def test_every_way_is_an_arrow_in_time(
    state: DisputeState, command: DisputeCommand, days_left: int
) -> None:
    due_on = DAY + timedelta(days=days_left)
    is_volunteers = state in {DisputeState.OPEN, DisputeState.UPHELD}
    is_late = days_left < 0 and is_volunteers and command is not DisputeCommand.LAPSE
    if (state, command) in ARROWS and not is_late:
        assert next_state(state, command, due_on=due_on, today=DAY) is ARROWS[state, command].to
        return
    with pytest.raises(DomainError):
        next_state(state, command, due_on=due_on, today=DAY)


@pytest.mark.parametrize(
    ("votes", "ended"),
    [
        ([], None),
        ([Vote(True, False)], None),
        ([Vote(True, False), Vote(False, False)], None),
        ([Vote(True, False), Vote(False, False), Vote(False, False)], False),
        ([Vote(True, False), Vote(True, False)], True),
        ([Vote(True, False), Vote(False, True)], False),
    ],
)
def test_one_who_may_or_two_who_agree_decide(votes: list[Vote], ended: bool | None) -> None:
    assert verdict(votes) is ended


def test_a_rejection_can_be_appealed_against_for_so_many_days(session: Session) -> None:
    street = make_street(session)
    record_id = _rejected(session, street)
    (right,) = reads.own(session, person_id=street.volunteer_person.id)
    assert (right.state, right.due_on) == (DisputeState.OPEN, DAY + timedelta(days=15))
    assert reads.open_rights(session, person_id=street.volunteer_person.id) == (1, 0)

    with (
        clock.fixed_at(NOW + timedelta(days=16)),
        pytest.raises(errors.AppealLapsedError) as refused,
    ):
        disputes.appeal(session, actor=street.volunteer, record_id=record_id, words="我去了")
    assert refused.value.facts["due_on"] == DAY + timedelta(days=15)
    with clock.fixed_at(NOW + timedelta(days=15)):
        dispute_id = disputes.appeal(
            session, actor=street.volunteer, record_id=record_id, words="我去了"
        )
        seen = reads.dispute(session, actor=street.volunteer, dispute_id=dispute_id)
    assert (seen.state, seen.due_on) == (DisputeState.APPEALED, DAY + timedelta(days=22))
    with pytest.raises(errors.AppealAlreadyMadeError):
        disputes.appeal(session, actor=street.volunteer, record_id=record_id, words="再说一次")


def test_the_desks_rules_set_the_terms_when_they_begin(session: Session) -> None:
    street = make_street(session)
    set_rules(session, street, appeal_days=3)
    _rejected(session, street)
    set_rules(session, street, appeal_days=30)

    (right,) = reads.own(session, person_id=street.volunteer_person.id)

    assert right.due_on == DAY + timedelta(days=3)


def test_who_may_appeal(session: Session) -> None:
    street = make_street(session)
    record_id = _rejected(session, street)

    for actor, refusal in (
        (street.elder, errors.DisputeNotFoundError),
        (street.officer, errors.NotYoursToAppealError),  # who rejected does not write it
    ):
        with pytest.raises(refusal):
            disputes.appeal(session, actor=actor, record_id=record_id, words="代写")
    dispute_id = disputes.appeal(session, actor=street.admin, record_id=record_id, words="代写")
    seen = reads.dispute(session, actor=street.admin, dispute_id=dispute_id)
    assert seen.appealed_by_name == street.admin.name


def test_an_appeal_is_decided_by_somebody_without_a_hand_in_it(session: Session) -> None:
    street = make_street(session)
    record_id, dispute_id = _appealed(session, street)
    second = make_officer(session, street)
    place = (("grid_officer", "grid", street.place.grid_id),)
    elder = make_actor(
        session,
        community_id=street.community.id,
        roles=place,
        person_id=street.elder_person.id,
    )

    assert reads.waiting(session, actor=street.officer).items == []
    for actor, refusal in (
        (street.officer, errors.DecidesOwnActError),
        (elder, errors.DecidesOwnActError),
        (street.volunteer, errors.DisputeNotFoundError),
    ):
        with pytest.raises(refusal):
            _decide(session, actor, dispute_id)
    assert [one.id for one in reads.waiting(session, actor=second).items] == [dispute_id]
    _decide(session, second, dispute_id)

    assert _state(session, record_id) == "confirmed"
    assert _kinds(session, record_id)[:2] == [EventKind.APPEAL_GRANTED, EventKind.APPEALED]
    with pytest.raises(errors.AppealGrantedError):
        _decide(session, second, dispute_id)
    review.approve_service(session, actor=second, record_id=record_id, key=ids.new_id())
    assert _state(session, record_id) == "approved"


def test_granted_and_approved_in_one_act(session: Session) -> None:
    street = make_street(session)
    record_id, dispute_id = _appealed(session, street)

    _decide(session, make_officer(session, street), dispute_id, approves=True)

    assert _state(session, record_id) == "approved"


def test_a_record_that_nobody_had_confirmed_waits_for_that_again(session: Session) -> None:
    street = make_street(session)
    record_id = make_record(session, street)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="不对")
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=record_id, words="我去了"
    )

    _decide(session, make_officer(session, street), dispute_id)

    assert _state(session, record_id) == "recorded"
    assert session.get_one(Dispute, dispute_id).state == DisputeState.GRANTED


def test_what_was_taken_back_is_told_anew_and_the_old_stays(session: Session) -> None:
    street = make_street(session)
    old_id = _taken_back(session, street)
    dispute_id = disputes.appeal(
        session, actor=street.volunteer, record_id=old_id, words="不是重复"
    )

    second = make_officer(session, street)
    _decide(session, second, dispute_id, approves=True)

    seen = reads.dispute(session, actor=street.volunteer, dispute_id=dispute_id)
    assert seen.new_record_id is not None
    assert _state(session, old_id) == "unapproved"
    assert _state(session, seen.new_record_id) == "approved"
    assert reads.restored_from(session, seen.new_record_id) == old_id
    assert _kinds(session, seen.new_record_id) == [
        EventKind.APPROVED,
        EventKind.RESTORED,
        EventKind.CONFIRMED,
        EventKind.RECORDED,
    ]
    have = passbook.balance(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    )
    assert have.posted == 95
    assert list(verify.findings(session, street.community.id)) == []


def test_arbitration_by_one_who_decides_alone_is_final(session: Session) -> None:
    street = make_street(session)
    dispute_id = _upheld(session, street)

    with pytest.raises(errors.NotInArbitrationError):
        _arbitrate(session, street.admin, dispute_id, is_granted=False)
    disputes.ask_arbitration(
        session, actor=street.volunteer, dispute_id=dispute_id, words="请再看看"
    )
    assert _arbitrate(session, street.admin, dispute_id, is_granted=False) is False

    seen = reads.dispute(session, actor=street.volunteer, dispute_id=dispute_id)
    assert (seen.state, seen.due_on) == (DisputeState.FINAL, None)
    for again in (
        lambda: disputes.ask_arbitration(
            session, actor=street.volunteer, dispute_id=dispute_id, words="还要"
        ),
        lambda: disputes.appeal(
            session, actor=street.volunteer, record_id=seen.record_id, words="还要"
        ),
    ):
        with pytest.raises(errors.AppealFinalError):
            again()


def test_a_panel_of_two_must_agree_and_none_of_them_acted_before(session: Session) -> None:
    street = make_street(session)
    dispute_id = _upheld(session, street)
    disputes.ask_arbitration(
        session, actor=street.volunteer, dispute_id=dispute_id, words="请再看看"
    )
    panel = [make_officer(session, street, name=name) for name in ("吴敏", "郑和", "冯华")]
    judge_id = session.get_one(Dispute, dispute_id).judged_by_user_id

    with pytest.raises(errors.DecidesOwnActError):
        _arbitrate(session, street.officer, dispute_id, is_granted=True)
    assert _arbitrate(session, panel[0], dispute_id, is_granted=True) is None
    with pytest.raises(errors.DecidesOwnActError):
        _arbitrate(session, panel[0], dispute_id, is_granted=True)
    settle = update(Dispute).values(state="granted", settled_at=NOW, due_on=None)
    _refused(session, settle, "dispute_unvoted")
    vote = {
        "community_id": street.community.id,
        "dispute_id": dispute_id,
        "at": NOW,
        "actor_name": "钱进",
        "is_granted": True,
        "is_alone": False,
        "words": "看过了",
    }
    _refused(session, insert(DisputeVote).values(**vote, user_id=judge_id), "dispute_vote_own")
    assert _arbitrate(session, panel[1], dispute_id, is_granted=False) is None
    assert _arbitrate(session, panel[2], dispute_id, is_granted=True) is True
    seen = reads.dispute(session, actor=street.volunteer, dispute_id=dispute_id)
    assert (seen.state, len(seen.votes)) == (DisputeState.GRANTED, 3)
    assert _state(session, seen.record_id) == "confirmed"


def test_a_right_lapses_once_after_its_last_day(session: Session) -> None:
    street = make_street(session)
    record_id = _rejected(session, street)

    with clock.fixed_at(NOW + timedelta(days=15)):
        rights.lapse_rights(session, {})
    assert EventKind.RIGHT_LAPSED not in _kinds(session, record_id)
    with clock.fixed_at(NOW + timedelta(days=16)):
        rights.lapse_rights(session, {})
        rights.lapse_rights(session, {})
        with pytest.raises(errors.AppealLapsedError):
            disputes.appeal(session, actor=street.volunteer, record_id=record_id, words="晚了")

    assert _kinds(session, record_id).count(EventKind.RIGHT_LAPSED) == 1
    assert reads.open_rights(session, person_id=street.volunteer_person.id) == (0, 0)


def test_an_overdue_answer_is_still_owed_and_shown_to_all(session: Session) -> None:
    street = make_street(session)
    _, dispute_id = _appealed(session, street)
    second = make_officer(session, street)

    with clock.fixed_at(NOW + timedelta(days=8)):
        rights.lapse_rights(session, {})
        assert [one.id for one in reads.late(session, actor=street.officer)] == [dispute_id]
        _decide(session, second, dispute_id, is_granted=False)
        assert reads.late(session, actor=street.officer) == []


def test_a_repaired_record_has_nothing_left_to_dispute(session: Session) -> None:
    street = make_street(session)
    record_id, dispute_id = _appealed(session, street)

    record_verbs.correct_service(
        session,
        actor=street.volunteer,
        record_id=record_id,
        facts=make_facts(street, end="10:00"),
        reason="时间写错了",
    )

    session.expire_all()
    assert session.get_one(Dispute, dispute_id).state == DisputeState.REPAIRED
    with pytest.raises(errors.AppealRepairedError):
        _decide(session, make_officer(session, street), dispute_id)
    proofs.confirm_service(session, actor=street.elder, record_id=record_id)
    review.reject_service(session, actor=street.officer, record_id=record_id, reason="还是不对")
    assert len(reads.of_record(session, record_id)) == 2


def test_the_database_keeps_what_was_said_and_decided(session: Session) -> None:
    street = make_street(session)
    dispute_id = _upheld(session, street)
    late = NOW + timedelta(days=16)
    arbitration = {"state": "arbitration", "arbitration_words": "请看", "due_on": DAY}
    row = update(Dispute).where(Dispute.id == dispute_id)
    for values, rule in (
        ({"reason": "别的"}, "dispute_begun"),
        ({"appeal_words": "别的"}, "dispute_words"),
        ({"judgement": "别的"}, "dispute_judgement"),
        ({"state": "granted", "settled_at": NOW}, "dispute_move"),
        ({**arbitration, "arbitration_at": late}, "dispute_late"),
    ):
        _refused(session, row.values(**values), rule)
    record_id = session.get_one(Dispute, dispute_id).record_id
    begun = {
        "community_id": street.community.id,
        "record_id": record_id,
        "volunteer_id": street.volunteer_person.id,
        "about": "rejection",
        "due_on": DAY,
        "opened_at": NOW,
        "decided_by_name": "赵强",
        "reason": "不对",
    }
    _refused(
        session, insert(Dispute).values(**begun, state="granted"), "dispute_begins|CHECK|check"
    )
    _refused(session, insert(Dispute).values(**begun, state="open"), "uq_dispute|UNIQUE")
    assert session.scalars(select(Dispute.state)).all() == ["upheld"]
