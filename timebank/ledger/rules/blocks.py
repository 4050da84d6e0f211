"""Blocks of sealed entries: what the header of one says, and how heads follow from headers."""

from dataclasses import dataclass
from datetime import datetime

from timebank.ledger.rules.merkle import Tree
from timebank.ledger.rules.seals import leaf_hash, moment_text

BLOCK_TITLE = "timebank.block.1"


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What a block says: its place, how many entries, their root, the head before, and when."""

    community_id: int
    number: int
    leaves: int
    root: bytes
    previous_head: bytes | None
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class BlockView(BlockHeader):
    """A block with its head: the tree hash over the headers of all blocks up to it."""

    head: bytes


def header_text(block: BlockHeader) -> str:
    """Return the header of a block as it is hashed: a title, then one fact on each line."""
    previous = "-" if block.previous_head is None else block.previous_head.hex()
    return (
        f"{BLOCK_TITLE}\n{block.community_id}\n{block.number}\n{block.leaves}\n"
        f"{block.root.hex()}\n{previous}\n{moment_text(block.sealed_at)}\n"
    )


def header_hash(block: BlockHeader) -> bytes:
    """Return the leaf of a block in the tree of its community's blocks."""
    return leaf_hash(header_text(block))


class Chain:
    """The heads of a community's blocks, one after the other."""

    def __init__(self) -> None:
        """Begin before the first block."""
        self._tree = Tree()

    def add(self, block: BlockHeader) -> bytes:
        """Add the next block and return the head up to it."""
        self._tree.add([header_hash(block)])
        return self._tree.root()
