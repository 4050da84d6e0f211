"""A resident's own check: what stands on the paper brings the seal of that payment, no more.

The notice has a payment code, to be asked with the amount; the receipt has its own number, which
nobody guesses. Nobody logs in and nobody's name is told. Guesses are counted by address; what is
asked wrongly counts as much as what is asked rightly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # a proof as JSON
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.access.service.sessions import Counter
from timebank.cofund.errors.receivables import NothingAskedError
from timebank.cofund.models.projects import Contribution, Project
from timebank.cofund.queries import disclosures, receivables
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.codes import read_code
from timebank.cofund.rules.disclosures import DisclosureView
from timebank.kernel.sealed import blind_index
from timebank.ledger.errors import NotSealedYetError
from timebank.ledger.queries import entries, seals
from timebank.ledger.rules import proofs

CHECKS_FREE = 10
LISTED_MAX = 20


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A document that was made public under a root which covers the payment."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class OwnPayment:
    """One payment as it is sealed; without a proof it is booked and not sealed yet."""

    project_id: int
    project_number: str
    project_title: str
    received_on: date
    amount_fen: int
    entry_id: UUID
    holds: bool
    block_number: int
    head: str
    document: dict[str, Any] | None
    disclosed: Sequence[Disclosed] = ()


def check_payment(
    session: Session,
    *,
    address: str,
    payment_code: str = "",
    amount_fen: int | None = None,
    receipt_id: UUID | None = None,
    community: str | None = None,
) -> Sequence[OwnPayment]:
    """Return the payments that a receipt's number, or a code with an amount, names; maybe none.

    Raises:
        TriedTooOftenError: too much was asked from this address; it must wait.
        NothingAskedError: neither is there.
    """
    digest = blind_index(f"own-payment:{address}")
    sessions.count_try(session, Counter(digest, "address", CHECKS_FREE))
    if receipt_id is None and (amount_fen is None or not payment_code.strip()):
        raise NothingAskedError(field="payment_code")
    day = entries.day_of(Contribution.__table__.c.entry_id)
    rows = session.execute(
        select(Contribution, Project, day)
        .join(Project, Project.id == Contribution.project_id)
        .where(
            _named(session, payment_code, amount_fen, community)
            if receipt_id is None
            else Contribution.entry_id == receipt_id,
            Contribution.receivable_id.is_not(None),
            Contribution.undone_entry_id.is_(None),
        )
        .order_by(Contribution.id)
        .limit(LISTED_MAX)
    ).all()
    covering = disclosures.covering(session, [(project, on) for _, project, on in rows])
    return [
        _own(session, row, project, covered)
        for (row, project, _), covered in zip(rows, covering, strict=True)
    ]


def _named(
    session: Session, payment_code: str, amount_fen: int | None, community: str | None
) -> ColumnElement[bool]:
    """Return the condition under which a payment is the one that a code and an amount name."""
    community_id = queries.public_community_id(session, community) or 0
    receivable_id = receivables.receivable_id_of_code(
        session, community_id=community_id, code=read_code(payment_code)
    )
    return and_(Contribution.receivable_id == receivable_id, Contribution.amount_fen == amount_fen)


def _own(
    session: Session, row: Contribution, project: Project, covering: Sequence[DisclosureView]
) -> OwnPayment:
    """Return a payment with its proof, if it is sealed, and what was made public over it."""
    try:
        found = seals.proof(session, row.entry_id)
    except NotSealedYetError:
        found = None
    checked = None if found is None else proofs.check(found)
    number = 0 if checked is None else checked.number
    return OwnPayment(
        project_id=project.id,
        project_number=project.number,
        project_title=project.title,
        received_on=row.received_on,
        amount_fen=row.amount_fen,
        entry_id=row.entry_id,
        holds=checked is not None and checked.holds,
        block_number=number,
        head="" if found is None else found.head.hex(),
        document=None if found is None else proofs.document(found),
        disclosed=[
            Disclosed(one.id, one.number) for one in covering if 0 < number <= one.seal_number
        ],
    )
