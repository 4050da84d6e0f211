"""Writes the statements of the first migration from the models, before they are released.

Run ``python -m tests.make.migration`` and review the difference; after a release new shapes get a
migration of their own.
"""

from itertools import groupby

from sqlalchemy import create_mock_engine
from sqlalchemy.schema import ExecutableDDLElement

from tests.house.trees import ROOT
from tests.make.real import test_settings
from timebank.app import create_app
from timebank.kernel.db import db

URLS = {"sqlite": "sqlite://", "postgresql": "postgresql+psycopg://"}


def statements(dialect: str) -> list[str]:
    """Every statement that makes the present models, in order."""
    made: list[str] = []

    def keep(element: ExecutableDDLElement, *_: object, **__: object) -> None:
        text = str(element.compile(dialect=engine.dialect)).strip()
        made.append(text.replace("%%", "%"))

    engine = create_mock_engine(URLS[dialect], keep)
    db.metadata.create_all(engine, checkfirst=False)
    return [one for _, run in groupby(made, _is_index) for one in _steady(list(run))]


def _is_index(statement: str) -> bool:
    return statement.startswith(("CREATE INDEX", "CREATE UNIQUE INDEX"))


def _steady(run: list[str]) -> list[str]:
    """Return a table's indexes, which are a set, by their names."""
    return sorted(run) if _is_index(run[0]) else run


def main() -> None:
    """Write both scripts."""
    create_app(test_settings("sqlite://"))
    for dialect in URLS:
        path = ROOT / "migrations" / "versions" / f"0001_foundation.{dialect}.sql"
        path.write_text("\n-- next\n".join(statements(dialect)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
