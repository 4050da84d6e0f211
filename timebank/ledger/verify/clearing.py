"""What PostgreSQL clears of large books by few questions, so that nobody asks which row is wrong.

Entries pass once beside their transfers: what does not fit is counted, digests are compared, and
what moved from one account to another is added up, alone and weighed by its day. Whatever is asked
of accounts is asked of these sums, which are few. Nothing here names a row: what is not cleared is
asked in full.
"""

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from timebank.ledger.verify.checks import Row, Subject, rows
from timebank.ledger.verify.seals_postgresql import OF_MANY_LINES, SEAL_DUE, WORDS_DUE
from timebank.ledger.verify.weights import any_of, drawn, each, of_day, weighed

_ACCOUNTS = """
(SELECT a.id, a.kind, a.book_id, a.asset, a.community_id FROM ledger_account AS a
 JOIN ledger_book AS b ON b.id = a.book_id AND b.community_id = a.community_id)
"""
_MOVED = f"""
SELECT t.debit_id, t.credit_id, t.book_id, t.asset, t.community_id, SUM(t.amount) AS amount,
       {weighed("t.amount", of_day("e.effective_on"), "day")}, COUNT(*) AS lines,
       COUNT(*) FILTER (WHERE
         t.lines = e.lines AND t.asset = e.asset AND t.book_id = e.book_id
         AND t.community_id = e.community_id AND t.line BETWEEN 1 AND t.lines
         AND t.amount > 0) AS fitting,
       COUNT(*) FILTER (WHERE e.lines <> 1 OR e.seal = {SEAL_DUE}) AS sealed,
       COUNT(*) FILTER (WHERE t.line <> 1 OR length(e.salt) = 0
                        OR e.words_hash = {WORDS_DUE}) AS worded
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
GROUP BY t.debit_id, t.credit_id, t.book_id, t.asset, t.community_id
"""  # noqa: S608 - our own pieces of SQL
_WRONG_DAYS = f"""
SELECT account_id FROM (
  SELECT debit_id AS account_id, {each("day_{part} AS debits_{part}, 0 AS credits_{part}")}
  FROM placed WHERE debit_kind = 'open'
  UNION ALL
  SELECT credit_id, {each("0, day_{part}")} FROM placed WHERE credit_kind = 'open'
  UNION ALL
  SELECT k.account_id, {each("-k.debits_{part}, -k.credits_{part}")}
  FROM (SELECT account_id, DEBITS, CREDITS FROM (
          SELECT account_id, on_day, debits, credits FROM ledger_day
          UNION ALL SELECT account_id, on_day, debits, credits FROM ledger_delta) AS d
        GROUP BY account_id) AS k
  JOIN ledger_account AS a ON a.id = k.account_id AND a.kind = 'open') AS moved
GROUP BY account_id
HAVING {any_of("SUM(debits_{part}) <> 0 OR SUM(credits_{part}) <> 0")}
""".replace(  # noqa: S608 - our own pieces of SQL
    "DEBITS, CREDITS",
    f"{weighed('d.debits', of_day('d.on_day'), 'debits')},"
    f" {weighed('d.credits', of_day('d.on_day'), 'credits')}",
)
_WRONG_BALANCES = """
SELECT a.id AS account_id FROM ledger_account AS a
LEFT JOIN (
  SELECT account_id, SUM(debits) AS debits
  FROM (SELECT debit_id AS account_id, amount AS debits FROM moved
        UNION ALL SELECT credit_id, -amount FROM moved) AS sides
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
"""
# Headers are counted apart: one without a transfer passes nowhere else.
_HEADS = """
SELECT COALESCE(SUM(e.lines), 0) AS said,
       COUNT(*) FILTER (WHERE e.lines <> 1) AS of_many,
       COUNT(*) FILTER (WHERE length(e.salt) <> 16) AS erased,
       COUNT(e.debt_account_id) AS with_debts, COUNT(e.lots_on) AS carried
FROM ledger_entry AS e
"""
_ENTRIES = f"""
WITH moved AS MATERIALIZED ({_MOVED}), placed AS MATERIALIZED (
  SELECT m.*, d.kind AS debit_kind, c.kind AS credit_kind,
         COALESCE(d.book_id = m.book_id AND d.asset = m.asset AND d.community_id = m.community_id
           AND c.book_id = m.book_id AND c.asset = m.asset
           AND m.debit_id <> m.credit_id, FALSE) AS is_placed
  FROM moved AS m LEFT JOIN {_ACCOUNTS} AS d ON d.id = m.debit_id
  LEFT JOIN {_ACCOUNTS} AS c ON c.id = m.credit_id
), heads AS ({_HEADS})
SELECT COALESCE(SUM(p.lines), 0) AS lines,
       COALESCE(SUM(p.fitting) FILTER (WHERE p.is_placed), 0) AS fitting,
       COALESCE(SUM(p.sealed), 0) AS sealed, COALESCE(SUM(p.worded), 0) AS worded,
       (SELECT COUNT(*) FROM ({_WRONG_DAYS}) AS d) AS wrong_days,
       (SELECT COUNT(*) FROM ({_WRONG_BALANCES}) AS b) AS wrong_balances,
       (SELECT COUNT(*) FROM ledger_transfer) AS written, MIN(h.said) AS said,
       MIN(h.of_many) AS of_many, MIN(h.erased) AS erased, MIN(h.with_debts) AS with_debts,
       MIN(h.carried) AS carried
FROM heads AS h LEFT JOIN placed AS p ON TRUE
"""  # noqa: S608 - our own pieces of SQL
_CLOSED = """
SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM ledger_period)
  OR EXISTS (SELECT 1 FROM ledger_checkpoint)
"""
# What only few entries have, and is asked about only where some have it.
_RARE = {Subject.ERASED: "erased", Subject.DEBTS: "with_debts", Subject.CARRIED: "carried"}


def doubts(session: Session) -> set[Subject]:
    """Return what a few questions do not clear; lots have such a question of their own."""
    for exact in ("", "::numeric"):  # amounts that are seldom so large cost more
        try:
            with session.begin_nested():
                return {Subject.LOTS, *_doubts(session, exact)}
        except DBAPIError:  # else a number beyond all bounds, which the full questions name
            continue
    return set(Subject)


def _doubts(session: Session, exact: str) -> set[Subject]:
    (seen,) = rows(session, drawn(_ENTRIES).format(exact=exact), None)
    if not _are_entries_kept(seen):
        return set(Subject)
    found = {subject for subject, name in _RARE.items() if seen[name]}
    are_sealed = seen["lines"] == seen["sealed"] == seen["worded"]
    if not are_sealed or (seen["of_many"] and any(rows(session, OF_MANY_LINES, None, limit=1))):
        found.add(Subject.SEALS)
    if seen["wrong_days"] or seen["wrong_balances"]:
        found.add(Subject.SUMS)
    if any(rows(session, _CLOSED, None)):
        found.add(Subject.CHECKPOINTS)
    return found


def _are_entries_kept(seen: Row) -> bool:
    """Whether every transfer has an entry and fits it, and no entry lacks one."""
    return bool(seen["lines"] == seen["fitting"] == seen["written"] == seen["said"])
