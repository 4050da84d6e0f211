"""Every pair of state and command: what the table allows moves, all else is refused in full."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make import cases as make
from timebank.cases.errors import handing
from timebank.cases.errors import overlays as overlay_errors
from timebank.cases.errors.steps import AlreadyClaimedError
from timebank.cases.models.cases import CaseEvent
from timebank.cases.queries import verify
from timebank.cases.rules import flow
from timebank.cases.rules.flow import Command, State
from timebank.kernel.errors import ConflictError

# These want something to lie over the case; that they then work is tested apart.
WANTS: dict[Command, type[ConflictError]] = {
    Command.APPROVE: overlay_errors.NothingAskedError,
    Command.DECLINE: overlay_errors.NothingAskedError,
    Command.RESUME: overlay_errors.NotPausedError,
    Command.DESIGNATE: handing.NothingDisputedError,
    Command.DEPARTMENT: handing.NoWhistleError,
    Command.RELEASE: handing.NoWhistleError,
    Command.ASSESS: handing.NoWhistleError,
    Command.DECIDE: handing.NothingDeliberatedError,
}


def types(session: Session, case_id: int) -> list[str]:
    """The kinds of a case's events in order."""
    rows = select(CaseEvent.type).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq)
    return list(session.scalars(rows))


@pytest.mark.parametrize("state", State)
def test_every_pair_moves_or_is_refused(session: Session, state: State) -> None:
    grid = make.make_grid(session)
    case = make.make_case(session, grid, state=state)
    before = types(session, case.id)
    for command in Command:
        actor = grid.admin if command is Command.DESIGNATE else grid.officer
        undone = session.begin_nested()
        if (state, command) in flow.ARROWS and command not in WANTS:
            moved = make.do(session, actor, case.id, command)
            written = [kind.value for kind in flow.ARROWS[state, command].writes]
            assert types(session, case.id) == before + written, command
            assert moved.version == len(before) + len(written)
        else:
            with pytest.raises(ConflictError) as refused:
                make.do(session, actor, case.id, command)
            assert refused.type is expected(state, command), command
            assert isinstance(refused.value.facts["possible"], list)
            assert command.value not in refused.value.facts["possible"]
            assert types(session, case.id) == before
        undone.rollback()
        session.expire_all()
    assert list(verify.findings(session)) == []


def expected(state: State, command: Command) -> type[ConflictError]:
    """The refusal of a pair."""
    if (state, command) in flow.ARROWS:
        return WANTS[command]
    if (state, command) == (State.CLAIMED, Command.CLAIM):
        return AlreadyClaimedError
    return flow.REFUSALS[state]
