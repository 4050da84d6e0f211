"""Opinions: the staff's list by due date, what residents see, one's own, one by its token."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.community import queries as community_queries
from timebank.deliberation.errors import opinions as errors
from timebank.deliberation.models.meetings import AgendaItem
from timebank.deliberation.models.opinions import AnswerTerm, Opinion, OpinionSupport
from timebank.deliberation.rules import opinions as rules
from timebank.deliberation.rules.opinions import OpinionView, Source, State, Topic
from timebank.kernel import clock, paging, sealed
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page


@dataclass(frozen=True, slots=True)
class OpinionFilter:
    """Which opinions are wanted; ``tab`` is open, done or all."""

    tab: str = "open"
    topic: Topic | None = None
    source: Source | None = None


def opinions(
    session: Session,
    *,
    actor: Actor,
    wanted: OpinionFilter,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[OpinionView]:
    """Return the community's opinions, what must be answered first on top."""
    key = paging.decode(cursor, width=2) if cursor else None
    rows = _read(
        session,
        actor,
        _wanted(actor, wanted)
        .where(*([] if key is None else [_after(key)]))
        .order_by(Opinion.answer_due_on, Opinion.id)
        .limit(limit + 1),
    )
    return paging.page_of(
        rows, limit=limit, key=lambda one: [one.answer_due_on.isoformat(), one.id]
    )


def _wanted(actor: Actor, wanted: OpinionFilter) -> Select[tuple[Opinion]]:
    """Return the statement for a filter."""
    found = select(Opinion).where(Opinion.community_id == actor.community_id)
    states = {"open": rules.OPEN_STATES, "done": (State.ANSWERED, State.JOINED)}.get(wanted.tab)
    if states is not None:
        found = found.where(Opinion.state.in_(states))
    if wanted.topic is not None:
        found = found.where(Opinion.topic == wanted.topic)
    if wanted.source is not None:
        found = found.where(Opinion.source == wanted.source)
    return found


def _after(key: paging.Key) -> ColumnElement[bool]:
    """Return what lies behind a place in the list."""
    try:
        day = date.fromisoformat(str(key[0]))
    except ValueError as error:
        raise paging.BadCursorError from error
    if not isinstance(key[1], int):
        raise paging.BadCursorError
    return or_(Opinion.answer_due_on > day, and_(Opinion.answer_due_on == day, Opinion.id > key[1]))


def voices(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[OpinionView]:
    """Return what residents may read of each other, newest first; nobody is named."""
    found = select(Opinion).where(
        Opinion.community_id == actor.community_id,
        Opinion.is_public.is_(True),
        Opinion.state != State.JOINED,
    )
    return _newest(session, actor, found, cursor, limit)


def own_opinions(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[OpinionView]:
    """Return what the actor said, newest first."""
    found = select(Opinion).where(
        Opinion.community_id == actor.community_id, Opinion.person_id == (actor.person_id or 0)
    )
    return _newest(session, actor, found, cursor, limit)


def _newest(
    session: Session,
    actor: Actor,
    found: Select[tuple[Opinion]],
    cursor: str | None,
    limit: int,
) -> Page[OpinionView]:
    """Return a page by id, newest first."""
    if cursor:
        found = found.where(Opinion.id < paging.decode_id(cursor))
    rows = _read(session, actor, found.order_by(Opinion.id.desc()).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda one: [one.id])


def opinion(session: Session, *, actor: Actor, opinion_id: int) -> OpinionView:
    """Return one opinion: staff any, residents their own and what is public.

    Raises:
        OpinionNotFoundError
    """
    found = select(Opinion).where(
        Opinion.id == opinion_id, Opinion.community_id == actor.community_id
    )
    for view in _read(session, actor, found):
        if actor.may("opinion.read") or view.is_own or view.is_public:
            return view
    raise errors.OpinionNotFoundError


def by_token(session: Session, token: str) -> OpinionView:
    """Return the opinion of whoever holds its token; no account is wanted.

    Raises:
        OpinionNotFoundError
    """
    digest = sealed.blind_index(f"opinion:{token}")
    row = session.scalar(select(Opinion).where(Opinion.token_digest == digest))
    if row is None:
        raise errors.OpinionNotFoundError
    return _views(session, row.community_id, 0, [row])[0]


def alike(session: Session, *, view: OpinionView, actor: Actor) -> list[OpinionView]:
    """Return open opinions about the same topic to which this one may be joined, newest first."""
    found = (
        select(Opinion)
        .where(
            Opinion.community_id == actor.community_id,
            Opinion.topic == view.topic,
            Opinion.state.in_(rules.OPEN_STATES),
            Opinion.id != view.id,
        )
        .order_by(Opinion.id.desc())
        .limit(30)
    )
    return _read(session, actor, found)


def joined(session: Session, *, actor: Actor, opinion_id: int) -> list[OpinionView]:
    """Return the opinions that were joined to this one."""
    found = select(Opinion).where(
        Opinion.same_as_id == opinion_id, Opinion.community_id == actor.community_id
    )
    return _read(session, actor, found.order_by(Opinion.id).limit(paging.PAGE_SIZE_MAX))


def of_case(session: Session, case_id: int) -> Sequence[Opinion]:
    """Return the opinions that became a case."""
    found = select(Opinion).where(Opinion.case_id == case_id).order_by(Opinion.id)
    return session.scalars(found.limit(paging.PAGE_SIZE)).all()


def answer_term(session: Session, community_id: int) -> tuple[int, int]:
    """Return the days and the version of the term in force."""
    row = session.scalar(
        select(AnswerTerm)
        .where(AnswerTerm.community_id == community_id)
        .order_by(AnswerTerm.version.desc())
        .limit(1)
    )
    return (rules.ANSWER_DAYS, 0) if row is None else (row.days, row.version)


def _read(session: Session, actor: Actor, found: Select[tuple[Opinion]]) -> list[OpinionView]:
    """Return the views of what a statement finds."""
    rows = session.scalars(found).all()
    return _views(
        session, actor.community_id, actor.person_id or 0, rows, is_staff=actor.may("opinion.read")
    )


def _views(
    session: Session,
    community_id: int,
    person_id: int,
    rows: Sequence[Opinion],
    *,
    is_staff: bool = False,
) -> list[OpinionView]:
    """Return rows as they are read: five statements however many they are."""
    if not rows:
        return []
    ids = [row.id for row in rows]
    places = {one.id: one.label for one in community_queries.micro_grids(session, community_id)}
    counts = _supporters(session, ids)
    mine = set(
        session.scalars(
            select(OpinionSupport.opinion_id).where(
                OpinionSupport.opinion_id.in_(ids), OpinionSupport.person_id == person_id
            )
        )
    )
    meetings = dict(
        session.execute(
            select(AgendaItem.id, AgendaItem.meeting_id).where(
                AgendaItem.id.in_([row.item_id for row in rows if row.item_id])
            )
        )
        .tuples()
        .all()
    )
    masters = _masters(session, rows)
    return [
        _view(
            row,
            masters.get(row.same_as_id or 0),
            place=places.get(row.micro_grid_id or 0, ""),
            supporters=counts.get(row.id, 0),
            meeting_id=meetings.get(row.item_id or 0),
            is_own=bool(person_id) and row.person_id == person_id,
            is_supported=row.id in mine,
            is_staff=is_staff,
        )
        for row in rows
    ]


def _masters(session: Session, rows: Sequence[Opinion]) -> dict[int, Opinion]:
    """Return the opinions to which these were joined: their answer is the answer."""
    ids = {row.same_as_id for row in rows if row.same_as_id}
    if not ids:
        return {}
    return {one.id: one for one in session.scalars(select(Opinion).where(Opinion.id.in_(ids)))}


def _supporters(session: Session, ids: Sequence[int]) -> dict[int, int]:
    """Return how many want the same: who supports it, who said it again, and who supports those."""
    other = aliased(Opinion)
    counts: dict[int, int] = {}
    for found in (
        select(OpinionSupport.opinion_id, func.count())
        .where(OpinionSupport.opinion_id.in_(ids))
        .group_by(OpinionSupport.opinion_id),
        select(other.same_as_id, func.count())
        .where(other.same_as_id.in_(ids))
        .group_by(other.same_as_id),
        select(other.same_as_id, func.count())
        .join(OpinionSupport, OpinionSupport.opinion_id == other.id)
        .where(other.same_as_id.in_(ids))
        .group_by(other.same_as_id),
    ):
        for opinion_id, count in session.execute(found).tuples():
            counts[opinion_id or 0] = counts.get(opinion_id or 0, 0) + count
    return counts


def _view(
    row: Opinion,
    master: Opinion | None,
    *,
    place: str,
    supporters: int,
    meeting_id: int | None,
    is_own: bool,
    is_supported: bool,
    is_staff: bool,
) -> OpinionView:
    """Return a row as it is read; what was joined is answered where it was joined to."""
    told = master or row
    return OpinionView(
        id=row.id,
        number=row.number,
        source=Source(row.source),
        topic=Topic(row.topic),
        state=State(row.state),
        title=row.title,
        words=row.words,
        place=place,
        is_public=row.is_public,
        supporters=supporters,
        said_at=row.said_at,
        answer_due_on=row.answer_due_on,
        is_late=told.answered_at is None and row.answer_due_on < clock.today(),
        answer=told.answer,
        answered_at=told.answered_at,
        answered_by_name=told.answered_by_name,
        same_as_id=row.same_as_id,
        item_id=row.item_id,
        meeting_id=meeting_id,
        case_id=row.case_id,
        is_own=is_own,
        is_supported=is_supported,
        contact_name=(row.contact_name or "") if is_staff else "",
        has_contact=row.contact is not None,
    )
