"""How every verb writes: lock the case, ask the rules, append events, swap the row's version.

All of it lives or dies with the caller's transaction.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from timebank.cases.errors import steps as errors
from timebank.cases.models.cases import CaseEvent, CaseEventPrivate, CaseFile, CasePhoto, columns_of
from timebank.cases.queries import promises
from timebank.cases.rules import chain, commands, deadlines, flow, folding, overlays
from timebank.cases.rules.flow import Answer, Command, EventType, State
from timebank.cases.rules.folding import CaseState, Fact, Payload
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
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
    answer: Answer | None = None,
) -> CaseRef:
    """Carry out one command.

    Raises:
        CaseNotFoundError: there is no such case within the actor's reach.
        AlreadyClaimedError: somebody else holds it; ``holder`` names them.
        CaseChangedError: it is not the version that the sender saw.
        ConflictError: the state does not allow the command; the message lists what it allows.
    """
    row = locked(session, actor=actor, permission=flow.permission_of(command), case_id=case_id)
    state = row.as_state()
    if command is Command.CLAIM and state.state is State.CLAIMED:
        raise errors.AlreadyClaimedError(holder=row.holder_name)
    if expected_version not in (None, row.version):
        raise errors.CaseChangedError(version=row.version, state=row.state)
    event_types = commands.writes(state, command, answer=answer)
    at = clock.now()
    overlays.check(state, command, user_id=actor.user_id, now=at)
    if command is Command.REOPEN:
        commands.check_reopen(state, closed_at=row.closed_at, at=at)
    for event_type in event_types:
        state = append(session, row, state, actor=actor, event_type=event_type, said=said, at=at)
        said = Said()
    move(session, row, state, actor=actor, at=at)
    leave_trail(session, actor=actor, action=command.value, row=row)
    return ref(row, state)


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
    return folding.apply(state, fact)


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
    if row.holder_name is None and state.state is not State.CANCELLED:
        columns["holder_name"] = actor.name if _was_claimed(state) else None
    columns["closed_at"] = at if state.state is State.CLOSED else None
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


def _was_claimed(state: CaseState) -> bool:
    """Whether somebody has taken the case."""
    claimed = state.times.get(flow.Step.CLAIM)
    return claimed is not None and claimed.done_at is not None


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
