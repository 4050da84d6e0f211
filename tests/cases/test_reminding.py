"""Reminders: each notch once, whoever runs the job, however late and however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make import real
from tests.make.access import make_actor
from tests.make.community import make_person
from timebank.access import queries as access_queries
from timebank.cases.models.around import CaseReminder
from timebank.cases.models.routing import WorkerAbsence
from timebank.cases.rules.flow import Command, State
from timebank.cases.rules.reminding import Notch, notches
from timebank.cases.service import reminding
from timebank.kernel import clock
from timebank.kernel.db import db, transaction
from timebank.notices.models.messages import Message

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _staffed(session: Session) -> tuple[make.Grid, dict[str, int]]:
    """A grid whose officer and administrator are persons whom one can tell."""
    grid = make.make_grid(session)
    people: dict[str, int] = {}
    for name, roles in (
        ("网格长", (("grid_officer", "grid", grid.grid_id),)),
        ("值班员", (("community_admin", "community", None),)),
    ):
        person = make_person(
            session, community_id=grid.community_id, name=name, micro_grid_id=grid.micro_grid_id,
            phone=f"1380000{len(people):04d}",
        )  # fmt: skip
        make_actor(
            session, community_id=grid.community_id, roles=roles, name=name, person_id=person.id
        )
        people[name] = person.id
    return grid, people


def _run(session: Session, grid: make.Grid) -> int:
    return reminding.remind(
        session,
        {"community_id": grid.community_id, "turn": "t", "order_at": None, "after_id": 0},
    )


def _rows(session: Session) -> list[tuple[str, str]]:
    rows = session.execute(select(CaseReminder.step, CaseReminder.notch).order_by(CaseReminder.id))
    return [(str(step), str(notch)) for step, notch in rows]


@pytest.mark.parametrize(
    ("passed", "reached"),
    [
        (29 * MINUTE, []),
        (30 * MINUTE, [Notch.SOON]),
        (60 * MINUTE, [Notch.SOON]),
        (60 * MINUTE + timedelta(microseconds=1), [Notch.SOON, Notch.LATE]),
        (121 * MINUTE, [Notch.SOON, Notch.LATE, Notch.STILL_LATE]),
    ],
)
def test_a_notch_is_a_comparison(passed: timedelta, reached: list[Notch]) -> None:
    assert notches(started_at=NOON, due_at=NOON + HOUR, now=NOON + passed) == reached


def test_each_notch_is_told_to_one_level_more_and_once(session: Session) -> None:
    grid, people = _staffed(session)
    with clock.fixed_at(NOON):
        make.make_case(session, grid)
    given = []
    for minutes in (20, 40, 45, 70, 125, 500):
        with clock.fixed_at(NOON + minutes * MINUTE):
            given.append(_run(session, grid))

    told = session.execute(select(Message.code, Message.person_id).order_by(Message.id)).all()
    assert given == [0, 1, 0, 1, 1, 0]
    assert _rows(session) == [("respond", one) for one in ("soon", "late", "still_late")]
    head, duty = people["网格长"], people["值班员"]
    assert sorted(told) == sorted(
        [("case_soon_due", head), ("case_late", head), ("case_still_late", head),
         ("case_still_late", duty)]
    )  # fmt: skip


def test_a_missed_hour_gives_the_same_rows_and_tells_the_highest(session: Session) -> None:
    grid, _ = _staffed(session)
    with clock.fixed_at(NOON):
        make.make_case(session, grid)
    with clock.fixed_at(NOON + 5 * HOUR):
        assert _run(session, grid) == 3
        assert _run(session, grid) == 0

    assert _rows(session) == [("respond", one) for one in ("soon", "late", "still_late")]
    assert set(session.scalars(select(Message.code))) == {"case_still_late"}


def test_the_next_step_and_the_next_round_have_their_own(session: Session) -> None:
    grid, _ = _staffed(session)
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.CLAIMED)
    for day in (5, 10):
        with clock.fixed_at(NOON + timedelta(days=day)):
            _run(session, grid)
            make.do(session, grid.officer, case.id, Command.RESOLVE)
            make.do(session, grid.officer, case.id, Command.REOPEN)

    assert len(session.scalars(select(CaseReminder)).all()) == 6
    assert set(session.scalars(select(CaseReminder.round))) == {1, 2}


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_two_workers_and_a_killed_one_give_the_same_rows(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        with clock.fixed_at(NOON):
            grid = transaction(_late_cases)
        db.session.remove()
        with pytest.raises(KeyboardInterrupt):
            _work(app, grid, is_killed=True)
        assert db.session.scalars(select(CaseReminder)).all() == []
        db.session.remove()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: _work(app, grid), range(2)))

        assert len(db.session.scalars(select(CaseReminder)).all()) == 9
        assert len(db.session.scalars(select(Message)).all()) == 6
        db.session.remove()


def _late_cases(session: Session) -> make.Grid:
    grid, _ = _staffed(session)
    for _number in range(3):
        make.make_case(session, grid)
    return grid


def _work(app: Flask, grid: make.Grid, *, is_killed: bool = False) -> None:
    """Run the job once, in a transaction of its own; a killed worker ends before its commit."""

    def work(session: Session) -> None:
        _run(session, grid)
        if is_killed:
            raise KeyboardInterrupt

    with app.app_context(), clock.fixed_at(NOON + 5 * HOUR):
        try:
            transaction(work)
        finally:
            db.session.remove()


def test_who_is_away_is_not_told_but_who_stands_in(session: Session) -> None:
    grid, people = _staffed(session)
    with clock.fixed_at(NOON):
        user_ids = {
            name: access_queries.user_id_of_person(
                session, community_id=grid.community_id, person_id=person_id
            )
            for name, person_id in people.items()
        }
        session.add(
            WorkerAbsence(
                community_id=grid.community_id,
                user_id=user_ids["网格长"],
                deputy_user_id=user_ids["值班员"],
                first_on=clock.today(),
                last_on=clock.today() + timedelta(days=3),
                made_on=clock.today(),
                made_at=NOON,
                made_by_name="高洁",
            )
        )
        make.make_case(session, grid)
    with clock.fixed_at(NOON + 40 * MINUTE):
        _run(session, grid)

    told = session.scalars(select(Message.person_id)).all()
    assert set(told) == {people["值班员"]}
