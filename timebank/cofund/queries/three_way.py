"""What agreement, bank and ledger say of parties: of many projects in as many queries as of one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import BigInteger, Select, cast, func, select
from sqlalchemy.orm import Session

from timebank.bank.queries import proofs as bank_proofs
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Contribution, ProjectRefund
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules import projects as rules
from timebank.cofund.rules.projects import Party, PartyFigures, ProjectView
from timebank.cofund.rules.proofs import PartyProof, SheetRow, outstanding_of_residents
from timebank.kernel.paging import Page

_STANDS = Contribution.undone_entry_id.is_(None)
# What a pot gave, or a household's credit, came to the bank before it was received.
NEW_MONEY = Contribution.match_id.is_(None) & Contribution.is_from_credit.is_(False)
PROJECTS_AT_ONCE = 60  # a project has up to three parties, each a row
_Sums = Mapping[tuple[int, Party], int]


def sheet(
    session: Session,
    *,
    community_id: int,
    cursor: str | None = None,
    limit: int = PROJECTS_AT_ONCE,
) -> Page[SheetRow]:
    """Return the parties of the projects that were agreed on, newest project first.

    ``limit`` counts projects, at most 60.
    """
    page = queries.projects(
        session,
        community_id=community_id,
        states=rules.AGREED_ON,
        cursor=cursor,
        limit=min(limit, PROJECTS_AT_ONCE),
    )
    gaps = bank_proofs.account_gaps(session, community_id)
    found = party_proofs(session, page.items, sum(abs(one.gap_fen) for one in gaps))
    rows = [
        SheetRow(one.id, one.number, one.title, proof)
        for one in page.items
        for proof in found[one.id]
    ]
    return Page(rows, page.next_cursor)


def party_proofs(
    session: Session, projects: Sequence[ProjectView], gap_fen: int
) -> dict[int, list[PartyProof]]:
    """Return what the sources say of each party of each project."""
    ids = [one.id for one in projects]
    rows = _receipts_of(ids)
    receipts = _sums(session, rows)
    pots = _sums(session, rows.where(~NEW_MONEY))
    came = _sums(
        session,
        rows.join(ClaimedPart, ClaimedPart.contribution_id == Contribution.id).where(
            ClaimedPart.undone_at.is_(None)
        ),
    )
    went = _sums(
        session,
        select(ProjectRefund.project_id, ProjectRefund.party, ProjectRefund.amount_fen)
        .join(ClaimedPart, ClaimedPart.refund_id == ProjectRefund.id)
        .where(ProjectRefund.project_id.in_(ids), ClaimedPart.undone_at.is_(None)),
    )
    homes = _residents(session, projects)
    found: dict[int, list[PartyProof]] = defaultdict(list)
    for project in projects:
        waived_fen, owed_fen = homes[project.id]
        for one in project.figures.parties:
            is_home, at = one.party is Party.RESIDENTS, (project.id, one.party)
            found[project.id].append(
                PartyProof(
                    party=one.party,
                    agreed_fen=one.agreed_fen,
                    waived_fen=waived_fen if is_home else 0,
                    outstanding_fen=owed_fen if is_home else _owed(one),
                    receipts_fen=receipts.get(at, 0),
                    refunds_fen=one.refunded_fen,
                    pots_fen=pots.get(at, 0),
                    ledger_fen=one.received_fen,
                    bank_in_fen=came.get(at, 0),
                    bank_out_fen=went.get(at, 0),
                    statement_gap_fen=gap_fen,
                )
            )
    return found


def _owed(one: PartyFigures) -> int:
    """Return what a firm still owes by its account."""
    return one.agreed_fen - one.received_fen


def _receipts_of(project_ids: Collection[int]) -> Select[tuple[int, Party, int]]:
    """Select project, party and amount of the receipts that stand."""
    return select(Contribution.project_id, Contribution.party, Contribution.amount_fen).where(
        Contribution.project_id.in_(project_ids), _STANDS
    )


def _sums(session: Session, rows: Select[tuple[int, Party, int]]) -> _Sums:
    """Return sums by project and party of what a select finds."""
    inside = rows.subquery()
    project_id, party, fen = inside.c
    found = session.execute(
        select(project_id, party, cast(func.sum(fen), BigInteger)).group_by(project_id, party)
    )
    return {(row[0], Party(row[1])): int(row[2]) for row in found}


def _residents(session: Session, projects: Sequence[ProjectView]) -> dict[int, tuple[int, int]]:
    """Return what households were let off and what they still owe, by their own bills."""
    ids = [one.id for one in projects]
    bill = Receivable
    billed = {
        row[0]: (int(row[1]), int(row[2]), int(row[3]))
        for row in session.execute(
            select(
                bill.project_id,
                func.sum(bill.amount_fen),
                func.sum(bill.waived_fen),
                func.sum(bill.outstanding_fen),
            )
            .where(bill.project_id.in_(ids), bill.cancelled_at.is_(None))
            .group_by(bill.project_id)
        )
    }
    loose = _sums(
        session,
        _receipts_of(ids).where(
            Contribution.party == Party.RESIDENTS, Contribution.receivable_id.is_(None)
        ),
    )
    found: dict[int, tuple[int, int]] = {}
    for project in projects:
        agreed = {one.party: one.agreed_fen for one in project.figures.parties}
        raised_fen, waived_fen, owed_fen = billed.get(project.id, (0, 0, 0))
        owed = outstanding_of_residents(
            agreed_fen=agreed.get(Party.RESIDENTS, 0),
            raised_fen=raised_fen,
            owed_fen=owed_fen,
            without_household_fen=loose.get((project.id, Party.RESIDENTS), 0),
        )
        found[project.id] = (waived_fen, owed)
    return found
