"""The application in odd surroundings, as gunicorn may be told to serve it.

What is odd is read from a file while it serves, so that a drill can change it without a restart:
``tests.drills.odd_server:with_clock("/path")``, ``tests.drills.odd_server:with_pages("/path")``.
"""

from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Connection, event

from tests.drills.forks import served
from timebank.app import create_app
from timebank.kernel import clock
from timebank.kernel.db import db


def say(path: Path, word: str) -> None:
    """Write what is odd from now on; nobody reads half of it."""
    draft = path.with_suffix(".part")
    draft.write_text(word)
    draft.replace(path)


def with_clock(path: str) -> Flask:
    """Serve with a clock that is wrong by as many seconds as the file says."""
    right = clock.now

    def wrong() -> datetime:
        return right() + timedelta(seconds=float(Path(path).read_text()))

    clock.now = wrong
    return create_app()


def with_pages(path: str) -> Flask:
    """Serve with a SQLite file that may not grow while the file says 1, as on a full disk."""
    app = served()

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={int(Path(path).read_text())}")

    with app.app_context():
        event.listen(db.engine, "begin", limit)
    return app
