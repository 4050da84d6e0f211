"""Proving the books at night: what was found is kept, one row for each community with entries."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from timebank.kernel import clock, db
from timebank.kernel.finding import Finding
from timebank.ledger.models.blocks import PROOFS
from timebank.ledger.models.tables import Entry
from timebank.ledger.verify import proof

# How many findings of a proof are kept in words; all of them are counted.
KEPT_MAX = 50


def prove(session: Session) -> int:
    """Prove all books on a snapshot of its own, keep the results, and return how many are wrong."""
    moment = clock.now()
    entries, found = db.beside(session, _proved)
    results = [
        {
            "community_id": community_id,
            "proved_at": moment,
            "entries": many,
            "wrong": len(found[community_id]),
            "findings": [_kept(one) for one in found[community_id][:KEPT_MAX]],
        }
        for community_id, many in sorted(entries.items())
    ]
    if results:
        session.execute(insert(PROOFS), results)
    return sum(map(len, found.values()))


def prove_books(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name."""
    prove(session)


def _proved(session: Session) -> tuple[dict[int, int], dict[int, list[Finding]]]:
    """Return how many entries each community has, and what is wrong with them."""
    chosen = select(Entry.community_id, func.count()).group_by(Entry.community_id)
    entries = {row[0]: row[1] for row in session.execute(chosen)}
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in proof.findings(session):
        # A row that lost its community is everybody's concern.
        of = finding.community_id
        for community_id in entries if of is None or of not in entries else (of,):
            found[community_id].append(finding)
    return entries, found


def _kept(finding: Finding) -> dict[str, str]:
    """Return a finding as it is kept."""
    return {key: str(value) for key, value in asdict(finding).items() if key != "community_id"}
