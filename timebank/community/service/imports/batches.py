"""An uploaded list on its way: previewed, staged, and confirmed or discarded."""

import base64
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.community import errors
from timebank.community.models import ImportBatch
from timebank.community.rules import BatchState, ImportKind
from timebank.community.service.imports import (
    organisations,
    people,
    people_write,
    places,
    roles,
    sheet,
)
from timebank.community.service.imports.plan import (
    Importer,
    KeptField,
    LineChange,
    LineProblem,
    Plan,
)
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

# A staged list holds personal data; nobody who means it lets it lie for a day.
STAGED_HOURS_MAX = 24
_FILE_NAME_CHARS_MAX = 120

_IMPORTERS: dict[ImportKind, Importer] = {
    ImportKind.PLACES: Importer(places.COLUMNS, places.plan),
    ImportKind.PEOPLE: Importer(people.COLUMNS, people.plan),
    ImportKind.ROLES: Importer(roles.COLUMNS, roles.plan),
    ImportKind.ORGANISATIONS: Importer(organisations.COLUMNS, organisations.plan),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a list would do, before anything is written."""

    kind: ImportKind
    file_name: str
    new_count: int
    changed_count: int
    unchanged_count: int
    wrong_count: int
    problems: Sequence[LineProblem]
    changes: Sequence[LineChange]
    kept: Sequence[KeptField]
    unused_titles: Sequence[str]
    state: BatchState = BatchState.STAGED
    id: int | None = None

    @property
    def may_be_written(self) -> bool:
        """Whether there is something to write and nothing wrong."""
        is_open = self.state is BatchState.STAGED
        has_more = self.new_count or self.changed_count or self.kept
        return is_open and not self.wrong_count and bool(has_more)


@dataclass(frozen=True, slots=True)
class BatchView:
    """One import in the list of imports."""

    id: int
    kind: ImportKind
    state: BatchState
    file_name: str
    new_count: int
    changed_count: int
    unchanged_count: int
    wrong_count: int
    staged_by: str
    staged_at: datetime


def columns(kind: ImportKind) -> Sequence[sheet.Column]:
    """Return the columns of a kind of list."""
    return _IMPORTERS[kind].columns


def preview(
    session: Session, *, community_id: int, kind: ImportKind, content: bytes, file_name: str
) -> Preview:
    """Return what a list would do; nothing is written.

    Raises:
        InvalidError: the file itself cannot be used.
    """
    plan, unused = _plan(session, community_id=community_id, kind=kind, content=content)
    return _preview(plan, kind=kind, file_name=file_name, unused=unused)


def write(
    session: Session, *, actor: Actor, kind: ImportKind, content: bytes, file_name: str
) -> Preview:
    """Write a list at once: the command that was told to, and the demo.

    Raises:
        InvalidError: the file itself cannot be used.
        BatchHasProblemsError: some lines are wrong; nothing is written.
    """
    plan, unused = _plan(session, community_id=actor.community_id, kind=kind, content=content)
    if plan.wrong_count:
        raise errors.BatchHasProblemsError(count=plan.wrong_count)
    plan.write(session)
    session.flush()
    _record(session, actor=actor, kind=kind, plan=plan, digest=_digest(content))
    return _preview(plan, kind=kind, file_name=file_name, unused=unused)


def stage(
    session: Session, *, actor: Actor, kind: ImportKind, content: bytes, file_name: str
) -> Preview:
    """Keep an uploaded list until it is confirmed, and show what it would do.

    Raises:
        InvalidError: the file itself cannot be used.
    """
    _discard_old(session, community_id=actor.community_id)
    plan, unused = _plan(session, community_id=actor.community_id, kind=kind, content=content)
    batch = ImportBatch(
        community_id=actor.community_id,
        kind=kind,
        state=BatchState.STAGED,
        file_name=PurePath(file_name.replace("\\", "/")).name[:_FILE_NAME_CHARS_MAX] or kind,
        digest=_digest(content),
        content=base64.b64encode(content).decode(),
        new_count=plan.new_count,
        changed_count=plan.changed_count,
        unchanged_count=plan.unchanged_count,
        wrong_count=plan.wrong_count,
        staged_by=actor.name,
        staged_at=clock.now(),
        settled_at=None,
    )
    session.add(batch)
    session.flush()
    return _preview(plan, kind=kind, file_name=batch.file_name, unused=unused, batch=batch)


def staged_preview(session: Session, *, community_id: int, batch_id: int) -> Preview:
    """Return a staged list's preview as things stand now; of a settled one, its counts.

    Raises:
        BatchNotFoundError: the community has no such import.
    """
    batch = _batch(session, community_id, batch_id)
    kind = ImportKind(batch.kind)
    if batch.content is None:
        return _settled(batch)
    content = base64.b64decode(batch.content)
    plan, unused = _plan(session, community_id=community_id, kind=kind, content=content)
    return _preview(plan, kind=kind, file_name=batch.file_name, unused=unused, batch=batch)


def confirm(
    session: Session, *, actor: Actor, batch_id: int, take_lines: Collection[int] = ()
) -> Preview:
    """Write a staged list, all of it or nothing, and wipe the file.

    ``take_lines`` are lines that are right where they differ from what people put right.

    Raises:
        BatchNotFoundError: the community has no such import.
        BatchSettledError: it was confirmed or discarded before.
        BatchHasProblemsError: some lines are wrong.
        BatchStaleError: it would now do something else than the preview said.
    """
    batch = _batch(session, actor.community_id, batch_id, for_update=True)
    if batch.content is None:
        raise errors.BatchSettledError
    content, kind = base64.b64decode(batch.content), ImportKind(batch.kind)
    plan, _ = _plan(session, community_id=actor.community_id, kind=kind, content=content)
    if plan.wrong_count:
        raise errors.BatchHasProblemsError(count=plan.wrong_count)
    counted = (batch.new_count, batch.changed_count, batch.unchanged_count, batch.wrong_count)
    if plan.counts != counted or not {one.line for one in plan.kept}.issuperset(take_lines):
        raise errors.BatchStaleError
    plan.write(session)
    people_write.take(session, actor=actor, kept=plan.kept, lines=take_lines)
    _settle(batch, BatchState.CONFIRMED)
    session.flush()
    _record(session, actor=actor, kind=kind, plan=plan, digest=batch.digest)
    return _settled(batch)


def discard(session: Session, *, actor: Actor, batch_id: int) -> Preview:
    """Throw a staged list away.

    Raises:
        BatchNotFoundError: the community has no such import.
        BatchSettledError: it was confirmed or discarded before.
    """
    batch = _batch(session, actor.community_id, batch_id, for_update=True)
    if batch.content is None:
        raise errors.BatchSettledError
    _settle(batch, BatchState.DISCARDED)
    session.flush()
    return _settled(batch)


def recent(session: Session, community_id: int) -> list[BatchView]:
    """Return the last imports, newest first."""
    rows = session.scalars(
        select(ImportBatch)
        .where(ImportBatch.community_id == community_id)
        .order_by(ImportBatch.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        BatchView(
            id=row.id,
            kind=ImportKind(row.kind),
            state=BatchState(row.state),
            file_name=row.file_name,
            new_count=row.new_count,
            changed_count=row.changed_count,
            unchanged_count=row.unchanged_count,
            wrong_count=row.wrong_count,
            staged_by=row.staged_by,
            staged_at=row.staged_at,
        )
        for row in rows
    ]


def _plan(
    session: Session, *, community_id: int, kind: ImportKind, content: bytes
) -> tuple[Plan, Sequence[str]]:
    """Read a file and compare it with what is known."""
    importer = _IMPORTERS[kind]
    read = sheet.read(content, columns=importer.columns)
    plan = importer.plan(session, community_id=community_id, lines=read.lines)
    return plan, read.unused_titles


def _preview(
    plan: Plan,
    *,
    kind: ImportKind,
    file_name: str,
    unused: Sequence[str],
    batch: ImportBatch | None = None,
) -> Preview:
    """Return a plan as a preview."""
    return Preview(
        kind=kind,
        file_name=file_name,
        new_count=plan.new_count,
        changed_count=plan.changed_count,
        unchanged_count=plan.unchanged_count,
        wrong_count=plan.wrong_count,
        problems=plan.problems,
        changes=plan.changes,
        kept=plan.kept,
        unused_titles=unused,
        id=None if batch is None else batch.id,
    )


def _settled(batch: ImportBatch) -> Preview:
    """Return what is left of a settled batch: its counts."""
    return Preview(
        kind=ImportKind(batch.kind),
        file_name=batch.file_name,
        new_count=batch.new_count,
        changed_count=batch.changed_count,
        unchanged_count=batch.unchanged_count,
        wrong_count=batch.wrong_count,
        problems=(),
        changes=(),
        kept=(),
        unused_titles=(),
        state=BatchState(batch.state),
        id=batch.id,
    )


def _batch(
    session: Session, community_id: int, batch_id: int, *, for_update: bool = False
) -> ImportBatch:
    """Return a batch of the community, locked when it is about to change."""
    wanted = select(ImportBatch).where(
        ImportBatch.id == batch_id, ImportBatch.community_id == community_id
    )
    batch = session.scalar(wanted.with_for_update() if for_update else wanted)
    if batch is None:
        raise errors.BatchNotFoundError
    return batch


def _settle(batch: ImportBatch, state: BatchState) -> None:
    """Close a batch and wipe its file."""
    batch.state, batch.content, batch.settled_at = state, None, clock.now()


def _discard_old(session: Session, *, community_id: int) -> None:
    """Wipe the lists that nobody confirmed in time."""
    session.execute(
        update(ImportBatch)
        .where(
            ImportBatch.community_id == community_id,
            ImportBatch.state == BatchState.STAGED,
            ImportBatch.staged_at < clock.now() - timedelta(hours=STAGED_HOURS_MAX),
        )
        .values(state=BatchState.DISCARDED, content=None, settled_at=clock.now())
    )


def _digest(content: bytes) -> str:
    """Return the digest under which a file is named in the trail."""
    return hashlib.sha256(content).hexdigest()


def _record(session: Session, *, actor: Actor, kind: ImportKind, plan: Plan, digest: str) -> None:
    """Leave the import in the trail: counts and the file's digest, no names."""
    trail.record(
        session,
        actor=actor,
        action="community.imported",
        subject_type="import",
        subject_id=digest[:16],
        facts={
            "kind": kind.value,
            "new": plan.new_count,
            "changed": plan.changed_count,
            "sha256": digest,
        },
    )
