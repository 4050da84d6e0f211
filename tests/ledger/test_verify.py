"""The proof of the books names the very row that was changed behind its back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.ledger import corruptions
from tests.ledger.conftest import RealBank, open_bank
from tests.ledger.lived_in import behind_its_back, live
from tests.make.ledger import draft_of
from timebank.kernel import clock
from timebank.kernel.finding import Finding
from timebank.ledger.queries import proofs
from timebank.ledger.rules.values import AMOUNT_MAX
from timebank.ledger.service import folding, posting, proving
from timebank.ledger.verify import proof as verify
from timebank.ledger.verify.checks import Subject


@dataclass(frozen=True, slots=True)
class Unguarded:
    """A lived-in bank whose owner has switched every guard off."""

    real: RealBank
    connection: Connection

    def run(self, sql: str) -> None:
        """Change something."""
        days = "ledger_day" if self.real.name == "sqlite" else "ledger_delta"
        self.connection.execute(text(sql.replace("{days}", days)))

    def findings(self, community_id: int | None = None) -> list[Finding]:
        """What the proof finds in the midst of it."""
        return list(verify.findings(Session(self.connection), community_id))

    def rebuild(self) -> int:
        """Rebuild in the midst of it."""
        return verify.rebuild(Session(self.connection))


@pytest.fixture(scope="module")
def opened() -> Iterator[Callable[[str], Unguarded]]:
    """The banks of this module, one for each engine."""
    with ExitStack() as stack:

        def make(engine_name: str) -> Unguarded:
            bank = stack.enter_context(open_bank(engine_name))
            bank.write(lambda session: live(session, bank.bank))
            return Unguarded(bank, stack.enter_context(behind_its_back(bank)))

        yield cache(make)


@pytest.fixture
def books(engine_name: str, opened: Callable[[str], Unguarded]) -> Iterator[Unguarded]:
    """The bank; whatever a test does is undone."""
    found = opened(engine_name)
    found.connection.exec_driver_sql("SAVEPOINT before")
    yield found
    found.connection.exec_driver_sql("ROLLBACK TO before")


def test_right_books_have_no_findings(books: Unguarded) -> None:
    assert books.findings() == []


@pytest.mark.parametrize("name", corruptions.ALL)
def test_a_single_change_is_found_and_its_row_named(books: Unguarded, name: str) -> None:
    wanted = corruptions.ALL[name]

    books.run(wanted.on(books.real.name))

    found = books.findings()
    named = [one for one in found if one.table == wanted.table and wanted.row in one.row]
    assert wanted.rule in {one.rule for one in named}, found
    assert all(one.is_value != one.should_be for one in found)


@pytest.mark.parametrize("name", corruptions.DERIVED)
def test_a_rebuild_restores_what_is_derived(books: Unguarded, name: str) -> None:
    books.run(corruptions.DERIVED[name].on(books.real.name))

    assert books.rebuild() >= 1
    assert books.findings() == []
    assert books.rebuild() == 0


def test_another_community_s_rows_are_left_out(books: Unguarded) -> None:
    own = books.real.bank.community_id
    books.run("UPDATE ledger_balance SET posted = 999")
    books.run("UPDATE ledger_lot SET amount = 999")

    found = books.findings(own)

    assert {one.community_id for one in found} == {own}
    assert books.findings(own + 1) == []


def test_what_right_books_derive_is_left_alone(books: Unguarded) -> None:
    lots = text("SELECT * FROM ledger_lot ORDER BY id")
    before = books.connection.execute(lots).all()

    assert books.rebuild() == 0
    assert books.connection.execute(lots).all() == before


def test_the_databases_digest_as_the_rules_say(real_bank: RealBank) -> None:
    bank = real_bank.bank
    words = '陪\u200d👩‍🦰 "引号" \\ \t\u007f Ünïcode'
    lines = [(bank.issuance, bank.members[0], n) for n in range(1, 31)]
    draft = draft_of(bank.book_id, *lines, memo=words)
    actor = replace(bank.actor, name="李\n雷")

    real_bank.write(lambda session: posting.post(session, actor=actor, draft=draft))
    for microsecond in (0, 1, 120_000, 999_999):  # an engine may leave zeros away
        one = draft_of(bank.book_id, (bank.issuance, bank.members[1], 7))
        with clock.fixed_at(clock.now().replace(microsecond=microsecond)):
            real_bank.write(partial(posting.post, actor=bank.actor, draft=one))

    assert real_bank.findings() == []


def test_amounts_of_any_size_are_cleared_at_once(real_bank: RealBank) -> None:
    bank = real_bank.bank
    for amount in (2**32, AMOUNT_MAX):
        one = draft_of(bank.book_id, (bank.issuance, bank.members[1], amount))
        real_bank.write(partial(posting.post, actor=bank.actor, draft=one))

    doubted = real_bank.write(verify.doubts)

    assert real_bank.findings() == []
    assert not {Subject.ENTRIES, Subject.SEALS, Subject.SUMS} & doubted


def test_the_command_names_the_row_and_fails(real_bank: RealBank) -> None:
    runner = real_bank.app.test_cli_runner()

    right = runner.invoke(args=["verify"])
    with behind_its_back(real_bank) as connection:
        connection.execute(text("UPDATE ledger_balance SET posted = 51 WHERE account_id = 2"))
        connection.commit()
    wrong = runner.invoke(args=["verify"])
    other = runner.invoke(args=["verify", "--community", str(real_bank.bank.community_id + 1)])
    mended = runner.invoke(args=["verify", "--rebuild"])
    with behind_its_back(real_bank) as connection:
        connection.execute(text("ALTER TABLE ledger_lot_use RENAME TO gone"))
        connection.commit()
    unreadable = runner.invoke(args=["verify"])

    codes = [one.exit_code for one in (right, wrong, other, mended, unreadable)]
    assert codes == [0, 1, 0, 0, 2]
    assert "2 entries, 2 transfers in" in right.output
    assert "account_id 2 (member:2): 是 posted 51，应为 posted 50" in wrong.output
    assert "1 accounts rebuilt" in mended.output


def test_the_nightly_job_keeps_what_it_found(real_bank: RealBank) -> None:
    own = real_bank.bank.community_id
    real_bank.write(lambda session: proving.prove_books(session, {}))
    with behind_its_back(real_bank) as connection:
        connection.execute(text("UPDATE ledger_balance SET posted = 51 WHERE account_id = 2"))
        connection.commit()
    real_bank.write(lambda session: proving.prove_books(session, {}))

    latest, first = real_bank.write(lambda session: proofs.proofs(session, own))

    assert (first.entries, first.wrong, first.findings) == (2, 0, ())
    assert (latest.entries, latest.wrong) == (2, 1)
    assert latest.findings[0].row == "account_id 2 (member:2)"
    assert latest.findings[0].should_be == "posted 50"


def test_folding_leaves_every_sum_as_it_is(real_bank: RealBank) -> None:
    before = real_bank.balance(real_bank.bank.issuance)

    folded = real_bank.write(folding.fold)

    assert folded == (2 if real_bank.name == "postgresql" else 0)
    assert real_bank.balance(real_bank.bank.issuance) == before
    assert real_bank.findings() == []
