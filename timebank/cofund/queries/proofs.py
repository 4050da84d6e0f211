"""The three-way proof: what the agreement, the bank and the ledger say of a project's parties."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, func, select, union
from sqlalchemy.orm import Session

from timebank.bank.queries import proofs as bank_proofs
from timebank.cofund.models.matches import ClaimedPart
from timebank.cofund.models.projects import Contribution, ProjectRefund, SpendingRequest
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import three_way
from timebank.cofund.rules.projects import Party, ProjectView, SpendingState
from timebank.cofund.rules.proofs import (
    Cause,
    CauseKind,
    OnTheWay,
    PartyProof,
    Proven,
)
from timebank.kernel import clock
from timebank.ledger.queries import entries, seals, spans

CAUSES_MAX = 200
_STANDS = Contribution.undone_entry_id.is_(None)


def proof(session: Session, project: ProjectView) -> Proven:
    """Return the proof of a project; without an agreement it has no parties."""
    agreement = queries.agreement(session, project.id)
    gaps = bank_proofs.account_gaps(session, project.community_id)
    gap_fen = sum(abs(one.gap_fen) for one in gaps)
    parties = three_way.party_proofs(session, [project], gap_fen)[project.id]
    newest = seals.last_number(session, project.community_id)
    head = seals.block(session, project.community_id, newest).head.hex() if newest else ""
    causes = [
        Cause(CauseKind.STATEMENT, one.gap_fen, name=one.label, account_id=one.account_id)
        for one in gaps
        if one.gap_fen
    ]
    for one in parties:
        causes += _causes(session, project, one)
    return Proven(
        project_id=project.id,
        number=project.number,
        title=project.title,
        agreement_version=agreement.version if agreement else 0,
        agreement_digest=agreement.digest if agreement else "",
        parties=parties,
        causes=causes[:CAUSES_MAX],
        unsealed_count=seals.count_unsealed(session, _entries_of(project.id)),
        seal_number=newest,
        seal_head=head,
    )


def _entries_of(project_id: int) -> CompoundSelect[tuple[UUID | None]]:
    """Select the entries of a project's receipts, what undid them, and its refunds."""
    came, back = Contribution, ProjectRefund
    return union(
        select(came.entry_id).where(came.project_id == project_id),
        select(came.undone_entry_id).where(
            came.project_id == project_id, came.undone_entry_id.is_not(None)
        ),
        select(back.entry_id).where(back.project_id == project_id),
    )


def _causes(session: Session, project: ProjectView, one: PartyProof) -> list[Cause]:
    """Return the rows that cause a party's differences."""
    found: list[Cause] = []
    if one.agreement_gap_fen:
        loose = Contribution.receivable_id.is_(None)
        is_home = one.party is Party.RESIDENTS
        found += _receipts(session, project, one, CauseKind.NO_HOUSEHOLD, loose) if is_home else []
    if one.bank_gap_fen:
        claimed = select(ClaimedPart.contribution_id).where(
            ClaimedPart.undone_at.is_(None), ClaimedPart.contribution_id == Contribution.id
        )
        at_no_bank = ~claimed.exists() & three_way.NEW_MONEY
        found += _receipts(session, project, one, CauseKind.NOT_AT_BANK, at_no_bank)
        found += _refunds(session, project, one)
    if one.ledger_gap_fen:
        found += _entries(session, project, one)
    return found


def _receipts(
    session: Session,
    project: ProjectView,
    one: PartyProof,
    kind: CauseKind,
    condition: ColumnElement[bool],
) -> list[Cause]:
    """Return a party's receipts that stand and meet a condition."""
    rows = session.scalars(
        select(Contribution)
        .where(
            Contribution.project_id == project.id,
            Contribution.party == one.party,
            _STANDS,
            condition,
        )
        .order_by(Contribution.id)
        .limit(CAUSES_MAX)
    )
    return [
        Cause(kind, row.amount_fen, one.party, row.received_on, row.payer_name, row.entry_id)
        for row in rows
    ]


def _refunds(session: Session, project: ProjectView, one: PartyProof) -> list[Cause]:
    """Return a party's refunds that no line of the bank shows."""
    claimed = select(ClaimedPart.refund_id).where(
        ClaimedPart.undone_at.is_(None), ClaimedPart.refund_id == ProjectRefund.id
    )
    rows = session.scalars(
        select(ProjectRefund)
        .where(
            ProjectRefund.project_id == project.id,
            ProjectRefund.party == one.party,
            ~claimed.exists(),
        )
        .order_by(ProjectRefund.id)
        .limit(CAUSES_MAX)
    )
    kind = CauseKind.REFUND_NOT_AT_BANK
    return [Cause(kind, row.amount_fen, one.party, entry_id=row.entry_id) for row in rows]


def _entries(session: Session, project: ProjectView, one: PartyProof) -> list[Cause]:
    """Return where a party's account and its receipts part."""
    fund_id = queries.fund_accounts(session, project.id)[one.party]
    lines = spans.lines_between(
        session, fund_id, since=date.min, through=clock.today(), limit=CAUSES_MAX
    )
    rows = session.scalars(
        select(Contribution).where(
            Contribution.project_id == project.id, Contribution.party == one.party
        )
    ).all()
    refunds = select(ProjectRefund.entry_id).where(ProjectRefund.project_id == project.id)
    known = {row.entry_id for row in rows} | {row.undone_entry_id for row in rows}
    known |= set(session.scalars(refunds))
    code = f"fund:{project.id}:{one.party}"
    return [
        *_unbooked(session, one, rows, code),
        *(
            Cause(
                CauseKind.NO_RECEIPT, line.amount, one.party, line.effective_on, line.memo,
                line.entry_id,
            )
            for line in lines
            if line.entry_id not in known
        ),
    ]  # fmt: skip


def _unbooked(
    session: Session, one: PartyProof, rows: Sequence[Contribution], code: str
) -> list[Cause]:
    """Return the receipts whose entries do not bring the party's account what they say."""
    stands = {row.entry_id: row for row in rows if row.undone_entry_id is None}
    booked = _booked(session, list(stands), code)
    return [
        Cause(
            CauseKind.NOT_IN_LEDGER, row.amount_fen, one.party, row.received_on, row.payer_name,
            entry_id,
        )
        for entry_id, row in stands.items()
        if booked.get(entry_id, 0) != row.amount_fen
    ]  # fmt: skip


def _booked(session: Session, entry_ids: Collection[UUID], code: str) -> Mapping[UUID, int]:
    """Return what each entry brought an account."""
    moved = entries.moved(session, entry_ids)
    return {
        entry_id: sum(
            one.amount * ((one.credit_code == code) - (one.debit_code == code)) for one in lines
        )
        for entry_id, lines in moved.items()
    }


def receipts_on_the_way(session: Session, community_id: int) -> OnTheWay:
    """Return the receipts that no line of the bank shows, money that came before left out."""
    claimed = select(ClaimedPart.contribution_id).where(
        ClaimedPart.undone_at.is_(None), ClaimedPart.contribution_id == Contribution.id
    )
    count, fen = session.execute(
        select(func.count(), func.coalesce(func.sum(Contribution.amount_fen), 0)).where(
            Contribution.community_id == community_id,
            _STANDS,
            three_way.NEW_MONEY,
            ~claimed.exists(),
        )
    ).one()
    return OnTheWay(count, int(fen))


def payments_on_the_way(session: Session, community_id: int) -> OnTheWay:
    """Return the paid bills that no line of the bank shows, less what is withheld of them."""
    bill = SpendingRequest
    claimed = select(ClaimedPart.spending_request_id).where(
        ClaimedPart.undone_at.is_(None), ClaimedPart.spending_request_id == bill.id
    )
    count, fen = session.execute(
        select(func.count(), func.coalesce(func.sum(bill.amount_fen - bill.withheld_fen), 0)).where(
            bill.community_id == community_id,
            bill.state == SpendingState.PAID,
            ~claimed.exists(),
        )
    ).one()
    return OnTheWay(count, int(fen))
