"""The ground of a drill: a database of its own, an application on it, and a verdict in one line."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.drills import books
from tests.make import real
from timebank.bank import verify as bank_verify
from timebank.kernel.db import db, make_engine, read_only, transaction
from timebank.ledger.verify import proof
from timebank.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ground:
    """An application whose database is the drill's own; between calls nobody is connected."""

    app: Flask
    settings: Settings

    @property
    def engine_name(self) -> str:
        """The engine, as the drills name it."""
        return "sqlite" if self.settings.database_url.startswith("sqlite") else "postgresql"

    def write(self, work: Callable[[Session], T]) -> T:
        """Do something in one committed transaction."""
        with self.app.app_context():
            try:
                return transaction(work)
            finally:
                self._leave()

    def read(self, work: Callable[[Session], T]) -> T:
        """Read something from one snapshot."""
        with self.app.app_context():
            try:
                return read_only(work)
            finally:
                self._leave()

    def _leave(self) -> None:
        db.session.remove()
        db.engine.dispose()

    def make_scene(self, *, projects: int) -> books.Scene:
        """Make the projects that receive the drill's money."""
        return self.write(lambda session: books.make_scene(session, projects=projects))

    def kept(self, scene: books.Scene) -> books.Kept:
        """Return what the books hold."""
        return self.read(lambda session: books.kept(session, scene))

    def is_file_sound(self) -> bool:
        """Whether SQLite finds nothing wrong with its file; PostgreSQL has no such question."""
        if self.engine_name != "sqlite":
            return True
        engine = make_engine(self.settings.database_url)
        with engine.connect() as connection:
            verdict = connection.scalar(text("PRAGMA integrity_check"))
        engine.dispose()
        return bool(verdict == "ok")


def bank_findings(session: Session) -> tuple[str, ...]:
    """Return what the proofs of bank and ledger find."""
    found = (*bank_verify.findings(session), *proof.findings(session, None))
    return tuple(str(one) for one in found)


@contextmanager
def ground(engine_name: str) -> Iterator[Ground]:
    """Open a new database on an engine."""
    with real.real_address(engine_name) as address:
        place = ground_at(address)
        yield place
        real.release(place.app)


def ground_at(address: str, *, owner_address: str = "") -> Ground:
    """Return the ground on a database that is there already."""
    settings = replace(real.test_settings(address), owner_database_url=owner_address)
    return Ground(real.app_with(settings), settings)


def parser(
    words: str | None, *, engines: tuple[str, ...] = real.ENGINES
) -> argparse.ArgumentParser:
    """Return the parser that every drill begins with."""
    made = argparse.ArgumentParser(description=words)
    made.add_argument("--engine", choices=engines, default=engines[0])
    return made


def verdict(name: str, engine_name: str, found: object, *, is_exact: bool) -> int:
    """Print how the drill ended, in one line; return its exit code."""
    print(f"{name} on {engine_name}: {'exact' if is_exact else 'NOT EXACT'}. {found}", flush=True)
    return 0 if is_exact else 1
