"""Figures of cases agree with a model that knows nothing of them, at every moment and place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.community import make_micro_grid
from tests.make.promises import WORKING, make_promises
from timebank.cases.rules.flow import (
    Answer,
    Category,
    Command,
    Method,
    Outcome,
    Source,
    State,
    Step,
)  # fmt: skip
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service import feedback, hands, intake, overlays, steps
from timebank.cases.service.intake import Intake
from timebank.kernel import clock
from timebank.reports.queries import case_facts, case_figures, case_rows
from timebank.reports.queries.case_rows import Wanted
from timebank.reports.rules import cases as rules
from timebank.reports.rules.cases import By, Fate, Part, Rate
from timebank.reports.rules.figures import Period, Places

BEGIN = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
LIMITS = {"respond": 60, "claim": 60, "resolve": 3 * 1440, "feed_back": 5 * 1440}


@dataclass
class Told:
    """What the model knows of one case: when what happened, in its own words."""

    grid_id: int
    source: Source
    at: datetime
    done: dict[str, datetime] = field(default_factory=dict)
    rejected: datetime | None = None
    solved: bool = True
    content: bool | None = None

    def due(self, step: str) -> datetime | None:
        """When a step is due: so long after the step before."""
        names = list(LIMITS)
        before = names[names.index(step) - 1] if step != "respond" else None
        start = self.at if before is None else self.done.get(before)
        return None if start is None else start + timedelta(minutes=LIMITS[step])


@dataclass
class World:
    """Acts in the order of their moments, and what the model was told of them."""

    acts: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def run(self, until: datetime) -> None:
        """Do what lies before a moment."""
        self.acts.sort(key=lambda one: one[0])
        while self.acts and self.acts[0][0] <= until:
            at, act = self.acts.pop(0)
            with clock.fixed_at(at):
                act()


def a_world(session: Session, grid: make.Grid, seed: int, *, cases: int = 14) -> World:
    """Plan random histories in two grids."""
    random, world = Random(seed), World()
    other = make_micro_grid(session, grid.community_id, grid_no=5, building_no=20)
    doors = [(grid.micro_grid_id, grid.grid_id), (other.id, other.grid_id)]
    for at in range(cases):
        door, grid_id = random.choice(doors)
        begin = BEGIN + timedelta(minutes=random.randrange(50 * 1440))
        told = Told(grid_id, random.choice([Source.PATROL, Source.ASSIGNED]), begin)
        _plan(session, grid, world, told, random, door=door, name=f"第 {at} 件")
    return world


def _plan(
    session: Session,
    grid: make.Grid,
    world: World,
    told: Told,
    random: Random,
    *,
    door: int,
    name: str,
) -> None:
    ids: list[int] = []

    def register() -> None:
        said = Intake(told.source, Category.FACILITIES, name, "", door)
        ids.append(intake.register_case(session, actor=grid.admin, intake=said).id)
        world.told.append(told)

    def noting(step: str, act: Callable[[], object]) -> Callable[[], None]:
        def do() -> None:
            act()
            told.done[step] = clock.now()

        return do

    def reject() -> None:
        make.do(session, grid.admin, ids[0], Command.REJECT)
        told.rejected = clock.now()

    def answer() -> None:
        mood = random.choice([None, Satisfaction.SATISFIED, Satisfaction.UNSATISFIED])
        feedback.feed_back(
            session, actor=grid.admin, case_id=ids[0], method=Method.SITE_CHECK,
            answer=Answer.SOLVED, words="好了", satisfaction=mood,
        )  # fmt: skip
        told.content = None if mood is None else mood is Satisfaction.SATISFIED

    world.acts.append((told.at, register))
    at = told.at
    acts: list[tuple[str, Callable[[], object]]] = [
        ("respond", lambda: steps.respond(session, actor=grid.admin, case_id=ids[0], words="来")),
        ("claim", lambda: steps.claim(session, actor=grid.admin, case_id=ids[0])),
        (
            "resolve",
            lambda: steps.resolve(
                session, actor=grid.admin, case_id=ids[0], outcome=Outcome.SOLVED, words="好",
                no_photo_reason="天黑",
            ),
        ),
        ("feed_back", answer),
    ]  # fmt: skip
    for step, act in acts:
        chance = random.random()
        if chance < 0.1:
            return
        limit = LIMITS[step]
        minutes = random.choice([limit, limit + 1, random.randrange(1, 2 * limit)])
        at += timedelta(minutes=minutes)
        if chance < 0.2 and step in {"respond", "claim"}:
            world.acts.append((at, reject))
            return
        world.acts.append((at, noting(step, act)))


def model_rate(told: list[Told], step: str, *, first: date, as_of: datetime) -> Rate:
    """On time of all that was done, or past due and still waited for, by the month of the limit."""
    part = whole = 0
    for one in told:
        due, done = one.due(step), one.done.get(step)
        if due is None or clock.day_of(due).replace(day=1) != first:
            continue
        start = due - timedelta(minutes=LIMITS[step])
        if start > as_of:
            continue
        if done is not None and done <= as_of:
            part, whole = part + (done <= due), whole + 1
        elif due < (min(as_of, one.rejected) if one.rejected else as_of):
            whole += 1
    return Rate(part, whole)


def whole(grid: make.Grid) -> Places:
    """The whole community, seen by somebody who may open the cases."""
    return Places(grid.community_id, is_whole=True, sees_people=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_figures_agree_with_the_model_and_the_past_stays(session: Session, seed: int) -> None:
    grid = make.make_grid(session)
    world = a_world(session, grid, seed)
    halfway = BEGIN + timedelta(days=20)
    moments = [halfway, BEGIN + timedelta(days=70)]
    kept = []
    for as_of in moments:
        world.run(as_of)
        with clock.fixed_at(as_of):
            for first in (MARCH, APRIL):
                period = Period(first, first)
                found = case_figures.case_figures(session, places=whole(grid), period=period)
                kept.append((first, as_of, found))
                _agrees(found.all, world.told, first, as_of)
                for line in found.lines:
                    here = [one for one in world.told if one.grid_id == line.head.key]
                    _agrees(line.figures, here, first, as_of)
                _adds_up(found)
    for first, as_of, found in kept:
        again = case_figures.case_figures(
            session, places=whole(grid), period=Period(first, first), as_of=as_of
        )
        assert again == found


def _agrees(found: rules.Figures, told: list[Told], first: date, as_of: datetime) -> None:
    """Check figures against the model's own count."""
    for step in Step:
        wanted = model_rate(told, step.value, first=first, as_of=as_of)
        assert found.steps[step].on_time == wanted, step
    new = [one for one in told if clock.day_of(one.at).replace(day=1) == first and one.at <= as_of]
    out = [one for one in new if one.rejected and one.rejected <= as_of]
    left = [one for one in new if one not in out]
    closed = [one for one in left if "feed_back" in one.done and one.done["feed_back"] <= as_of]
    rated = [one for one in closed if one.content is not None]
    assert found.registered == len(new)
    assert found.excluded[Fate.REJECTED] == len(out)
    assert found.shares["closed"] == Rate(len(closed), len(left))
    assert found.shares["solved"] == Rate(len(closed), len(closed))
    assert found.shares["satisfied"] == Rate(sum(one.content is True for one in rated), len(rated))
    assert found.unrated == len(closed) - len(rated)


def _adds_up(found: rules.CaseFigures) -> None:
    """Check that the sums over the lines equal the whole."""
    lines = [line.figures for line in found.lines]
    assert sum(one.registered for one in lines) == found.all.registered
    for step in Step:
        rates = [one.steps[step].on_time for one in lines]
        all_of = found.all.steps[step].on_time
        assert (sum(one.part for one in rates), sum(one.whole for one in rates)) == (
            all_of.part, all_of.whole,
        )  # fmt: skip
    for name, rate in found.all.shares.items():
        assert sum(one.shares[name].whole for one in lines) == rate.whole
        assert sum(one.shares[name].part for one in lines) == rate.part


def test_every_figure_opens_to_as_many_cases_on_every_side(session: Session) -> None:
    grid = make.make_grid(session)
    world = a_world(session, grid, 3)
    as_of = BEGIN + timedelta(days=30)
    world.run(as_of)
    period = Period(MARCH, APRIL)
    with clock.fixed_at(as_of):
        found = case_facts.facts(session, places=whole(grid), period=period)
    for by in By:
        with clock.fixed_at(as_of):
            laid = case_figures.case_figures(session, places=whole(grid), period=period, by=by)
        assert laid.lines or by is By.DEPARTMENT
        for line in laid.lines:
            for name, rate in line.figures.shares.items():
                rows = [
                    one
                    for one in rules.behind(name, Part.WHOLE, steps=found.steps, cases=found.cases)
                    if line.head.key in rules.keys_of(one, by)
                ]
                assert len(rows) == rate.whole, (by, name)
            for step in Step:
                on_time = line.figures.steps[step].on_time
                for part, count in (
                    (Part.WHOLE, on_time.whole),
                    (Part.PART, on_time.part),
                    (Part.REST, on_time.whole - on_time.part),
                ):
                    with clock.fixed_at(as_of):
                        page = case_rows.behind(
                            session,
                            places=whole(grid),
                            period=period,
                            wanted=Wanted(step.value, part, by, str(line.head.key)),
                        )
                    assert len(page.items) == count, (by, step, part)


def test_rows_come_page_by_page(session: Session) -> None:
    grid = make.make_grid(session)
    for _ in range(3):
        make.make_case(session, grid)
    month = clock.today().replace(day=1)

    seen, cursor = [], None
    while True:
        page = case_rows.behind(
            session, places=whole(grid), period=Period(month, month), wanted=Wanted(),
            cursor=cursor, limit=2,
        )  # fmt: skip
        seen += [one.case_id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 3
    assert seen == sorted(seen, reverse=True)


def test_a_pause_is_no_time_of_a_step_and_marks_are_counted(session: Session) -> None:
    grid = make.make_grid(session)
    with clock.fixed_at(BEGIN):
        made = make.make_case(session, grid, state=State.CLAIMED).id
        overlays.ask_pause(
            session, actor=grid.officer, case_id=made, reason=next(iter(PauseReason)),
            last_on=clock.today() + timedelta(days=3), words="等材料",
        )  # fmt: skip
        make.do(session, grid.admin, made, Command.APPROVE)
    with clock.fixed_at(BEGIN + timedelta(hours=30)):
        make.do(session, grid.officer, made, Command.RESUME)
    with clock.fixed_at(BEGIN + timedelta(hours=31)):
        make.do(session, grid.officer, made, Command.RESOLVE)
        found = case_figures.case_figures(
            session, places=whole(grid), period=Period(MARCH, MARCH)
        ).all

    assert found.steps[Step.RESOLVE].median == 60
    assert found.shares["paused"] == Rate(1, 1)


def test_minutes_are_those_of_the_policys_clock(session: Session) -> None:
    grid = make.make_grid(session)
    make_promises(session, grid, WORKING, on=date(2026, 3, 1))
    friday = datetime.fromisoformat("2026-03-06T17:50:00+08:00")
    with clock.fixed_at(friday):
        made = make.make_case(session, grid).id
    with clock.fixed_at(datetime.fromisoformat("2026-03-09T09:20:00+08:00")):
        make.do(session, grid.officer, made, Command.RESPOND)
        found = case_figures.case_figures(
            session, places=whole(grid), period=Period(MARCH, MARCH)
        ).all

    assert found.steps[Step.RESPOND].median == 30
    assert found.steps[Step.RESPOND].on_time == Rate(1, 1)


def test_who_takes_over_at_the_last_minute_is_not_blamed(session: Session) -> None:
    grid = make.make_grid(session)
    with clock.fixed_at(BEGIN):
        made = make.make_case(session, grid, state=State.CLAIMED).id
    with clock.fixed_at(BEGIN + timedelta(days=3, minutes=-1)):
        hands.reassign(
            session,
            actor=grid.admin,
            case_id=made,
            to_user_id=grid.admin.user_id or 0,
            words="换人",
        )
    with clock.fixed_at(BEGIN + timedelta(days=4)):
        found = case_figures.case_figures(
            session, places=whole(grid), period=Period(MARCH, MARCH), by=By.HOLDER
        )

    late = {
        line.head.name: line.figures.steps[Step.RESOLVE].on_time
        for line in found.lines
        if line.figures.steps[Step.RESOLVE].on_time.whole
    }
    assert late == {"刘洋": Rate(0, 1)}


def test_a_share_of_few_is_told_as_a_count_and_of_none_as_nothing() -> None:
    assert (Rate(3, 4).is_small, Rate(9, 10).is_small, Rate(0, 0).is_small) == (True, False, False)
    assert (Rate(1, 8).permille, Rate(2, 3).permille, Rate().permille) == (125, 667, None)
