"""Hours from an older system: the lists, their rows, and the proof that each was booked once."""

from collections.abc import Collection, Iterator, Mapping

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel import paging
from timebank.kernel.finding import Finding
from timebank.kernel.paging import Page
from timebank.ledger.queries import entries as ledger_entries
from timebank.volunteering.errors.brought import BroughtNotFoundError
from timebank.volunteering.models.brought import (
    BroughtBatch,
    BroughtEntry,
    BroughtLine,
    BroughtReturn,
    BroughtSource,
)
from timebank.volunteering.queries.passbook import donation_code, member_code
from timebank.volunteering.rules.brought import (
    SOURCES_MAX,
    BatchView,
    BroughtState,
    Kept,
    LineView,
)

BROUGHT = "brought"
RULE = "a booked row of an older system is one entry, from where and to whom it says"
_BATCH = 500


def _view(row: BroughtBatch) -> BatchView:
    """Return a list from its row."""
    return BatchView(**{name: getattr(row, name) for name in BatchView.__dataclass_fields__})


def sources(session: Session, community_id: int) -> list[str]:
    """Return the older systems from which a community takes hours, in the order of adding."""
    wanted = select(BroughtSource.name).where(BroughtSource.community_id == community_id)
    return list(session.scalars(wanted.order_by(BroughtSource.id).limit(SOURCES_MAX)))


def source_of(session: Session, *, community_id: int, key: str) -> str | None:
    """Return the name under which a source is kept, by what its spellings have in common."""
    return session.scalar(
        select(BroughtSource.name).where(
            BroughtSource.community_id == community_id, BroughtSource.key == key
        )
    )


def batches(
    session: Session, community_id: int, *, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[BatchView]:
    """Return a community's lists, newest first."""
    wanted = select(BroughtBatch).where(BroughtBatch.community_id == community_id)
    if cursor is not None:
        wanted = wanted.where(BroughtBatch.id < paging.decode_id(cursor))
    rows = session.scalars(wanted.order_by(BroughtBatch.id.desc()).limit(limit + 1))
    return paging.page_of([_view(row) for row in rows], limit=limit, key=lambda view: [view.id])


def batch(session: Session, *, community_id: int, batch_id: int) -> BatchView:
    """Return one list.

    Raises:
        BroughtNotFoundError: the community has none with this id.
    """
    row = session.get(BroughtBatch, batch_id, populate_existing=True)
    if row is None or row.community_id != community_id:
        raise BroughtNotFoundError
    return _view(row)


def lines(
    session: Session, batch_id: int, *, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[LineView]:
    """Return the rows of a list in its order, with what other lists have brought their members."""
    wanted = (
        select(BroughtLine, Person.name, Person.card_no, BroughtReturn.reason)
        .join(Person, Person.id == BroughtLine.person_id)
        .outerjoin(BroughtReturn, BroughtReturn.line_id == BroughtLine.id)
        .where(BroughtLine.batch_id == batch_id)
    )
    if cursor is not None:
        wanted = wanted.where(BroughtLine.id > paging.decode_id(cursor))
    found = session.execute(wanted.order_by(BroughtLine.id).limit(limit + 1)).all()
    before = _before(session, batch_id, {row[0].person_id for row in found})
    views = [
        LineView(
            line.id,
            line.person_id,
            name,
            card_no or "",
            line.reference,
            line.minutes,
            Kept(line.kept),
            line.earned_on,
            before.get(line.person_id, 0),
            reason or "",
        )
        for line, name, card_no, reason in found
    ]
    return paging.page_of(views, limit=limit, key=lambda view: [view.id])


def _before(session: Session, batch_id: int, person_ids: Collection[int]) -> Mapping[int, int]:
    """Return the minutes that other lists have brought some people."""
    rows = session.execute(
        select(BroughtLine.person_id, func.sum(BroughtLine.minutes))
        .join(BroughtEntry, BroughtEntry.line_id == BroughtLine.id)
        .where(
            BroughtLine.person_id.in_(person_ids), BroughtLine.batch_id != batch_id, ~is_returned()
        )
        .group_by(BroughtLine.person_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def is_returned() -> ColumnElement[bool]:
    """Return the condition that a row was taken back since."""
    return exists().where(BroughtReturn.line_id == BroughtLine.id)


def known_references(
    session: Session, *, community_id: int, source: str, references: Collection[str]
) -> set[str]:
    """Return which numbers of a source are booked already."""
    return set(
        session.scalars(
            select(BroughtEntry.reference).where(
                BroughtEntry.community_id == community_id,
                BroughtEntry.source == source,
                BroughtEntry.reference.in_(references),
            )
        )
    )


def brought_findings(session: Session, community_id: int) -> Iterator[Finding]:
    """Yield booked rows without their entry, and rows whose entry says something else."""
    last_id = 0
    while True:
        rows = session.execute(
            select(BroughtLine, BroughtEntry.entry_id)
            .join(BroughtBatch, BroughtBatch.id == BroughtLine.batch_id)
            .outerjoin(BroughtEntry, BroughtEntry.line_id == BroughtLine.id)
            .where(
                BroughtBatch.community_id == community_id,
                BroughtBatch.state == BroughtState.BOOKED,
                BroughtLine.id > last_id,
            )
            .order_by(BroughtLine.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        last_id = rows[-1][0].id
        moved = ledger_entries.moved(session, [entry for _, entry in rows if entry is not None])
        for line, entry_id in rows:
            code = (member_code if line.kept == Kept.OWN else donation_code)(line.person_id)
            right = [(BROUGHT, code, line.minutes)]
            told = [tuple(one) for one in moved.get(entry_id, [])]
            if told != right:
                yield Finding(
                    "brought_line", f"id {line.id}", str(told), str(right), RULE, community_id
                )
