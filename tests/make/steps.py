"""How many steps SQLite takes for what is asked: the same each time, on any machine."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any  # the driver's connection

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
