"""Many hands at once, on real databases: never more is spent than came in."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.make import bank, real
from tests.make.cofund import (
    Office,
    ask,
    make_document,
    make_doors,
    make_office,
    make_project,
    pay_in,
)
from tests.make.matching import Scene, bring_in, earn, release_all
from timebank.bank.queries import claims as bank_reads
from timebank.bank.queries.claims import WaitingLine
from timebank.cofund.errors.disclosures import DisclosureDecidedError
from timebank.cofund.errors.matching import TargetGoneError
from timebank.cofund.errors.projects import MoreThanOwedError, NotEnoughReceivedError
from timebank.cofund.errors.sources import NothingToMatchError
from timebank.cofund.errors.votes import BallotDoubleError
from timebank.cofund.queries import disclosures as reads
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import sources as pots
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.projects import Party, ProjectState
from timebank.cofund.rules.votes import Choice
from timebank.cofund.service import ballots, bills, disclosures, matching, sources, votes
from timebank.cofund.service.meetings import Wanted
from timebank.cofund.verify import claims, life
from timebank.kernel import clock
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


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_matches_at_once_never_exceed_pot_or_cap(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        office, project_ids, pot_id = transaction(_with_pot)

        def match(project_id: int) -> Act:
            return lambda session: sources.match_project(
                session, actor=office.finance, pot_id=pot_id, project_id=project_id
            )

        outcome = _together(app, [match(project_ids[at % 2]) for at in range(HANDS)])

        assert outcome.count("done") == 2
        assert outcome.count(NothingToMatchError.__name__) == HANDS - 2
        pot = transaction(
            lambda session: pots.pot(session, community_id=office.community_id, pot_id=pot_id)
        )
        assert (pot.matched_fen, pot.available_fen) == (100, 0)
        assert transaction(lambda session: list(life.findings(session))) == []


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_of_lines_at_once_one_meets_a_release_and_one_an_income(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        office, rushes = transaction(_with_lines)

        for target, lines in rushes.items():
            outcome = _together(app, [_meeting(office, line, target) for line in lines])
            assert outcome.count("done") == 1, (target, outcome)
            assert outcome.count(TargetGoneError.__name__) == HANDS - 1, (target, outcome)
        assert transaction(lambda session: list(claims.findings(session))) == []
        left = transaction(lambda session: bank_reads.waiting(session, office.community_id).count)
        assert left == 2 * (HANDS - 1) + 1, "what the account held before is one of them"


def _meeting(office: Office, line: WaitingLine, target: str) -> Act:
    return lambda session: matching.match_line(
        session,
        actor=office.finance,
        line_id=line.id,
        wanted=[Wanted(target)],
        expected_version=line.version,
    )


def _with_lines(session: Session) -> tuple[Office, dict[str, list[WaitingLine]]]:
    """A release and an income, and for each as many lines as hands that could be it."""
    office = make_office(session)
    project = make_project(session, office, state=ProjectState.RETENTION, total_fen=100_000)
    move_id, withheld = release_all(session, office, project.id)
    income_id = earn(session, office)
    scene = Scene(office, project, [], bank.make_account(session, office.admin))
    brought = bring_in(
        session, scene, *[(-withheld, "宏达棚架厂", "质保金"), (980, "", "分成")] * HANDS
    )
    return office, {
        f"released:{move_id}": [line for line in brought if line.amount_fen < 0],
        f"common_income:{income_id}": [line for line in brought if line.amount_fen > 0],
    }


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_of_a_household_s_ballots_at_once_one_is_cast(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        office, vote_id, owner_id, proof = transaction(_with_roll)

        def cast(choice: Choice) -> Act:
            return lambda session: ballots.cast_by_proxy(
                session,
                actor=office.finance,
                vote_id=vote_id,
                owner_id=owner_id,
                choice=choice,
                proxy_name="王小明",
                proof_file_id=proof,
            )

        outcome = _together(app, [cast(list(Choice)[at % 3]) for at in range(HANDS)])

        assert outcome.count("done") == 1
        assert outcome.count(BallotDoubleError.__name__) == HANDS - 1


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_of_decisions_about_a_disclosure_at_once_one_stands(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.app_context():
        office, project_id = transaction(_agreed)
        transaction(lambda session: pay_in(session, office, project_id, Party.COMPANY, 150))
        outcome = _together(
            app,
            [
                lambda session: disclosures.freeze(
                    session, actor=office.finance, project_id=project_id
                )
                for _ in range(HANDS)
            ],
        )
        assert outcome == ["done"] * HANDS
        last = transaction(
            lambda session: reads.disclosures(
                session, community_id=office.community_id, only_released=False
            )
        ).items
        assert [one.version for one in last] == list(range(HANDS, 0, -1))

        decided = _together(
            app,
            [
                lambda session: disclosures.decide(
                    session, actor=office.admin, disclosure_id=last[0].id, is_released=True
                )
                for _ in range(HANDS)
            ],
        )

        assert decided.count("done") == 1
        assert decided.count(DisclosureDecidedError.__name__) == HANDS - 1


def _with_pot(session: Session) -> tuple[Office, list[int], int]:
    """Two projects whose residents paid enough to empty the pot twice over."""
    office = make_office(session)
    project_ids = [make_project(session, office, total_fen=1000).id for _ in range(2)]
    for project_id in project_ids:
        pay_in(session, office, project_id, Party.RESIDENTS, 300)
    pot = sources.open_pot(
        session,
        actor=office.admin,
        name="街道配捐",
        sponsor="街道",
        party=Party.COMPANY,
        permille=1000,
        project_cap_fen=60,
    )
    sources.fill_pot(
        session,
        actor=office.finance,
        pot_id=pot.id,
        amount_fen=100,
        received_on=clock.today(),
    )
    return office, project_ids, pot.id


def _with_roll(session: Session) -> tuple[Office, int, int, int]:
    """An open vote, one household of it, and its written word."""
    office = make_office(session)
    make_doors(session, office.community_id)
    project = make_project(session, office, state=ProjectState.PUBLICISED, total_fen=1000)
    vote = votes.open_vote(
        session,
        actor=office.admin,
        project_id=project.id,
        matter=Matter.ORDINARY,
        closes_on=clock.today() + timedelta(days=3),
    )
    proof = make_document(session, actor=office.finance, name="委托书.pdf")
    return office, vote.id, vote_reads.roll(session, vote.id).items[0].owner.id, proof
