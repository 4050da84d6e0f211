"""Reads of the trail: events, looks and files."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.paging import PAGE_SIZE, Page, decode_id, page_of
from timebank.trail import rules
from timebank.trail.errors import StoredFileNotFoundError
from timebank.trail.models import FileContent, PersonLook, StoredFile, TrailEvent


@dataclass(frozen=True, slots=True)
class EventView:
    """One event as it is read."""

    id: int
    at: datetime
    actor_user_id: int | None
    actor_name: str
    channel: str
    address: str | None
    action: str
    subject_type: str
    subject_id: str
    summary: str
    facts: dict[str, Any]  # Any: whatever JSON can hold


@dataclass(frozen=True, slots=True)
class LookView:
    """One look at a person's private fields."""

    id: int
    at: datetime
    actor_name: str
    fields: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class FileView:
    """A stored file with its bytes."""

    id: int
    community_id: int
    name: str
    media_type: str
    purpose: str
    sha256: str
    size_bytes: int
    stored_by: int | None
    stored_at: datetime
    content: bytes


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are asked for; what is None does not narrow."""

    day: date | None = None
    actor_name: str | None = None
    action: str | None = None
    subject_type: str | None = None
    subject_id: str | None = None


def events(
    session: Session,
    *,
    community_id: int,
    wanted: EventFilter,
    cursor: str | None = None,
    limit: int = PAGE_SIZE,
) -> Page[EventView]:
    """Return a community's events, newest first."""
    found = select(TrailEvent).where(TrailEvent.community_id == community_id, *_clauses(wanted))
    if cursor:
        found = found.where(TrailEvent.id < decode_id(cursor))
    rows = session.scalars(found.order_by(TrailEvent.id.desc()).limit(limit + 1)).all()
    return page_of([_event_view(row) for row in rows], limit=limit, key=lambda row: [row.id])


def _clauses(wanted: EventFilter) -> list[ColumnElement[bool]]:
    """Return the conditions that a filter asks for."""
    clauses: list[ColumnElement[bool]] = []
    if wanted.day is not None:
        begins, ends = clock.day_bounds(wanted.day)
        clauses += [TrailEvent.at >= begins, TrailEvent.at < ends]
    if wanted.actor_name is not None:
        clauses.append(TrailEvent.actor_name == wanted.actor_name)
    if wanted.action is not None:
        clauses.append(TrailEvent.action == wanted.action)
    if wanted.subject_type is not None:
        clauses.append(TrailEvent.subject_type == wanted.subject_type)
    if wanted.subject_id is not None:
        clauses.append(TrailEvent.subject_id == wanted.subject_id)
    return clauses


def _event_view(row: TrailEvent) -> EventView:
    """Return an event's row as a value."""
    return EventView(
        id=row.id,
        at=row.at,
        actor_user_id=row.actor_user_id,
        actor_name=row.actor_name,
        channel=row.channel,
        address=row.address,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        summary=row.summary,
        facts=row.facts,
    )


def looks_of(
    session: Session, *, actor: Actor, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[LookView]:
    """Return who looked at the actor's own private fields; nobody for accounts without person."""
    if actor.person_id is None:
        return Page([])
    return looks_at(session, person_id=actor.person_id, cursor=cursor, limit=limit)


def looks_at(
    session: Session, *, person_id: int, cursor: str | None = None, limit: int = PAGE_SIZE
) -> Page[LookView]:
    """Return who looked at a person's private fields, newest first."""
    found = select(PersonLook).where(PersonLook.person_id == person_id)
    if cursor:
        found = found.where(PersonLook.id < decode_id(cursor))
    rows = session.scalars(found.order_by(PersonLook.id.desc()).limit(limit + 1)).all()
    return page_of([_look_view(row) for row in rows], limit=limit, key=lambda look: [look.id])


def _look_view(row: PersonLook) -> LookView:
    """Return a look's row as a value."""
    return LookView(
        id=row.id,
        at=row.at,
        actor_name=row.actor_name,
        fields=tuple(row.fields),
        reason=row.reason,
    )


def file(session: Session, file_id: int) -> FileView:
    """Return a stored file with its bytes.

    Raises:
        StoredFileNotFoundError: there is none.
    """
    row = session.execute(
        select(StoredFile, FileContent.sha256, FileContent.size_bytes, FileContent.content)
        .join(FileContent, FileContent.id == StoredFile.content_id)
        .where(StoredFile.id == file_id)
    ).one_or_none()
    if row is None:
        raise StoredFileNotFoundError
    stored, sha256, size_bytes, content = row
    return FileView(
        id=stored.id,
        community_id=stored.community_id,
        name=stored.name,
        media_type=stored.media_type,
        purpose=stored.purpose,
        sha256=sha256,
        size_bytes=size_bytes,
        stored_by=stored.stored_by,
        stored_at=stored.stored_at,
        content=content,
    )


def file_for(session: Session, *, actor: Actor, file_id: int) -> FileView:
    """Return a file that the actor may open: their own, or one that their office has to see.

    Raises:
        StoredFileNotFoundError: there is none, or it is not theirs to open.
    """
    found = file(session, file_id)
    is_own = actor.user_id is not None and found.stored_by == actor.user_id
    is_office = actor.reach(rules.permission_for(found.purpose)).is_wide
    if found.community_id != actor.community_id or not (is_own or is_office):
        raise StoredFileNotFoundError
    return found
