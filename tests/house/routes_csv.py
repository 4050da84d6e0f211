"""Rewrites ``routes.csv`` from the declared permissions and the matrix, for a person to review.

Rows that stand are kept as they are; routes without a row get one, rows without a route go.
Run it with ``python -m tests.house.routes_csv`` and read the difference before committing it.
"""

import csv
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from flask import Flask

from tests.make import real
from timebank.access import rules
from timebank.access.rules import Role
from timebank.app import create_app

PATH = Path(__file__).with_name("routes.csv")
ANON = "anon"
ROLES = (ANON, *(role.value for role in Role))
COLUMNS = ("method", "rule", "permission", *ROLES)
_UNTESTED = {"HEAD", "OPTIONS"}


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one rule, and the permission that its view declares."""

    method: str
    rule: str
    permission: str


def routes_of(app: Flask) -> Iterator[Route]:
    """Return every route of the application, once."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        permission = "public" if rule.endpoint == "static" else getattr(view, "permission", "")
        for method in sorted((rule.methods or set()) - _UNTESTED):
            yield Route(method, rule.rule, permission)


def expected_cells(permission: str) -> dict[str, str]:
    """Return who may pass, as the matrix has it."""
    if permission == "public":
        return dict.fromkeys(ROLES, "yes")
    cells = rules.MATRIX.get(permission, {})
    allowed = {role.value for role in Role if role in cells or permission in rules.EVERYBODY}
    return {role: "yes" if role in allowed else "no" for role in ROLES}


def read_rows() -> list[dict[str, str]]:
    """Return the reviewed rows."""
    if not PATH.exists():
        return []
    with PATH.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rewritten(app: Flask) -> list[dict[str, str]]:
    """Return one row for every route: the reviewed one, or a new one from the matrix."""
    known: dict[tuple[str, ...], dict[str, str]] = {
        (row["method"], row["rule"], row["permission"]): row for row in read_rows()
    }
    rows = [
        {
            "method": route.method,
            "rule": route.rule,
            "permission": route.permission,
            **expected_cells(route.permission),
            # The cells of a role that is new are empty still.
            **{name: cell for name, cell in known.get(astuple(route), {}).items() if cell},
        }
        for route in routes_of(app)
    ]
    return sorted(rows, key=lambda row: (row["rule"], row["method"]))


def main() -> None:
    """Write the file anew."""
    rows = rewritten(create_app(real.test_settings("sqlite://")))
    with PATH.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
