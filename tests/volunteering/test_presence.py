"""Coming and leaving against both engines: proofs, records, forgotten check-outs, rosters."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.make.tasks import (
    END,
    START,
    Team,
    join,
    listed,
    make_activity,
    make_need_task,
    make_team,
)
from tests.make.volunteering import NOW
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import presence as errors
from timebank.volunteering.errors import tasks as task_errors
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import presence as reads
from timebank.volunteering.queries.tasks import task as task_view
from timebank.volunteering.rules.presence import Given, How, ReviewReason, Side
from timebank.volunteering.rules.records import Proof, RecordState
from timebank.volunteering.rules.tasks import SignUpState, TaskState
from timebank.volunteering.service import checkins, closing, rosters

S = SignUpState


@pytest.fixture(autouse=True)
def _evening() -> Iterator[None]:
    with clock.fixed_at(NOW):
        yield


def _screen(task_id: int) -> Given:
    """What the screen at the place shows at this moment."""
    return Given(stamp=reads.stamp_now(task_id))


def _paper(task_id: int, side: Side, at: datetime | None = None) -> Given:
    """What the paper at the place says."""
    return Given(code=reads.paper_code(task_id, side), at=at)


def _visit(session: Session, team: Team) -> tuple[int, Actor]:
    """A task for the elder with one volunteer who has the place."""
    task_id = make_need_task(session, team.street)
    join(session, task_id, team.helpers[0])
    return task_id, team.helpers[0]


def test_two_scans_make_a_confirmed_record_of_the_time_between(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)

    with clock.fixed_at(START - timedelta(minutes=10, seconds=-20)):
        checkins.check_in(session, actor=one, task_id=task_id, given=_screen(task_id))
    with clock.fixed_at(END + timedelta(minutes=5, seconds=30)):
        record_id = checkins.check_out(session, actor=one, task_id=task_id, given=_screen(task_id))

    record = session.get_one(ServiceRecord, record_id)
    assert (record.started_at, record.ended_at) == (START, END + timedelta(minutes=5))
    assert (record.state, record.confirmed_how) == (RecordState.CONFIRMED, Proof.PRESENCE)
    assert record.recipient_id == team.street.elder_person.id
    assert listed(session, task_id) == {one.person_id: S.SERVED}
    assert session.get_one(Task, task_id).state == TaskState.DONE
    behind = reads.presence_behind(session, record.id)
    assert behind is not None
    assert (behind.started_how, behind.ended_how) == (How.QR, How.QR)


def test_a_code_of_the_screen_is_good_for_three_minutes_and_for_its_task(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)
    with clock.fixed_at(START):
        old, other = _screen(task_id), _screen(task_id + 1)

    with clock.fixed_at(START + timedelta(minutes=3)), pytest.raises(errors.StampExpiredError):
        checkins.check_in(session, actor=one, task_id=task_id, given=old)
    with clock.fixed_at(START), pytest.raises(errors.StampWrongError):
        checkins.check_in(session, actor=one, task_id=task_id, given=other)
    with clock.fixed_at(START - timedelta(minutes=1)), pytest.raises(errors.StampWrongError):
        checkins.check_in(session, actor=one, task_id=task_id, given=old)
    with clock.fixed_at(START), pytest.raises(errors.ProofMissingError):
        checkins.check_in(session, actor=one, task_id=task_id, given=Given())
    with clock.fixed_at(START + timedelta(minutes=2)):
        checkins.check_in(session, actor=one, task_id=task_id, given=old)

    assert session.query(Presence).count() == 1


def test_paper_has_a_code_for_coming_and_another_for_leaving(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)
    leaving = _paper(task_id, Side.OUT)

    with clock.fixed_at(START):
        with pytest.raises(errors.PaperCodeWrongError) as refusal:
            checkins.check_in(session, actor=one, task_id=task_id, given=leaving)
        assert refusal.value.aftermath is not None
        for _ in range(7):
            refusal.value.aftermath(session)
        with pytest.raises(errors.PaperCodeLockedError):
            checkins.check_in(session, actor=one, task_id=task_id, given=_paper(task_id, Side.IN))
        row = session.query(SignUp).one()
        row.code_tries = 0
        session.flush()
        checkins.check_in(session, actor=one, task_id=task_id, given=_paper(task_id, Side.IN))
        with pytest.raises(errors.TooSoonError):
            checkins.check_out(session, actor=one, task_id=task_id, given=leaving)
    with clock.fixed_at(START + timedelta(minutes=45)):
        record_id = checkins.check_out(session, actor=one, task_id=task_id, given=leaving)

    assert session.get_one(ServiceRecord, record_id).minutes == 45
    with pytest.raises(errors.ShowsNoStampError):
        checkins.print_paper(session, actor=one, task_id=task_id)
    codes = checkins.print_paper(session, actor=team.street.elder, task_id=task_id)
    assert codes[Side.IN] != codes[Side.OUT]


def test_check_in_waits_for_its_time_its_place_and_ends_with_the_task(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)
    cases: list[tuple[Actor, datetime, type[DomainError]]] = [
        (one, START - timedelta(minutes=31), errors.TooEarlyError),
        (one, END, errors.TooLateError),
        (team.helpers[1], START, task_errors.NotAcceptedError),
    ]
    join(session, task_id, team.helpers[1])

    for actor, at, refusal in cases:
        with clock.fixed_at(at), pytest.raises(refusal):
            checkins.check_in(session, actor=actor, task_id=task_id, given=_screen(task_id))
    with clock.fixed_at(START), pytest.raises(errors.NotHereError):
        checkins.check_out(session, actor=one, task_id=task_id, given=_screen(task_id))

    assert session.query(Presence).count() == 0


def test_a_forgotten_check_out_falls_to_the_planned_end_and_to_review(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)
    with clock.fixed_at(START):
        checkins.check_in(session, actor=one, task_id=task_id, given=_screen(task_id))
    with clock.fixed_at(END + timedelta(minutes=59)):
        checkins.close_forgotten(session, {})
    assert session.query(Presence).one().ended_at is None

    with clock.fixed_at(END + timedelta(hours=5)):
        checkins.close_forgotten(session, {})
        with pytest.raises(errors.AlreadyLeftError):
            checkins.check_out(session, actor=one, task_id=task_id, given=_screen(task_id))
        (waiting,) = reads.to_review(session, actor=team.street.officer)
        assert (waiting.ended_at, waiting.ended_how) == (END, How.PLANNED)
        assert waiting.review_reason is ReviewReason.NO_CHECK_OUT
        record_id = rosters.settle_presence(
            session,
            actor=team.street.officer,
            presence_id=waiting.id,
            started_at=START,
            ended_at=END - timedelta(minutes=20),
            reason="老人说十一点四十走的",
        )

    record = session.get_one(ServiceRecord, record_id)
    assert (record.minutes, record.state) == (100, RecordState.CONFIRMED)
    (line,) = reads.corrections(session, waiting.id)
    assert (line.ended_before, line.ended_after) == (END, END - timedelta(minutes=20))
    assert reads.to_review(session, actor=team.street.officer) == []
    with pytest.raises(errors.NothingToReviewError):
        rosters.settle_presence(
            session,
            actor=team.street.officer,
            presence_id=waiting.id,
            started_at=START,
            ended_at=END,
            reason="再改",
        )


def test_a_check_out_hours_later_does_not_run_on(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)
    with clock.fixed_at(START):
        checkins.check_in(session, actor=one, task_id=task_id, given=_screen(task_id))

    with clock.fixed_at(END + timedelta(hours=6)):
        answer = checkins.check_out(session, actor=one, task_id=task_id, given=_screen(task_id))

    assert answer is None
    there = session.query(Presence).one()
    assert (there.ended_at, there.review_reason) == (END, ReviewReason.LATE_CHECK_OUT)


def test_what_was_told_later_is_marked_and_waits_for_the_one_served(session: Session) -> None:
    team = make_team(session)
    task_id, one = _visit(session, team)

    with clock.fixed_at(END + timedelta(hours=3)):
        still_to_come = _paper(task_id, Side.IN, END + timedelta(hours=4))
        with pytest.raises(errors.OfflineMomentError):
            checkins.check_in(session, actor=one, task_id=task_id, given=still_to_come)
        checkins.check_in(
            session, actor=one, task_id=task_id, given=_paper(task_id, Side.IN, START)
        )
        record_id = checkins.check_out(
            session, actor=one, task_id=task_id, given=_paper(task_id, Side.OUT, END)
        )

    assert session.query(Presence).one().is_offline
    record = session.get_one(ServiceRecord, record_id)
    assert (record.minutes, record.state) == (120, RecordState.RECORDED)


def test_staff_tick_who_came_in_one_act_and_nobodys_tick_is_lost(session: Session) -> None:
    team = make_team(session, count=4)
    early, *others = team.helpers
    task_id = make_activity(session, team.street)
    join(session, task_id, *team.helpers)
    officer = team.street.officer
    with clock.fixed_at(START - timedelta(minutes=5)):
        checkins.check_in(session, actor=early, task_id=task_id, given=_screen(task_id))
    ids = [one.person_id or 0 for one in (early, *others[:2])]

    with clock.fixed_at(END + timedelta(minutes=30)):
        with pytest.raises(errors.NotStaffHereError):
            rosters.tick_roster(session, actor=early, task_id=task_id, volunteer_ids=ids)
        with pytest.raises(errors.NotOnRosterError):
            rosters.tick_roster(
                session,
                actor=officer,
                task_id=task_id,
                volunteer_ids=[team.street.volunteer_person.id],
            )
        assert rosters.tick_roster(session, actor=officer, task_id=task_id, volunteer_ids=ids) == 3
    with clock.fixed_at(END + timedelta(hours=25)):
        closing.close_past_tasks(session, {})
        late = [others[2].person_id or 0]
        assert listed(session, task_id)[late[0]] is S.NO_SHOW
        rosters.tick_roster(session, actor=officer, task_id=task_id, volunteer_ids=late)

    assert set(listed(session, task_id).values()) == {S.SERVED}
    records = session.query(ServiceRecord).all()
    assert {one.state for one in records} == {RecordState.CONFIRMED}
    assert {one.minutes for one in records} == {120}
    assert {one.recorded_by_user_id for one in records} == {officer.user_id}
    view = task_view(session, actor=officer, task_id=task_id)
    assert (view.state, view.taken) == (TaskState.DONE, 4)


def test_what_the_days_cap_refuses_waits_for_review_and_lets_the_volunteer_go(
    session: Session,
) -> None:
    team = make_team(session, count=1)
    (one,) = team.helpers
    day_before = timedelta(days=1)
    tasks = [
        make_activity(
            session,
            team.street,
            activity=name,
            starts_at=START - day_before + timedelta(hours=shift),
            ends_at=START - day_before + timedelta(hours=shift + 5),
        )
        for name, shift in (("上午", -2), ("下午", 4))
    ]
    for task_id, shift in zip(tasks, (-2, 4), strict=True):
        begin = START - day_before + timedelta(hours=shift)
        join(session, task_id, one)
        with clock.fixed_at(begin):
            checkins.check_in(session, actor=one, task_id=task_id, given=_screen(task_id))
        with clock.fixed_at(begin + timedelta(hours=5)):
            answer = checkins.check_out(session, actor=one, task_id=task_id, given=_screen(task_id))

    assert answer is None
    with clock.fixed_at(START):
        (waiting,) = reads.to_review(session, actor=team.street.officer)
    assert waiting.review_reason is ReviewReason.NOT_RECORDED
