"""At the meeting and after it: signing in, stances and votes, conclusions, minutes, publication."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.models.meetings import (
    AgendaItem,
    Decision,
    ItemStance,
    Meeting,
    MeetingSeat,
    MinutesNote,
)
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.rules import decisions as decision_rules
from timebank.deliberation.rules.meetings import (
    Command,
    Conclusion,
    DecisionFacts,
    NoteKind,
    StanceFacts,
    State,
)
from timebank.deliberation.service.keeping import allowed, note, part
from timebank.jobs import service as jobs
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

# What was decided about a case is written into it by the room of cases.
DECIDED_JOB = "cases.note_decision"


def sign_in(session: Session, *, actor: Actor, meeting_id: int, seat_id: int) -> None:
    """Note that somebody is there.

    Raises:
        MeetingNotFoundError, MeetingPartNotFoundError, MeetingMoveError, MeetingSignedError
        AlreadySignedInError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.SIGN_IN)
    one = part(session, MeetingSeat, meeting=row, row_id=seat_id)
    if one.signed_in_at is not None:
        raise errors.AlreadySignedInError
    one.signed_in_at = clock.now()
    note(session, actor=actor, meeting=row, act="signed_in", facts={"side": one.side})


def hold(session: Session, *, actor: Actor, meeting_id: int) -> None:
    """Open the meeting. Talking needs no quorum, deciding does.

    Raises:
        MeetingNotFoundError, MeetingMoveError
        NotYetTimeError: it is before the day.
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.HOLD)
    if clock.day_of(row.starts_at) > clock.today():
        raise errors.NotYetTimeError
    row.state, row.held_at = State.HELD, clock.now()
    note(session, actor=actor, meeting=row, act="meeting_held")


def take_stance(
    session: Session, *, actor: Actor, meeting_id: int, item_id: int, facts: StanceFacts
) -> None:
    """Write what one side says about an item, and its votes where they are counted.

    Raises:
        MeetingNotFoundError, MeetingPartNotFoundError, MeetingMoveError, MeetingSignedError
        ItemConcludedError
        TooManyVotesError: more votes than heads of this side with a vote are there.
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.DISCUSS)
    item = _open_item(session, row, item_id)
    there = session.scalar(
        select(func.count()).where(
            MeetingSeat.meeting_id == row.id,
            MeetingSeat.side == facts.side,
            MeetingSeat.has_vote.is_(True),
            MeetingSeat.signed_in_at.is_not(None),
        )
    )
    if facts.yes + facts.no + facts.abstained > (there or 0):
        raise errors.TooManyVotesError(field="yes", present=there or 0)
    stance = session.scalar(
        select(ItemStance).where(ItemStance.item_id == item.id, ItemStance.side == facts.side)
    )
    if stance is None:
        stance = ItemStance(
            community_id=row.community_id, meeting_id=row.id, item_id=item.id, side=facts.side
        )
        session.add(stance)
    stance.words, stance.yes, stance.no = facts.words.strip(), facts.yes, facts.no
    stance.abstained = facts.abstained
    note(session, actor=actor, meeting=row, act="stance_taken", facts={"side": facts.side.value})


def decide(
    session: Session, *, actor: Actor, meeting_id: int, item_id: int, facts: DecisionFacts
) -> int:
    """Write down what was decided, who sees to it, until when; return the decision's id.

    An item may have several decisions, each with an owner of its own.

    Raises:
        MeetingNotFoundError, MeetingPartNotFoundError, MeetingMoveError, MeetingSignedError
        NoQuorumError: too few or too few sides are there.
        ItemConcludedError: the item was deferred or only told of.
        VoterMissingError: the owner does not sit at this table.
        DueInPastError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.DISCUSS)
    item = part(session, AgendaItem, meeting=row, row_id=item_id)
    if item.conclusion not in {None, Conclusion.DECIDED}:
        raise errors.ItemConcludedError
    _check_quorum(session, row)
    owner = session.get(MeetingSeat, facts.owner_seat_id)
    if owner is None or owner.meeting_id != row.id:
        raise errors.VoterMissingError(field="owner_seat_id")
    if facts.due_on < clock.today():
        raise errors.DueInPastError(field="due_on")
    made = Decision(
        community_id=row.community_id,
        meeting_id=row.id,
        item_id=item.id,
        state=decision_rules.State.OPEN,
        words=facts.words.strip(),
        owner_name=owner.name,
        owner_person_id=owner.person_id,
        due_on=facts.due_on,
    )
    session.add(made)
    item.conclusion = Conclusion.DECIDED
    note(session, actor=actor, meeting=row, act="decided", facts={"item": item.position})
    if item.case_id is not None:
        _tell_case(session, made)
    return made.id


def _tell_case(session: Session, made: Decision) -> None:
    """Ask for a decision to be written into the case that was brought; the same one once."""
    session.flush()
    jobs.enqueue(
        session,
        name=DECIDED_JOB,
        key=f"{DECIDED_JOB}:{made.id}",
        payload={"decision_id": made.id},
        community_id=made.community_id,
    )


def _check_quorum(session: Session, row: Meeting) -> None:
    """Refuse to decide with too few.

    Raises:
        NoQuorumError: with the numbers.
    """
    met = queries.quorum_of(row, queries.seats_of(session, row.id))
    if not met.is_met:
        raise errors.NoQuorumError(
            present=met.present,
            sides=met.sides,
            needed=met.needed,
            sides_needed=met.rule.sides_min,
        )


def conclude(
    session: Session,
    *,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    conclusion: Conclusion,
    words: str,
) -> None:
    """Say that an item is deferred or was only told of, and why.

    Raises:
        MeetingNotFoundError, MeetingPartNotFoundError, MeetingMoveError, MeetingSignedError
        ItemConcludedError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.DISCUSS)
    item = _open_item(session, row, item_id)
    item.conclusion, item.conclusion_words = conclusion, words.strip()
    note(session, actor=actor, meeting=row, act="concluded", facts={"item": item.position})


def _open_item(session: Session, row: Meeting, item_id: int) -> AgendaItem:
    """Return an item that has no conclusion yet.

    Raises:
        MeetingPartNotFoundError, ItemConcludedError
    """
    item = part(session, AgendaItem, meeting=row, row_id=item_id)
    if item.conclusion is not None:
        raise errors.ItemConcludedError
    return item


def write_minutes(session: Session, *, actor: Actor, meeting_id: int, words: str) -> None:
    """Write the minutes, or write them anew: the earlier words are kept beside the later.

    Raises:
        MeetingNotFoundError, MeetingMoveError, MeetingSignedError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.WRITE)
    told = words.strip()
    if row.minutes and row.minutes != told:
        _add_note(session, actor, row, NoteKind.CORRECTION, told, before=row.minutes)
    row.minutes = told
    note(session, actor=actor, meeting=row, act="minutes_written")


def sign(session: Session, *, actor: Actor, meeting_id: int, scan: bytes, file_name: str) -> None:
    """Put the signed sheet to the record, which does not change any more.

    Raises:
        MeetingNotFoundError, MeetingMoveError, MeetingSignedError
        MinutesMissingError: nothing is written.
        ItemsOpenError: an item has no conclusion.
        DomainError: the file is not taken.
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.SIGN)
    if not row.minutes:
        raise errors.MinutesMissingError
    left = session.scalar(
        select(func.count()).where(AgendaItem.meeting_id == row.id, AgendaItem.conclusion.is_(None))
    )
    if left:
        raise errors.ItemsOpenError(count=left)
    file_id = trail.store_file(
        session, actor=actor, content=scan, name=file_name, purpose="photo", field="scan"
    )
    row.state, row.signed_file_id = State.SIGNED, file_id
    row.signed_at, row.signed_by_name = clock.now(), actor.name
    note(session, actor=actor, meeting=row, act="minutes_signed")


def add_addendum(session: Session, *, actor: Actor, meeting_id: int, words: str) -> None:
    """Add a correction to a signed record; the record itself stays as it was signed.

    Raises:
        MeetingNotFoundError, MeetingMoveError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.ADD)
    _add_note(session, actor, row, NoteKind.ADDENDUM, words.strip())
    note(session, actor=actor, meeting=row, act="addendum_added")


def _add_note(
    session: Session, actor: Actor, row: Meeting, kind: NoteKind, words: str, *, before: str = ""
) -> None:
    """Add a note to the minutes."""
    session.add(
        MinutesNote(
            community_id=row.community_id,
            meeting_id=row.id,
            kind=kind,
            before=before,
            words=words,
            at=clock.now(),
            by_name=actor.name,
        )
    )


def publish(session: Session, *, actor: Actor, meeting_id: int, summary: str = "") -> None:
    """Let everybody read what was decided; residents are not named there.

    Raises:
        MeetingNotFoundError, MeetingMoveError
    """
    row = allowed(session, actor=actor, meeting_id=meeting_id, command=Command.PUBLISH)
    row.state = State.PUBLISHED
    row.summary, row.published_at = summary.strip(), clock.now()
    note(session, actor=actor, meeting=row, act="minutes_published")
