"""One case as it is read: four steps, history, photos, reporter."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors.steps import CaseNotFoundError, PhotoNotFoundError
from timebank.cases.models.cases import CaseEvent, CaseEventPrivate, CaseFile, CasePhoto
from timebank.cases.queries import lists, promises, reporters
from timebank.cases.queries.step_views import StepView, step_views
from timebank.cases.rules import flow, overlays
from timebank.cases.rules.clocks import Clock
from timebank.cases.rules.flow import (
    Answer,
    Category,
    Command,
    Dispute,
    EventType,
    Level,
    Method,
    Outcome,
    Refusal,
    Source,
    State,
    Step,
)
from timebank.cases.rules.folding import AskPayload, CaseState
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.rules.workdays import Span
from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.trail import queries as trail_queries
from timebank.trail.queries import FileView

# A case has a few dozen events; the page shows this many, the API pages through all.
EVENTS_ON_PAGE_MAX = 200


@dataclass(frozen=True, slots=True)
class CaseEventView:
    """One line of the history; ``words`` is None when they were erased."""

    seq: int
    type: EventType
    actor_name: str
    role: str
    occurred_at: datetime
    recorded_at: datetime
    words: str | None
    no_photo_reason: str
    outcome: Outcome | None
    method: Method | None
    answer: Answer | None
    refusal: Refusal | None
    until: datetime | None
    pause_reason: PauseReason | None
    level: Level | None
    meeting_on: date | None
    position: int | None
    satisfaction: Satisfaction | None
    photo_ids: tuple[int, ...]
    hash: str

    @property
    def last_on(self) -> date | None:
        """The last day of what was asked for."""
        return overlays.last_day(self.until)


@dataclass(frozen=True, slots=True)
class ReporterView:
    """Who reported, masked."""

    person_id: int | None
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a page or a program reads it."""

    id: int
    number: str
    source: Source
    category: Category
    title: str
    description: str
    origin: str
    micro_grid_id: int
    grid_id: int
    grid_name: str
    place_label: str
    place_text: str
    state: State
    round: int
    version: int
    policy_version: int
    is_urgent: bool
    is_provisional: bool
    hours: tuple[Span, ...]
    outcome: Outcome | None
    answer: Answer | None
    holder_user_id: int | None
    holder_name: str | None
    assigned_user_id: int | None
    assigned_name: str | None
    level: Level
    dispute: Dispute | None
    whistles: int
    open_whistles: int
    meeting_on: date | None
    master_id: int | None
    children: int
    registered_at: datetime
    closed_at: datetime | None
    step: Step | None
    due_at: datetime | None
    clock: Clock | None
    steps: tuple[StepView, ...]
    reporter: ReporterView | None
    asked: AskPayload | None
    asked_by_self: bool
    paused_until: datetime | None
    commands: tuple[Command, ...]
    is_staff_view: bool

    @property
    def asked_until(self) -> datetime | None:
        """Until when a pause or an extension is asked for."""
        return datetime.fromisoformat(self.asked["until"]) if self.asked else None

    @property
    def asked_last_on(self) -> date | None:
        """The last day of the pause or extension that is asked for."""
        return overlays.last_day(self.asked_until)

    @property
    def paused_last_on(self) -> date | None:
        """The last day of the pause that runs."""
        return overlays.last_day(self.paused_until)

    @property
    def levels_above(self) -> list[Level]:
        """The levels to which it can be brought now."""
        above = list(Level)[list(Level).index(self.level) + 1 :]
        return above if self.is_urgent else above[:1]

    @property
    def may_assess(self) -> bool:
        """Whether the state lets caller and departments assess each other."""
        return Command.ASSESS in self.commands

    @property
    def next_command(self) -> Command | None:
        """What carries the case on, when the reader may do it: first what is waited for."""
        for onward in (Command.APPROVE, Command.DESIGNATE, flow.next_command(self.state)):
            if onward in self.commands:
                return onward
        return None


def case(session: Session, *, actor: Actor, case_id: int) -> CaseView:
    """Return one case within reach.

    Raises:
        CaseNotFoundError: there is none.
    """
    row = _readable(session, actor=actor, case_id=case_id)
    place = community_queries.micro_grid(session, row.micro_grid_id)
    state, now = row.as_state(), clock.now()
    is_staff_view = lists.sees_as_staff(actor.reach("case.read"), place.grid_id)
    policy = promises.policy(session, row.community_id, row.policy_version)
    steps = tuple(step_views(state, policy, now=now))
    current = next((step for step in steps if step.is_now), None)
    return CaseView(
        id=row.id,
        number=row.number,
        source=state.source,
        category=state.category,
        title=row.title,
        description=row.description,
        origin=row.origin,
        micro_grid_id=row.micro_grid_id,
        grid_id=place.grid_id,
        grid_name=place.grid_name,
        place_label=place.label,
        place_text=row.place_text,
        state=state.state,
        round=row.round,
        version=row.version,
        policy_version=row.policy_version,
        is_urgent=row.is_urgent,
        is_provisional=row.is_provisional,
        hours=policy.hours,
        outcome=state.outcome,
        answer=state.answer,
        holder_user_id=row.holder_user_id,
        holder_name=row.holder_name,
        assigned_user_id=row.assigned_user_id,
        assigned_name=row.assigned_name,
        level=state.level,
        dispute=state.dispute,
        whistles=state.whistles,
        open_whistles=state.open_whistles,
        meeting_on=state.meeting_on,
        master_id=state.master_id,
        children=state.children,
        registered_at=row.registered_at,
        closed_at=row.closed_at,
        step=state.step,
        due_at=state.due_at,
        clock=current.clock if current else None,
        steps=steps,
        reporter=_reporter(session, row),
        asked=state.asked,
        asked_by_self=state.asked is not None and state.asked["user_id"] == actor.user_id,
        paused_until=state.paused_until if overlays.is_paused(state, now) else None,
        commands=_commands(actor, state, place.grid_id, now=now),
        is_staff_view=is_staff_view,
    )


def history(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    cursor: str | None = None,
    limit: int = EVENTS_ON_PAGE_MAX,
) -> Page[CaseEventView]:
    """Return what happened to a case, newest first; the reporter is told all but the notes.

    Raises:
        CaseNotFoundError: there is no such case within reach.
    """
    row = _readable(session, actor=actor, case_id=case_id)
    place = community_queries.micro_grid(session, row.micro_grid_id)
    found = (
        select(CaseEvent, CaseEventPrivate.body)
        .join(CaseEventPrivate, CaseEventPrivate.event_id == CaseEvent.id)
        .where(CaseEvent.case_id == case_id)
    )
    if not lists.sees_as_staff(actor.reach("case.read"), place.grid_id):
        found = found.where(CaseEvent.type.in_([kind.value for kind in flow.TOLD_TO_REPORTER]))
    if cursor:
        found = found.where(CaseEvent.seq < paging.decode_id(cursor))
    rows = session.execute(found.order_by(CaseEvent.seq.desc()).limit(limit + 1)).all()
    cut = paging.page_of(rows, limit=limit, key=lambda one: [one[0].seq])
    photos = _photo_ids(session, case_id)
    return Page(
        [_event_view(line, body, photos.get(line.seq, ())) for line, body in cut.items],
        cut.next_cursor,
    )


def photo(session: Session, *, actor: Actor, case_id: int, photo_id: int) -> FileView:
    """Return a photo of a case within reach.

    Raises:
        CaseNotFoundError: there is no such case within reach.
        PhotoNotFoundError: the case has no such photo.
    """
    row = _readable(session, actor=actor, case_id=case_id)
    found = session.execute(
        select(CasePhoto.stored_file_id, CaseEvent.type)
        .join(
            CaseEvent,
            (CaseEvent.case_id == CasePhoto.case_id) & (CaseEvent.seq == CasePhoto.event_seq),
        )
        .where(CasePhoto.id == photo_id, CasePhoto.case_id == case_id)
    ).one_or_none()
    place = community_queries.micro_grid(session, row.micro_grid_id)
    is_staff_view = lists.sees_as_staff(actor.reach("case.read"), place.grid_id)
    if found is None or not (is_staff_view or found[1] in flow.TOLD_TO_REPORTER):
        raise PhotoNotFoundError
    return trail_queries.file(session, found[0])


def _readable(session: Session, *, actor: Actor, case_id: int) -> CaseFile:
    """Return the row of a case within reach of ``case.read``, or refuse as if there were none."""
    row = session.scalar(
        select(CaseFile).where(
            CaseFile.id == case_id,
            CaseFile.community_id == actor.community_id,
        )
    )
    if row is None:
        raise CaseNotFoundError
    reach = actor.reach("case.read")
    place = community_queries.micro_grid(session, row.micro_grid_id)
    is_own = (
        (actor.person_id is not None and row.reporter_person_id == actor.person_id)
        or (actor.user_id is not None and row.holder_user_id == actor.user_id)
        or (actor.user_id is not None and row.assigned_user_id == actor.user_id)
        or (actor.user_id is not None and row.registered_by_user_id == actor.user_id)
    )
    may_own = (reach.own or bool(reach.centre_ids)) and is_own
    if not (may_own or lists.sees_as_staff(reach, place.grid_id)):
        raise CaseNotFoundError
    return row


def _commands(
    actor: Actor, state: CaseState, grid_id: int, *, now: datetime
) -> tuple[Command, ...]:
    """Return what the actor may do to a case now."""
    return tuple(
        command
        for command in overlays.possible_now(state, user_id=actor.user_id, now=now)
        if actor.reach(flow.permission_of(command)).covers(grid_id=grid_id)
    )


def _reporter(session: Session, row: CaseFile) -> ReporterView | None:
    """Return who reported, masked; None when nobody is named."""
    if row.reporter_person_id is not None:
        person = community_queries.persons(session, [row.reporter_person_id]).get(
            row.reporter_person_id
        )
        name, phone = (person.name, person.phone_masked) if person else ("", "")
        return ReporterView(row.reporter_person_id, masked(name), phone)
    if not (row.reporter_name or row.reporter_phone or reporters.email_of(session, row.id)):
        return None
    phone = community_rules.mask_phone(row.reporter_phone) if row.reporter_phone else ""
    return ReporterView(None, masked(row.reporter_name or ""), phone)


def masked(name: str) -> str:
    """Return a name of which only the surname shows."""
    return f"{name[:1]}**" if name else ""


def _photo_ids(session: Session, case_id: int) -> dict[int, tuple[int, ...]]:
    """Return a case's photos by the event they came with."""
    rows = session.execute(
        select(CasePhoto.event_seq, CasePhoto.id)
        .where(CasePhoto.case_id == case_id)
        .order_by(CasePhoto.id)
        .limit(EVENTS_ON_PAGE_MAX * flow.PHOTOS_MAX)
    )
    found: dict[int, tuple[int, ...]] = {}
    for seq, photo_id in rows:
        found[seq] = (*found.get(seq, ()), photo_id)
    return found


def _event_view(event: CaseEvent, body: str | None, photo_ids: tuple[int, ...]) -> CaseEventView:
    """Return an event with its words; a resident's name is masked."""
    said = json.loads(body) if body else {}
    payload = event.payload
    asked = payload.get("asked")
    name = said.get("actor_name", "")
    return CaseEventView(
        seq=event.seq,
        type=EventType(event.type),
        actor_name=masked(name) if event.role == "resident" else name,
        role=event.role,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        words=said.get("words"),
        no_photo_reason=said.get("no_photo_reason", ""),
        outcome=Outcome(payload["outcome"]) if "outcome" in payload else None,
        method=Method(payload["method"]) if "method" in payload else None,
        answer=Answer(payload["answer"]) if "answer" in payload else None,
        refusal=Refusal(payload["refusal"]) if "refusal" in payload else None,
        until=_until(asked),
        pause_reason=PauseReason(asked["reason"]) if asked and asked["reason"] else None,
        level=Level(payload["level"]) if "level" in payload else None,
        meeting_on=date.fromisoformat(payload["meeting_on"]) if "meeting_on" in payload else None,
        position=payload.get("position"),
        satisfaction=Satisfaction(payload["satisfaction"]) if "satisfaction" in payload else None,
        photo_ids=photo_ids,
        hash=event.hash,
    )


def _until(asked: AskPayload | None) -> datetime | None:
    """Return until when something is asked for; a cancellation has no end."""
    if asked is None or asked["kind"] == overlays.CANCEL:
        return None
    return datetime.fromisoformat(asked["until"])
