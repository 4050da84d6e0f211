"""The whistle: a clock for each department, nobody leaves before, both sides are heard."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import cases as make
from timebank.cases.errors import handing as errors
from timebank.cases.errors.steps import StillClaimedError, WordsMissingError
from timebank.cases.queries import department_figures, verify, whistles
from timebank.cases.queries.whistles import CalledView
from timebank.cases.rules.flow import Command, EventType, State
from timebank.cases.rules.policy import HOUSE_POLICY
from timebank.cases.rules.whistling import CALLED_ARROWS, CalledState, Saying, Side
from timebank.cases.service import promises
from timebank.cases.service import whistles as verbs
from timebank.cases.service.whistles import DepartmentFacts
from timebank.kernel import clock

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


@pytest.fixture
def case_id(session: Session, grid: make.Grid) -> int:
    """A claimed case to which two departments were called at noon."""
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.CLAIMED)
        make.whistle(session, grid, case.id, ("城管执法", "市场监管"))
    return case.id


def _called(session: Session, case_id: int) -> list[CalledView]:
    return whistles.called(session, case_id)


def test_every_step_of_a_department_is_decided() -> None:
    for state in CalledState:
        for event in EventType:
            arrow = CALLED_ARROWS.get((state, event))
            assert arrow is None or len(arrow[1]) > 10


def test_departments_report_in_work_and_are_let_go(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    first, second = _called(session, case_id)
    facts: dict[str, Any] = {"actor": grid.officer, "case_id": case_id}

    def note(one: CalledView, saying: Saying, words: str = "") -> None:
        verbs.note_department(session, whistle_id=one.id, saying=saying, words=words, **facts)

    with clock.fixed_at(NOON + 20 * MINUTE):
        note(first, Saying.ARRIVED)
        with pytest.raises(errors.WhistleStepError):
            verbs.release(session, whistle_id=first.id, **facts)
        note(first, Saying.ACCEPTED)
        with pytest.raises(WordsMissingError):
            note(second, Saying.DECLINED)
    with clock.fixed_at(NOON + 50 * MINUTE):
        note(second, Saying.ARRIVED)
        with pytest.raises(errors.WhistleOpenError):
            make.do(session, grid.officer, case_id, Command.RESOLVE)
        with pytest.raises(errors.NotAssessableError):
            verbs.assess(session, whistle_id=first.id, side=Side.CALLER, score=5, **facts)
        note(second, Saying.DECLINED, "不归我们管")
        note(first, Saying.FINISHED, "清完了")
        note(first, Saying.ACCEPTED, "角落还有")
        note(first, Saying.FINISHED, "都清完了")
        verbs.release(session, whistle_id=first.id, **facts)
        for side in Side:
            verbs.assess(session, whistle_id=first.id, side=side, score=4, **facts)
        with pytest.raises(errors.NotAssessableError):
            verbs.assess(session, whistle_id=first.id, side=Side.CALLER, score=1, **facts)
        make.do(session, grid.officer, case_id, Command.RESOLVE)
        seen = _called(session, case_id)

    assert [one.state for one in seen] == [CalledState.COMPLETED, CalledState.DECLINED]
    assert [one.is_late for one in seen] == [False, True]
    assert (seen[0].caller_score, seen[0].department_score, seen[0].is_lead) == (4, 4, True)
    board = whistles.board(session, actor=grid.admin).items
    assert [one.case_id for one in board] == [case_id, case_id]
    assert whistles.board(session, actor=grid.officer).items == []
    assert department_figures.of_year(session, actor=grid.officer, year=2026) == []
    assert department_figures.of_year(session, actor=grid.admin, year=2025) == []
    told = department_figures.of_year(session, actor=grid.admin, year=2026)
    assert [(one.name, one.calls, one.on_time, one.late) for one in told] == [
        ("城管执法", 1, 1, 0),
        ("市场监管", 1, 0, 1),
    ]
    assert [(one.completed, one.declined) for one in told] == [(1, 0), (0, 1)]
    assert [(one.caller_tenths, one.department_tenths) for one in told] == [(40, 40), (None, None)]
    late = whistles.board(session, actor=grid.admin, year=2026, is_late=True).items
    assert [one.name for one in late] == ["市场监管"]
    assert list(verify.findings(session)) == []


def test_whose_time_is_not_over_or_who_was_let_off_is_neither_late_nor_on_time(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    first, second = _called(session, case_id)
    with clock.fixed_at(NOON + 10 * MINUTE):
        verbs.withdraw(
            session, actor=grid.officer, case_id=case_id, whistle_id=first.id, words="不用来了。"
        )
        told = department_figures.of_year(session, actor=grid.admin, year=2026)
    assert [(one.calls, one.due) for one in told] == [(1, 0), (1, 0)]
    with clock.fixed_at(NOON + 31 * MINUTE):
        told = department_figures.of_year(session, actor=grid.admin, year=2026)
        late = whistles.board(
            session, actor=grid.admin, department_id=second.department_id, is_late=True
        )
    assert [(one.calls, one.late) for one in told] == [(1, 0), (1, 1)]
    assert [(one.id, one.is_late) for one in late.items] == [(second.id, True)]


def test_a_call_names_known_departments_and_one_that_leads(
    session: Session, grid: make.Grid, case_id: int
) -> None:
    first, second = _called(session, case_id)

    def call(ids: list[int], lead: int) -> None:
        verbs.whistle(
            session,
            actor=grid.officer,
            case_id=case_id,
            department_ids=ids,
            lead_id=lead,
            words="来。",
        )

    for ids, lead in (
        ([], 0),
        ([first.department_id], second.department_id),
        ([99999999], 99999999),
    ):
        with pytest.raises(errors.NoDepartmentError):
            call(ids, lead)
    with pytest.raises(errors.DepartmentCalledError):
        call([first.department_id], first.department_id)
    verbs.withdraw(
        session, actor=grid.officer, case_id=case_id, whistle_id=first.id, words="不用来了。"
    )
    call([first.department_id], first.department_id)

    assert [one.state for one in _called(session, case_id)] == [
        CalledState.WITHDRAWN, CalledState.NOTIFIED, CalledState.NOTIFIED,
    ]  # fmt: skip
    assert list(verify.findings(session)) == []


def test_the_time_to_report_in_is_promised_by_version(session: Session, grid: make.Grid) -> None:
    with clock.fixed_at(NOON):
        promises.draft_promises(
            session,
            actor=grid.officer,
            policy=replace(HOUSE_POLICY, report_in_minutes=45, reopen_days=7),
            in_force_on=clock.today(),
        )
        promises.approve_promises(session, actor=grid.admin, number=2)
        case = make.make_case(session, grid, state=State.CLAIMED)
        make.whistle(session, grid, case.id)

    assert _called(session, case.id)[0].arrive_due_at == NOON + 45 * MINUTE


def test_only_a_case_in_hand_is_whistled_for(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    made = verbs.add_department(session, actor=grid.admin, facts=DepartmentFacts(name="城管"))
    with pytest.raises(errors.DepartmentKnownError):
        verbs.add_department(session, actor=grid.admin, facts=DepartmentFacts(name="城管"))
    verbs.drop_department(session, actor=grid.admin, department_id=made)
    assert whistles.departments(session, community_id=grid.community_id) == []
    with pytest.raises(errors.NoDepartmentError):
        verbs.whistle(
            session,
            actor=grid.officer,
            case_id=case.id,
            department_ids=[made],
            lead_id=made,
            words="来。",
        )
    with pytest.raises(StillClaimedError):
        make.do(session, grid.officer, case.id, Command.CLOSE)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_file SET state = 'resolved', open_whistles = 0",
        "UPDATE case_whistle SET state = 'completed'",
        "UPDATE case_whistle SET arrive_due_at = notified_at",
        "UPDATE case_whistle SET caller_score = 5",
        "DELETE FROM case_whistle",
    ],
)
def test_the_database_refuses_it_as_well(session: Session, case_id: int, statement: str) -> None:
    session.flush()
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))
    assert case_id
