"""Blocks, the entries that are in none yet, and what proves that something was sealed."""

from collections.abc import Iterator
from typing import Any  # the columns of a select under construction
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.errors import BlockNotFoundError
from timebank.ledger.models.blocks import Block, BlockLeaf
from timebank.ledger.models.tables import Entry
from timebank.ledger.rules.blocks import BlockView

# Rows that are held at once while a history is read.
STREAMED = 5_000


def communities_to_seal(session: Session) -> list[int]:
    """Return the communities with entries that are in no block."""
    chosen = _outside().with_only_columns(Entry.community_id).distinct()
    return list(session.scalars(chosen.order_by(Entry.community_id)))


def unsealed(session: Session, community_id: int) -> Iterator[list[tuple[UUID, bytes]]]:
    """Yield ``(entry_id, seal)`` of the entries in no block, in their order, in portions."""
    chosen = (
        _outside()
        .with_only_columns(Entry.id, Entry.seal)
        .where(Entry.community_id == community_id)
        .order_by(Entry.number)
    )
    rows = session.execute(chosen, execution_options={"yield_per": STREAMED})
    for some in rows.partitions():
        yield [(row[0], row[1]) for row in some]


def _outside() -> Select[Any]:
    """Return the select of what no block has: by membership, whatever its number or time."""
    return (
        select(Entry.id)
        .outerjoin(BlockLeaf, BlockLeaf.entry_id == Entry.id)
        .where(BlockLeaf.entry_id.is_(None))
    )


def chain(session: Session, community_id: int) -> Iterator[BlockView]:
    """Yield a community's blocks from the first on, without holding them all."""
    chosen = _blocks(community_id).order_by(Block.number)
    for row in session.execute(chosen, execution_options={"yield_per": STREAMED}):
        yield BlockView(*row)


def blocks(
    session: Session, community_id: int, *, cursor: str | None = None, limit: int = paging.PAGE_SIZE
) -> Page[BlockView]:
    """Return a page of a community's blocks, newest first."""
    chosen = _blocks(community_id).order_by(Block.number.desc()).limit(limit + 1)
    if cursor is not None:
        chosen = chosen.where(Block.number < paging.decode_id(cursor))
    found = [BlockView(*row) for row in session.execute(chosen)]
    return paging.page_of(found, limit=limit, key=lambda one: [one.number])


def block(session: Session, community_id: int, number: int) -> BlockView:
    """Return a block of a community.

    Raises:
        BlockNotFoundError: there is none with this number.
    """
    row = session.execute(_blocks(community_id).where(Block.number == number)).one_or_none()
    if row is None:
        raise BlockNotFoundError
    return BlockView(*row)


def last_number(session: Session, community_id: int) -> int:
    """Return the number of a community's newest block, 0 before the first."""
    newest = select(func.max(Block.number)).where(Block.community_id == community_id)
    return session.scalar(newest) or 0


def _blocks(community_id: int) -> Select[Any]:
    """Return the select of a community's blocks as they are shown."""
    return select(
        Block.community_id,
        Block.number,
        Block.leaves,
        Block.root,
        Block.previous_head,
        Block.sealed_at,
        Block.head,
    ).where(Block.community_id == community_id)
