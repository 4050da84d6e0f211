"""Proofs: they hold without these books, for one entry alone, and no change of them does."""

import copy
import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.house.trees import PACKAGE
from tests.make.ledger import SmallBank, earn, make_bank, spend
from timebank.kernel import ids
from timebank.ledger.errors import (
    BlockNotFoundError,
    EntryNotFoundError,
    HeadsOrderError,
    NotSealedYetError,
    ProofTooLargeError,
    ProofUnreadableError,
)
from timebank.ledger.models.tables import Entry
from timebank.ledger.queries import neighbours, seals
from timebank.ledger.rules import kept, merkle, proofs
from timebank.ledger.service import sealing

VERIFIER = PACKAGE / "static" / "verify_proof.py"


@pytest.fixture
def bank(session: Session) -> SmallBank:
    """Five blocks of one to four entries."""
    bank = make_bank(session)
    for number in range(1, 6):
        for minutes in range(1, number % 4 + 2):
            earn(session, bank, 10 * minutes)
        spend(session, bank, 1)
        sealing.seal_entries(session, actor=bank.actor)
    return bank


def newest(session: Session) -> Any:
    return session.scalar(select(Entry.id).order_by(Entry.number.desc()).limit(1))


def checked(document: Any) -> bool:
    return proofs.check(proofs.read_proof(json.dumps(document))).holds


def verified(*files: Path) -> bool:
    """Whether a stranger's Python, which knows nothing of us, is content."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode in {0, 1}
    assert "Traceback" not in done.stderr
    return done.returncode == 0


def holds(*files: Path) -> bool:
    """Whether the stranger's program is content, asked in this process: it is asked often."""
    try:
        return bool(runpy.run_path(str(VERIFIER))["main"](*map(str, files)))
    except Exception:  # noqa: BLE001 - what the program cannot read it refuses, whatever the reason
        return False


def written(folder: Path, name: str, document: Any) -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


def changes_of(value: Any) -> Iterator[Any]:
    """Yield other values of the same kind."""
    if isinstance(value, bool | None):
        return
    if isinstance(value, int):
        yield from (value + 1, value - 1, -1, 2**70, "1", None, 10**30)
    elif isinstance(value, str):
        yield from (value + "0", value[:-1], "", 7, None, "\ud800", value + value + "x")
        yield (("1" if value[0] != "1" else "2") + value[1:]) if value else "x"
    elif isinstance(value, list):
        yield from (value[:-1], value[1:], [*value, "00" * 32], [*value, *value], None, [7], "ab")
        if value != value[::-1]:
            yield value[::-1]
    elif isinstance(value, dict):
        yield from ({}, [], "x")


def places_of(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every value within a document."""
    if place:
        yield place
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in parts:
            yield from places_of(part, (*place, key))


def tampered(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield documents that differ in one value each, with what was changed."""
    for place in places_of(document):
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        for change in changes_of(holder[place[-1]]):
            if change == holder[place[-1]] or (place == ("words",) and change is None):
                continue  # nothing changed, or a proof without words, which is a proof
            other = copy.deepcopy(document)
            inside = other
            for key in place[:-1]:
                inside = inside[key]
            inside[place[-1]] = change
            yield f"{place} = {change!r:.60}", other


def test_every_sealed_entry_has_a_proof_that_holds(session: Session, bank: SmallBank) -> None:
    last = seals.block(session, bank.community_id, 5)

    for entry_id in session.scalars(select(Entry.id)).all():
        proof = seals.proof(session, entry_id)
        again = proofs.read_proof(json.dumps(proofs.document(proof)))

        assert again == proof
        assert (proof.blocks, proof.head) == (5, last.head)
        assert proofs.check(proof).holds
        assert proofs.check(proof).are_words_true is True


def test_a_proof_says_which_block_and_when(session: Session, bank: SmallBank) -> None:
    found = proofs.check(seals.proof(session, newest(session)))
    last = seals.block(session, bank.community_id, 5)

    assert (found.community_id, found.number, found.leaves) == (bank.community_id, 5, last.leaves)
    assert found.sealed_on == last.sealed_at.date().isoformat()


def test_a_proof_with_another_leaf_fails(session: Session, bank: SmallBank) -> None:
    first, second = session.scalars(select(Entry.id).order_by(Entry.number).limit(2)).all()
    one, other = (proofs.document(seals.proof(session, entry)) for entry in (first, second))

    assert not checked({**one, "leaf": other["leaf"], "words": other["words"]})
    assert not checked({**one, "words": other["words"]})
    assert checked({**one, "words": None})


def test_no_changed_proof_holds(session: Session, bank: SmallBank) -> None:
    document = proofs.document(seals.proof(session, newest(session)))
    assert checked(document)

    held = []
    for what, other in tampered(document):
        try:
            held += [what] if checked(other) else []
        except ProofUnreadableError:
            continue

    assert held == []


def test_the_stranger_s_program_finds_the_same(
    session: Session, bank: SmallBank, tmp_path: Path
) -> None:
    document = proofs.document(seals.proof(session, newest(session)))
    assert verified(written(tmp_path, "good.json", document))
    assert verified(written(tmp_path, "erased.json", {**document, "words": None}))

    # "format" is for readers alone; the program goes by what stands in the proof.
    others = [(what, other) for what, other in tampered(document) if "format" not in what]
    chosen = others[:: max(1, len(others) // 30)]
    held = [
        what
        for at, (what, other) in enumerate(chosen)
        if holds(written(tmp_path, f"{at}.json", other))
    ]

    assert held == []
    what, other = chosen[0]
    assert not verified(written(tmp_path, "tampered.json", other)), what
    for junk in ("", "[]", "{}", "[" * 5000, "null", '{"leaf": 1}', "\x00"):
        assert not holds(written(tmp_path, "junk.json", junk))
    assert not verified(tmp_path / "missing.json")
    assert not verified()


def test_a_later_head_keeps_every_earlier_one(
    session: Session, bank: SmallBank, tmp_path: Path
) -> None:
    last = seals.last_number(session, bank.community_id)
    for first in range(1, last + 1):
        for second in range(first, last + 1):
            found = seals.consistency(session, bank.community_id, first=first, second=second)
            assert merkle.is_consistent(
                first, found.first_head, second, found.second_head, found.path
            )
    for first, second in ((1, 5), (2, 5), (3, 5), (4, 5), (3, 4), (3, 3)):
        found = seals.consistency(session, bank.community_id, first=first, second=second)
        assert holds(
            written(tmp_path, f"{first}-{second}.json", proofs.consistency_document(found))
        )


def test_no_changed_proof_of_consistency_holds(
    session: Session, bank: SmallBank, tmp_path: Path
) -> None:
    document = proofs.consistency_document(
        seals.consistency(session, bank.community_id, first=3, second=5)
    )
    said = ("('format'", "('community_id'")  # for readers alone
    others = [one for one in tampered(document) if not one[0].startswith(said)]

    held = [
        what
        for at, (what, other) in enumerate(others[::4])
        if holds(written(tmp_path, f"{at}.json", other))
    ]

    assert held == []


def test_what_cannot_be_proved_says_why(session: Session, bank: SmallBank) -> None:
    fresh = earn(session, bank, 5)

    with pytest.raises(NotSealedYetError):
        seals.proof(session, fresh)
    with pytest.raises(EntryNotFoundError):
        seals.proof(session, ids.new_id())
    with pytest.raises(BlockNotFoundError):
        seals.block(session, bank.community_id, 6)
    with pytest.raises(BlockNotFoundError):
        seals.consistency(session, bank.community_id, first=1, second=6)
    with pytest.raises(HeadsOrderError):
        seals.consistency(session, bank.community_id, first=3, second=2)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", '"x"', "[" * 100_000, '{"format": "timebank.proof.1"}', "1" * 5000],
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(ProofUnreadableError):
        proofs.read_proof(text)


def test_what_is_too_large_is_refused_unread() -> None:
    with pytest.raises(ProofTooLargeError):
        proofs.read_proof("[" * (proofs.PROOF_BYTES_MAX + 1))


def test_a_proof_agrees_with_the_kept_list_of_seals(
    session: Session, bank: SmallBank, tmp_path: Path
) -> None:
    house = neighbours.community(session, None)
    lines = [kept.line_of(house.code, one) for one in seals.chain(session, bank.community_id)]
    document = proofs.document(seals.proof(session, newest(session)))
    proof = written(tmp_path, "proof.json", document)
    older = written(tmp_path, "older.jsonl", "\n".join(lines[:4]))
    newer = written(tmp_path, "newer.jsonl", "\n".join(lines))

    assert verified(proof, newer)
    assert not verified(proof, older)
    assert verified(newer, older)
    assert not verified(older, newer)
