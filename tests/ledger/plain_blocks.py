"""Plain blocks: which entries are sealed by which head, reckoned anew from RFC 6962."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """The hash of a tree over leaf hashes: the largest power of two goes to the left."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    both = tree_hash(leaves[:left]) + tree_hash(leaves[left:])
    return hashlib.sha256(b"\x01" + both).digest()


@dataclass(frozen=True, slots=True)
class PlainBlock:
    """Some entries under one root, and the head over all headers so far."""

    entries: Sequence[UUID]
    root: bytes
    head: bytes


@dataclass(slots=True)
class PlainChain:
    """The blocks of one community."""

    community: int
    blocks: list[PlainBlock] = field(default_factory=list)
    headers: list[bytes] = field(default_factory=list)

    def sealed(self) -> dict[UUID, int]:
        """The number of the block of each entry that is in one."""
        return {
            entry: number
            for number, block in enumerate(self.blocks, start=1)
            for entry in block.entries
        }

    def seal(self, seals: Sequence[tuple[UUID, bytes]], now: datetime) -> None:
        """Put entries, each by its seal, into the next block."""
        root = tree_hash([seal for _, seal in seals])
        before = self.blocks[-1].head.hex() if self.blocks else "-"
        facts = (self.community, len(self.blocks) + 1, len(seals), root.hex(), before)
        moment = now.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        text = "".join(f"{fact}\n" for fact in ("timebank.block.1", *facts, moment))
        self.headers.append(hashlib.sha256(b"\x00" + text.encode()).digest())
        entries = [entry for entry, _ in seals]
        self.blocks.append(PlainBlock(entries, root, tree_hash(self.headers)))
