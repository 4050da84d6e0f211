"""Many at once for one place, on databases where commits are real."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make.real import ENGINES, real_app
from tests.make.tasks import START, Team, listed, make_activity, make_team, taken
from tests.make.volunteering import NOW
from timebank.kernel import clock
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.volunteering.models.presence import Presence
from timebank.volunteering.queries import presence as reads
from timebank.volunteering.rules.presence import Given
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service import checkins, signups

WRITERS = 5


def _at_once(app: Flask, work: Callable[[Session, int], object]) -> list[str]:
    """Run the work in several threads at the same moment; return each one's outcome."""
    barrier = Barrier(WRITERS)

    def one(number: int) -> str:
        with app.app_context(), clock.fixed_at(START):
            barrier.wait()
            try:
                return str(transaction(lambda session: work(session, number)))
            except DomainError as refusal:
                return refusal.code

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def _made(app: Flask, build: Callable[[Session], tuple[Team, list[int]]]) -> tuple[Team, list[int]]:
    """Return what was built, committed."""
    with app.app_context(), clock.fixed_at(NOW):
        return transaction(build)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_the_last_place_has_one_winner_and_the_others_wait(engine_name: str) -> None:
    def build(session: Session) -> tuple[Team, list[int]]:
        team = make_team(session, count=WRITERS)
        return team, [make_activity(session, team.street, places=1)]

    def join(session: Session, number: int) -> SignUpState:
        with clock.fixed_at(NOW):
            return signups.sign_up(session, actor=team.helpers[number], task_id=task_id)

    with real_app(engine_name) as app:
        team, (task_id,) = _made(app, build)

        outcomes = _at_once(app, join)

        assert sorted(outcomes) == ["accepted"] + ["waiting"] * (WRITERS - 1)
        with app.app_context():
            stands = read_only(lambda session: listed(session, task_id))
            assert sorted(stands.values()) == ["accepted"] + ["waiting"] * (WRITERS - 1)
            assert read_only(lambda session: taken(session, task_id)) == 1


@pytest.mark.parametrize("engine_name", ENGINES)
def test_one_volunteer_on_many_tasks_at_once_gets_one_of_them(engine_name: str) -> None:
    def build(session: Session) -> tuple[Team, list[int]]:
        team = make_team(session, count=1)
        return team, [
            make_activity(session, team.street, activity=f"活动{n}") for n in range(WRITERS)
        ]

    def join(session: Session, number: int) -> SignUpState:
        with clock.fixed_at(NOW):
            return signups.sign_up(session, actor=team.helpers[0], task_id=task_ids[number])

    with real_app(engine_name) as app:
        team, task_ids = _made(app, build)

        outcomes = _at_once(app, join)

        assert sorted(outcomes) == ["accepted"] + ["booked_twice"] * (WRITERS - 1)


@pytest.mark.parametrize("engine_name", ENGINES)
def test_the_same_scan_many_times_is_one_presence(engine_name: str) -> None:
    def build(session: Session) -> tuple[Team, list[int]]:
        team = make_team(session, count=1)
        task_id = make_activity(session, team.street)
        signups.sign_up(session, actor=team.helpers[0], task_id=task_id)
        return team, [task_id]

    def scan(session: Session, _: int) -> str:
        given = Given(stamp=reads.stamp_now(task_id))
        checkins.check_in(session, actor=team.helpers[0], task_id=task_id, given=given)
        return "here"

    with real_app(engine_name) as app:
        team, (task_id,) = _made(app, build)

        outcomes = _at_once(app, scan)

        assert sorted(outcomes) == ["already_checked_in"] * (WRITERS - 1) + ["here"]
        with app.app_context():
            assert read_only(lambda session: session.query(Presence).count()) == 1
