"""Signing in by one's own phone: the code on the meeting's screen, good for its day."""

from secrets import compare_digest

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.models.meetings import MeetingSeat
from timebank.deliberation.rules.meetings import Command
from timebank.deliberation.service.keeping import allowed, note
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.sealed import blind_index

CODE_CHARS = 16


def code_of(meeting_id: int) -> str:
    """Return today's code of a meeting; it follows from a key of the installation."""
    today = clock.today().isoformat()
    return blind_index(f"meeting:{meeting_id}:{today}")[:CODE_CHARS]


def sign_in_oneself(session: Session, *, actor: Actor, meeting_id: int, code: str) -> None:
    """Note that somebody who is invited is there, by the code that they scanned.

    Raises:
        MeetingNotFoundError, MeetingMoveError
        MeetingCodeError: the code is not this meeting's of today.
        NotInvitedError: they have no seat.
        AlreadySignedInError
    """
    if not compare_digest(code.encode(), code_of(meeting_id).encode()):
        raise errors.MeetingCodeError
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.SIGN_IN)
    seat = session.scalars(
        select(MeetingSeat)
        .where(MeetingSeat.meeting_id == row.id, MeetingSeat.person_id == (actor.person_id or 0))
        .order_by(MeetingSeat.id)
        .limit(1)
    ).first()
    if seat is None:
        raise errors.NotInvitedError
    if seat.signed_in_at is not None:
        raise errors.AlreadySignedInError
    seat.signed_in_at = clock.now()
    note(session, actor=actor, meeting=row, act="signed_in_by_code", facts={"side": seat.side})
