"""What SQLite does for what is asked: the same each time, on any machine."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any  # the driver's connection

from sqlalchemy import event
from sqlalchemy.orm import Session


@contextmanager
def counted(session: Session) -> Iterator[list[int]]:
    """Hand over a list that gets how many steps SQLite takes for what is asked."""
    found: list[int] = []
    driver: Any = session.connection().connection.driver_connection
    steps = itertools.count()
    driver.set_progress_handler(lambda: next(steps) < 0, 1)
    yield found
    driver.set_progress_handler(None, 1)
    found.append(next(steps))


@contextmanager
def scanned(session: Session) -> Iterator[set[str]]:
    """Hand over a set that gets the tables which SQLite reads from end to end for what is asked."""
    connection = session.connection()
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    event.listen(connection, "before_cursor_execute", note)
    found: set[str] = set()
    yield found
    event.remove(connection, "before_cursor_execute", note)
    driver: Any = connection.connection.driver_connection
    tables = {name for (name,) in driver.execute("SELECT name FROM sqlite_master")}
    for statement, values in asked:
        if statement.startswith(("SELECT", "WITH")):
            for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values):
                found |= {step.split()[1]} & tables if step.startswith("SCAN ") else set()
