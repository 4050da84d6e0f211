"""Meetings: the list, one with everything on it, the quorum rules in force."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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
    QuorumRuleRow,
)
from timebank.deliberation.models.opinions import Opinion
from timebank.deliberation.queries import decisions as decision_queries
from timebank.deliberation.rules import meetings as rules
from timebank.deliberation.rules.decisions import DecisionView
from timebank.deliberation.rules.meetings import (
    Command,
    Kind,
    Quorum,
    QuorumRule,
    Seat,
    Side,
    State,
)
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A meeting in the list."""

    id: int
    number: str
    kind: Kind
    state: State
    title: str
    place: str
    starts_at: datetime
    items: int
    decisions: int


@dataclass(frozen=True, slots=True)
class SeatView:
    """Somebody invited."""

    id: int
    side: Side
    name: str
    person_id: int | None
    has_vote: bool
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemView:
    """A matter with what every side said, and what became of it."""

    id: int
    position: int
    title: str
    description: str
    choices: str
    case_id: int | None
    project_id: int | None
    conclusion: rules.Conclusion | None
    conclusion_words: str
    stances: Sequence[rules.StanceFacts]
    decisions: Sequence[DecisionView]
    opinions: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note on the minutes."""

    kind: rules.NoteKind
    before: str
    words: str
    at: datetime
    by_name: str


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting with everything on it."""

    id: int
    number: str
    kind: Kind
    state: State
    title: str
    place: str
    starts_at: datetime
    quorum: Quorum
    seats: Sequence[SeatView]
    items: Sequence[ItemView]
    minutes: str
    notes: Sequence[NoteView]
    summary: str
    cancel_reason: str
    held_at: datetime | None
    signed_at: datetime | None
    signed_by_name: str
    signed_file_id: int | None
    published_at: datetime | None

    @property
    def commands(self) -> list[Command]:
        """What can be done now."""
        return rules.possible(self.state)

    @property
    def sides(self) -> list[Side]:
        """The sides that are invited, in their order."""
        return [side for side in Side if any(seat.side is side for seat in self.seats)]


def meetings(
    session: Session,
    *,
    actor: Actor,
    year: int | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[MeetingLine]:
    """Return meetings, newest number first, with how many matters and decisions each has."""
    found = select(Meeting).where(Meeting.community_id == actor.community_id)
    if year is not None:
        found = found.where(Meeting.year == year)
    if cursor:
        found = found.where(Meeting.id < paging.decode_id(cursor))
    rows = session.scalars(found.order_by(Meeting.id.desc()).limit(limit + 1)).all()
    ids = [row.id for row in rows]
    items, decisions = _count(session, AgendaItem, ids), _count(session, Decision, ids)
    lines = [
        MeetingLine(
            id=row.id,
            number=row.number,
            kind=Kind(row.kind),
            state=State(row.state),
            title=row.title,
            place=row.place,
            starts_at=row.starts_at,
            items=items.get(row.id, 0),
            decisions=decisions.get(row.id, 0),
        )
        for row in rows
    ]
    return paging.page_of(lines, limit=limit, key=lambda one: [one.id])


def _count(
    session: Session, model: type[AgendaItem] | type[Decision], ids: Sequence[int]
) -> dict[int, int]:
    """Return how many rows each meeting has."""
    found = (
        select(model.meeting_id, func.count())
        .where(model.meeting_id.in_(ids))
        .group_by(model.meeting_id)
    )
    return dict(session.execute(found).tuples().all())


def planned(session: Session, community_id: int) -> list[tuple[int, str]]:
    """Return the meetings to whose agenda something may still be added, the next one first."""
    found = (
        select(Meeting)
        .where(
            Meeting.community_id == community_id, Meeting.state.in_((State.DRAFT, State.INVITED))
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(paging.PAGE_SIZE)
    )
    return [(row.id, f"{row.number} {row.title}") for row in session.scalars(found)]


def meeting(session: Session, *, actor: Actor, meeting_id: int) -> MeetingView:
    """Return one meeting.

    Raises:
        MeetingNotFoundError
    """
    row = session.scalar(
        select(Meeting).where(Meeting.id == meeting_id, Meeting.community_id == actor.community_id)
    )
    if row is None:
        raise errors.MeetingNotFoundError
    return view_of(session, row)


def published(session: Session, meeting_id: int) -> MeetingView:
    """Return a meeting that everybody may read of.

    Raises:
        MeetingNotFoundError: there is none, or it is not published.
    """
    row = session.get(Meeting, meeting_id)
    if row is None or row.state != State.PUBLISHED:
        raise errors.MeetingNotFoundError
    view = view_of(session, row)
    names = {seat.name for seat in view.seats}
    names |= {one.owner_name for item in view.items for one in item.decisions}
    return _veiled(view, names)


def _veiled(view: MeetingView, names: set[str]) -> MeetingView:
    """Return what everybody may read: the names of those who were there, or who owe, are masked."""
    return replace(
        view,
        title=rules.veiled(view.title, names),
        summary=rules.veiled(view.summary, names),
        minutes="",
        notes=(),
        items=[
            replace(
                item,
                title=rules.veiled(item.title, names),
                conclusion_words=rules.veiled(item.conclusion_words, names),
                decisions=[
                    replace(one, words=rules.veiled(one.words, names)) for one in item.decisions
                ],
            )
            for item in view.items
        ],
    )


def view_of(session: Session, row: Meeting) -> MeetingView:
    """Return a row with everything on it."""
    seats = seats_of(session, row.id)
    return MeetingView(
        id=row.id,
        number=row.number,
        kind=Kind(row.kind),
        state=State(row.state),
        title=row.title,
        place=row.place,
        starts_at=row.starts_at,
        quorum=quorum_of(row, seats),
        seats=[
            SeatView(s.id, Side(s.side), s.name, s.person_id, s.has_vote, s.signed_in_at)
            for s in seats
        ],
        items=_items(session, row.id),
        minutes=row.minutes,
        notes=_notes(session, row.id),
        summary=row.summary,
        cancel_reason=row.cancel_reason,
        held_at=row.held_at,
        signed_at=row.signed_at,
        signed_by_name=row.signed_by_name,
        signed_file_id=row.signed_file_id,
        published_at=row.published_at,
    )


def seats_of(session: Session, meeting_id: int) -> Sequence[MeetingSeat]:
    """Return a meeting's seats in the order of the sides."""
    order = {side: number for number, side in enumerate(Side)}
    rows = session.scalars(
        select(MeetingSeat).where(MeetingSeat.meeting_id == meeting_id).limit(rules.SEATS_MAX)
    )
    return sorted(rows, key=lambda seat: (order[Side(seat.side)], seat.id))


def quorum_of(row: Meeting, seats: Sequence[MeetingSeat]) -> Quorum:
    """Return a meeting's arithmetic by the rule stamped on it."""
    rule = QuorumRule(row.share_permille, row.heads_min, row.sides_min, row.rule_version)
    return rules.quorum(
        rule, [Seat(Side(s.side), s.has_vote, s.signed_in_at is not None) for s in seats]
    )


def rule_in_force(session: Session, *, community_id: int, kind: Kind) -> QuorumRule:
    """Return the newest rule for a kind of meeting, or the usual one."""
    row = session.scalar(
        select(QuorumRuleRow)
        .where(QuorumRuleRow.community_id == community_id, QuorumRuleRow.kind == kind)
        .order_by(QuorumRuleRow.version.desc())
        .limit(1)
    )
    if row is None:
        return rules.USUAL[kind]
    return QuorumRule(row.share_permille, row.heads_min, row.sides_min, row.version)


def rules_in_force(session: Session, community_id: int) -> dict[Kind, QuorumRule]:
    """Return the rule in force for each kind."""
    return {kind: rule_in_force(session, community_id=community_id, kind=kind) for kind in Kind}


def _items(session: Session, meeting_id: int) -> list[ItemView]:
    """Return the agenda with stances, decisions and the opinions it grew from."""
    stances: dict[int, list[rules.StanceFacts]] = {}
    for one in session.scalars(
        select(ItemStance).where(ItemStance.meeting_id == meeting_id).order_by(ItemStance.id)
    ):
        facts = rules.StanceFacts(Side(one.side), one.words, one.yes, one.no, one.abstained)
        stances.setdefault(one.item_id, []).append(facts)
    decisions: dict[int, list[DecisionView]] = {}
    for decided in decision_queries.of_meeting(session, meeting_id):
        decisions.setdefault(decided.item_id, []).append(decided)
    rows = session.scalars(
        select(AgendaItem)
        .where(AgendaItem.meeting_id == meeting_id)
        .order_by(AgendaItem.position)
        .limit(rules.ITEMS_MAX)
    ).all()
    opinions: dict[int, list[tuple[int, str]]] = {}
    for said in session.scalars(
        select(Opinion).where(Opinion.item_id.in_([row.id for row in rows])).order_by(Opinion.id)
    ):
        opinions.setdefault(said.item_id or 0, []).append((said.id, said.title))
    return [
        ItemView(
            id=row.id,
            position=row.position,
            title=row.title,
            description=row.description,
            choices=row.choices,
            case_id=row.case_id,
            project_id=row.project_id,
            conclusion=None if row.conclusion is None else rules.Conclusion(row.conclusion),
            conclusion_words=row.conclusion_words,
            stances=stances.get(row.id, []),
            decisions=decisions.get(row.id, []),
            opinions=opinions.get(row.id, []),
        )
        for row in rows
    ]


def _notes(session: Session, meeting_id: int) -> list[NoteView]:
    """Return corrections and addenda in their order."""
    rows = session.scalars(
        select(MinutesNote)
        .where(MinutesNote.meeting_id == meeting_id)
        .order_by(MinutesNote.id)
        .limit(paging.PAGE_SIZE_MAX)
    )
    return [
        NoteView(rules.NoteKind(row.kind), row.before, row.words, row.at, row.by_name)
        for row in rows
    ]
