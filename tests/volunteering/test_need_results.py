"""What has become of a need is kept with it, whoever changes tasks and sign-ups, and proved."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.real import ENGINES, real_app
from tests.make.tasks import START, Team, join, make_need, make_team, need_facts, sign_up_id
from tests.make.volunteering import NOW
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering import verify
from timebank.volunteering.models.need_results import NeedResult
from timebank.volunteering.models.tasks import SignUp, Task
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.needs import Outcome
from timebank.volunteering.rules.tasks import SignUpState, TaskState
from timebank.volunteering.service import changes, needs, signups, tasks

LATER = NOW + timedelta(minutes=95, seconds=50)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session)


def _told(session: Session, need_id: int) -> tuple[Outcome, int | None]:
    row = session.get_one(NeedResult, need_id, populate_existing=True)
    assert list(verify.findings(session)) == []
    return Outcome(row.outcome), row.waited_minutes


def _many_needs(session: Session) -> tuple[Team, list[int], list[int]]:
    """Return some needs of one elder on different days, each with its one task."""
    team = make_team(session, count=1)
    pairs = [
        _taken_up(session, team, starts_at=START + timedelta(days=number)) for number in range(6)
    ]
    return team, [need_id for need_id, _ in pairs], [task_id for _, (task_id,) in pairs]


def _or_refused(work: Callable[[Session], object]) -> None:
    """Do what may come too late."""
    with suppress(DomainError):
        transaction(work)


def _taken_up(
    session: Session, team: Team, *, weekdays: str = "", starts_at: datetime = START
) -> tuple[int, list[int]]:
    until = clock.day_of(START) + timedelta(days=7) if weekdays else None
    facts = need_facts(team.street, starts_at=starts_at, weekdays=weekdays, repeat_until_on=until)
    need_id = make_need(session, team.street, facts)
    with clock.fixed_at(NOW):
        return need_id, needs.take_up(session, actor=team.street.officer, need_id=need_id)


def test_a_need_waits_until_somebody_came(session: Session, team: Team) -> None:
    need_id, (task_id,) = _taken_up(session, team)
    assert _told(session, need_id) == (Outcome.WAITING, None)

    with clock.fixed_at(LATER):
        signups.sign_up(session, actor=team.helpers[0], task_id=task_id)
    assert _told(session, need_id) == (Outcome.WAITING, 95)

    session.execute(update(Task).values(state=TaskState.DONE, closed_at=START))
    assert _told(session, need_id) == (Outcome.MET, 95)


def test_who_withdraws_leaves_the_wait_to_the_next(session: Session, team: Team) -> None:
    need_id, (task_id,) = _taken_up(session, team)
    join(session, task_id, team.helpers[0])
    assert _told(session, need_id) == (Outcome.WAITING, 0)

    with clock.fixed_at(LATER):
        own = sign_up_id(session, task_id, team.helpers[0])
        signups.withdraw(session, actor=team.helpers[0], sign_up_id=own, reason="家里有事")
        assert _told(session, need_id) == (Outcome.WAITING, None)
        signups.sign_up(session, actor=team.helpers[1], task_id=task_id)
    assert _told(session, need_id) == (Outcome.WAITING, 95)


def test_refused_and_taken_back_needs_are_told_apart(session: Session, team: Team) -> None:
    declined, withdrawn = make_need(session, team.street), make_need(session, team.street)
    with clock.fixed_at(NOW):
        officer, elder = team.street.officer, team.street.elder
        needs.decline_need(session, actor=officer, need_id=declined, reason="没有人手")
        needs.withdraw_need(session, actor=elder, need_id=withdrawn, reason="不用了")

    assert _told(session, declined) == (Outcome.UNMET, None)
    assert _told(session, withdrawn) == (Outcome.CANCELLED, None)


def test_of_a_series_one_time_that_was_served_is_enough(session: Session, team: Team) -> None:
    need_id, (first, second, *rest) = _taken_up(session, team, weekdays="1234567")
    closing = update(Task).values(closed_at=START)
    session.execute(closing.where(Task.id == first).values(state=TaskState.UNMET))
    assert _told(session, need_id) == (Outcome.WAITING, None)

    session.execute(closing.where(Task.id.in_(rest)).values(state=TaskState.UNMET))
    with clock.fixed_at(NOW):
        tasks.cancel_task(session, actor=team.street.officer, task_id=second, reason="下雨")
    assert _told(session, need_id) == (Outcome.UNMET, None)


def test_a_need_of_another_kind_is_counted_there(session: Session, team: Team) -> None:
    need_id = make_need(session, team.street)
    kinds = limits.kinds(session, team.street.community.id)
    other = next(one.id for one in kinds if one.id != team.street.kind_id and not one.is_risky)
    facts = replace(need_facts(team.street), kind_id=other)
    with clock.fixed_at(NOW):
        changes.change_need(
            session, actor=team.street.elder, need_id=need_id, facts=facts, reason="说错了"
        )

    session.flush()
    assert session.get_one(NeedResult, need_id, populate_existing=True).kind_id == other
    assert list(verify.findings(session)) == []


def test_nobody_writes_a_result_by_hand(session: Session, team: Team, engine_name: str) -> None:
    need_id = make_need(session, team.street)
    wrong = update(NeedResult).values(outcome=Outcome.MET)
    if engine_name == "postgresql":
        for statement in (wrong, delete(NeedResult)):
            with pytest.raises(DBAPIError, match="permission denied"), session.begin_nested():
                session.execute(statement)
        return
    session.execute(wrong)
    (found,) = verify.findings(session)
    assert (found.table, found.row) == ("need_result", f"need {need_id}")
    assert (found.is_value, found.should_be) == ("outcome met", "outcome waiting")

    session.execute(delete(NeedResult))
    (found,) = verify.findings(session)
    assert found.should_be.startswith("community_id ")


@pytest.mark.parametrize("engine_name", ENGINES)
def test_of_many_who_close_the_tasks_of_a_need_at_once_none_is_lost(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context():
            need_id, task_ids = transaction(
                lambda session: _taken_up(session, make_team(session, count=0), weekdays="1234567")
            )
        barrier = Barrier(len(task_ids))

        def close(task_id: int) -> None:
            with app.app_context():
                barrier.wait()
                miss = update(Task).where(Task.id == task_id)
                values = {"state": TaskState.UNMET, "closed_at": START}
                transaction(lambda session: session.execute(miss.values(values)))

        with ThreadPoolExecutor(len(task_ids)) as pool:
            list(pool.map(close, task_ids))

        with app.app_context():
            told = read_only(lambda session: _told(session, need_id))
        assert told == (Outcome.UNMET, None)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_a_need_taken_back_while_somebody_signs_up_is_answered(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context():
            team, need_ids, task_ids = transaction(_many_needs)
        barrier = Barrier(2)

        def withdraw(at: int) -> None:
            with app.app_context(), clock.fixed_at(LATER):
                barrier.wait()
                elder, need_id = team.street.elder, need_ids[at]
                transaction(
                    lambda session: needs.withdraw_need(
                        session, actor=elder, need_id=need_id, reason="不用了"
                    )
                )

        def sign_up(at: int) -> None:
            with app.app_context(), clock.fixed_at(LATER):
                barrier.wait()
                helper, task_id = team.helpers[0], task_ids[at]
                _or_refused(lambda session: signups.sign_up(session, actor=helper, task_id=task_id))

        with ThreadPoolExecutor(2) as pool:
            for at in range(len(need_ids)):
                for done in [pool.submit(withdraw, at), pool.submit(sign_up, at)]:
                    done.result()

        with app.app_context():
            assert read_only(lambda session: list(verify.findings(session))) == []
            held = select(SignUp.id).where(SignUp.state == SignUpState.ACCEPTED)
            assert read_only(lambda session: session.scalars(held).all()) == []
