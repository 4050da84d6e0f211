"""What a case and the deliberation hall have with each other; the hall's own room calls these."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.rules import overlays
from timebank.cases.rules.flow import Command
from timebank.cases.rules.folding import Payload
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Said
from timebank.cases.service.steps import said_of
from timebank.deliberation.queries import decisions
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program


def deliberate(
    session: Session, *, actor: Actor, case_id: int, note: str, meeting_on: date
) -> CaseRef:
    """Write into a case that it is on the agenda of a meeting; its clock runs on."""
    payload = Payload(meeting_on=meeting_on.isoformat())
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.DELIBERATE,
        said=Said(words=said_of(note), payload=payload),
    )


def keep_decision(session: Session, payload: jobs.Payload) -> bool:
    """Write into a case what the meeting decided that it was brought to; whether it still could be.

    A case that has its result, or was decided by an earlier decision, keeps the link alone.
    """
    told = decisions.decided_case(session, int(payload["decision_id"]))
    if told is None:
        return False
    row = session.scalars(
        select(CaseFile)
        .where(CaseFile.id == told.case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if Command.DECIDE not in overlays.possible_now(row.as_state(), user_id=None, now=clock.now()):
        return False
    history.act_on(
        session,
        row,
        actor=program(community_id=row.community_id, name=told.meeting_title),
        command=Command.DECIDE,
        said=Said(words=told.words, payload=Payload(decided_on=told.decided_on.isoformat())),
    )
    return True


def note_decision(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    decision: str,
    decided_on: date | None = None,
) -> CaseRef:
    """Write into a case what the meeting decided.

    Raises:
        NothingDeliberatedError: it was on no agenda.
    """
    payload = Payload(decided_on=(decided_on or clock.today()).isoformat())
    return history.act(
        session,
        actor=actor,
        case_id=case_id,
        command=Command.DECIDE,
        said=Said(words=said_of(decision), payload=payload),
    )
