"""The drills' one door to the books: what stands ready before, what may be counted after.

The money of the drills is contributions of one fen to projects of three parties: one posting each.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from tests.make import ledger as ledger_make
from tests.make.access import log_in
from tests.make.cofund import Office, make_office, make_project
from timebank.access.service import tokens
from timebank.cli.verify import CHECKS
from timebank.cofund.models.projects import Contribution, Project
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import db
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.queries import statements as ledger_statements
from timebank.ledger.service import posting as ledger_posting

TOTAL_FEN = 90_000_000
AMOUNT_FEN = 1
EACH_MINUTES = 300
RECEIVED = "cofund.received"
REVERSED = "cofund.received.reversed"
TOO_LITTLE = "ledger_insufficient_balance"


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands ready before the drill: agreed projects, and who may receive their money."""

    community_id: int
    project_ids: tuple[int, ...]
    token: str
    office: Office


@dataclass(frozen=True, slots=True)
class Kept:
    """What the books hold in the end."""

    entry_ids: frozenset[UUID]
    rows: int
    cash_fen: int
    findings: tuple[str, ...]

    def misses(self, acknowledged: set[UUID]) -> int:
        """Return how many acknowledged postings are lost."""
        return len(acknowledged - self.entry_ids)

    def doubles(self) -> int:
        """Return how many fen stand in the books beside one for each key."""
        return abs(self.rows - len(self.entry_ids)) + abs(self.cash_fen - self.rows * AMOUNT_FEN)


def make_scene(session: Session, *, projects: int) -> Scene:
    """Make an office with agreed projects that nobody has paid for yet."""
    office = make_office(session)
    made = [
        make_project(session, office, total_fen=TOTAL_FEN, title=f"第{number}号充电棚").id
        for number in range(1, projects + 1)
    ]
    scopes = ["cofund.receive", "cofund.read"]
    issued = tokens.issue_token(session, actor=office.finance, name="drill", scopes=scopes)
    return Scene(office.community_id, tuple(made), issued.secret, office)


def contribution_body(*, amount_fen: int = AMOUNT_FEN) -> dict[str, object]:
    """Return what a program sends to book one contribution of today."""
    return {
        "party": "company",
        "amount_fen": amount_fen,
        "received_on": clock.today().isoformat(),
        "payer_name": "九龙共富公司",
        "method": "bank",
    }


def browser_cookie(app: Flask, scene: Scene) -> str:
    """Return the cookie of somebody who is logged in with a browser."""
    browser = app.test_client()
    with app.app_context():
        log_in(browser, db.session(), scene.office.finance)
        db.session.remove()
    cookie = browser.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    return f"{cookie.key}={cookie.value}"


def kept(session: Session, scene: Scene) -> Kept:
    """Return what the books hold, and what their proof finds wrong."""
    entry_ids = session.scalars(
        select(Contribution.entry_id).where(Contribution.project_id.in_(scene.project_ids))
    ).all()
    return Kept(
        entry_ids=frozenset(entry_ids),
        rows=len(entry_ids),
        cash_fen=_cash_fen(session, scene),
        findings=findings(session),
    )


def _cash_fen(session: Session, scene: Scene) -> int:
    """Return the cash of all the drill's projects by the ledger."""
    cash_ids = session.scalars(
        select(Project.cash_account_id).where(Project.id.in_(scene.project_ids))
    )
    return sum(
        ledger_accounts.balance(session, cash_id).posted
        for cash_id in cash_ids
        if cash_id is not None
    )


def rows_of(session: Session, reference: str) -> int:
    """Return how many contributions carry a reference."""
    counted = select(func.count()).select_from(Contribution)
    return session.scalar(counted.where(Contribution.reference == reference)) or 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a project's cash: its kind, its day counted from today, and the fen."""

    kind: str
    days_on: int
    amount_fen: int
    balance_after: int


def first_contribution(session: Session, scene: Scene) -> int:
    """Return the id of what was received first."""
    first = select(func.min(Contribution.id)).where(Contribution.project_id.in_(scene.project_ids))
    return session.scalar(first) or 0


def lines_in_order(
    session: Session, scene: Scene, *, since: date
) -> tuple[tuple[Line, ...], list[datetime]]:
    """Return the lines of the first project's cash in the order of their numbers, and when."""
    cash_id = session.get_one(Project, scene.project_ids[0]).cash_account_id
    assert cash_id is not None
    newest_first = ledger_statements.statement(session, cash_id).items
    items = sorted(newest_first, key=lambda line: line.number)
    assert items == newest_first[::-1]
    lines = tuple(
        Line(line.kind, (line.effective_on - since).days, line.amount, line.balance_after)
        for line in items
    )
    return lines, [line.recorded_at for line in items]


def findings(session: Session) -> tuple[str, ...]:
    """Return what `timebank verify` would say is wrong."""
    return tuple(
        f"{found.table} {found.row}: {found.rule}"
        for _, check in CHECKS
        for found in check(session, None)
    )


def fingerprint(engine: Engine) -> str:
    """Return a digest of every row of every table, the same on whatever copy holds the same."""
    digest = hashlib.sha256()
    with engine.connect() as connection:
        for table in sorted(db.metadata.tables.values(), key=lambda one: one.name):
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            digest.update(f"{table.name} {len(rows)}\n".encode())
            digest.update("\n".join(rows).encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Bank:
    """A time bank: bounded accounts with minutes, and open ones to issue and to spend."""

    actor: Actor
    book_id: int
    bounded_ids: tuple[int, ...]
    issuance_id: int
    redeemed_id: int

    @property
    def all_ids(self) -> tuple[int, ...]:
        """Every account of the book."""
        return (*self.bounded_ids, self.issuance_id, self.redeemed_id)


def make_bank(session: Session, *, accounts: int) -> Bank:
    """Make a bank whose members have some minutes each."""
    small = ledger_make.make_bank(session)
    members = tuple(
        ledger_make.make_account(session, small.book_id, f"member:drill:{number}")
        for number in range(accounts)
    )
    bank = Bank(small.actor, small.book_id, members, small.issuance, small.redeemed)
    post_moves(session, bank, [(bank.issuance_id, member, EACH_MINUTES) for member in members])
    return bank


def post_moves(session: Session, bank: Bank, moves: list[tuple[int, int, int]]) -> None:
    """Post one entry for each (debited, credited, minutes); several at once as a batch."""
    drafts = [ledger_make.draft_of(bank.book_id, move) for move in moves]
    if len(drafts) == 1:
        ledger_posting.post(session, actor=bank.actor, draft=drafts[0])
    else:
        ledger_posting.post_many(session, actor=bank.actor, drafts=drafts)


def sum_and_negatives(session: Session, bank: Bank) -> tuple[int, int]:
    """Return the sum of all balances, credits less debits, and how many bounded are below zero."""
    found = ledger_accounts.balances(session, bank.all_ids)
    posted = {account_id: one.posted for account_id, one in found.items()}
    credit_normal = sum(posted[one] for one in (*bank.bounded_ids, bank.redeemed_id))
    negatives = sum(posted[one] < 0 for one in bank.bounded_ids)
    return credit_normal - posted[bank.issuance_id], negatives
