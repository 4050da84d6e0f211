"""Rebuilding: all that is derived of an account is set to what its entries and holds say.

PostgreSQL has a function for it, which alone may write these tables; on SQLite the same happens
here, in plain statements and with the steps by which the seal moves lots.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.ledger.models.lots_sqlite import REBUILD_COHORTS, REBUILD_STEPS
from timebank.ledger.verify.checks import dialect_of

_CLEARED = (
    """
DELETE FROM ledger_lot_use WHERE lot_id IN
  (SELECT id FROM ledger_lot WHERE account_id = :account_id)
""",
    "DELETE FROM ledger_lot WHERE account_id = :account_id",
    "DELETE FROM ledger_delta WHERE account_id = :account_id",
    "DELETE FROM ledger_day WHERE account_id = :account_id",
    "DELETE FROM ledger_month WHERE account_id = :account_id",
    "DELETE FROM ledger_cohort WHERE account_id = :account_id",
)
_OPEN = (
    "DELETE FROM ledger_balance WHERE account_id = :account_id",
    """
INSERT INTO ledger_day (account_id, on_day, debits, credits)
SELECT :account_id, e.effective_on,
       SUM(CASE t.debit_id WHEN :account_id THEN t.amount ELSE 0 END),
       SUM(CASE t.credit_id WHEN :account_id THEN t.amount ELSE 0 END)
FROM ledger_transfer AS t JOIN ledger_entry AS e ON e.id = t.entry_id
WHERE :account_id IN (t.debit_id, t.credit_id) GROUP BY e.effective_on
""",
    """
INSERT INTO ledger_month (account_id, month_on, debits, credits)
SELECT account_id, date(on_day, 'start of month'), SUM(debits), SUM(credits)
FROM ledger_day WHERE account_id = :account_id GROUP BY date(on_day, 'start of month')
""",
)
_BOUNDED = (
    """
INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
SELECT a.id, a.community_id, 0, 0, a.floor FROM ledger_account AS a
WHERE a.id = :account_id
  AND NOT EXISTS (SELECT 1 FROM ledger_balance WHERE account_id = :account_id)
""",
    """
UPDATE ledger_balance SET community_id = a.community_id, floor = a.floor,
  posted = COALESCE((SELECT SUM(CASE WHEN (t.debit_id = a.id) = (a.normal = 'debit')
                                     THEN t.amount ELSE -t.amount END)
                     FROM ledger_transfer AS t JOIN ledger_entry AS e ON e.id = t.entry_id
                     WHERE a.id IN (t.debit_id, t.credit_id)), 0),
  held = COALESCE((SELECT SUM(h.amount) FROM ledger_hold AS h
                   LEFT JOIN ledger_hold_end AS x ON x.hold_id = h.id
                   WHERE h.account_id = a.id AND x.hold_id IS NULL), 0),
  frozen = COALESCE((SELECT f.frozen FROM ledger_freeze AS f WHERE f.account_id = a.id
                     ORDER BY f.id DESC LIMIT 1), 0)
FROM ledger_account AS a
WHERE a.id = :account_id AND ledger_balance.account_id = a.id
""",
)
_KIND = text("SELECT kind, restriction FROM ledger_account WHERE id = :account_id")
_ENTRIES = text("""
SELECT e.id FROM ledger_entry AS e WHERE e.id IN
  (SELECT entry_id FROM ledger_transfer WHERE debit_id = :account_id
   UNION SELECT entry_id FROM ledger_transfer WHERE credit_id = :account_id)
ORDER BY e.number
""")


def rebuild_accounts(session: Session, account_ids: Sequence[int]) -> int:
    """Rebuild accounts one by one and return how many; what cannot be right stays as it is."""
    return sum(_is_rebuilt(session, account_id) for account_id in account_ids)


def _is_rebuilt(session: Session, account_id: int) -> bool:
    """Rebuild an account; whether its transfers allowed it."""
    try:
        with session.begin_nested():
            if dialect_of(session) == "postgresql":
                session.execute(select(func.ledger_rebuild_account(account_id)))
            else:
                _rebuild_on_sqlite(session.connection(), account_id)
    except IntegrityError:
        return False
    return True


def _rebuild_on_sqlite(connection: Connection, account_id: int) -> None:
    """Do what PostgreSQL's function of that name does."""
    fact = {"account_id": account_id}
    kind, restriction = connection.execute(_KIND, fact).one()
    for statement in (*_CLEARED, *(_OPEN if kind == "open" else _BOUNDED)):
        connection.execute(text(statement), fact)
    if restriction is None:
        return
    for entry_id in connection.execute(_ENTRIES, fact).scalars().all():
        for step in REBUILD_STEPS:
            connection.execute(text(step), {**fact, "entry_id": entry_id})
    connection.execute(text(REBUILD_COHORTS), fact)
