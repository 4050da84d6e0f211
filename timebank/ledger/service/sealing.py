"""Sealing: what was posted since the last block goes into the next one, under one root."""

from collections.abc import Mapping
from datetime import timedelta
from itertools import chain as joined

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.ledger.errors import ChainBrokenError
from timebank.ledger.models.blocks import BLOCKS
from timebank.ledger.models.triggers_postgresql import BLOCK_LOCK
from timebank.ledger.queries import seals as queries
from timebank.ledger.rules.blocks import BlockHeader, BlockView, Chain
from timebank.ledger.rules.merkle import Tree
from timebank.ledger.service import statements

# Nothing is written for so long: an entry that was being written when a block was made, and was too
# late for it, has committed by then, and got into a later block.
SETTLED_AFTER = timedelta(days=1)


def seal_entries(session: Session, *, actor: Actor, is_thorough: bool = False) -> BlockView | None:
    """Put every committed entry of the community that is in no block into the next block.

    Returns None when there is none. Of two sealers at once one waits and finds nothing to do.
    What is looked at is what came after the newest block that is a day old, however much lies
    before; who is thorough looks at everything.

    Raises:
        ChainBrokenError: the blocks so far do not lead to the newest head.
    """
    community_id = actor.community_id
    _lock(session, community_id)
    settled_at = clock.now() - SETTLED_AFTER
    after = 0 if is_thorough else queries.last_sealed_by(session, community_id, settled_at)
    waiting = queries.unsealed(session, community_id, after=after)
    first = next(waiting, None)
    if first is None:
        return None
    heads, newest = _known(session, community_id)
    number = 1 if newest is None else newest.number + 1
    tree, leaves = Tree(), 0
    for some in joined([first], waiting):
        rows = [
            (entry_id, community_id, number, position, seal)
            for position, (entry_id, seal) in enumerate(some, start=leaves)
        ]
        statements.write_leaves(session, rows)
        tree.add(seal for _, seal in some)
        leaves += len(some)
    header = BlockHeader(
        community_id=community_id,
        number=number,
        leaves=leaves,
        root=tree.root(),
        previous_head=None if newest is None else newest.head,
        sealed_at=clock.now(),
    )
    return _write(session, header, heads.add(header))


def seal_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: seal what was posted since in every community."""
    for community_id in queries.communities_with_books(session):
        seal_entries(session, actor=program(community_id=community_id, name="seal"))


def _known(session: Session, community_id: int) -> tuple[Chain, BlockView | None]:
    """Return the chain of a community so far and its newest block.

    Raises:
        ChainBrokenError: the newest head does not follow from the blocks.
    """
    heads, newest, head = Chain(), None, None
    for newest in queries.chain(session, community_id):
        head = heads.add(newest)
    if newest is not None and newest.head != head:
        raise ChainBrokenError(number=newest.number)
    return heads, newest


def _write(session: Session, header: BlockHeader, head: bytes) -> BlockView:
    """Write the header of a block, which seals it."""
    facts = {name: getattr(header, name) for name in BlockHeader.__dataclass_fields__}
    session.execute(insert(BLOCKS).values(**facts, head=head))
    return BlockView(**facts, head=head)


def _lock(session: Session, community_id: int) -> None:
    """Let nobody else seal until this transaction ends; SQLite's writer is alone anyway.

    It is the lock that the database takes for each leaf and block.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(BLOCK_LOCK + community_id)))
