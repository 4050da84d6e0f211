"""The ledger's pure rules hold for any values."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from timebank.ledger.rules import moves, seals
from timebank.ledger.rules.values import KIND_MAX, Asset, Side, Transfer

SALT = bytes(seals.SALT_BYTES)
NUMBERS = st.integers(1, 2**63 - 1)
# Words that could be taken for the writing of a digest: lengths, colons, lines, wide characters.
WORDS = st.lists(st.text(alphabet="012:\n-名", max_size=4), min_size=4, max_size=4)
KINDS = st.text(min_size=1, max_size=KIND_MAX).filter(lambda kind: kind.split() == [kind])
TRANSFERS = st.builds(Transfer, st.integers(1, 30), st.integers(1, 30), st.integers(1, 200))
HEADS = st.fixed_dictionaries(
    {
        "id": st.uuids(),
        "community_id": NUMBERS,
        "book_id": NUMBERS,
        "asset": st.sampled_from([asset.value for asset in Asset]),
        "kind": KINDS,
        "effective_on": st.dates(),
        "lots_on": st.none() | st.dates(),
        "recorded_at": st.datetimes(timezones=st.just(UTC)),
        "actor_user_id": st.none() | NUMBERS,
        "reverses_id": st.none() | st.uuids(),
        "hold_id": st.none() | st.uuids(),
        "debt_account_id": st.none() | NUMBERS,
        "words_hash": st.binary(min_size=32, max_size=32),
    }
)
LEAVES = st.tuples(HEADS, st.lists(TRANSFERS, min_size=1, max_size=4))


@given(WORDS, WORDS)
def test_no_two_texts_have_the_same_digest(one: list[str], other: list[str]) -> None:
    is_same = seals.words_hash(SALT, one) == seals.words_hash(SALT, other)

    assert is_same == (one == other)


@given(WORDS, st.integers(0, 2), st.data())
def test_words_cannot_be_shifted_between_fields(
    words: list[str], at: int, data: st.DataObject
) -> None:
    together = words[at] + words[at + 1]
    cut = data.draw(st.integers(0, len(together)))
    shifted = [*words[:at], together[:cut], together[cut:], *words[at + 2 :]]

    is_same = seals.words_hash(SALT, words) == seals.words_hash(SALT, shifted)

    assert is_same == (words == shifted)


def read_back(leaf: str) -> tuple[list[str], list[tuple[int, ...]]]:
    """A leaf taken apart again: whatever can be read back was written without doubt."""
    title, *facts = leaf.removesuffix("\n").split("\n")
    assert title == seals.LEAF_TITLE
    head, lines = facts[:12], facts[12:]
    return head, [tuple(int(number) for number in line.split(" ")) for line in lines]


@given(LEAVES)
def test_a_leaf_says_all_and_nothing_twice(leaf: tuple[dict[str, Any], list[Transfer]]) -> None:
    head, lines = leaf

    facts, moved = read_back(seals.leaf_text(head, lines))

    assert moved == [(line.debit_id, line.credit_id, line.amount) for line in lines]
    ids = [None if value == "-" else value for value in facts[8:11]]
    assert (facts[0], int(facts[1]), int(facts[2])) == (
        head["id"].hex,
        head["community_id"],
        head["book_id"],
    )
    assert (facts[3], facts[4]) == (head["asset"], head["kind"])
    days = [date.fromisoformat(day) for day in facts[5].split(" ")]
    assert days == [day for day in (head["effective_on"], head["lots_on"]) if day is not None]
    assert datetime.fromisoformat(facts[6]) == head["recorded_at"]
    assert facts[7] == ("-" if head["actor_user_id"] is None else str(head["actor_user_id"]))
    links = (head["reverses_id"], head["hold_id"])
    assert ids[:2] == [None if one is None else one.hex for one in links]
    debt = head["debt_account_id"]
    assert ids[2] == (None if debt is None else str(debt))
    assert bytes.fromhex(facts[11]) == head["words_hash"]


@given(LEAVES, st.data())
def test_whatever_differs_makes_another_leaf(
    leaf: tuple[dict[str, Any], list[Transfer]], data: st.DataObject
) -> None:
    head, lines = leaf
    other, other_lines = data.draw(LEAVES)
    key = data.draw(st.sampled_from(sorted(head)))
    changed = {**head, key: other[key]}

    assert (seals.leaf_text(changed, lines) == seals.leaf_text(head, lines)) == (changed == head)
    same_lines = seals.leaf_text(head, other_lines) == seals.leaf_text(head, lines)
    assert same_lines == (other_lines == lines)


DEBT = 99


@given(
    st.lists(TRANSFERS.filter(lambda one: one.debit_id != one.credit_id), min_size=1, max_size=6),
    st.dictionaries(st.integers(1, 30), st.integers(-20, 200)),
    st.sets(st.integers(1, 30)),
)
def test_what_goes_onto_a_debt_keeps_every_sum(
    lines: list[Transfer], spendable: dict[int, int], of_debit: set[int]
) -> None:
    normals = {key: Side.DEBIT if key in of_debit else Side.CREDIT for key in range(1, 31)}
    normals[DEBT] = Side.DEBIT

    cut = moves.onto_debt(lines, normals=normals, spendable=spendable, debt_account_id=DEBT)

    assert all(line.amount > 0 and line.debit_id != line.credit_id for line in cut)
    before, after = moves.nets(lines, normals), moves.nets(cut, normals)
    for key, change in before.items():
        # What an account has, it gives; what it lacks, the debt gives instead; nobody gets less.
        least = -max(spendable[key], 0) if key in spendable else change
        assert after.get(key, 0) == max(change, min(least, 0) if change < 0 else change)
    lacking = {
        key: (before[key] - after.get(key, 0)) * (1 if normals[key] == Side.DEBIT else -1)
        for key in before
    }
    assert after.get(DEBT, 0) == sum(lacking.values())
