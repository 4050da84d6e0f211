"""Seals on the command line: seal, keep elsewhere, compare, prove, erase."""

import json
from pathlib import Path

from click.testing import Result
from sqlalchemy import text

from tests.ledger.conftest import RealBank
from tests.make.ledger import earn
from tests.make.rude import unguarded
from timebank.ledger.models.tables import Entry
from timebank.ledger.rules import proofs


def run(real: RealBank, *words: object) -> Result:
    result: Result = real.app.test_cli_runner().invoke(args=[str(word) for word in words])
    return result


def seal(real: RealBank, minutes: int) -> None:
    real.write(lambda session: earn(session, real.bank, minutes))
    assert run(real, "seal", "now").exit_code == 0


def first_entry(real: RealBank) -> object:
    return real.write(lambda session: session.query(Entry.id).order_by(Entry.number).first())[0]  # type: ignore[index]  # there is one


def test_sealing_says_the_head_and_then_that_nothing_is_left(real_bank: RealBank) -> None:
    first, second = run(real_bank, "seal", "now"), run(real_bank, "seal", "now")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith("JL: 1 (2) ")
    assert "nothing to seal" in second.output
    assert "nothing to seal" in run(real_bank, "seal", "now", "--all").output


def test_a_kept_list_is_the_same_each_time_and_agrees_later(
    real_bank: RealBank, tmp_path: Path
) -> None:
    seal(real_bank, 5)
    seal(real_bank, 6)
    for name in ("one", "two"):
        assert run(real_bank, "seal", "export", tmp_path / name).exit_code == 0
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    lines = [json.loads(one) for one in (tmp_path / "one").read_text("utf-8").splitlines()]
    assert [(one["community"], one["number"], one["leaves"]) for one in lines] == [
        ("JL", 1, 3),
        ("JL", 2, 1),
    ]

    seal(real_bank, 7)

    later = run(real_bank, "seal", "check", tmp_path / "one")
    assert later.exit_code == 0, later.output
    assert "they agree" in later.output


def test_a_kept_list_names_the_first_block_that_differs(
    real_bank: RealBank, tmp_path: Path
) -> None:
    for minutes in (5, 6, 7):
        seal(real_bank, minutes)
    run(real_bank, "seal", "export", tmp_path / "kept")
    with unguarded(real_bank.owner) as connection:
        connection.execute(text("UPDATE ledger_block SET leaves = leaves + 1 WHERE number >= 2"))
        connection.commit()

    changed = run(real_bank, "seal", "check", tmp_path / "kept")

    assert changed.exit_code == 1
    assert "JL 2 leaves: 1 → 2" in changed.output
    assert "JL 3" not in changed.output


def test_history_that_was_cut_off_is_missed(real_bank: RealBank, tmp_path: Path) -> None:
    """Within the books nothing is left that could tell; the kept list can."""
    seal(real_bank, 5)
    seal(real_bank, 6)
    run(real_bank, "seal", "export", tmp_path / "kept")
    with unguarded(real_bank.owner) as connection:
        connection.execute(text("DELETE FROM ledger_block_leaf WHERE block_number = 2"))
        connection.execute(text("DELETE FROM ledger_block WHERE number = 2"))
        connection.commit()

    cut = run(real_bank, "seal", "check", tmp_path / "kept")

    assert cut.exit_code == 1
    assert "JL 2: " in cut.output
    assert "no longer in the books" in cut.output


def test_a_list_that_is_none_is_refused(real_bank: RealBank, tmp_path: Path) -> None:
    for junk in ("junk", "[]", "{}", '{"format": "timebank.seal.1"}', "[" * 9999):
        (tmp_path / "junk").write_text(junk, "utf-8")
        answer = run(real_bank, "seal", "check", tmp_path / "junk")
        assert answer.exit_code == 1
        assert "第 1 行" in answer.output


def test_a_proof_goes_to_the_screen_or_to_a_file(real_bank: RealBank, tmp_path: Path) -> None:
    entry_id = first_entry(real_bank)
    early = run(real_bank, "seal", "proof", entry_id)
    assert early.exit_code == 1
    assert "还没" in early.output or "封存" in early.output
    seal(real_bank, 5)

    shown = run(real_bank, "seal", "proof", entry_id)
    stored = run(real_bank, "seal", "proof", entry_id, "-o", tmp_path / "proof.json")

    assert (shown.exit_code, stored.exit_code) == (0, 0)
    assert json.loads(shown.output) == json.loads((tmp_path / "proof.json").read_text("utf-8"))
    assert proofs.check(proofs.read_proof(shown.output)).holds


def test_consistency_of_two_heads(real_bank: RealBank) -> None:
    for minutes in (5, 6, 7):
        seal(real_bank, minutes)

    good = run(real_bank, "seal", "consistency", 1, 3, "--community", "JL")

    assert good.exit_code == 0
    assert json.loads(good.output)["to"]["number"] == 3
    for words in ((3, 1), (1, 9), (1, 3, "--community", "XX"), (0, 1)):
        assert run(real_bank, "seal", "consistency", *words).exit_code != 0


def test_words_are_erased_once_asked_for(real_bank: RealBank) -> None:
    refused = run(real_bank, "ledger", "erase-words", "--person", 1, "--ground", "x")
    assert refused.exit_code == 1
    done = run(real_bank, "ledger", "erase-words", "--person", 1, "--ground", "本人要求", "--yes")
    assert (done.exit_code, done.output) == (0, "✓ JL: 0\n")
