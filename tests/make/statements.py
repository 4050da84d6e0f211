"""What an application asks of its database while a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any  # what the library hands to a listener

from flask import Flask
from sqlalchemy import event

from timebank.kernel.db import db


@contextmanager
def statements_of(app: Flask) -> Iterator[list[str]]:
    """Hand over a list that fills with the statements sent, each on one line.

    What begins a transaction is no statement: SQLite is told to in words, PostgreSQL by the driver.
    """
    sent: list[str] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, _many: bool
    ) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(" ".join(statement.split()))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
