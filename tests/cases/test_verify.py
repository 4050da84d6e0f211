"""The proof: random histories are sound, and every corruption is named by its row."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from tests.make import cases as make
from tests.make import real
from timebank.cases.errors.handing import SameHandsError
from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.models.columns import columns_of
from timebank.cases.queries import verify
from timebank.cases.rules import folding
from timebank.cases.rules.flow import Answer, Command, State
from timebank.kernel import clock
from timebank.kernel.db import db, transaction
from timebank.kernel.errors import ConflictError

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
MOVES = st.lists(
    st.tuples(
        st.sampled_from(Command),
        st.sampled_from(Answer),
        st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=20)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves=MOVES)
def test_after_any_history_the_row_is_the_fold(
    app: Flask, moves: list[tuple[Command, Answer, timedelta]]
) -> None:
    with app.test_request_context("/"):
        session = db.session()
        outer = session.begin_nested()
        at = NOON
        with clock.fixed_at(at):
            grid = make.make_grid(session, code="RH")
            case = make.make_case(session, grid)
        for command, answer, passed in moves:
            at += passed
            with clock.fixed_at(at):
                actor = grid.admin if command is Command.DESIGNATE else grid.officer
                try:
                    make.do(session, actor, case.id, command, answer=answer)
                except (ConflictError, SameHandsError):
                    continue

        session.expire_all()
        row = session.get_one(CaseFile, case.id)
        events = session.scalars(
            select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq)
        )
        folded = folding.fold([verify.fact_of(event) for event in events])
        assert folded is not None
        assert columns_of(folded) == columns_of(row.as_state())
        assert row.as_state() == folded
        assert list(verify.findings(session, grid.community_id)) == []
        outer.rollback()


OF_EVENT = "event_id IN (SELECT id FROM case_event WHERE seq = {seq})"
CORRUPTIONS = [
    ("UPDATE case_file SET state = 'closed' WHERE state = 'fed_back'", "case_file", "state"),
    ("UPDATE case_file SET round = 9", "case_file", "round"),
    (
        "UPDATE case_file SET resolve_due_at = resolve_started_at",
        "case_file",
        "resolve_due_at",
    ),
    ("UPDATE case_file SET answer = 'unsolved'", "case_file", "answer"),
    ("UPDATE case_event SET role = 'steward' WHERE seq = 2", "case_event", "event 2"),
    ("UPDATE case_event SET seq = 9 WHERE seq = 5", "case_event", "event 9"),
    (
        "UPDATE case_event_private SET body = NULL WHERE " + OF_EVENT.format(seq=3),
        "case_event_private",
        "event 3",
    ),
    (
        "DELETE FROM case_event_private WHERE " + OF_EVENT.format(seq=4),
        "case_event_private",
        "event 4",
    ),
    ("UPDATE case_counter SET last_number = 7", "case_counter", "year 2026"),
]


def _unseal(connection: Connection) -> None:
    """Take the seals off, as somebody who owns the database could."""
    for table in ("case_event", "case_event_private"):
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            continue
        names = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
            {"table": table},
        )
        for (name,) in names.all():
            connection.execute(text(f"DROP TRIGGER {name}"))


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_every_change_behind_our_back_is_named(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.test_request_context("/"):
        with clock.fixed_at(NOON):
            transaction(
                lambda session: make.make_case(
                    session, make.make_grid(session), state=State.FED_BACK
                )
            )
        assert list(verify.findings(db.session())) == []
        db.session.remove()

        owner = real.owner_engine(app)
        for statement, table, where in CORRUPTIONS:
            with owner.connect() as connection, connection.begin() as changing:
                _unseal(connection)
                assert connection.execute(text(statement)).rowcount
                with Session(connection) as session:
                    named = {(one.table, one.row) for one in verify.findings(session)}
                changing.rollback()
            assert any(found == table and where in row for found, row in named), statement
        owner.dispose()
