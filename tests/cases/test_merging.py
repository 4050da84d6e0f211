"""The same matter twice, and the answer of each reporter: merged ones are asked as well."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make import real
from timebank.cases.errors import handing as errors
from timebank.cases.errors import steps as step_errors
from timebank.cases.models.cases import CaseFile
from timebank.cases.queries import details, lists, reporters, verify
from timebank.cases.rules import flow
from timebank.cases.rules.flow import Answer, Command, EventType, Method, State
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import feedback, intake, merging
from timebank.kernel import clock
from timebank.kernel.db import db, transaction
from timebank.kernel.errors import ConflictError, InvalidError

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _passer_by(session: Session, grid: make.Grid) -> int:
    """A case that somebody without an account reported."""
    said = replace(
        make.an_intake(grid),
        reporter_person_id=None,
        reporter_name="路人",
        reporter_phone="13900000001",
    )
    return intake.register_case(session, actor=grid.officer, intake=said).id


def _lines(session: Session, case_id: int) -> list[reporters.ReporterLine]:
    return reporters.lines(session, session.get_one(CaseFile, case_id))


def test_a_merged_case_comes_out_as_it_went_in(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        master = make.make_case(session, grid, state=State.CLAIMED)
        child = _passer_by(session, grid)
        make.do(session, grid.officer, child, Command.RESPOND)
    with clock.fixed_at(NOON + HOUR):
        merged = make.merge(session, grid, child, master_id=master.id)
        open_now = lists.counts(session, actor=grid.officer).open
    with clock.fixed_at(NOON + 2 * HOUR):
        back = merging.unmerge(session, actor=grid.officer, case_id=child, words="两回事。")
        seen = details.case(session, actor=grid.officer, case_id=child)

    assert (merged.state, open_now, back.state) == (State.MERGED, 1, State.RESPONDED)
    assert seen.due_at == NOON + HOUR
    told = details.history(session, actor=grid.officer, case_id=master.id).items
    assert [one.type for one in told][:2] == [EventType.LET_GO, EventType.TOOK_IN]
    session.flush()
    assert list(verify.findings(session)) == []


def test_what_cannot_be_merged_is_refused(session: Session, grid: make.Grid) -> None:
    one, two, three = (make.make_case(session, grid) for _ in range(3))
    closed = make.make_case(session, grid, state=State.CLOSED)
    make.merge(session, grid, two.id, master_id=one.id)

    def refused(child: int, number: str) -> type[Exception]:
        with pytest.raises((InvalidError, ConflictError)) as found:
            merging.merge_into(
                session, actor=grid.officer, case_id=child, master_number=number, words="同一件。"
            )
        return found.type

    assert refused(three.id, three.number) is errors.MergeSelfError
    assert refused(three.id, "2026-9999") is errors.MasterNotFoundError
    assert refused(three.id, two.number) is errors.MasterEndedError
    assert refused(three.id, closed.number) is errors.MasterEndedError
    assert refused(one.id, three.number) is errors.HasChildrenError
    assert refused(two.id, three.number) is step_errors.AlreadyMergedError
    for command in (Command.REJECT, Command.ASK_CANCEL):
        with pytest.raises(errors.HasChildrenError):
            make.do(session, grid.officer, one.id, command)


def test_every_reporter_is_asked_and_the_last_answer_closes(
    session: Session, grid: make.Grid
) -> None:
    master = make.make_case(session, grid, state=State.CLAIMED)
    child = _passer_by(session, grid)
    make.merge(session, grid, child, master_id=master.id)
    make.do(session, grid.officer, master.id, Command.RESOLVE)
    own, joined = _lines(session, master.id)

    first = make.do(session, grid.officer, master.id, Command.FEED_BACK)
    with pytest.raises(step_errors.NobodyToCallError):
        feedback.feed_back(
            session, actor=grid.officer, case_id=master.id, method=Method.PHONE,
            answer=Answer.SOLVED, words="又打", reporter=own.key,
        )  # fmt: skip
    last = feedback.feed_back(
        session, actor=grid.officer, case_id=master.id, method=Method.PHONE, answer=Answer.SOLVED,
        words="很好", reporter=joined.key, satisfaction=Satisfaction.MOSTLY,
    )  # fmt: skip

    assert (joined.name, joined.phone) == ("路**", "139****0001")
    assert (first.state, last.state) == (State.RESOLVED, State.CLOSED)
    assert [one.satisfaction for one in _lines(session, master.id)] == [None, Satisfaction.MOSTLY]
    with pytest.raises(errors.MasterClosedError):
        merging.unmerge(session, actor=grid.officer, case_id=child, words="拆开。")
    session.flush()
    assert list(verify.findings(session)) == []


def test_three_vain_calls_an_hour_apart_count_and_want_a_second_look(
    session: Session, grid: make.Grid
) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.RESOLVED)
        vain: dict[str, Any] = {"answer": Answer.UNREACHABLE}
        make.do(session, grid.officer, case.id, Command.FEED_BACK, **vain)
        with pytest.raises(step_errors.TriedJustNowError):
            make.do(session, grid.officer, case.id, Command.FEED_BACK, **vain)
    for hours in range(1, flow.FEEDBACK_TRIES_MAX):
        with clock.fixed_at(NOON + hours * HOUR):
            moved = make.do(session, grid.officer, case.id, Command.FEED_BACK, **vain)
    closed = make.do(session, grid.officer, case.id, Command.CLOSE)

    assert (moved.state, closed.state) == (State.FED_BACK, State.CLOSED)
    session.flush()
    assert list(verify.findings(session)) == []


def test_unsolved_opens_a_round_in_which_everybody_is_asked_again(
    session: Session, grid: make.Grid
) -> None:
    case = make.make_case(session, grid, state=State.RESOLVED)
    opened = make.do(session, grid.officer, case.id, Command.FEED_BACK, answer=Answer.UNSOLVED)

    assert opened.state is State.CLAIMED
    assert [one.answer for one in _lines(session, case.id)] == [None]


def test_a_patrol_case_is_checked_on_site(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.RESOLVED, source=flow.Source.PATROL)

    assert [one.key for one in _lines(session, case.id)] == ["site"]
    assert make.do(session, grid.officer, case.id, Command.FEED_BACK).state is State.CLOSED


def test_the_database_refuses_a_chain_of_merged_cases(session: Session, grid: make.Grid) -> None:
    one, two, three = (make.make_case(session, grid) for _ in range(3))
    make.merge(session, grid, two.id, master_id=one.id)
    session.flush()
    into = (
        "UPDATE case_file SET state = 'merged', merged_from = 'registered', children = 0,"
        " ended_at = registered_at, master_id = {master} WHERE id = {child}"
    )
    for child, master in ((three.id, two.id), (one.id, three.id)):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(into.format(child=child, master=master)))


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_into_b_and_b_into_a_at_once_have_one_winner(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        grid, cases = transaction(_two)
        db.session.remove()
        start = Barrier(2)

        with ThreadPoolExecutor(2) as pool:
            ways = [(cases[0], cases[1]), (cases[1], cases[0])]
            ended = list(pool.map(lambda way: _merge(app, grid, way, start), ways))

        assert sorted(ended) == [False, True]
        states = list(db.session.scalars(select(CaseFile.state).order_by(CaseFile.id)))
        assert sorted(states) == ["merged", "registered"]
        assert list(verify.findings(db.session())) == []
        db.session.remove()


def _two(session: Session) -> tuple[make.Grid, list[tuple[int, str]]]:
    grid = make.make_grid(session)
    made = [make.make_case(session, grid) for _ in range(2)]
    return grid, [(one.id, one.number) for one in made]


def _merge(
    app: Flask, grid: make.Grid, way: tuple[tuple[int, str], tuple[int, str]], start: Barrier
) -> bool:
    """Whether the merge of the first into the second was done."""
    (child, _), (_, number) = way
    with app.app_context():
        start.wait(timeout=60)
        try:
            transaction(
                lambda session: merging.merge_into(
                    session,
                    actor=grid.officer,
                    case_id=child,
                    master_number=number,
                    words="同一件。",
                )
            )
        except ConflictError:
            return False
        finally:
            db.session.remove()
    return True
