"""A small bank on a database of its own, where commits are real and the owner can be rude."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.make import real
from tests.make.ledger import SmallBank, earn, make_bank
from timebank.kernel.db import db, transaction
from timebank.kernel.finding import Finding
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Balance
from timebank.ledger.verify import proof as verify

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RealBank:
    """A committed small bank: member 1 has 100 minutes, member 2 has 50."""

    app: Flask
    owner: Engine
    bank: SmallBank
    name: str

    def write(self, work: Callable[[Session], T]) -> T:
        """Run work in a committed transaction of the application."""
        with self.app.app_context():
            try:
                return transaction(work)
            finally:
                db.session.remove()

    def balance(self, account_id: int) -> Balance:
        """Return a committed balance."""
        return self.write(lambda session: ledger_accounts.balance(session, account_id))

    def findings(self) -> list[Finding]:
        """Return what the proof of the books finds."""
        return self.write(lambda session: list(verify.findings(session)))


@pytest.fixture
def real_bank(engine_name: str) -> Iterator[RealBank]:
    """A small bank on a database of its own."""
    with open_bank(engine_name) as bank:
        yield bank


@pytest.fixture
def young_bank() -> Iterator[RealBank]:
    """A small bank on a PostgreSQL server that knows nothing of its tables."""
    with open_bank("postgresql", source=real.template("postgresql")) as bank:
        yield bank


@pytest.fixture(scope="module")
def _banks() -> Iterator[Callable[[str], RealBank]]:
    """The banks that a module's tests share, by engine."""
    with ExitStack() as opened:
        yield cache(lambda engine_name: opened.enter_context(open_bank(engine_name)))


@pytest.fixture
def shared_bank(engine_name: str, _banks: Callable[[str], RealBank]) -> RealBank:
    """A small bank for the tests of a module whose acts are refused and leave nothing behind."""
    return _banks(engine_name)


@contextmanager
def open_bank(engine_name: str, *, source: str | None = None) -> Iterator[RealBank]:
    """Open a small bank on an empty database, or on a copy of another that nobody has used yet."""
    with real.real_app(engine_name, source=source) as app:
        with app.app_context():
            bank = transaction(_make)
            db.session.remove()
        owner = real.owner_engine(app)
        yield RealBank(app, owner, bank, engine_name)
        owner.dispose()


def _make(session: Session) -> SmallBank:
    bank = make_bank(session)
    earn(session, bank, 100)
    earn(session, bank, 50, member=1)
    return bank
