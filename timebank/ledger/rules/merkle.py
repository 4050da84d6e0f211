"""Merkle trees as RFC 6962 has them, over hashes of leaves: roots, inclusion, consistency.

Everything is computed in one walk over the leaves, which may come from a cursor: what is kept is
one hash for each level, or the few hashes of a proof.

Source: RFC 6962, section 2.1; the checks of proofs are those of RFC 9162, section 2.1.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()
_NODE = b"\x01"
# So many leaves are hashed level by level before they join what is above; a power of two.
_CHUNK = 1024

# Leaves from one position up to, but not including, another.
Span = tuple[int, int]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(_NODE + left + right).digest()


class Tree:
    """The hash of a tree that grows at its right; remembers one hash for each level.

    ``_peaks`` are the perfect trees that the leaves so far make up, largest first, each with its
    number of leaves; ``_rest`` are the leaves that do not fill a chunk yet.
    """

    def __init__(self) -> None:
        """Begin with no leaf."""
        self._peaks: list[tuple[int, bytes]] = []
        self._rest: list[bytes] = []

    def add(self, leaves: Iterable[bytes]) -> None:
        """Add the hashes of the next leaves."""
        self._rest.extend(leaves)
        full = len(self._rest) - len(self._rest) % _CHUNK
        for start in range(0, full, _CHUNK):
            self._add_peak(_CHUNK, _folded(self._rest[start : start + _CHUNK]))
        del self._rest[:full]

    def root(self) -> bytes:
        """Return the hash of the tree over the leaves so far."""
        parts = [peak for _, peak in self._peaks]
        if self._rest:
            parts.append(_folded(self._rest))
        if not parts:
            return EMPTY_ROOT
        root = parts.pop()
        while parts:
            root = node_hash(parts.pop(), root)
        return root

    def _add_peak(self, size: int, root: bytes) -> None:
        """Put a perfect tree at the right, joined with its equals."""
        while self._peaks and self._peaks[-1][0] == size:
            root = node_hash(self._peaks.pop()[1], root)
            size *= 2
        self._peaks.append((size, root))


def tree_hash(leaves: Iterable[bytes]) -> bytes:
    """Return the hash of the tree over hashes of leaves."""
    tree = Tree()
    rest = iter(leaves)
    while some := list(islice(rest, _CHUNK)):
        tree.add(some)
    return tree.root()


def inclusion_path(leaves: Iterable[bytes], position: int, size: int) -> list[bytes]:
    """Return the path from a leaf up to the root of a tree: the hash beside it at each level."""
    return _hashes_of(leaves, inclusion_spans(position, size))


def consistency_path(leaves: Iterable[bytes], first: int, second: int) -> list[bytes]:
    """Return what proves that the tree over the first leaves was kept by a larger one.

    ``1 <= first <= second``; ``leaves`` are those of the larger tree.
    """
    return _hashes_of(leaves, consistency_spans(first, second))


def inclusion_spans(position: int, size: int) -> list[Span]:
    """Return which leaves each hash of a path is over, from the leaf up."""
    spans: list[Span] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _left(stop - start)
        if position < middle:
            spans.append((middle, stop))
            stop = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """Return which leaves each hash of a proof of consistency is over, in the proof's order."""
    spans: list[Span] = []
    start, stop = 0, second
    while first != stop:
        middle = start + _left(stop - start)
        if first <= middle:
            spans.append((middle, stop))
            stop = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:
        spans.append((start, stop))
    return spans[::-1]


def root_by_path(leaf: bytes, *, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root to which a path leads from a leaf; None where a path has another length."""
    if not 0 <= position < size:
        return None
    at, last, root = position, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at % 2 or at == last:
            root = node_hash(beside, root)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            root = node_hash(root, beside)
        at, last = at // 2, last // 2
    return root if last == 0 else None


def is_consistent(
    first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether a proof shows that the first tree was kept by the second."""
    if not 1 <= first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    return bool(hashes) and _roots_by(hashes, first - 1, second - 1) == (first_root, second_root)


def _roots_by(hashes: Sequence[bytes], at: int, last: int) -> tuple[bytes, bytes] | None:
    """Return the roots of both trees to which a proof of consistency leads, if it leads there."""
    while at % 2:
        at, last = at // 2, last // 2
    older = newer = hashes[0]
    for beside in hashes[1:]:
        if last == 0:
            return None
        if at % 2 or at == last:
            older, newer = node_hash(beside, older), node_hash(beside, newer)
            while at % 2 == 0 and at:
                at, last = at // 2, last // 2
        else:
            newer = node_hash(newer, beside)
        at, last = at // 2, last // 2
    return (older, newer) if last == 0 else None


def _hashes_of(leaves: Iterable[bytes], spans: Sequence[Span]) -> list[bytes]:
    """Return the tree hash over each of some spans of leaves that do not overlap."""
    rest, at = iter(leaves), 0
    found: dict[Span, bytes] = {}
    for start, stop in sorted(spans):
        _skip(rest, start - at)
        found[(start, stop)] = tree_hash(islice(rest, stop - start))
        at = stop
    return [found[span] for span in spans]


def _skip(rest: Iterator[bytes], count: int) -> None:
    """Leave out the next leaves."""
    for _ in islice(rest, count):
        pass


def _left(size: int) -> int:
    """Return how many leaves stand left of the root: the largest power of two below the size."""
    power: int = 1 << ((size - 1).bit_length() - 1)
    return power


def _folded(level: Sequence[bytes]) -> bytes:
    """Return the hash over some leaves, level by level; one that stands alone moves up as it is."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
