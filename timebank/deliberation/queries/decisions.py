"""Decisions by deadline, and the figures of a year, each of which opens to its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from timebank.deliberation.errors import meetings as errors
from timebank.deliberation.models.meetings import AgendaItem, Decision, Meeting
from timebank.deliberation.rules.decisions import DecisionView, State
from timebank.deliberation.rules.meetings import SEALED, Conclusion
from timebank.deliberation.rules.meetings import State as MeetingState
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page

_Row = tuple[Decision, AgendaItem, Meeting]
HELD = (MeetingState.HELD, *SEALED)


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions are wanted: by tab, year, and what they went on as."""

    tab: str = "open"
    year: int | None = None
    went: str = ""


@dataclass(frozen=True, slots=True)
class MatterLine:
    """One matter that was on a table."""

    id: int
    meeting_id: int
    meeting_number: str
    held_at: datetime | None
    title: str
    conclusion: Conclusion | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a year of meetings came to."""

    year: int
    meetings: int
    matters: int
    decided: int
    decisions: int
    cases: int
    projects: int
    tasks: int
    closed: int


def decisions(
    session: Session,
    *,
    actor: Actor,
    wanted: DecisionFilter,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[DecisionView]:
    """Return decisions by deadline: what is overdue has risen to the top."""
    found = _joined().where(Decision.community_id == actor.community_id)
    if wanted.tab in tuple(State):
        found = found.where(Decision.state == wanted.tab)
    elif wanted.tab == "late":
        found = found.where(Decision.state == State.OPEN, Decision.due_on < clock.today())
    if wanted.year is not None:
        found = found.where(Meeting.year == wanted.year)
    column = {
        "case": Decision.case_id,
        "project": Decision.project_id,
        "task": Decision.task_id,
    }.get(wanted.went)
    if column is not None:
        found = found.where(column.is_not(None))
    if cursor:
        day, last = paging.decode(cursor, width=2)
        found = found.where(_after(day, last))
    rows = session.execute(found.order_by(Decision.due_on, Decision.id).limit(limit + 1)).tuples()
    views = [_view(row) for row in rows]
    return paging.page_of(views, limit=limit, key=lambda one: [one.due_on.isoformat(), one.id])


def _after(day: str | int | None, last: str | int | None) -> ColumnElement[bool]:
    """Return what lies behind a place in the list."""
    try:
        due_on = date.fromisoformat(str(day))
    except ValueError as error:
        raise paging.BadCursorError from error
    if not isinstance(last, int):
        raise paging.BadCursorError
    return or_(Decision.due_on > due_on, and_(Decision.due_on == due_on, Decision.id > last))


def decision(session: Session, *, actor: Actor, decision_id: int) -> DecisionView:
    """Return one decision.

    Raises:
        DecisionNotFoundError
    """
    found = _joined().where(Decision.id == decision_id, Decision.community_id == actor.community_id)
    row = session.execute(found).tuples().first()
    if row is None:
        raise errors.DecisionNotFoundError
    return _view(row)


def own(session: Session, *, actor: Actor) -> list[DecisionView]:
    """Return the decisions that the actor owns and that are not closed yet, by deadline."""
    found = (
        _joined()
        .where(
            Decision.community_id == actor.community_id,
            Decision.owner_person_id == (actor.person_id or 0),
            Decision.state != State.CLOSED,
        )
        .order_by(Decision.due_on, Decision.id)
        .limit(paging.PAGE_SIZE)
    )
    return [_view(row) for row in session.execute(found).tuples()]


def own_decision(session: Session, *, actor: Actor, decision_id: int) -> DecisionView:
    """Return a decision that the actor owns.

    Raises:
        DecisionNotFoundError: there is none of theirs with this id.
    """
    found = decision(session, actor=actor, decision_id=decision_id)
    if found.owner_person_id != (actor.person_id or 0):
        raise errors.DecisionNotFoundError
    return found


def of_meeting(session: Session, meeting_id: int) -> list[DecisionView]:
    """Return a meeting's decisions in their order."""
    found = _joined().where(Decision.meeting_id == meeting_id).order_by(Decision.id)
    return [_view(row) for row in session.execute(found.limit(paging.PAGE_SIZE_MAX)).tuples()]


def of_case(session: Session, case_id: int) -> list[DecisionView]:
    """Return the decisions that became a case, or were made about it."""
    found = (
        _joined()
        .where(or_(Decision.case_id == case_id, AgendaItem.case_id == case_id))
        .order_by(Decision.id)
    )
    return [_view(row) for row in session.execute(found.limit(paging.PAGE_SIZE)).tuples()]


@dataclass(frozen=True, slots=True)
class DecidedCase:
    """What a meeting decided about a case that was brought to it."""

    case_id: int
    community_id: int
    words: str
    decided_on: date
    meeting_title: str


def decided_case(session: Session, decision_id: int) -> DecidedCase | None:
    """Return the case that a decision was made about; nothing of one about no case."""
    found = session.execute(
        select(AgendaItem.case_id, Decision.community_id, Decision.words, Meeting)
        .join(AgendaItem, AgendaItem.id == Decision.item_id)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(Decision.id == decision_id, AgendaItem.case_id.is_not(None))
    ).one_or_none()
    if found is None:
        return None
    case_id, community_id, words, held = found
    on = clock.day_of(held.held_at or held.starts_at)
    return DecidedCase(case_id, community_id, words, on, held.title)


def meetings_of_case(session: Session, case_id: int) -> Sequence[tuple[int, str, datetime]]:
    """Return the meetings on whose agenda a case stands: id, name, moment."""
    found = (
        select(Meeting.id, Meeting.title, Meeting.starts_at)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .where(AgendaItem.case_id == case_id)
        .distinct()
        .order_by(Meeting.starts_at)
        .limit(paging.PAGE_SIZE)
    )
    return session.execute(found).tuples().all()


def matters(
    session: Session,
    *,
    actor: Actor,
    year: int,
    decided: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[MatterLine]:
    """Return the matters of a year's meetings that were held, newest first."""
    found = (
        select(AgendaItem, Meeting)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(
            AgendaItem.community_id == actor.community_id,
            Meeting.year == year,
            Meeting.state.in_(HELD),
        )
    )
    if decided:
        found = found.where(AgendaItem.conclusion == Conclusion.DECIDED)
    if cursor:
        found = found.where(AgendaItem.id < paging.decode_id(cursor))
    rows = session.execute(found.order_by(AgendaItem.id.desc()).limit(limit + 1)).tuples()
    lines = [
        MatterLine(
            id=item.id,
            meeting_id=meeting.id,
            meeting_number=meeting.number,
            held_at=meeting.held_at,
            title=item.title,
            conclusion=None if item.conclusion is None else Conclusion(item.conclusion),
        )
        for item, meeting in rows
    ]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.id])


def figures(session: Session, *, actor: Actor, year: int) -> Figures:
    """Return the figures of a year, by the meetings that were held."""
    held = (
        Meeting.community_id == actor.community_id,
        Meeting.year == year,
        Meeting.state.in_(HELD),
    )
    meetings = session.scalar(select(func.count()).select_from(Meeting).where(*held)) or 0
    of_items = (
        select(func.count(), func.count().filter(AgendaItem.conclusion == Conclusion.DECIDED))
        .select_from(AgendaItem)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(*held)
    )
    matters_, decided = session.execute(of_items).tuples().one()
    of_decisions = (
        select(
            func.count(),
            func.count(Decision.case_id),
            func.count(Decision.project_id),
            func.count(Decision.task_id),
            func.count().filter(Decision.state == State.CLOSED),
        )
        .select_from(Decision)
        .join(Meeting, Meeting.id == Decision.meeting_id)
        .where(*held)
    )
    count, cases, projects, tasks, closed = session.execute(of_decisions).tuples().one()
    return Figures(year, meetings, matters_, decided, count, cases, projects, tasks, closed)


def _joined() -> Select[_Row]:
    """Return the statement that reads decisions with where they come from."""
    return (
        select(Decision, AgendaItem, Meeting)
        .join(AgendaItem, AgendaItem.id == Decision.item_id)
        .join(Meeting, Meeting.id == Decision.meeting_id)
    )


def _view(row: _Row) -> DecisionView:
    """Return a row as it is read."""
    made, item, meeting = row
    return DecisionView(
        id=made.id,
        meeting_id=meeting.id,
        meeting_number=meeting.number,
        item_id=item.id,
        item_title=item.title,
        state=State(made.state),
        words=made.words,
        owner_name=made.owner_name,
        owner_person_id=made.owner_person_id,
        due_on=made.due_on,
        is_late=made.state == State.OPEN and made.due_on < clock.today(),
        outcome=made.outcome,
        evidence_file_id=made.evidence_file_id,
        done_at=made.done_at,
        done_by_name=made.done_by_name,
        closed_at=made.closed_at,
        closed_by_name=made.closed_by_name,
        sent_back=made.sent_back,
        case_id=made.case_id,
        project_id=made.project_id,
        task_id=made.task_id,
    )
