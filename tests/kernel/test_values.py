"""The kernel's values: amounts, splits, ids, cursors, sealed fields."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebank.kernel import clock, ids, paging, sealed, units

WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=8).filter(any)


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_a_split_loses_nothing_and_is_fair(total: int, weights: list[int]) -> None:
    parts = units.split(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - total * weight) < whole


@given(st.integers(-(10**12), 10**12))
def test_yuan_text_and_fen_are_inverse(fen: int) -> None:
    assert units.fen_of(units.yuan_text(fen)) == fen


@pytest.mark.parametrize("text", ["", "12.345", "１２.５", "1e5", "1_000", "--1", "abc", "1.2.3"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        units.fen_of(text)


def test_ids_are_in_the_order_of_time() -> None:
    made = [ids.new_id() for _ in range(5)]
    assert all(one.version == 7 for one in made)
    stamps = [one.int >> 80 for one in made]
    assert stamps == sorted(stamps)


PARTS = st.one_of(st.integers(0, paging.ROW_ID_MAX), st.text(max_size=20), st.none())


@given(st.lists(PARTS, max_size=4))
def test_cursors_come_back_as_they_went(key: paging.Key) -> None:
    assert paging.decode(paging.encode(key), width=len(key)) == key


@given(st.text(max_size=60))
def test_strange_cursors_are_refused_politely(text: str) -> None:
    with contextlib.suppress(paging.BadCursorError):
        assert len(paging.decode(text, width=2)) == 2


@pytest.mark.parametrize("key", [["7"], [None], [7, 7], [], [True], [-1], [2**63], [1.5]])
def test_cursor_that_holds_no_row_is_refused(key: paging.Key) -> None:
    with pytest.raises(paging.BadCursorError):
        paging.decode_id(paging.encode(key))


def test_sealed_text_is_unreadable_and_comes_back() -> None:
    sealed.use_keys(current="k1", keys={"k1": b"1" * 32}, index_key=b"2" * 32)
    hidden = sealed.seal("13800000420")
    assert "13800000420" not in hidden
    assert sealed.unseal(hidden) == "13800000420"
    assert sealed.seal("13800000420") != hidden
    assert sealed.blind_index("a") == sealed.blind_index("a")


def test_a_destroyed_key_leaves_nothing_to_read() -> None:
    sealed.use_keys(current="k1", keys={"k1": b"1" * 32}, index_key=b"2" * 32)
    hidden = sealed.seal("李桂兰")
    sealed.use_keys(current="k2", keys={"k2": b"3" * 32}, index_key=b"2" * 32)
    assert sealed.unseal(hidden) is None


def test_a_day_belongs_to_the_community() -> None:
    start, end = clock.day_bounds(clock.today())
    assert clock.day_of(start) == clock.today()
    assert (end - start).total_seconds() == 86400
