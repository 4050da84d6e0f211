"""A resident's own check: a payment code and an amount bring the seal of that payment, no more.

Nobody logs in and nobody's name is told. Guesses are counted by address; what is asked wrongly
counts as much as what is asked rightly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any  # a proof as JSON
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.service import sessions
from timebank.access.service.sessions import Counter
from timebank.cofund.models.projects import Contribution, Project
from timebank.cofund.queries import projects as queries
from timebank.cofund.queries import receivables
from timebank.cofund.rules.codes import read_code
from timebank.kernel.sealed import blind_index
from timebank.ledger.errors import NotSealedYetError
from timebank.ledger.queries import seals
from timebank.ledger.rules import proofs

CHECKS_FREE = 10
LISTED_MAX = 20


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


def check_payment(
    session: Session,
    *,
    address: str,
    payment_code: str,
    amount_fen: int,
    community: str | None = None,
) -> Sequence[OwnPayment]:
    """Return the payments of an amount that a payment code names, with their proofs; maybe none.

    Raises:
        TriedTooOftenError: too much was asked from this address; it must wait.
    """
    digest = blind_index(f"own-payment:{address}")
    sessions.count_try(session, Counter(digest, "address", CHECKS_FREE))
    community_id = queries.public_community_id(session, community) or 0
    receivable_id = receivables.receivable_id_of_code(
        session, community_id=community_id, code=read_code(payment_code)
    )
    if receivable_id is None:
        return []
    rows = session.execute(
        select(Contribution, Project)
        .join(Project, Project.id == Contribution.project_id)
        .where(
            Contribution.receivable_id == receivable_id,
            Contribution.amount_fen == amount_fen,
            Contribution.undone_entry_id.is_(None),
        )
        .order_by(Contribution.id)
        .limit(LISTED_MAX)
    )
    return [_own(session, row, project) for row, project in rows]


def _own(session: Session, row: Contribution, project: Project) -> OwnPayment:
    """Return a payment with its proof, if it is sealed."""
    try:
        found = seals.proof(session, row.entry_id)
    except NotSealedYetError:
        found = None
    checked = None if found is None else proofs.check(found)
    return OwnPayment(
        project_id=project.id,
        project_number=project.number,
        project_title=project.title,
        received_on=row.received_on,
        amount_fen=row.amount_fen,
        entry_id=row.entry_id,
        holds=checked is not None and checked.holds,
        block_number=0 if checked is None else checked.number,
        head="" if found is None else found.head.hex(),
        document=None if found is None else proofs.document(found),
    )
