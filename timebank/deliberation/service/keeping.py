"""What every verb on a meeting begins and ends with: the locked row, the trail."""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.models.meetings import AgendaItem, Meeting, MeetingSeat
from timebank.deliberation.rules import meetings as rules
from timebank.deliberation.rules.meetings import Command, State
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

T = TypeVar("T", AgendaItem, MeetingSeat)


def allowed(session: Session, *, actor: Actor, meeting_id: int, command: Command) -> Meeting:
    """Return a meeting, locked, whose state allows a command; the verb moves it at its end.

    Raises:
        MeetingNotFoundError, MeetingMoveError, MeetingSignedError
    """
    row = session.scalar(
        select(Meeting)
        .where(Meeting.id == meeting_id, Meeting.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.MeetingNotFoundError
    rules.moved(State(row.state), command)
    return row


def part(session: Session, model: type[T], *, meeting: Meeting, row_id: int) -> T:
    """Return a seat or an item of a meeting.

    Raises:
        MeetingPartNotFoundError
    """
    row = session.get(model, row_id, populate_existing=True)
    if row is None or row.meeting_id != meeting.id:
        raise errors.MeetingPartNotFoundError
    return row


def note(
    session: Session,
    *,
    actor: Actor,
    meeting: Meeting,
    act: str,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Write the change and note it in the trail."""
    session.flush()
    trail.record(
        session,
        actor=actor,
        action=f"deliberation.{act}",
        subject_type="meeting",
        subject_id=meeting.id,
        facts={"number": meeting.number, **(facts or {})},
    )
