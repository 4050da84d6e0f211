"""Blocks, the entries that are in none yet, and what proves that something was sealed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any  # the columns of a select under construction
from uuid import UUID

from sqlalchemy import Select, SelectBase, func, select
from sqlalchemy.orm import Session

from timebank.kernel import paging
from timebank.kernel.paging import Page
from timebank.ledger.errors import (
    BlockNotFoundError,
    EntryNotFoundError,
    HeadsOrderError,
    NotSealedYetError,
)
from timebank.ledger.models.blocks import Block, BlockLeaf
from timebank.ledger.models.tables import ENTRIES, Book, Entry
from timebank.ledger.queries.entries import transfers_of
from timebank.ledger.rules.blocks import BlockView, header_hash, header_text
from timebank.ledger.rules.merkle import consistency_path, inclusion_path
from timebank.ledger.rules.proofs import WORD_NAMES, Checked, Consistency, Proof, Words
from timebank.ledger.rules.seals import leaf_text
from timebank.ledger.rules.values import Transfer

# Rows that are held at once while a history is read.
STREAMED = 5_000


def communities_with_books(session: Session) -> list[int]:
    """Return the communities that may have something to seal."""
    return list(session.scalars(select(Book.community_id).distinct().order_by(Book.community_id)))


def unsealed(
    session: Session, community_id: int, *, after: int = 0
) -> Iterator[list[tuple[UUID, bytes]]]:
    """Yield ``(entry_id, seal)`` of the entries in no block, in their order, in portions.

    Entries up to the number ``after`` are not looked at. Each portion is asked for anew, because
    whoever takes them writes leaves meanwhile: a plan that was made while there were none would
    go through all of them for each entry.
    """
    chosen = (
        _outside()
        .with_only_columns(Entry.id, Entry.seal, Entry.number)
        .where(Entry.community_id == community_id)
        .order_by(Entry.number)
        .limit(STREAMED)
    )
    while some := session.execute(chosen.where(Entry.number > after)).all():
        yield [(row[0], row[1]) for row in some]
        after = some[-1][2]


def last_sealed_by(session: Session, community_id: int, moment: datetime) -> int:
    """Return the number of the last entry in the newest block made by a moment; 0 without one."""
    made = select(Block.number, Block.leaves).where(
        Block.community_id == community_id, Block.sealed_at <= moment
    )
    newest = made.order_by(Block.number.desc()).limit(1).subquery()
    last = (
        select(Entry.number)
        .join(BlockLeaf, BlockLeaf.entry_id == Entry.id)
        .join(newest, BlockLeaf.block_number == newest.c.number)
        .where(BlockLeaf.community_id == community_id, BlockLeaf.position == newest.c.leaves - 1)
    )
    return session.scalar(last) or 0


def count_unsealed(session: Session, entry_ids: SelectBase) -> int:
    """Return how many of the entries that a select of another room names are in no block yet."""
    chosen = _outside().where(Entry.id.in_(entry_ids)).subquery()
    return session.scalar(select(func.count()).select_from(chosen)) or 0


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


def is_sealed(session: Session, entry_id: UUID) -> bool:
    """Whether an entry is in a block already."""
    found = select(BlockLeaf.entry_id).where(BlockLeaf.entry_id == entry_id)
    return session.scalar(found) is not None


def proof(session: Session, entry_id: UUID) -> Proof:
    """Return what proves an entry under the newest head.

    Raises:
        EntryNotFoundError: there is no such entry.
        NotSealedYetError: it is in no block yet.
    """
    head = session.execute(select(ENTRIES).where(ENTRIES.c.id == entry_id)).mappings().one_or_none()
    if head is None:
        raise EntryNotFoundError
    place = session.execute(
        select(BlockLeaf.block_number, BlockLeaf.position).where(BlockLeaf.entry_id == entry_id)
    ).one_or_none()
    if place is None:
        raise NotSealedYetError
    community_id = head["community_id"]
    inside = block(session, community_id, place.block_number)
    newest = block(session, community_id, last_number(session, community_id))
    leaves = inclusion_path(_leaves(session, inside), place.position, inside.leaves)
    headers = inclusion_path(_headers(session, community_id), inside.number - 1, newest.number)
    return Proof(
        leaf=leaf_text(dict(head), _moved(session, entry_id)),
        words=Words(head["salt"], tuple(head[one] for one in WORD_NAMES)) if head["salt"] else None,
        position=place.position,
        path=tuple(leaves),
        header=header_text(inside),
        block_path=tuple(headers),
        blocks=newest.number,
        head=newest.head,
    )


def consistency(session: Session, community_id: int, *, first: int, second: int) -> Consistency:
    """Return what proves that the blocks up to one were kept by those up to a later one.

    Raises:
        BlockNotFoundError: there is no block with one of the numbers.
        HeadsOrderError: the first number is the larger one.
    """
    if first > second:
        raise HeadsOrderError
    older, newer = (block(session, community_id, number) for number in (first, second))
    path = consistency_path(_headers(session, community_id), first, second)
    return Consistency(community_id, first, older.head, second, newer.head, tuple(path))


def is_head(session: Session, checked: Checked, *, blocks: int, head: bytes) -> bool:
    """Whether a head stands in these books, over so many blocks of the proof's community."""
    ours = select(Block.head).where(
        Block.community_id == checked.community_id, Block.number == blocks
    )
    return session.scalar(ours) == head


def _moved(session: Session, entry_id: UUID) -> list[Transfer]:
    """Return what an entry moved, as its leaf has it."""
    lines = transfers_of(session, entry_id)
    return [Transfer(line.debit_id, line.credit_id, line.amount) for line in lines]


def _leaves(session: Session, of: BlockView) -> Iterator[bytes]:
    """Yield the leaves of a block in their order."""
    chosen = (
        select(BlockLeaf.leaf)
        .where(BlockLeaf.community_id == of.community_id, BlockLeaf.block_number == of.number)
        .order_by(BlockLeaf.position)
    )
    yield from session.scalars(chosen, execution_options={"yield_per": STREAMED})


def _headers(session: Session, community_id: int) -> Iterator[bytes]:
    """Yield the leaves of the tree of a community's blocks in their order."""
    return map(header_hash, chain(session, community_id))


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
