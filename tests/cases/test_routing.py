"""Who gets a case: rules in order, the default, deputies; versions tried before they act."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from timebank.cases.errors import routing as errors
from timebank.cases.queries import routing as queries
from timebank.cases.queries import staff
from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.routing import (
    Choice,
    Ground,
    Leave,
    Matter,
    RoutingState,
    Rule,
    Staff,
    Worker,
    WorkerRole,
    choose,
)
from timebank.cases.service import absences, routing
from timebank.kernel import clock
from timebank.kernel.actor import Actor

OFFICER, STEWARD, ADMIN = WorkerRole
LIU = Worker(1, "刘洋", OFFICER, 3)
WANG = Worker(2, "王敏", STEWARD, 3)
SUN = Worker(3, "孙力", OFFICER, 4)
GAO = Worker(4, "高洁", ADMIN, None)
FIRE = Matter(31, 3, Category.FIRE_SAFETY, Source.REPORTED, is_urgent=False)


def _choose(*rules: Rule, away: dict[int, int] | None = None, matter: Matter = FIRE) -> Choice:
    today = clock.today()
    leaves = {who: Leave(who, deputy, today, today) for who, deputy in (away or {}).items()}
    return choose(matter, rules, Staff([LIU, SUN, WANG, GAO], leaves))


def test_the_first_rule_that_means_it_decides() -> None:
    by_category = Rule(1, category=Category.FIRE_SAFETY, to_role=STEWARD)
    by_grid = Rule(2, grid_id=3, to_user_id=GAO.user_id)
    for rules, taker, position in (
        ((), LIU, None),
        ((by_category, by_grid), WANG, 1),
        ((Rule(1, is_urgent=True, to_role=ADMIN), by_grid), GAO, 2),
        ((Rule(1, source=Source.PATROL, to_role=ADMIN),), LIU, None),
        ((Rule(1, micro_grid_id=31, to_role=ADMIN),), GAO, 1),
    ):
        choice = _choose(*rules)
        assert (choice.worker, choice.position) == (taker, position)


def test_a_rule_that_does_not_fit_leaves_it_to_the_officer() -> None:
    choice = _choose(Rule(1, category=Category.FIRE_SAFETY, to_user_id=SUN.user_id))
    assert (choice.worker, choice.ground) == (LIU, Ground.RULE_UNFIT)
    nowhere = choose(FIRE, [], Staff([SUN], {}))
    assert (nowhere.worker, nowhere.ground) == (None, Ground.NOBODY)
    assert choose(FIRE, [], Staff([SUN, GAO], {})).ground is Ground.ADMIN


def test_who_is_away_has_a_deputy_and_so_on() -> None:
    once = _choose(away={1: 2})
    assert (once.worker, once.instead_of, once.ground) == (WANG, LIU, Ground.OFFICER)
    assert _choose(away={1: 2, 2: 4}).worker == GAO
    in_a_ring = _choose(away={1: 2, 2: 1})
    assert (in_a_ring.worker, in_a_ring.ground) == (GAO, Ground.ADMIN)
    assert _choose(away={1: 3}).worker == GAO  # who cannot reach the grid cannot stand in


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


def _another(session: Session, grid: make.Grid, role: str, name: str) -> Actor:
    scope = ("community", None) if role == "community_admin" else ("grid", grid.grid_id)
    return make_actor(session, community_id=grid.community_id, roles=((role, *scope),), name=name)


def test_a_case_goes_to_the_grids_officer_and_says_why(session: Session, grid: make.Grid) -> None:
    made = make.make_case(session, grid)
    route = queries.route(session, made.id)
    assert route is not None
    assert (route.user_name, route.ground, route.version) == ("刘洋", Ground.OFFICER, None)


def test_a_version_acts_when_tried_and_switched_on_by_another(
    session: Session, grid: make.Grid
) -> None:
    steward = _another(session, grid, "steward", "王敏")
    second = _another(session, grid, "community_admin", "周文")
    make.make_case(session, grid)
    number = routing.draft_routing(session, actor=grid.admin, note="消防交给物业")
    with pytest.raises(errors.RoutingEmptyError):
        routing.try_routing(session, actor=grid.admin, number=number)
    rule = Rule(1, category=Category.FIRE_SAFETY, to_user_id=steward.user_id)
    with pytest.raises(errors.RoutingNotYoursError):
        routing.add_rule(session, actor=second, number=number, rule=rule)
    routing.add_rule(session, actor=grid.admin, number=number, rule=rule)
    routing.add_rule(
        session, actor=grid.admin, number=number, rule=Rule(1, is_urgent=True, to_role=ADMIN)
    )
    with pytest.raises(errors.RoutingUntestedError):
        routing.switch_on(session, actor=second, number=number)
    assert routing.try_routing(session, actor=grid.admin, number=number) == (1, 1)
    line = queries.trial(session, actor=grid.admin, number=number)[0]
    assert (line.now.worker, line.then.worker) != (None, None)
    with pytest.raises(errors.RoutingNeedsSecondError):
        routing.switch_on(session, actor=grid.admin, number=number)
    routing.switch_on(session, actor=second, number=number)

    made = make.make_case(session, grid)
    route = queries.route(session, made.id)
    assert route is not None
    assert (route.user_name, route.version, route.position) == ("王敏", number, 2)
    with pytest.raises(errors.RoutingSettledError):
        routing.add_rule(session, actor=grid.admin, number=number, rule=rule)

    later = routing.draft_routing(session, actor=second)
    view = queries.version(session, actor=second, number=later)
    assert [one.rule.position for one in view.rules] == [1, 2]
    routing.move_rule_up(session, actor=second, number=later, rule_id=view.rules[1].id)
    routing.remove_rule(session, actor=second, number=later, rule_id=view.rules[0].id)
    routing.try_routing(session, actor=second, number=later)
    routing.switch_on(session, actor=grid.admin, number=later)
    states = [one.state for one in queries.versions(session, actor=second)]
    assert states == [RoutingState.ON, RoutingState.OFF]


def test_rules_that_mean_everything_or_nobody_are_refused(
    session: Session, grid: make.Grid
) -> None:
    number = routing.draft_routing(session, actor=grid.admin)
    for rule, refusal in (
        (Rule(1, to_role=ADMIN), errors.RuleBlankError),
        (Rule(1, category=Category.CARE), errors.RuleTargetError),
        (Rule(1, grid_id=2**40, to_role=ADMIN), errors.RulePlaceError),
        (Rule(1, category=Category.CARE, to_user_id=grid.resident.user_id), errors.RuleWorkerError),
    ):
        with pytest.raises(refusal):
            routing.add_rule(session, actor=grid.admin, number=number, rule=rule)
    routing.discard_routing(session, actor=grid.admin, number=number)
    with pytest.raises(errors.RoutingNotFoundError):
        queries.version(session, actor=make.make_grid(session, code="LH").admin, number=number)


def test_a_trial_tells_no_case_that_its_reader_may_not_open(
    session: Session, grid: make.Grid
) -> None:
    make.make_case(session, grid)
    number = routing.draft_routing(session, actor=grid.admin)
    clerk = make_actor(
        session, community_id=grid.community_id, roles=(("finance", "community", None),)
    )

    told = {
        reader.name: len(queries.trial(session, actor=reader, number=number))
        for reader in (grid.admin, grid.officer, clerk)
    }

    assert told == {grid.admin.name: 1, grid.officer.name: 1, clerk.name: 0}


def test_leave_hands_new_cases_to_the_deputy(session: Session, grid: make.Grid) -> None:
    steward = _another(session, grid, "steward", "王敏")
    assert grid.officer.user_id is not None
    assert steward.user_id is not None
    today = clock.today()
    taken = absences.take_leave(
        session,
        actor=grid.officer,
        user_id=grid.officer.user_id,
        deputy_user_id=steward.user_id,
        first_on=today,
        last_on=today + timedelta(days=4),
    )
    made = make.make_case(session, grid)
    route = queries.route(session, made.id)
    assert route is not None
    assert (route.user_name, route.instead_of_name) == ("王敏", "刘洋")
    who = staff.stands_in_for(
        session,
        community_id=grid.community_id,
        user_id=grid.officer.user_id,
        grid_id=grid.grid_id,
    )
    assert who == steward.user_id

    absences.end_leave(session, actor=grid.officer, absence_id=taken.id)
    with pytest.raises(errors.AbsenceOverError):
        absences.end_leave(session, actor=grid.officer, absence_id=taken.id)
    route = queries.route(session, make.make_case(session, grid).id)
    assert route is not None
    assert route.user_name == "刘洋"


def test_leave_keeps_out_of_the_past_and_within_reach(session: Session, grid: make.Grid) -> None:
    steward = _another(session, grid, "steward", "王敏")
    elsewhere = make.make_grid(session, code="LH").officer
    officer, today = grid.officer, clock.today()

    def take(actor: Actor, who: Actor, deputy: Actor, first: int, last: int) -> None:
        absences.take_leave(
            session,
            actor=actor,
            user_id=who.user_id or 0,
            deputy_user_id=deputy.user_id or 0,
            first_on=today + timedelta(days=first),
            last_on=today + timedelta(days=last),
        )

    for args, refusal in (
        ((officer, officer, steward, -1, 2), errors.AbsencePastError),
        ((officer, officer, steward, 2, 1), errors.AbsenceOrderError),
        ((officer, officer, officer, 0, 1), errors.DeputySelfError),
        ((officer, officer, elsewhere, 0, 1), errors.DeputyReachError),
        ((officer, steward, officer, 0, 1), errors.AbsenceNotYoursError),
        ((grid.admin, grid.resident, officer, 0, 1), errors.NoWorkerError),
    ):
        with pytest.raises(refusal):
            take(*args)
    take(grid.admin, officer, steward, 1, 3)
    with pytest.raises(errors.AbsenceOverlapError):
        take(officer, officer, steward, 3, 5)
    take(officer, officer, steward, 4, 5)
    with clock.fixed_at(clock.now() + timedelta(days=30)):
        last = staff.absences(session, grid.community_id, today=today)[0]
        with pytest.raises(errors.AbsenceOverError):
            absences.end_leave(session, actor=officer, absence_id=last.id)


def test_the_database_keeps_leave_as_it_was(session: Session, grid: make.Grid) -> None:
    steward = _another(session, grid, "steward", "王敏")
    today = clock.today()
    taken = absences.take_leave(
        session,
        actor=grid.officer,
        user_id=grid.officer.user_id or 0,
        deputy_user_id=steward.user_id or 0,
        first_on=today,
        last_on=today,
    )
    for statement in (
        f"UPDATE worker_absence SET last_on = '2030-01-01' WHERE id = {taken.id}",
        f"DELETE FROM worker_absence WHERE id = {taken.id}",
    ):
        with pytest.raises(DatabaseError, match="worker_absence"), session.begin_nested():
            session.execute(text(statement))
