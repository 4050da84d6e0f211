"""What the nightly proof of the books found."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.models.blocks import Proof
from timebank.ledger.rules.values import ProofView

SHOWN_MAX = 30


def proofs(session: Session, community_id: int, *, limit: int = SHOWN_MAX) -> list[ProofView]:
    """Return the last proofs of a community's books, latest first."""
    chosen = select(Proof).where(Proof.community_id == community_id)
    rows = session.scalars(chosen.order_by(Proof.proved_at.desc(), Proof.id.desc()).limit(limit))
    return [
        ProofView(
            proved_at=row.proved_at,
            entries=row.entries,
            wrong=row.wrong,
            findings=tuple(Finding(**one) for one in row.findings),
        )
        for row in rows
    ]


def last_proof(session: Session, community_id: int) -> ProofView | None:
    """Return the last proof of a community's books; None when there was none yet."""
    return next(iter(proofs(session, community_id, limit=1)), None)
