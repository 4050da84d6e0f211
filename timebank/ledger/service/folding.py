"""Folding: what open accounts moved is gathered from single postings into the rows of days."""

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

FOLD_MAX = 10_000


def fold(session: Session) -> int:
    """Fold all deltas that wait, and return how many there were; on SQLite there never are any."""
    if session.get_bind().dialect.name != "postgresql":
        return 0
    folded = 0
    while many := session.scalar(select(func.ledger_fold(FOLD_MAX))):
        folded += many
    return folded


def fold_deltas(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name."""
    fold(session)
