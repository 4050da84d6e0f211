"""Every route × every role: ``routes.csv`` says who may pass, and the service does as it says."""

import re
import uuid
from http import HTTPStatus

import pytest
from flask import Response
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from tests.conftest import app_on
from tests.house.routes_csv import ANON, COLUMNS, ROLES, expected_cells, read_rows, routes_of
from tests.make.access import Grants, log_in, make_actor, session_row
from tests.make.community import make_community, make_micro_grid, make_person
from timebank.access.rules import SCOPES_OF, Role, ScopeKind
from timebank.kernel.actor import Actor
from timebank.kernel.db import db
from timebank.web import boundary

ROWS = read_rows()
_PART = re.compile(r"<(?:(?P<kind>[a-z]+)(?:\('?(?P<choice>[\w-]+)[^)]*\))?:)?(?P<name>\w+)>")
# Ids that nothing has: whoever may pass the door finds nothing behind it.
_NOTHING = {"int": "999999999", "uuid": str(uuid.UUID(int=1)), "path": "nothing.css"}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    routes = {(route.method, route.rule) for route in routes_of(app_on("sqlite"))}
    rows = [(row["method"], row["rule"]) for row in ROWS]

    assert routes - set(rows) == set()
    assert set(rows) - routes == set()
    assert len(rows) == len(set(rows))


def test_every_view_declares_the_permission_of_its_row() -> None:
    declared = {
        (route.method, route.rule): route.permission for route in routes_of(app_on("sqlite"))
    }

    wrong = [row for row in ROWS if declared.get((row["method"], row["rule"])) != row["permission"]]

    assert wrong == []


def test_the_cells_are_those_of_the_matrix() -> None:
    wrong = [
        (row["method"], row["rule"])
        for row in ROWS
        if {role: row[role] for role in ROLES} != expected_cells(row["permission"])
    ]

    assert wrong == []
    assert all(tuple(row) == COLUMNS for row in ROWS)


def scope_of(session: Session, role: Role, community_id: int) -> Grants:
    """Return the role within the scope that it is usually held in."""
    kinds = SCOPES_OF[role]
    if ScopeKind.GRID in kinds:
        return [(role.value, "grid", make_micro_grid(session, community_id).grid_id)]
    if ScopeKind.CENTRE in kinds:
        return [(role.value, "centre", 1)]
    kind = ScopeKind.OWN if ScopeKind.OWN in kinds else ScopeKind.COMMUNITY
    return [(role.value, kind.value, None)]


def someone(session: Session, role: str) -> Actor:
    """Return an actor who holds one role alone."""
    community_id = make_community(session).id
    person = make_person(session, community_id=community_id)
    grants = scope_of(session, Role(role), community_id)
    actor = make_actor(session, community_id=community_id, roles=grants, person_id=person.id)
    session.commit()
    return actor


def address_of(rule: str) -> str:
    """Return an address under a rule, with ids that nothing has."""
    return _PART.sub(lambda part: part["choice"] or _NOTHING.get(part["kind"], "nothing"), rule)


def is_as_said(row: dict[str, str], role: str, status: int, location: str) -> bool:
    """Whether the answer is the one that the row promises to a role."""
    if row[role] == "yes":
        is_turned_away = status == HTTPStatus.FOUND and location.startswith("/login")
        return status not in _REFUSED and not is_turned_away and status < 500
    if role != ANON:
        return status == HTTPStatus.FORBIDDEN
    if row["rule"].startswith("/api/"):
        return status == HTTPStatus.UNAUTHORIZED
    return status == HTTPStatus.FOUND and location.startswith("/login")


# Who may pass is decided above the database, and so is what every answer carries; PostgreSQL need
# only show that grants are read there: one row of each permission does.
LOOKS = [("sqlite", role) for role in ROLES] + [
    ("postgresql", role) for role in (ANON, Role.VOLUNTEER.value, Role.COMMUNITY_ADMIN.value)
]


def rows_for(engine_name: str) -> list[dict[str, str]]:
    """Return all rows, or one of each permission where that is enough."""
    if engine_name == "sqlite":
        return ROWS
    return list({row["permission"]: row for row in reversed(ROWS)}.values())


@pytest.fixture
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw the page of each refusal once for a role; a thousand times it says no more."""
    draw, drawn = boundary._problem_page, set[int]()

    def page_or_words(problem: boundary.Problem) -> Response:
        if problem.status in drawn:
            return Response(problem.message)
        drawn.add(problem.status)
        return draw(problem)

    monkeypatch.setattr(boundary, "_problem_page", page_or_words)


@pytest.mark.usefixtures("drawn_once")
@pytest.mark.parametrize(("engine_name", "role"), LOOKS)
def test_the_doors_do_as_the_matrix_says(client: FlaskClient, session: Session, role: str) -> None:
    actor = None if role == ANON else someone(session, role)
    secret = None if actor is None else log_in(client, session, actor)
    wrong = []
    for row in rows_for(db.engine.dialect.name):
        answer = client.open(address_of(row["rule"]), method=row["method"])
        if not is_as_said(row, role, answer.status_code, answer.location or ""):
            wrong.append((row["method"], row["rule"], answer.status_code))
        has_acted = row["method"] != "GET" and answer.status_code < 400
        if actor is not None and has_acted and _has_ended(session, str(secret)):
            secret = log_in(client, session, actor)
    assert wrong == []


def _has_ended(session: Session, secret: str) -> bool:
    """Whether the last request ended the session, as logging out does."""
    session.expire_all()
    ended_at = session_row(session, secret).ended_at
    session.commit()  # an open savepoint here would enclose those of the requests to come
    return ended_at is not None
