"""What a case and the deliberation hall have with each other; the hall's own room calls these."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Command
from timebank.cases.rules.folding import Payload
from timebank.cases.service import history
from timebank.cases.service.history import CaseRef, Said
from timebank.cases.service.steps import said_of
from timebank.kernel import clock
from timebank.kernel.actor import Actor


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
