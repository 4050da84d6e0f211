"""Many hands at once, on real databases: never more is spent than came in."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make import real
from tests.make.cofund import Office, ask, make_office, make_project, pay_in
from timebank.cofund.errors.projects import MoreThanOwedError, NotEnoughReceivedError
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import Party
from timebank.cofund.service import bills
from timebank.kernel.db import db, transaction
from timebank.kernel.errors import ConflictError, InvalidError

Act = Callable[[Session], object]

HANDS = 8


def _together(app: Flask, acts: Sequence[Act]) -> list[str]:
    """Let every act start at the same moment; return what became of each."""
    start = Barrier(len(acts))

    def run(act: Act) -> str:
        with app.app_context():
            start.wait()
            try:
                transaction(act)
            except (ConflictError, InvalidError) as error:
                return type(error).__name__
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_approvals_at_once_never_hold_more_than_came_in(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        office, project_id, requests = transaction(_with_requests)

        outcome = _together(app, [_approval(office, request_id) for request_id in requests])

        assert outcome.count("done") == 3
        assert outcome.count(NotEnoughReceivedError.__name__) == HANDS - 3
        figures = transaction(lambda session: queries.figures(session, project_id))
        assert (figures.received_fen, figures.held_fen) == (1000, 900)


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_receipts_at_once_never_exceed_the_share(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        office, project_id = transaction(_agreed)

        outcome = _together(
            app,
            [
                lambda session: pay_in(session, office, project_id, Party.COMPANY, 150)
                for _ in range(HANDS)
            ],
        )

        assert outcome.count("done") == 2
        assert outcome.count(MoreThanOwedError.__name__) == HANDS - 2
        figures = transaction(lambda session: queries.figures(session, project_id))
        assert figures.received_fen == 300


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_projects_proposed_at_once_get_numbers_of_their_own(engine_name: str) -> None:
    from timebank.cofund.service import projects

    with real.real_app(engine_name) as app, app.app_context():
        office = transaction(make_office)

        outcome = _together(
            app,
            [
                lambda session: projects.propose_project(session, actor=office.admin, title="补路")
                for _ in range(HANDS)
            ],
        )

        assert outcome == ["done"] * HANDS
        page = transaction(
            lambda session: queries.projects(session, community_id=office.community_id)
        )
        assert len({view.number for view in page.items}) == HANDS


def _approval(office: Office, request_id: int) -> Act:
    def approve(session: Session) -> object:
        return bills.approve_spending(session, actor=office.admin, request_id=request_id)

    return approve


def _agreed(session: Session) -> tuple[Office, int]:
    office = make_office(session)
    return office, make_project(session, office, total_fen=1000).id


def _with_requests(session: Session) -> tuple[Office, int, list[int]]:
    office = make_office(session)
    project = make_project(session, office, total_fen=2500)
    pay_in(session, office, project.id, Party.COMPANY, 1000)
    return office, project.id, [ask(session, office, project.id, 300).id for _ in range(HANDS)]
