"""The proof of the books: everything stored is derived again from entries and transfers.

The databases do the work, set by set; what comes out are the rows that are wrong, each named with
what it should be. Right books yield nothing, however large they are. Most of it is cleared before
by few questions: on SQLite by one reading of all rows, on PostgreSQL by sums that need no order.
"""

from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.verify import (
    blocks,
    clearing,
    entries,
    links,
    lots,
    periods,
    reading,
    seals,
    sums,
)
from timebank.ledger.verify.checks import Subject, dialect_of, rows
from timebank.ledger.verify.rebuild import rebuild_accounts

Proof = Callable[[Session, int | None], Iterator[Finding]]

# What is proved, in this order.
CHECKS: tuple[Proof, ...] = (
    entries.of_accounts,
    entries.findings,
    sums.strays,
    sums.cohorts,
    sums.findings,
    sums.of_checkpoints,
    seals.of_tables,
    seals.of_entries,
    links.findings,
    links.of_debts,
    links.of_erased,
    links.of_carried,
    lots.findings,
    periods.findings,
    blocks.findings,
)
# Of these, what can be cleared before.
_CLEARED: dict[Proof, Subject] = {
    entries.findings: Subject.ENTRIES,
    sums.cohorts: Subject.LOTS,
    sums.findings: Subject.SUMS,
    sums.of_checkpoints: Subject.CHECKPOINTS,
    seals.of_entries: Subject.SEALS,
    links.of_debts: Subject.DEBTS,
    links.of_erased: Subject.ERASED,
    links.of_carried: Subject.CARRIED,
    lots.findings: Subject.LOTS,
}
# What only some entries have: PostgreSQL counts them in passing, SQLite asks at once.
_RARE = frozenset({Subject.DEBTS, Subject.ERASED, Subject.CARRIED})
# A proof reads whole tables: it may use every core, and what it sorts should fit into memory. Days
# stand in leaves as ISO has them.
_POSTGRESQL = (
    "SET LOCAL max_parallel_workers_per_gather = 2",
    "SET LOCAL parallel_setup_cost = 100",
    "SET LOCAL parallel_tuple_cost = 0.01",
    "SET LOCAL random_page_cost = 1.1",
    "SET LOCAL work_mem = '128MB'",
    "SET LOCAL jit = off",
    "SET LOCAL datestyle = 'ISO'",
)
_COUNTS = """
SELECT (SELECT COUNT(*) FROM ledger_entry AS e WHERE 0 = 0 /* of e */) AS entries,
       (SELECT COUNT(*) FROM ledger_transfer AS t WHERE 0 = 0 /* of t */) AS transfers
"""


def findings(session: Session, community_id: int | None = None) -> Iterator[Finding]:
    """Yield every row of the ledger that is not as it should be."""
    session.flush()
    _prepare(session)
    in_doubt = set(Subject)
    if community_id is None:
        in_doubt = doubts(session)
    for check in CHECKS:
        if _CLEARED.get(check) in {None, *in_doubt}:
            yield from check(session, community_id)


def doubts(session: Session) -> set[Subject]:
    """Return what few questions do not clear, and is asked in full."""
    if dialect_of(session) == "postgresql":
        return clearing.doubts(session)
    return reading.doubts(session) | _RARE


def counts(session: Session, community_id: int | None = None) -> tuple[int, int]:
    """Return how many entries and transfers there are to prove."""
    (found,) = rows(session, _COUNTS, community_id)
    return found["entries"], found["transfers"]


def rebuild(session: Session, community_id: int | None = None) -> int:
    """Restore all that is derived of each account that disagrees; return how many there were."""
    session.flush()
    _prepare(session)
    wrong = sums.wrong_accounts(session, community_id)
    wrong |= lots.wrong_accounts(session, community_id)
    return rebuild_accounts(session, sorted(wrong))


def _prepare(session: Session) -> None:
    """Let PostgreSQL work in parallel until the transaction ends."""
    if dialect_of(session) == "postgresql":
        for statement in _POSTGRESQL:
            session.connection().exec_driver_sql(statement)
