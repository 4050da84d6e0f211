"""The proof of the blocks: roots from leaves, leaves against entries, heads from headers.

The database names leaves that disagree with their entry or their place; hashes are computed here,
from leaves that are streamed. What is kept is one line for each block.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any  # the columns of a select under construction
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select, union
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS
from timebank.ledger.models.tables import ENTRIES
from timebank.ledger.queries import seals as queries
from timebank.ledger.rules.blocks import BlockView, Chain
from timebank.ledger.rules.merkle import Tree

RULE_ROOT = "a block's root is the tree hash over its leaves"
RULE_COUNT = "a block has as many leaves as its header says"
RULE_POSITION = "the leaves of a block stand at 0, 1, 2 … without a gap"
RULE_LEAF = "a leaf is the seal of its entry"
RULE_COMMUNITY = "an entry is sealed in a block of its own community"
RULE_ORDER = "the entries of a block stand in the order of their numbers"
RULE_LOOSE = "a leaf belongs to a block"
RULE_NUMBER = "blocks are numbered 1, 2, 3 … without a gap"
RULE_CHAIN = "a block names the head of the block before"
RULE_HEAD = "a head follows from the headers of all blocks up to it"

# Leaves that are read at once, and how many missing ones are named for each gap.
_READ = 20_000
_MISSING_MAX = 100


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every block, leaf and sealed entry that does not agree with the others."""
    for one in [community_id] if community_id is not None else _communities(session):
        known = {block.number: block for block in queries.chain(session, one)}
        yield from _chain_findings(known.values())
        whole: set[int] = set()
        yield from _root_findings(session, one, known, whole)
        for leaf in session.execute(_odd_leaves(one), execution_options={"yield_per": _READ}):
            yield from _odd(leaf, is_loose=leaf.block_number not in known, in_whole=whole)


def _communities(session: Session) -> list[int]:
    """Return the communities that have blocks or leaves."""
    both = union(select(BLOCKS.c.community_id), select(BLOCK_LEAVES.c.community_id))
    return sorted(session.scalars(both))


def _chain_findings(known: Iterable[BlockView]) -> Iterator[Finding]:
    """Yield blocks that are missing, name another head, or whose head does not follow.

    After the first head that does not follow nothing can be said of those behind it.
    """
    heads, last, is_followed = Chain(), None, True
    for block in known:
        due = 1 if last is None else last.number + 1
        for number in range(due, min(block.number, due + _MISSING_MAX)):
            name = _block_name(block.community_id, number)
            yield Finding("ledger_block", name, "no row", "a row", RULE_NUMBER)
        before = None if last is None else last.head
        if block.number == due and block.previous_head != before:
            yield _wrong_hash(block, "previous_head", block.previous_head, before, RULE_CHAIN)
        head = heads.add(block)
        if is_followed and block.head != head:
            is_followed = False
            yield _wrong_hash(block, "head", block.head, head, RULE_HEAD)
        last = block


def _root_findings(
    session: Session, community_id: int, known: dict[int, BlockView], whole: set[int]
) -> Iterator[Finding]:
    """Yield blocks whose root or count is not that of their leaves; note those that are whole."""
    waiting = dict(known)
    for number, count, root in _roots(session, community_id):
        block = waiting.pop(number, None)
        if block is None:
            if number > len(known):
                name = _block_name(community_id, number)
                yield Finding("ledger_block", name, "no row", "a row", RULE_NUMBER)
            continue
        if count != block.leaves:
            is_value, should = f"leaves {block.leaves}", f"leaves {count}"
            yield Finding("ledger_block", _name(block), is_value, should, RULE_COUNT)
            yield from _missing_at_end(session, block)
        if root != block.root:
            yield _wrong_hash(block, "root", block.root, root, RULE_ROOT)
        else:
            whole.add(number)
    for block in waiting.values():
        is_value = f"leaves {block.leaves}"
        yield Finding("ledger_block", _name(block), is_value, "leaves 0", RULE_COUNT)
        yield from _missing(community_id, block.number, range(block.leaves))


def _roots(session: Session, community_id: int) -> Iterator[tuple[int, int, bytes]]:
    """Yield number, count and root of the leaves of each block, in order."""
    leaf = BLOCK_LEAVES.c
    chosen = (
        select(leaf.block_number, leaf.leaf)
        .where(leaf.community_id == community_id)
        .order_by(leaf.block_number, leaf.position)
    )
    rows = session.execute(chosen, execution_options={"yield_per": _READ})
    number, count, tree = 0, 0, Tree()
    for some in rows.partitions():
        for here, leaves in _by_block(some):
            if here != number and count:
                yield number, count, tree.root()
                count, tree = 0, Tree()
            number = here
            count += len(leaves)
            tree.add(leaves)
    if count:
        yield number, count, tree.root()


def _by_block(some: Iterable[Row[tuple[int, bytes]]]) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the leaves of a portion, block by block."""
    for number, rows in groupby(some, itemgetter(0)):
        yield number, [row[1] for row in rows]


def _odd_leaves(community_id: int) -> Select[Any]:
    """Return the select of the leaves that disagree with their entry or with their neighbours."""
    leaf = BLOCK_LEAVES.c
    line: dict[str, Any] = {"partition_by": leaf.block_number, "order_by": leaf.position}
    placed = (
        select(
            *BLOCK_LEAVES.c,
            ENTRIES.c.seal,
            ENTRIES.c.number,
            ENTRIES.c.community_id.label("entry_community_id"),
            (func.coalesce(func.lag(leaf.position).over(**line), -1) + 1).label("due"),
            func.lag(ENTRIES.c.number).over(**line).label("before"),
            func.lead(ENTRIES.c.number).over(**line).label("behind"),
        )
        .outerjoin(ENTRIES, ENTRIES.c.id == leaf.entry_id)
        .where(leaf.community_id == community_id)
        .subquery()
    )
    known_blocks = select(BLOCKS.c.number).where(BLOCKS.c.community_id == community_id)
    row = placed.c
    is_odd = or_(
        row.seal.is_(None),
        row.seal != row.leaf,
        row.entry_community_id != row.community_id,
        row.position != row.due,
        row.number <= row.before,
        row.number >= row.behind,
        row.block_number.not_in(known_blocks),
    )
    return select(placed).where(is_odd).order_by(row.block_number, row.position)


def _odd(leaf: Row[Any], *, is_loose: bool, in_whole: set[int]) -> Iterator[Finding]:
    """Yield what is wrong with a leaf, and with its entry where the leaf is right."""
    name = _leaf_name(leaf.block_number, leaf.position, leaf.entry_id)
    of = f"community {leaf.community_id}"
    if is_loose:
        yield Finding("ledger_block_leaf", name, f"{of}, no block", "in a block", RULE_LOOSE)
    if leaf.position != leaf.due:
        is_value, should = f"position {leaf.position}", f"position {leaf.due}"
        yield Finding("ledger_block_leaf", name, is_value, should, RULE_POSITION)
        missing = range(leaf.due, min(leaf.position, leaf.due + _MISSING_MAX))
        yield from _missing(leaf.community_id, leaf.block_number, missing)
    yield from _unlike_entry(leaf, name, is_right=leaf.block_number in in_whole)


def _unlike_entry(leaf: Row[Any], name: str, *, is_right: bool) -> Iterator[Finding]:
    """Yield where a leaf and its entry disagree; where the block is whole, the entry too."""
    entry = f"id {leaf.entry_id} (number {leaf.number})"
    if leaf.seal is None:
        yield Finding("ledger_entry", f"id {leaf.entry_id}", "no row", "a row", RULE_LEAF)
        yield Finding("ledger_block_leaf", name, "of no entry", "of an entry", RULE_LEAF)
        return
    if leaf.seal != leaf.leaf:
        is_value, should = f"leaf {leaf.leaf.hex()}", f"leaf {leaf.seal.hex()}"
        yield Finding("ledger_block_leaf", name, is_value, should, RULE_LEAF)
        if is_right:
            is_value, should = f"seal {leaf.seal.hex()}", f"seal {leaf.leaf.hex()}"
            yield Finding("ledger_entry", entry, is_value, should, RULE_LEAF)
    if leaf.entry_community_id != leaf.community_id:
        is_value = f"community_id {leaf.entry_community_id}"
        should = f"community_id {leaf.community_id}"
        yield Finding("ledger_entry", entry, is_value, should, RULE_COMMUNITY)
    before, behind = leaf.before or 0, leaf.behind or leaf.number + 1
    if not before < leaf.number < behind:
        should = f"between {before} and {behind}"
        yield Finding("ledger_entry", entry, f"number {leaf.number}", should, RULE_ORDER)
        yield Finding("ledger_block_leaf", name, f"number {leaf.number}", should, RULE_ORDER)


def _missing_at_end(session: Session, block: BlockView) -> Iterator[Finding]:
    """Yield the last leaves of a block that are not there."""
    leaf = BLOCK_LEAVES.c
    last = session.scalar(
        select(func.max(leaf.position)).where(
            leaf.community_id == block.community_id, leaf.block_number == block.number
        )
    )
    first = 0 if last is None else last + 1
    missing = range(first, min(block.leaves, first + _MISSING_MAX))
    yield from _missing(block.community_id, block.number, missing)


def _missing(community_id: int, number: int, positions: Iterable[int]) -> Iterator[Finding]:
    """Yield leaves that are not there."""
    for position in positions:
        name = f"community {community_id}, block {number}, position {position}"
        yield Finding("ledger_block_leaf", name, "no row", "a row", RULE_POSITION)


def _wrong_hash(
    block: BlockView, column: str, is_value: bytes | None, should: bytes | None, rule: str
) -> Finding:
    """Return that a hash of a block is not what it should be."""
    texts = ["-" if value is None else value.hex() for value in (is_value, should)]
    found, due = (f"{column} {text}" for text in texts)
    return Finding("ledger_block", _name(block), found, due, rule)


def _name(block: BlockView) -> str:
    """Return the name of a block's row."""
    return _block_name(block.community_id, block.number)


def _block_name(community_id: int, number: int) -> str:
    return f"community {community_id}, number {number}"


def _leaf_name(number: int, position: int, entry_id: UUID) -> str:
    """Return the name of a leaf's row."""
    return f"entry_id {entry_id} (block {number}, position {position})"
