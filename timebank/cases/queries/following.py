"""A case as its reporter follows it, by link or logged in: four steps, who, what was done, no more.

A link may be passed on, so that it shows no name in full, no number, and only words and photos that
were meant for the reporter.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.models.cases import CaseEvent, CaseEventPrivate, CaseFile, CasePhoto
from timebank.cases.models.reporters import CaseAnswer, CasePublicPhoto, CaseReporter
from timebank.cases.queries import lists, promises
from timebank.cases.queries.step_views import StepView, step_views
from timebank.cases.rules import flow, overlays, reporting
from timebank.cases.rules import intake as rules
from timebank.cases.rules.clocks import Clock
from timebank.cases.rules.flow import Category, EventType, Outcome, Refusal, State, Step
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.rules.workdays import Span
from timebank.community import queries as community_queries
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.trail import queries as trail_queries
from timebank.trail.queries import FileView

_EVENTS_MAX = 100
# What a reporter hears of: not the notes, and not what colleagues ask one another.
_TOLD = (
    EventType.REGISTERED,
    EventType.RESPONDED,
    EventType.CLAIMED,
    EventType.RESOLVED,
    EventType.FED_BACK,
    EventType.CLOSED,
    EventType.REOPENED,
    EventType.CANCELLED,
    EventType.REJECTED,
    EventType.PAUSED,
    EventType.EXTENDED,
    EventType.RESUMED,
)


@dataclass(frozen=True, slots=True)
class ToldEvent:
    """One line of what happened, as a reporter is told."""

    type: EventType
    at: datetime
    words: str
    outcome: Outcome | None
    refusal: Refusal | None
    photo_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Followed:
    """A case on its reporter's page; ``title`` only for who wrote it."""

    case_id: int
    reporter_id: int
    number: str
    title: str
    category: Category
    place_label: str
    registered_at: datetime
    state: State
    round: int
    hours: tuple[Span, ...]
    steps: tuple[StepView, ...]
    step: Step | None
    due_at: datetime | None
    paused_until: datetime | None
    outcome: Outcome | None
    holder_role: str
    holder_family_name: str
    events: tuple[ToldEvent, ...]
    is_solved: bool | None
    satisfaction: Satisfaction | None
    may_answer: bool
    may_complain: bool
    policy_version: int
    is_provisional: bool
    is_merged: bool = False

    @property
    def paused_last_on(self) -> date | None:
        """The last day of the pause that runs."""
        return overlays.last_day(self.paused_until)


@dataclass(frozen=True, slots=True)
class FollowedLine:
    """A case in a reporter's list."""

    case_id: int
    number: str
    title: str
    category: Category
    place_label: str
    state: State
    registered_at: datetime
    clock: Clock | None
    is_joined: bool


def by_token(session: Session, token: str) -> CaseReporter:
    """Return the reporter whose link has this secret.

    Raises:
        LinkNotFoundError: there is none; the answer is the same for every wrong one.
    """
    digest = rules.token_digest(token)
    row = session.scalar(select(CaseReporter).where(CaseReporter.token_digest == digest))
    if row is None:
        raise errors.LinkNotFoundError
    return row


def by_person(session: Session, *, actor: Actor, case_id: int) -> CaseReporter:
    """Return the actor as a reporter of a case.

    Raises:
        LinkNotFoundError: they are none, or there is no such case.
    """
    row = session.scalar(
        select(CaseReporter).where(
            CaseReporter.case_id == case_id,
            CaseReporter.community_id == actor.community_id,
            CaseReporter.person_id == (actor.person_id or 0),
        )
    )
    if row is None:
        raise errors.LinkNotFoundError
    return row


def followed(session: Session, reporter: CaseReporter) -> Followed:
    """Return a case as one of its reporters follows it; a merged one as what it is merged into."""
    own = session.get_one(CaseFile, reporter.case_id)
    row = session.get_one(CaseFile, own.master_id) if own.master_id else own
    place = community_queries.micro_grid(session, own.micro_grid_id)
    policy = promises.policy(session, row.community_id, row.policy_version)
    state, now = row.as_state(), clock.now()
    answers = _answers(session, reporter.id, row.round)
    said = answers[-1] if answers else None
    return Followed(
        case_id=own.id,
        reporter_id=reporter.id,
        number=own.number,
        title=own.title if reporter.joined_at == own.registered_at else "",
        category=Category(own.category),
        place_label=place.label,
        registered_at=own.registered_at,
        state=state.state,
        round=row.round,
        hours=policy.hours,
        steps=tuple(step_views(state, policy, now=now)),
        step=state.step,
        due_at=state.due_at,
        paused_until=state.paused_until if overlays.is_paused(state, now) else None,
        outcome=state.outcome,
        holder_role=_holder_role(session, row.id) if row.holder_name else "",
        holder_family_name=rules.family_name(row.holder_name or ""),
        events=_events(session, row.id),
        is_solved=said.is_solved if said else None,
        satisfaction=Satisfaction(said.satisfaction) if said and said.satisfaction else None,
        may_answer=state.state in reporting.ASKED_IN and said is None,
        may_complain=reporting.may_complain(
            state.state, closed_at=row.closed_at, now=now, days=policy.reopen_days
        )
        and not (said and not said.is_solved),
        policy_version=row.policy_version,
        is_provisional=row.is_provisional,
        is_merged=own.master_id is not None,
    )


def photo(session: Session, reporter: CaseReporter, photo_id: int) -> FileView:
    """Return a photo that the reporters may see.

    Raises:
        LinkNotFoundError: there is none such on this page.
    """
    file_id = session.scalar(
        select(CasePhoto.stored_file_id)
        .join(CasePublicPhoto, CasePublicPhoto.photo_id == CasePhoto.id)
        .where(CasePhoto.id == photo_id, CasePhoto.case_id == reporter.case_id)
    )
    if file_id is None:
        raise errors.LinkNotFoundError
    return trail_queries.file(session, file_id)


def public_photo_ids(session: Session, case_id: int) -> frozenset[int]:
    """Return which photos of a case its reporters may see."""
    rows = session.scalars(
        select(CasePublicPhoto.photo_id)
        .where(CasePublicPhoto.case_id == case_id)
        .limit(_EVENTS_MAX * flow.PHOTOS_MAX)
    )
    return frozenset(rows)


def reporter_count(session: Session, case_id: int) -> int:
    """Return how many have reported a case, up to what is counted."""
    rows = session.scalars(
        select(CaseReporter.id).where(CaseReporter.case_id == case_id).limit(rules.REPORTERS_MAX)
    )
    return len(rows.all())


def joined_cases(
    session: Session,
    *,
    actor: Actor,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[FollowedLine]:
    """Return every case that the actor reported, first or with others, newest first."""
    if actor.person_id is None:
        return Page([])
    found = (
        select(CaseFile)
        .join(CaseReporter, CaseReporter.case_id == CaseFile.id)
        .where(
            CaseReporter.person_id == actor.person_id,
            CaseFile.community_id == actor.community_id,
        )
    )
    if cursor:
        found = found.where(CaseFile.id < paging.decode_id(cursor))
    rows = session.scalars(found.order_by(CaseFile.id.desc()).limit(limit + 1)).all()
    cut = paging.page_of(rows, limit=limit, key=lambda row: [row.id])
    places = {
        one.id: one.label for one in community_queries.micro_grids(session, actor.community_id)
    }
    lines = [_line(row, places, person_id=actor.person_id) for row in cut.items]
    return Page(lines, cut.next_cursor)


def _line(row: CaseFile, places: Mapping[int, str], *, person_id: int) -> FollowedLine:
    """Return a case as a line; its title is told to who wrote it."""
    is_joined = row.reporter_person_id != person_id
    return FollowedLine(
        case_id=row.id,
        number=row.number,
        title="" if is_joined else row.title,
        category=Category(row.category),
        place_label=places[row.micro_grid_id],
        state=State(row.state),
        registered_at=row.registered_at,
        clock=lists.clock_of_case(row, now=clock.now()),
        is_joined=is_joined,
    )


def _answers(session: Session, reporter_id: int, round_number: int) -> Sequence[CaseAnswer]:
    """Return what a reporter said in a round, in order."""
    return session.scalars(
        select(CaseAnswer)
        .where(CaseAnswer.reporter_id == reporter_id, CaseAnswer.round == round_number)
        .order_by(CaseAnswer.id)
        .limit(2)
    ).all()


def _holder_role(session: Session, case_id: int) -> str:
    """Return the role under which the holder took the case."""
    taken = select(CaseEvent.role).where(
        CaseEvent.case_id == case_id, CaseEvent.type == EventType.CLAIMED
    )
    return session.scalar(taken.order_by(CaseEvent.seq.desc()).limit(1)) or ""


def _events(session: Session, case_id: int) -> tuple[ToldEvent, ...]:
    """Return what a reporter is told happened, newest first."""
    rows = session.execute(
        select(CaseEvent, CaseEventPrivate.body)
        .join(CaseEventPrivate, CaseEventPrivate.event_id == CaseEvent.id)
        .where(CaseEvent.case_id == case_id, CaseEvent.type.in_([one.value for one in _TOLD]))
        .order_by(CaseEvent.seq.desc())
        .limit(_EVENTS_MAX)
    )
    shown: dict[int, tuple[int, ...]] = {}
    photos = session.execute(
        select(CasePhoto.event_seq, CasePhoto.id)
        .join(CasePublicPhoto, CasePublicPhoto.photo_id == CasePhoto.id)
        .where(CasePhoto.case_id == case_id)
        .order_by(CasePhoto.id)
        .limit(_EVENTS_MAX * flow.PHOTOS_MAX)
    )
    for seq, photo_id in photos:
        shown[seq] = (*shown.get(seq, ()), photo_id)
    return tuple(_event(event, body, shown.get(event.seq, ())) for event, body in rows)


def _event(event: CaseEvent, body: str | None, photo_ids: tuple[int, ...]) -> ToldEvent:
    """Return an event with the words that were meant for the reporter."""
    kind = EventType(event.type)
    said = json.loads(body) if body and kind in reporting.TOLD_IN_WORDS else {}
    payload = event.payload
    return ToldEvent(
        type=kind,
        at=event.recorded_at,
        words=said.get("words", ""),
        outcome=Outcome(payload["outcome"]) if "outcome" in payload else None,
        refusal=Refusal(payload["refusal"]) if "refusal" in payload else None,
        photo_ids=photo_ids,
    )
