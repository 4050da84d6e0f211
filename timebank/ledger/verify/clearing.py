"""What PostgreSQL clears of large books by few questions, so that nobody asks which row is wrong.

Entries pass once beside their transfers: what does not fit is counted, digests are compared, and
what moved open accounts is added up by day. Balances are added up from transfers alone, which is
right once none of them is astray. Nothing here names a row: what is not cleared is asked in full.
"""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from timebank.ledger.verify.checks import Row, Subject, rows
from timebank.ledger.verify.seals_postgresql import OF_MANY_LINES, SEAL_DUE, WORDS_DUE

_ACCOUNTS = """
(SELECT a.id, a.kind, a.book_id, a.asset, a.community_id FROM ledger_account AS a
 JOIN ledger_book AS b ON b.id = a.book_id AND b.community_id = a.community_id)
"""
_ENTRIES = f"""
WITH pass AS (
  SELECT CASE d.kind WHEN 'open' THEN t.debit_id END AS debit_id,
         CASE c.kind WHEN 'open' THEN t.credit_id END AS credit_id,
         e.effective_on AS on_day, SUM(t.amount) AS amount, COUNT(*) AS lines,
         COUNT(*) FILTER (WHERE
           t.lines = e.lines AND t.asset = e.asset AND t.book_id = e.book_id
           AND t.community_id = e.community_id AND t.line BETWEEN 1 AND t.lines
           AND d.book_id = t.book_id AND d.asset = t.asset AND d.community_id = t.community_id
           AND c.book_id = t.book_id AND c.asset = t.asset
           AND t.debit_id <> t.credit_id AND t.amount > 0) AS fitting,
         COUNT(*) FILTER (WHERE e.lines <> 1 OR e.seal = {SEAL_DUE}) AS sealed,
         COUNT(*) FILTER (WHERE t.line <> 1 OR length(e.salt) = 0
                          OR e.words_hash = {WORDS_DUE}) AS worded
  FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
  LEFT JOIN {_ACCOUNTS} AS d ON d.id = t.debit_id
  LEFT JOIN {_ACCOUNTS} AS c ON c.id = t.credit_id
  GROUP BY 1, 2, 3
), days AS (
  SELECT account_id FROM (
    SELECT debit_id AS account_id, on_day, amount AS debits, 0 AS credits FROM pass
      WHERE debit_id IS NOT NULL
    UNION ALL SELECT credit_id, on_day, 0, amount FROM pass WHERE credit_id IS NOT NULL
    UNION ALL SELECT k.account_id, k.on_day, -k.debits, -k.credits
      FROM (SELECT account_id, on_day, debits, credits FROM ledger_day
            UNION ALL SELECT account_id, on_day, debits, credits FROM ledger_delta) AS k
      JOIN ledger_account AS a ON a.id = k.account_id AND a.kind = 'open') AS moved
  GROUP BY account_id, on_day HAVING SUM(debits) <> 0 OR SUM(credits) <> 0
)
SELECT COALESCE(SUM(lines), 0) AS lines, COALESCE(SUM(fitting), 0) AS fitting,
       COALESCE(SUM(sealed), 0) AS sealed, COALESCE(SUM(worded), 0) AS worded,
       (SELECT COUNT(*) FROM days) AS wrong_days,
       (SELECT COUNT(*) FROM ledger_transfer) AS written,
       (SELECT COALESCE(SUM(e.lines), 0) FROM ledger_entry AS e) AS said
FROM pass
"""  # noqa: S608 - our own pieces of SQL
_WRONG_BALANCES = """
SELECT a.id AS account_id FROM ledger_account AS a
LEFT JOIN (
  SELECT account_id, SUM(debits) AS debits
  FROM (SELECT debit_id AS account_id, SUM(amount) AS debits FROM ledger_transfer GROUP BY debit_id
        UNION ALL
        SELECT credit_id, -SUM(amount) FROM ledger_transfer GROUP BY credit_id) AS sides
  GROUP BY account_id) AS m ON m.account_id = a.id
LEFT JOIN (
  SELECT h.account_id, SUM(h.amount) AS amount
  FROM ledger_hold AS h LEFT JOIN ledger_hold_end AS x ON x.hold_id = h.id
  WHERE x.hold_id IS NULL GROUP BY h.account_id) AS h ON h.account_id = a.id
LEFT JOIN ledger_balance AS b ON b.account_id = a.id
WHERE CASE a.kind WHEN 'open' THEN b.account_id IS NOT NULL ELSE NOT COALESCE(
  b.posted = CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END * COALESCE(m.debits, 0)
  AND b.held = COALESCE(h.amount, 0) AND b.floor = a.floor AND b.community_id = a.community_id
  AND b.posted - b.held >= a.floor, FALSE) END
LIMIT 1
"""
_CLOSED = """
SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM ledger_period)
  OR EXISTS (SELECT 1 FROM ledger_checkpoint)
"""


def doubts(session: Session) -> set[Subject]:
    """Return what a few questions do not clear; lots have such a question of their own."""
    try:
        with session.begin_nested():
            return {Subject.LOTS, *_doubts(session)}
    except DBAPIError:  # a number beyond all bounds, which the full questions know to name
        return set(Subject)


def _doubts(session: Session) -> set[Subject]:
    (seen,) = rows(session, _ENTRIES, None)
    if not _are_entries_kept(seen):
        return set(Subject)
    found = set()
    are_sealed = seen["lines"] == seen["sealed"] == seen["worded"]
    if not are_sealed or any(rows(session, OF_MANY_LINES, None, limit=1)):
        found.add(Subject.SEALS)
    if seen["wrong_days"] or any(rows(session, _WRONG_BALANCES, None)):
        found.add(Subject.SUMS)
    if any(rows(session, _CLOSED, None)):
        found.add(Subject.CHECKPOINTS)
    return found


def _are_entries_kept(seen: Row) -> bool:
    """Whether every transfer has an entry and fits it, and no entry lacks one."""
    return bool(seen["lines"] == seen["fitting"] == seen["written"] == seen["said"])
