"""The proof of lots: what moved an account is in its lots, and the oldest went first.

Set-based questions clear most accounts; what they cannot clear is played again entry by entry,
which also names the very rows that are wrong.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.verify import lots_postgresql, replay
from timebank.ledger.verify.checks import dialect_of, rows

BATCH = 500

# What entries moved on accounts with lots, and less what lots and uses say they did.
_MOVES = """
SELECT a.id AS account_id, t.entry_id, t.amount FROM ledger_transfer AS t
  JOIN ledger_account AS a ON a.id = t.credit_id AND a.restriction IS NOT NULL /* of a */
UNION ALL
SELECT a.id, t.entry_id, -t.amount FROM ledger_transfer AS t
  JOIN ledger_account AS a ON a.id = t.debit_id AND a.restriction IS NOT NULL /* of a */
UNION ALL
SELECT l.account_id, l.entry_id, -l.amount FROM ledger_lot AS l
  JOIN ledger_account AS a ON a.id = l.account_id /* of a */
UNION ALL
SELECT l.account_id, u.entry_id, u.amount FROM ledger_lot_use AS u
  JOIN ledger_lot AS l ON l.id = u.lot_id
  JOIN ledger_account AS a ON a.id = l.account_id /* of a */
"""
# Whether they cancel out entry by entry.
_UNEQUAL = f"""
SELECT DISTINCT account_id FROM (
  SELECT account_id, entry_id FROM ({_MOVES}) AS moves
  GROUP BY account_id, entry_id HAVING SUM(amount) <> 0) AS unequal
"""  # noqa: S608 - our own pieces of SQL

# A lot is open from its entry to the use that exhausts it, and again after minutes were given back.
# Whoever uses a younger lot while an older one is open is played again, and so is whoever uses a
# lot before it was there, or undoes in a rare way. Most lots are cleared by one look at how long
# the older ones were open at most; spans and pairs are asked for only of the others.
_OUT_OF_ORDER = """
WITH uses AS (
  SELECT u.lot_id, SUM(u.amount) AS used, MIN(e.number) AS earliest, MAX(e.number) AS last,
         MIN(u.amount) AS least,
         MIN(CASE WHEN u.amount > 0 AND (e.reverses_id IS NULL OR e.reverses_id <> l.entry_id)
                  THEN e.number END) AS first,
         MAX(CASE WHEN e.reverses_id IS NOT NULL AND u.amount > 0 AND e.reverses_id <> l.entry_id
                  THEN 1
                  WHEN u.amount < 0 AND (e.reverses_id IS NULL OR NOT EXISTS
                    (SELECT 1 FROM ledger_lot_use AS o WHERE o.lot_id = u.lot_id
                     AND o.entry_id = e.reverses_id AND o.amount = -u.amount)) THEN 1
                  ELSE 0 END) AS is_rare
  FROM ledger_lot_use AS u JOIN ledger_entry AS e ON e.id = u.entry_id
  JOIN ledger_lot AS l ON l.id = u.lot_id /* among l.account_id */
  GROUP BY u.lot_id
), lots AS (
  SELECT l.account_id, l.id, l.earned_on, l.entry_id, l.amount, e.number AS born, u.first,
         CASE WHEN u.least < 0 THEN 1 ELSE 0 END AS is_given, COALESCE(u.is_rare, 0) AS is_rare,
         CASE WHEN l.remaining = 0 THEN u.last ELSE 9000000000000000000 END AS last,
         CASE WHEN l.earned_on <> COALESCE(e.lots_on, e.effective_on)
                   OR l.remaining <> l.amount - COALESCE(u.used, 0)
                   OR u.earliest <= e.number THEN 1
              WHEN e.reverses_id IS NOT NULL THEN
                CASE WHEN EXISTS (SELECT 1 FROM ledger_lot_use AS o
                                  JOIN ledger_lot AS b ON b.id = o.lot_id
                                  WHERE o.entry_id = e.reverses_id
                                  AND b.account_id = l.account_id) THEN 1 ELSE 0 END
              ELSE 0 END AS is_wrong
  FROM ledger_lot AS l JOIN ledger_account AS a ON a.id = l.account_id /* of a */
    /* among a.id */
  JOIN ledger_entry AS e ON e.id = l.entry_id LEFT JOIN uses AS u ON u.lot_id = l.id
), ordered AS (
  SELECT account_id, id, entry_id, earned_on, first, is_rare, is_wrong,
         MAX(last) OVER (PARTITION BY account_id ORDER BY earned_on, id
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS older_open_until
  FROM lots
), early AS (
  SELECT o.account_id, o.id, o.earned_on, e.number
  FROM ordered AS o JOIN ledger_lot_use AS u ON u.lot_id = o.id AND u.amount > 0
  JOIN ledger_entry AS e ON e.id = u.entry_id
  WHERE o.older_open_until > o.first
    AND (e.reverses_id IS NULL OR e.reverses_id <> o.entry_id)
), events AS (
  SELECT l.id, l.born AS number, l.amount FROM lots AS l WHERE l.is_given = 1
  UNION ALL
  SELECT l.id, e.number, -u.amount FROM lots AS l JOIN ledger_lot_use AS u ON u.lot_id = l.id
  JOIN ledger_entry AS e ON e.id = u.entry_id WHERE l.is_given = 1
), spans AS (
  SELECT id, number AS since, SUM(amount) OVER in_order AS remaining,
         COALESCE(LEAD(number) OVER in_order, 9000000000000000000) AS until
  FROM events WINDOW in_order AS (PARTITION BY id ORDER BY number)
), open AS (
  SELECT account_id, id, earned_on, born AS since, last AS until FROM lots WHERE is_given = 0
  UNION ALL
  SELECT l.account_id, l.id, l.earned_on, s.since, s.until
  FROM spans AS s JOIN lots AS l ON l.id = s.id WHERE s.remaining > 0
)
SELECT account_id FROM ordered WHERE is_rare = 1 OR is_wrong = 1
UNION
SELECT y.account_id FROM early AS y JOIN open AS o ON o.account_id = y.account_id
WHERE o.since <= y.number AND y.number < o.until
  AND (o.earned_on < y.earned_on OR (o.earned_on = y.earned_on AND o.id < y.id))
"""

# Stored rows that hang on nothing are found by playing their account again, too.
_ASTRAY = """
SELECT l.account_id FROM ledger_lot AS l LEFT JOIN ledger_entry AS e ON e.id = l.entry_id
JOIN ledger_account AS a ON a.id = l.account_id WHERE e.id IS NULL /* of a */ /* among a.id */
"""


def findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield every lot and use that is not what the entries make it."""
    doubtful = sorted(_doubtful(session, community_id))
    for at in range(0, len(doubtful), BATCH):
        yield from replay.findings(session, doubtful[at : at + BATCH])


def wrong_accounts(session: Session, community_id: int | None) -> set[int]:
    """Return the accounts whose lots or uses disagree."""
    doubtful = sorted(_doubtful(session, community_id))
    return {
        account_id
        for at in range(0, len(doubtful), BATCH)
        for account_id in replay.wrong_accounts(session, doubtful[at : at + BATCH])
    }


def _doubtful(session: Session, community_id: int | None) -> AbstractSet[int]:
    """Return the accounts that the set-based questions do not clear."""
    if dialect_of(session) == "postgresql":
        return lots_postgresql.doubtful(session, community_id, closer=(_OUT_OF_ORDER, _ASTRAY))
    found: set[int] = set()
    for sql in (_UNEQUAL, _OUT_OF_ORDER, _ASTRAY):
        found |= {row["account_id"] for row in rows(session, sql, community_id, limit=None)}
    return found
