"""A case changes hands: disputes, levels, whose a missed step is, and what the database refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make.access import make_actor
from timebank.cases.errors import handing as errors
from timebank.cases.models.hands import CaseResult
from timebank.cases.queries import custody, details, lists, verify
from timebank.cases.rules.custody import Desk
from timebank.cases.rules.flow import Command, Level, Refusal, State, Step
from timebank.cases.service import hands, intake, overlays, steps
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.notices.models.messages import Message

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def grid(session: Session) -> make.Grid:
    """A community with one grid and its people."""
    return make.make_grid(session)


@pytest.fixture
def steward(session: Session, grid: make.Grid) -> Actor:
    """A steward of the same grid."""
    return make_actor(
        session,
        community_id=grid.community_id,
        roles=(("steward", "grid", grid.grid_id),),
        name="孙磊",
        person_id=grid.resident.person_id,
    )


def _results(session: Session, case_id: int) -> list[tuple[int, str, bool, int]]:
    rows = session.scalars(
        select(CaseResult).where(CaseResult.case_id == case_id).order_by(CaseResult.id)
    )
    return [(row.round, str(row.step), row.is_late, row.segment) for row in rows]


def _assert_sound(session: Session) -> None:
    session.flush()
    assert list(verify.findings(session)) == []


def test_a_return_is_decided_once_and_the_clocks_run_on(
    session: Session, grid: make.Grid, steward: Actor
) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.CLAIMED)
    with clock.fixed_at(NOON + timedelta(hours=5)):
        with pytest.raises(errors.AssignedElsewhereError):
            hands.return_case(session, actor=steward, case_id=case.id, words="不归我。")
        returned = hands.return_case(session, actor=grid.officer, case_id=case.id, words="归物业。")
        waiting = details.case(session, actor=grid.admin, case_id=case.id)
        with pytest.raises(errors.DisputeOpenError):
            steps.claim(session, actor=steward, case_id=case.id)
        hands.designate(
            session,
            actor=grid.admin,
            case_id=case.id,
            to_user_id=steward.user_id or 0,
            words="物业办。",
        )
        with pytest.raises(errors.DisputeDecidedError):
            hands.return_case(session, actor=steward, case_id=case.id, words="不归我。")
        with pytest.raises(errors.AssignedElsewhereError):
            steps.claim(session, actor=grid.officer, case_id=case.id)
        mine = lists.cases(session, actor=steward, wanted=lists.CaseFilter(tab=lists.Tab.MINE))
        steps.claim(session, actor=steward, case_id=case.id)
        seen = details.case(session, actor=steward, case_id=case.id)

    assert returned.state is State.RESPONDED
    assert (waiting.step, waiting.next_command) == (Step.RESOLVE, Command.DESIGNATE)
    assert [line.id for line in mine.items] == [case.id]
    assert (seen.holder_name, seen.due_at) == ("孙磊", NOON + timedelta(days=3))
    assert [one.desk for one in custody.segments(session, case.id)] == [
        Desk.GRID, Desk.WORKER, Desk.COMMUNITY, Desk.WORKER,
    ]  # fmt: skip
    assert {row.code for row in session.scalars(select(Message))} == {"case_handed_over"}
    _assert_sound(session)


def test_handed_on_in_the_last_minute_does_not_stain_who_takes_it(
    session: Session, grid: make.Grid, steward: Actor
) -> None:
    with clock.fixed_at(NOON):
        case = make.make_case(session, grid, state=State.RESPONDED)
    with clock.fixed_at(NOON + 59 * MINUTE):
        hands.reassign(
            session,
            actor=grid.officer,
            case_id=case.id,
            to_user_id=steward.user_id or 0,
            words="您熟。",
        )
        with pytest.raises(errors.SameHandsError):
            hands.reassign(
                session,
                actor=grid.admin,
                case_id=case.id,
                to_user_id=steward.user_id or 0,
                words="您熟。",
            )
    with clock.fixed_at(NOON + 70 * MINUTE):
        steps.claim(session, actor=steward, case_id=case.id)

    late = [one for one in _results(session, case.id) if one[2]]
    assert late == [(1, "claim", True, 1)]
    assert [one.user_name for one in custody.segments(session, case.id)] == ["", "孙磊"]
    _assert_sound(session)


def test_one_rung_at_a_time_and_an_urgent_case_may_skip(
    session: Session, grid: make.Grid, steward: Actor
) -> None:
    case = make.make_case(session, grid, state=State.CLAIMED)

    def up(level: Level, to: Actor) -> None:
        hands.escalate(
            session, actor=grid.officer, case_id=case.id, level=level, to_user_id=to.user_id or 0,
            words="这一级办不了。",
        )  # fmt: skip

    with pytest.raises(errors.OneRungError):
        up(Level.COMMUNITY, grid.admin)
    up(Level.COOPERATIVE, steward)
    with pytest.raises(errors.WorkerNotFoundError):
        up(Level.COMMUNITY, steward)
    with pytest.raises(errors.OneRungError):
        up(Level.UNIT, steward)
    up(Level.COMMUNITY, grid.admin)
    up(Level.SUBDISTRICT, grid.admin)
    with pytest.raises(errors.AtTopError):
        up(Level.SUBDISTRICT, grid.admin)

    urgent = intake.register_case(
        session, actor=grid.officer, intake=replace(make.an_intake(grid), is_urgent=True)
    )
    hands.escalate(
        session, actor=grid.officer, case_id=urgent.id, level=Level.SUBDISTRICT,
        to_user_id=grid.admin.user_id or 0, words="有人被困。",
    )  # fmt: skip
    seen = details.case(session, actor=grid.officer, case_id=case.id)
    assert (seen.level, seen.state, seen.holder_name) == (Level.SUBDISTRICT, State.CLAIMED, "高洁")
    _assert_sound(session)


def test_round_one_is_frozen_and_late_when_rejected_stays_late(
    session: Session, grid: make.Grid
) -> None:
    with clock.fixed_at(NOON):
        first = make.make_case(session, grid, state=State.CLAIMED)
        second = make.make_case(session, grid)
    with clock.fixed_at(NOON + timedelta(days=4)):
        make.do(session, grid.officer, first.id, Command.RESOLVE)
        make.do(session, grid.officer, first.id, Command.REOPEN)
        overlays.reject(
            session, actor=grid.officer, case_id=second.id, refusal=Refusal.NOT_OURS, words="12345"
        )
        make.do(session, grid.officer, first.id, Command.RESOLVE)

    assert _results(session, first.id)[2:] == [(1, "resolve", True, 2), (2, "resolve", False, 2)]
    assert _results(session, second.id) == [(1, "respond", True, 1)]
    _assert_sound(session)


def test_cancelling_takes_who_registered_and_somebody_else(
    session: Session, grid: make.Grid, steward: Actor
) -> None:
    case = make.make_case(session, grid)
    with pytest.raises(errors.NotRegistrarError):
        overlays.ask_cancel(session, actor=steward, case_id=case.id, words="登重了。")
    overlays.ask_cancel(session, actor=grid.officer, case_id=case.id, words="登重了。")
    gone = overlays.approve(session, actor=grid.admin, case_id=case.id)

    assert gone.state is State.CANCELLED
    _assert_sound(session)


@pytest.mark.parametrize(
    "statement",
    [
        (
            "INSERT INTO case_custody (community_id, case_id, position, desk, user_name, level,"
            " from_seq, from_at) SELECT community_id, case_id, 9, desk, '', level, 9, from_at"
            " FROM case_custody"
        ),
        "UPDATE case_custody SET level = 'community'",
        "DELETE FROM case_custody",
        "UPDATE case_result SET is_late = NOT is_late",
        "DELETE FROM case_result",
        "UPDATE case_file SET state = 'merged'",
        "UPDATE case_file SET open_whistles = 1, whistles = 1, state = 'resolved'",
        "UPDATE case_file SET children = -1",
        (
            "UPDATE case_file SET state = 'merged', merged_from = 'claimed', master_id = id,"
            " ended_at = registered_at"
        ),
    ],
)
def test_the_database_refuses_it_as_well(session: Session, grid: make.Grid, statement: str) -> None:
    make.make_case(session, grid, state=State.CLAIMED)
    session.flush()

    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))
