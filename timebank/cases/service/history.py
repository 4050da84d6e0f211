"""How every verb writes: lock the case, ask the rules, append events, swap the row's version.

All of it lives or dies with the caller's transaction.
"""

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from timebank.cases.errors import steps as errors
from timebank.cases.models.cases import CaseEvent, CaseEventPrivate, CaseFile, CasePhoto
from timebank.cases.models.columns import columns_of
from timebank.cases.queries import promises
from timebank.cases.rules import chain, commands, deadlines, flow, folding, overlays
from timebank.cases.rules.commands import Call
from timebank.cases.rules.flow import Command, EventType, State
from timebank.cases.rules.folding import CaseState, Fact, Payload
from timebank.cases.service import keeping
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import ConflictError
from timebank.trail import service as trail

# The role under which somebody acts when they hold several: the nearest to the case.
_ROLES_BY_NEARNESS = ("grid_officer", "steward", "community_admin", "centre_manager", "counter")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as it was handed in."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What goes into a command's first event: words and photos, and what the payload needs."""

    words: str = ""
    no_photo_reason: str = ""
    payload: Payload = field(default_factory=Payload)
    photos: Sequence[Photo] = ()


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case after a command."""

    id: int
    number: str
    state: State
    version: int


def act(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    command: Command,
    said: Said,
    expected_version: int | None = None,
    call: Call | None = None,
    writes: Sequence[EventType] = (),
) -> CaseRef:
    """Carry out one command.

    ``writes`` are the events where the command alone does not say which. What is said goes with
    the last event that the command writes for it: a result with the result, an answer with the
    answer, whatever is skipped or follows by itself beside it.

    Raises:
        CaseNotFoundError: there is no such case within the actor's reach.
        AlreadyClaimedError: somebody else holds it; ``holder`` names them.
        CaseChangedError: it is not the version that the sender saw.
        ConflictError: the state does not allow the command; ``possible`` lists what it allows.
    """
    row = locked(session, actor=actor, permission=flow.permission_of(command), case_id=case_id)
    return act_on(
        session,
        row,
        actor=actor,
        command=command,
        said=said,
        expected_version=expected_version,
        call=call,
        writes=writes,
    )


def act_on(
    session: Session,
    row: CaseFile,
    *,
    actor: Actor,
    command: Command,
    said: Said,
    expected_version: int | None = None,
    call: Call | None = None,
    writes: Sequence[EventType] = (),
) -> CaseRef:
    """Carry out one command on a case that is locked and may be acted on, as ``act`` does."""
    state, at = row.as_state(), clock.now()
    with moves_named(row, actor=actor, at=at):
        _check_version(row, state, command, expected_version)
        event_types = commands.writes(state, command, call=call)
        overlays.check(state, command, user_id=actor.user_id, now=at)
        if command is Command.REOPEN:
            policy = promises.policy(session, row.community_id, row.policy_version)
            days = policy.reopen_days
            commands.check_reopen(state, closed_at=row.closed_at, at=at, days=days)
    event_types = tuple(writes) or event_types
    told = _told_with(event_types)
    for event_type in event_types:
        words = said if event_type is told else Said()
        state = append(session, row, state, actor=actor, event_type=event_type, said=words, at=at)
    move(session, row, state, actor=actor, at=at)
    leave_trail(session, actor=actor, action=command.value, row=row)
    return ref(row, state)


def _told_with(event_types: Sequence[EventType]) -> EventType:
    """Return the event with which the words go: not what follows from it by itself."""
    return next(
        kind for kind in reversed(event_types) if kind not in _FOLLOWS or len(event_types) == 1
    )


# What the house writes by itself after an answer.
_FOLLOWS = frozenset({EventType.CLOSED, EventType.REOPENED})


def _check_version(
    row: CaseFile, state: CaseState, command: Command, expected_version: int | None
) -> None:
    """Refuse what somebody else was faster with, and what was decided on an older look."""
    if command is Command.CLAIM and state.state is State.CLAIMED:
        raise errors.AlreadyClaimedError(holder=row.holder_name)
    if expected_version not in {None, row.version}:
        raise errors.CaseChangedError(version=row.version, state=row.state)


@contextmanager
def moves_named(row: CaseFile, *, actor: Actor, at: datetime) -> Iterator[None]:
    """Let every refusal say what is possible now, as the codes of the commands."""
    try:
        yield
    except ConflictError as error:
        possible = overlays.possible_now(row.as_state(), user_id=actor.user_id, now=at)
        error.facts.setdefault("possible", [command.value for command in possible])
        raise


def locked(session: Session, *, actor: Actor, permission: str, case_id: int) -> CaseFile:
    """Return a case within reach, locked until the transaction ends.

    Raises:
        CaseNotFoundError: there is none.
    """
    row = session.scalar(
        select(CaseFile)
        .where(CaseFile.id == case_id, CaseFile.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.CaseNotFoundError
    place = community_queries.micro_grid(session, row.micro_grid_id)
    if not actor.reach(permission).covers(grid_id=place.grid_id):
        raise errors.CaseNotFoundError
    return row


def append(
    session: Session,
    row: CaseFile,
    state: CaseState | None,
    *,
    actor: Actor,
    event_type: EventType,
    said: Said,
    at: datetime,
    occurred_at: datetime | None = None,
) -> CaseState:
    """Add one event to the case's history and return the case after it."""
    if len(said.photos) > flow.PHOTOS_MAX:
        raise errors.TooManyPhotosError(field="photos", limit=flow.PHOTOS_MAX)
    payload = said.payload.copy()
    book = promises.rulebook(session, row.community_id, row.policy_version)
    if state is not None and event_type in overlays.MOVES:
        dues = overlays.moved_dues(state, event_type, at=at, book=book)
    else:
        known = state.times if state else ()
        dues = deadlines.dues_after(
            event_type, at=at, book=book, known=known, is_urgent=row.is_urgent
        )
    if dues:
        payload["dues"] = dues
    if said.photos:
        payload["photos"] = [
            trail.store_file(
                session,
                actor=actor,
                content=photo.content,
                name=photo.name,
                purpose="photo",
                field="photos",
            )
            for photo in said.photos
        ]
    fact = Fact(
        seq=1 if state is None else state.version + 1,
        type=event_type,
        at=at,
        payload=payload,
        user_id=actor.user_id,
        person_id=actor.person_id,
    )
    _write(session, row, fact, actor=actor, said=said, occurred_at=occurred_at or at)
    after = folding.apply(state, fact)
    keeping.enter(session, row, state, after, fact=fact)
    return after


def _write(
    session: Session,
    row: CaseFile,
    fact: Fact,
    *,
    actor: Actor,
    said: Said,
    occurred_at: datetime,
) -> None:
    """Store an event, chained to the one before, with its personal words apart."""
    body = _private_body(actor=actor, said=said)
    role = role_of(actor)
    prev_hash = _last_hash(session, row.id) if fact.seq > 1 else chain.FIRST
    digest = chain.digest_of(body)
    event = CaseEvent(
        community_id=row.community_id,
        case_id=row.id,
        seq=fact.seq,
        type=fact.type.value,
        actor_user_id=fact.user_id,
        actor_person_id=fact.person_id,
        role=role,
        occurred_at=occurred_at,
        recorded_at=fact.at,
        payload=dict(fact.payload),
        private_digest=digest,
        prev_hash=prev_hash,
        hash=chain.event_hash(
            prev_hash=prev_hash,
            case_id=row.id,
            seq=fact.seq,
            event_type=fact.type.value,
            actor=(fact.user_id, fact.person_id, role),
            occurred_at=occurred_at,
            recorded_at=fact.at,
            payload=fact.payload,
            private_digest=digest,
        ),
    )
    session.add(event)
    session.flush()
    session.add(CaseEventPrivate(event_id=event.id, community_id=row.community_id, body=body))
    session.add_all(
        CasePhoto(
            community_id=row.community_id,
            case_id=row.id,
            event_seq=fact.seq,
            stored_file_id=file_id,
        )
        for file_id in fact.payload.get("photos", [])
    )


def _private_body(*, actor: Actor, said: Said) -> str:
    """Return the personal part of an event; the salt keeps its digest from being guessed."""
    body = {
        "salt": secrets.token_hex(16),
        "actor_name": actor.name,
        "words": said.words,
        "no_photo_reason": said.no_photo_reason,
    }
    return json.dumps(body, ensure_ascii=False)


def _last_hash(session: Session, case_id: int) -> str:
    """Return the hash of the case's newest event."""
    newest = select(CaseEvent.hash).where(CaseEvent.case_id == case_id)
    return session.scalars(newest.order_by(CaseEvent.seq.desc()).limit(1)).one()


def move(session: Session, row: CaseFile, state: CaseState, *, actor: Actor, at: datetime) -> None:
    """Set the row to the fold, provided that nobody moved it meanwhile.

    Raises:
        CaseChangedError: the row is no longer at the version that was read.
    """
    columns = columns_of(state)
    columns["holder_name"] = _holder_name(session, row, state, actor=actor)
    columns["assigned_name"] = _assigned_name(session, row, state)
    columns["closed_at"] = (row.closed_at or at) if state.state is State.CLOSED else None
    columns["ended_at"] = (row.ended_at or at) if state.state in flow.CUT_SHORT else None
    moved = session.scalar(
        update(CaseFile)
        .where(CaseFile.id == row.id, CaseFile.version == row.version)
        .values(columns)
        .returning(CaseFile.id)
        .execution_options(synchronize_session=False)
    )
    if moved is None:
        raise errors.CaseChangedError(version=row.version, state=row.state)
    for name, value in columns.items():
        set_committed_value(row, name, value)


def _holder_name(session: Session, row: CaseFile, state: CaseState, *, actor: Actor) -> str | None:
    """Return the name of who holds a case; a merged one keeps its own for later."""
    if state.state is State.MERGED:
        return row.holder_name
    if state.state not in _HELD:
        return None
    if state.holder_user_id == row.holder_user_id and row.holder_name is not None:
        return row.holder_name
    if state.holder_user_id in {None, actor.user_id}:
        return actor.name
    return keeping.name_of(session, row.community_id, state.holder_user_id)


def _assigned_name(session: Session, row: CaseFile, state: CaseState) -> str | None:
    """Return the name of whom a case was given to and who has not claimed it yet."""
    if state.assigned_user_id is None or state.assigned_user_id == row.assigned_user_id:
        return row.assigned_name if state.assigned_user_id is not None else None
    return keeping.name_of(session, row.community_id, state.assigned_user_id)


_HELD = frozenset({State.CLAIMED, State.RESOLVED, State.FED_BACK, State.CLOSED})


def role_of(actor: Actor) -> str:
    """Return the role under which somebody acts on a case."""
    for role in _ROLES_BY_NEARNESS:
        if role in actor.roles:
            return role
    return "resident" if actor.user_id is not None else "program"


def leave_trail(
    session: Session,
    *,
    actor: Actor,
    action: str,
    row: CaseFile,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Note the act in the community's trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="case_file",
        subject_id=row.id,
        summary=row.number,
        facts=dict(facts or {}),
    )


def ref(row: CaseFile, state: CaseState) -> CaseRef:
    """Return what a verb answers."""
    return CaseRef(id=row.id, number=row.number, state=state.state, version=state.version)
