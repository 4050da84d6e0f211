"""Kept months give the figures that the cases themselves give, at every moment, and are proved."""

from array import array
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.reports.test_case_figures import APRIL, BEGIN, MARCH, a_world, whole
from timebank.cases.models.cases import CaseFile
from timebank.cases.rules.flow import Command, State, Step
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.reports import verify
from timebank.reports.errors import StillCountingError
from timebank.reports.models import CaseMonth, CaseMonthsKept
from timebank.reports.queries import case_facts, case_figures, case_months, case_rows
from timebank.reports.queries.case_rows import Wanted
from timebank.reports.rules import case_tallies
from timebank.reports.rules.cases import By, CaseFigures, Part, Rate
from timebank.reports.rules.figures import Period
from timebank.reports.service import case_months as service

PERIOD = Period(MARCH, APRIL)
SIDES = (By.GRID, By.CATEGORY, By.HOLDER, By.MONTH)
MOMENTS = [BEGIN + timedelta(days=days) for days in (12, 30, 70)]


def test_kept_months_tell_every_moment_as_the_cases_do(session: Session) -> None:
    grid = make.make_grid(session)
    world = a_world(session, grid, 5)
    told = {}
    for at in MOMENTS:
        world.run(at)
        for by in SIDES:
            with clock.fixed_at(at):
                told[at, by] = case_figures.case_figures(
                    session, places=whole(grid), period=PERIOD, by=by
                )
    for now in MOMENTS[:2]:
        keep(session, grid, now=now)
        kept = case_months.kept_at(session, grid.community_id)
        assert kept == now - service.BEHIND
        for (at, by), found in told.items():
            layout = case_months.layout(
                session, places=whole(grid), period=PERIOD, by=by, as_of=at, kept=kept
            )
            heads = [line.head for line in found.lines]
            assert layout.figures(heads) == found, (now, at, by)
        assert list(verify.findings(session)) == []


def keep(session: Session, grid: make.Grid, *, now: object) -> None:
    """Let the job work until months are kept."""
    with clock.fixed_at(now):  # type: ignore[arg-type]  # a moment
        while not service.keep_on(session, community_id=grid.community_id):
            pass


def figures(session: Session, grid: make.Grid, by: By = By.GRID) -> CaseFigures:
    month = clock.today().replace(day=1)
    return case_figures.case_figures(
        session, places=whole(grid), period=Period(month, month), by=by
    )


def test_what_happened_since_is_added_and_a_wrong_row_is_named(session: Session) -> None:
    grid = make.make_grid(session)
    with clock.fixed_at(BEGIN):
        first = make.make_case(session, grid, state=State.CLOSED)
    with clock.fixed_at(BEGIN + timedelta(hours=1)):
        keep(session, grid, now=clock.now())
        assert session.scalar(select(CaseMonthsKept.is_ready))
        make.do(session, grid.officer, first.id, Command.REOPEN)
        make.make_case(session, grid)
        assert figures(session, grid).all.shares["closed"] == Rate(0, 2)
        assert figures(session, grid).all.shares["reopened"] == Rate(1, 1)
    with clock.fixed_at(BEGIN + timedelta(hours=2)):
        keep(session, grid, now=clock.now())
    assert list(verify.findings(session)) == []

    session.execute(update(CaseMonth).where(CaseMonth.side == By.GRID).values(counts={"closed": 9}))
    wrong = list(verify.findings(session))
    assert {one.table for one in wrong} == {"case_month"}


def test_a_case_stands_with_each_department_that_was_called(session: Session) -> None:
    grid = make.make_grid(session)
    with clock.fixed_at(BEGIN):
        made = make.make_case(session, grid, state=State.CLAIMED)
        make.make_case(session, grid)
    with clock.fixed_at(BEGIN + timedelta(minutes=30)):
        make.whistle(session, grid, made.id, ["城管", "市场监管"])
    with clock.fixed_at(BEGIN + timedelta(days=5)):
        found = figures(session, grid, By.DEPARTMENT)
        assert [line.head.name for line in found.lines] == ["城管", "市场监管"]
        for line in found.lines:
            assert line.figures.registered == 1
            assert line.figures.steps[Step.RESPOND].on_time == Rate()
            assert line.figures.steps[Step.RESOLVE].on_time == Rate(0, 1)
            page = case_rows.behind(
                session,
                places=whole(grid),
                period=Period(MARCH, MARCH),
                wanted=Wanted("resolve", Part.REST, By.DEPARTMENT, str(line.head.key)),
            )
            assert [one.case_id for one in page.items] == [made.id]
        assert found.all.registered == 2
        keep(session, grid, now=clock.now())
        assert figures(session, grid, By.DEPARTMENT) == found
    assert list(verify.findings(session)) == []


def test_keeping_goes_on_where_it_stopped(session: Session, monkeypatch: object) -> None:
    grid = make.make_grid(session)
    with clock.fixed_at(BEGIN):
        for _ in range(3):
            make.make_case(session, grid)
    number = session.scalars(select(CaseFile.id).order_by(CaseFile.id)).all()
    monkeypatch.setattr(service, "BATCH", 2)  # type: ignore[attr-defined]  # pytest's own
    with clock.fixed_at(BEGIN + timedelta(hours=1)):
        assert not service.keep_on(session, community_id=grid.community_id)
        state = session.get_one(CaseMonthsKept, grid.community_id)
        assert (state.last_case_id, state.is_ready) == (number[1], False)
        assert case_months.kept_at(session, grid.community_id) is None
        while not service.keep_on(session, community_id=grid.community_id):
            pass
    assert list(verify.findings(session)) == []


def test_a_first_keeping_starts_by_itself_and_opens_what_was_too_many(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = make.make_grid(session)
    monkeypatch.setattr(case_facts, "CASES_MAX", 1)
    monkeypatch.setattr(service, "BATCH", 1)
    with clock.fixed_at(BEGIN):
        for _ in range(2):
            make.make_case(session, grid)
    with clock.fixed_at(BEGIN + timedelta(hours=1)):
        with pytest.raises(StillCountingError):
            figures(session, grid)
        jobs.enqueue_due(session)
        session.commit()
        while jobs.run_next():
            pass
        session.expire_all()
        assert figures(session, grid).all.registered == 2
        early = clock.now() - timedelta(minutes=30)
        told = case_figures.case_figures(
            session, places=whole(grid), period=Period(MARCH, MARCH), as_of=early
        )
        assert told.all.registered == 2


def test_a_value_is_found_among_runs_without_laying_them_out() -> None:
    runs = [(1, array("I", [1, 5, 9])), (1, array("I", [2, 5])), (-1, array("I", [5]))]
    laid = [1, 2, 5, 9]

    for hundredths in (1, 25, 50, 51, 75, 90, 100):
        wanted = laid[(len(laid) * hundredths + 99) // 100 - 1]
        assert case_tallies.at_hundredths(runs, hundredths) == wanted
    assert case_tallies.at_hundredths([(1, array("I"))], 50) is None
    again = case_tallies.unpacked(case_tallies.packed(array("I", [0, 70_000])))
    assert list(again) == [0, 70_000]
