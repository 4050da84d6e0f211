"""The proof of the books names the very row that was changed behind its back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.ledger import corruptions
from tests.ledger.conftest import RealBank, open_bank
from tests.ledger.lived_in import behind_its_back, live
from timebank.kernel.finding import Finding
from timebank.ledger.verify import proof as verify


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
