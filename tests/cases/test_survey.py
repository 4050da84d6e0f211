"""A survey inside a case: spots by urgency, done one by one, and a project out of them."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.make import cases as make
from timebank.cases.errors import handing as errors
from timebank.cases.queries import linked, survey
from timebank.cases.rules.flow import State
from timebank.cases.rules.survey import Priority
from timebank.cases.service import survey as verbs
from timebank.cases.service.survey import SpotFacts
from timebank.cofund.queries import projects


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def test_spots_become_a_costing_and_are_done_one_by_one(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)
    for place, priority in (
        ("东段 3 号井旁", Priority.LATER),
        ("北门口", Priority.FIRST),
        ("岗亭前", Priority.SOON),
    ):
        verbs.add_spot(
            session, actor=grid.officer, case_id=case.id,
            facts=SpotFacts(place, size_text="1.2 平方米", priority=priority), photo=make.a_photo(),
        )  # fmt: skip
    first, second, third = survey.survey(session, case.id).spots
    verbs.finish_spot(session, actor=grid.officer, case_id=case.id, spot_id=first.id)
    with pytest.raises(errors.SpotDoneError):
        verbs.finish_spot(session, actor=grid.officer, case_id=case.id, spot_id=first.id)
    start: dict[str, Any] = {"actor": grid.admin, "case_id": case.id, "title": "环路路面修补"}
    with pytest.raises(errors.NoSpotsPricedError):
        verbs.start_project(session, costs={second.id: 0}, **start)
    with pytest.raises(errors.SpotNotFoundError):
        verbs.start_project(session, costs={first.id: 100}, **start)
    made = verbs.start_project(session, costs={second.id: 120_000, third.id: 80_000}, **start)

    lines = projects.cost_lines(session, made)
    kept = survey.survey(session, case.id)
    assert [one.place_text for one in (first, second, third)] == [
        "北门口",
        "岗亭前",
        "东段 3 号井旁",
    ]
    assert {line.label: line.amount_fen for line in lines} == {
        "岗亭前 1.2 平方米": 120_000, "东段 3 号井旁 1.2 平方米": 80_000,
    }  # fmt: skip
    assert (kept.done_count, kept.cost_fen, kept.open_spots) == (1, 200_000, [])
    assert linked.linked(session, actor=grid.officer, case_id=case.id).projects[0].id == made


def test_a_case_with_a_result_keeps_its_list(session: Session, grid: make.Grid) -> None:
    case = make.make_case(session, grid, state=State.RESOLVED)

    with pytest.raises(errors.SurveyEndedError):
        verbs.add_spot(session, actor=grid.officer, case_id=case.id, facts=SpotFacts("北门口"))
    with pytest.raises(errors.SurveyEndedError):
        verbs.finish_spot(session, actor=grid.officer, case_id=case.id, spot_id=1)
