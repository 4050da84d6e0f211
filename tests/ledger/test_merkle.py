"""Merkle trees: the roots that others publish, and proofs that hold for one leaf and one tree."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timebank.ledger.rules import merkle

# The leaves and roots that Certificate Transparency's implementations test themselves with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)

sizes = st.integers(1, 140)
MANY = settings(max_examples=60, deadline=None)


def leaves_of(size: int) -> list[bytes]:
    return [hashlib.sha256(b"\x00%d" % number).digest() for number in range(size)]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """The definition, word for word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    left = naive_split(len(leaves))
    both = naive_root(leaves[:left]) + naive_root(leaves[left:])
    return hashlib.sha256(b"\x01" + both).digest()


def naive_split(size: int) -> int:
    left = 1
    while left * 2 < size:
        left *= 2
    return left


def naive_path(position: int, leaves: Sequence[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    left = naive_split(len(leaves))
    if position < left:
        return [*naive_path(position, leaves[:left]), naive_root(leaves[left:])]
    return [*naive_path(position - left, leaves[left:]), naive_root(leaves[:left])]


def naive_proof(first: int, leaves: Sequence[bytes], *, is_whole: bool = True) -> list[bytes]:
    if first == len(leaves):
        return [] if is_whole else [naive_root(leaves)]
    left = naive_split(len(leaves))
    if first <= left:
        return [
            *naive_proof(first, leaves[:left], is_whole=is_whole),
            naive_root(leaves[left:]),
        ]
    return [
        *naive_proof(first - left, leaves[left:], is_whole=False),
        naive_root(leaves[:left]),
    ]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [hashlib.sha256(b"\x00" + text).digest() for text in LEAVES[:size]]

    assert merkle.tree_hash(leaves).hex() == ROOTS[size]
    assert naive_root(leaves).hex() == ROOTS[size]


@pytest.mark.parametrize("size", [1023, 1024, 1025, 3000, 5121])
def test_large_trees_are_hashed_in_chunks_to_the_same_root(size: int) -> None:
    leaves = leaves_of(size)

    assert merkle.tree_hash(iter(leaves)) == naive_root(leaves)
    for position in (0, 1, 1023, size // 2, size - 1):
        path = merkle.inclusion_path(iter(leaves), min(position, size - 1), size)
        assert path == naive_path(min(position, size - 1), leaves)


@MANY
@given(sizes, st.lists(st.integers(0, 60), max_size=5))
def test_a_tree_grows_in_any_portions_to_the_same_root(size: int, cuts: list[int]) -> None:
    leaves, tree, at = leaves_of(size), merkle.Tree(), 0
    for cut in cuts:
        tree.add(leaves[at : at + cut])
        at = min(at + cut, size)
        assert tree.root() == naive_root(leaves[:at])
    tree.add(leaves[at:])

    assert tree.root() == naive_root(leaves)


@MANY
@given(sizes, st.data())
def test_a_path_leads_from_its_leaf_to_the_root(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    position = data.draw(st.integers(0, size - 1))

    path = merkle.inclusion_path(leaves, position, size)

    assert path == naive_path(position, leaves)
    root = merkle.root_by_path(leaves[position], position=position, size=size, path=path)
    assert root == naive_root(leaves)


@MANY
@given(st.integers(2, 140), st.data())
def test_a_path_leads_nowhere_else(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root = naive_root(leaves)
    position = data.draw(st.integers(0, size - 1))
    path = merkle.inclusion_path(leaves, position, size)
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != position))

    def leads(leaf: bytes, at: int, of: int, by: list[bytes]) -> bool:
        return merkle.root_by_path(leaf, position=at, size=of, path=by) == root

    assert not leads(leaves[other], position, size, path)
    assert not leads(leaves[position], other, size, path)
    assert not leads(leaves[position], position, size, path[:-1])
    assert not leads(leaves[position], position, size, [*path, root])
    assert not leads(leaves[position], -1, size, path)
    assert not leads(leaves[position], size, size, path)
    for at in range(len(path)):
        wrong = [*path[:at], bytes(32), *path[at + 1 :]]
        assert not leads(leaves[position], position, size, wrong)


@MANY
@given(sizes, st.data())
def test_a_larger_tree_proves_that_it_kept_the_smaller(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    first = data.draw(st.integers(1, size))

    path = merkle.consistency_path(iter(leaves), first, size)

    assert path == naive_proof(first, leaves)
    older, newer = naive_root(leaves[:first]), naive_root(leaves)
    assert merkle.is_consistent(first, older, size, newer, path)
    for at in range(len(path)):
        assert not merkle.is_consistent(first, older, size, newer, [*path[:at], *path[at + 1 :]])
        wrong = [*path[:at], bytes(32), *path[at + 1 :]]
        assert not merkle.is_consistent(first, older, size, newer, wrong)
    assert not merkle.is_consistent(first, older, size, newer, [*path, newer])
    assert not merkle.is_consistent(first, bytes(32), size, newer, path)
    assert not merkle.is_consistent(first, older, size, bytes(32), path)
    assert not merkle.is_consistent(0, older, size, newer, path)
    assert not merkle.is_consistent(size + 1, older, size, newer, path)


@MANY
@given(st.integers(2, 60), st.data())
def test_no_rewritten_history_is_consistent(size: int, data: st.DataObject) -> None:
    """Whoever changes, drops, adds or swaps a leaf that was there can prove nothing."""
    leaves = leaves_of(size)
    first = data.draw(st.integers(1, size))
    older = naive_root(leaves[:first])
    at = data.draw(st.integers(0, first - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != at))
    swapped = list(leaves)
    swapped[at], swapped[other] = swapped[other], swapped[at]

    for forged in (
        [*leaves[:at], bytes(32), *leaves[at + 1 :]],
        [*leaves[:at], *leaves[at + 1 :]],
        [*leaves[:at], bytes(32), *leaves[at:]],
        swapped,
    ):
        if len(forged) >= first:
            path = merkle.consistency_path(forged, first, len(forged))
            root = naive_root(forged)
            assert not merkle.is_consistent(first, older, len(forged), root, path)


@MANY
@given(st.integers(2, 60), st.data())
def test_every_truncation_extension_and_reorder_has_another_root(
    size: int, data: st.DataObject
) -> None:
    leaves = leaves_of(size)
    order = data.draw(st.permutations(range(size)).filter(lambda one: one != list(range(size))))

    roots = {merkle.tree_hash(leaves[:stop]) for stop in range(size + 1)}
    roots.add(merkle.tree_hash([leaves[at] for at in order]))
    roots.add(merkle.tree_hash([*leaves, leaves[-1]]))

    assert len(roots) == size + 3
