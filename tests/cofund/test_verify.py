"""The proof of a project's life: sound when it was lived, every corruption named by its row."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from tests.make import bank, real
from tests.make.cofund import (
    Office,
    make_document,
    make_doors,
    make_office,
    make_project,
    pay_in,
)
from tests.make.matching import Scene, bring_in, earn, release_all
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.projects import Party, ProjectState, ProjectView
from timebank.cofund.rules.receivables import Instalment, LaidBy
from timebank.cofund.rules.votes import Choice
from timebank.cofund.service import (
    ballots,
    disclosures,
    matching,
    receivables,
    sources,
    votes,
)
from timebank.cofund.service.meetings import Wanted
from timebank.cofund.verify import claims, life
from timebank.kernel import clock
from timebank.kernel.db import db, transaction
from timebank.kernel.finding import Finding

NOW = clock.at_local(date(2026, 11, 28), datetime.min.time().replace(hour=9))
CORRUPTIONS = [
    ("UPDATE cofund_waiver SET amount_fen = amount_fen + 1", "cofund_receivable"),
    ("UPDATE cofund_match SET matched_fen = matched_fen - 1", "cofund_match"),
    ("UPDATE cofund_match SET matched_fen = matched_fen - 1", "cofund_match_pot"),
    ("UPDATE cofund_vote SET area_yes = area_yes - 1 WHERE kind = 'roll'", "cofund_vote"),
    ("UPDATE cofund_ballot SET choice = 'no'", "cofund_vote"),
    ("DELETE FROM cofund_ballot", "cofund_vote"),
    ("UPDATE cofund_vote SET total_fen = total_fen + 1", "cofund_vote"),
    ("UPDATE cofund_vote SET state = 'failed' WHERE state = 'passed'", "cofund_vote"),
    (
        "UPDATE spending_request SET withheld_fen = withheld_fen - 1 WHERE withheld_fen > 0",
        "project",
    ),
    ("UPDATE cofund_retention_move SET amount_fen = amount_fen - 1", "cofund_claimed"),
    ("UPDATE cofund_retention_move SET kind = 'deduct', is_early = false", "cofund_claimed"),
    (
        "UPDATE cofund_income SET owners_fen = owners_fen - 1, other_fen = other_fen + 1",
        "cofund_claimed",
    ),
    ("UPDATE cofund_settlement SET facts = '{}'", "cofund_settlement"),
    ("UPDATE cofund_settlement SET digest = '{zeros}'", "cofund_settlement"),
    ("UPDATE cofund_disclosure SET facts = '{}'", "cofund_disclosure"),
    ("UPDATE cofund_disclosure SET serial = serial + 7", "cofund_disclosure"),
    ("UPDATE cofund_disclosure SET seal_head = '{zeros}'", "cofund_disclosure"),
]


def _lived(session: Session) -> None:
    """A project kept for its defects, one with waiver and match, one that a roll voted about."""
    office = make_office(session)
    homes = make_doors(session, office.community_id)
    done = make_project(session, office, state=ProjectState.RETENTION, total_fen=900_000)
    disclosures.freeze(session, actor=office.finance, project_id=done.id)
    _claim_what_stands(session, office, done)
    asked = make_project(session, office, total_fen=300_000)
    receivables.raise_for_households(
        session,
        actor=office.admin,
        project_id=asked.id,
        laid_by=LaidBy.HOUSEHOLDS,
        instalments=[Instalment(1000, clock.today() + timedelta(days=30))],
        household_ids=homes,
    )
    one = receivable_reads.receivables(session, project_id=asked.id).items[0]
    waiver = receivables.ask_waiver(
        session, actor=office.finance, receivable_id=one.id, amount_fen=5_000, reason="低保"
    )
    receivables.decide_waiver(session, actor=office.admin, waiver_id=waiver.id, is_approved=True)
    pay_in(session, office, asked.id, Party.RESIDENTS, 20_000)
    pot = sources.open_pot(
        session,
        actor=office.admin,
        name="街道配捐",
        sponsor="街道",
        party=Party.COMPANY,
        permille=500,
        project_cap_fen=50_000,
    )
    sources.fill_pot(
        session,
        actor=office.finance,
        pot_id=pot.id,
        amount_fen=30_000,
        received_on=clock.today(),
    )
    sources.match_project(session, actor=office.finance, pot_id=pot.id, project_id=asked.id)
    planned = make_project(session, office, state=ProjectState.PUBLICISED, total_fen=1_000)
    vote = votes.open_vote(
        session,
        actor=office.admin,
        project_id=planned.id,
        matter=Matter.ORDINARY,
        closes_on=clock.today() + timedelta(days=3),
    )
    proof = make_document(session, actor=office.finance, name="委托书.pdf")
    for line in vote_reads.roll(session, vote.id).items:
        ballots.cast_by_proxy(
            session,
            actor=office.finance,
            vote_id=vote.id,
            owner_id=line.owner.id,
            choice=Choice.YES,
            proxy_name="王小明",
            proof_file_id=proof,
        )
    votes.count_vote(session, actor=office.admin, vote_id=vote.id)


def _claim_what_stands(session: Session, office: Office, project: ProjectView) -> None:
    """Let lines of the bank meet a release of withheld money and the owners' income."""
    move_id, withheld = release_all(session, office, project.id)
    income_id = earn(session, office)
    scene = Scene(office, project, [], bank.make_account(session, office.admin))
    brought = bring_in(session, scene, (-withheld, "宏达棚架厂", "质保金"), (980, "", "分成"))
    for line, target in zip(brought, (f"released:{move_id}", f"common_income:{income_id}"),
                            strict=True):  # fmt: skip
        matching.match_line(
            session,
            actor=office.finance,
            line_id=line.id,
            wanted=[Wanted(target)],
            expected_version=line.version,
        )


def _findings(session: Session, community_id: int | None = None) -> list[Finding]:
    """What the proofs of lives and of claims find."""
    return [*life.findings(session, community_id), *claims.findings(session, community_id)]


def _unseal(connection: Connection) -> None:
    """Take every guard off that can be taken off, as somebody who owns the database could."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
    for (name,) in names.all():
        connection.execute(text(f"DROP TRIGGER {name}"))


@pytest.mark.parametrize("engine_name", real.ENGINES)
def test_a_life_is_sound_and_every_change_behind_our_back_is_named(engine_name: str) -> None:
    with real.real_app(engine_name) as app, app.test_request_context("/"):
        with clock.fixed_at(NOW):
            transaction(_lived)
        assert _findings(db.session()) == []
        db.session.remove()

        owner = real.owner_engine(app)
        for statement, table in CORRUPTIONS:
            with owner.connect() as connection, connection.begin() as changing:
                _unseal(connection)
                said = text(statement.replace("{zeros}", "0" * 64))
                assert connection.execute(said).rowcount, statement
                with Session(connection) as session:
                    named = {one.table for one in _findings(session)}
                    others = _findings(session, community_id=-1)
                changing.rollback()
            assert (table in named, others) == (True, []), statement
        owner.dispose()
