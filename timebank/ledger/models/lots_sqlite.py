"""How an entry moves lots on SQLite: in the seal of the entry, and again when lots are rebuilt.

``:entry_id`` is the entry. Takes come from the lot of a reversed entry first, then from the
oldest; a reversal gives back to the very lots from which its entry took.
"""

_NET = """
SELECT a.id AS account_id, e.id AS entry_id, e.reverses_id,
       COALESCE(e.lots_on, e.effective_on) AS on_day,
       SUM(CASE t.credit_id WHEN a.id THEN t.amount ELSE -t.amount END) AS net
FROM ledger_entry AS e JOIN ledger_transfer AS t ON t.entry_id = e.id
JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id) AND a.restriction IS NOT NULL
WHERE e.id = :entry_id GROUP BY a.id, e.id, e.reverses_id, COALESCE(e.lots_on, e.effective_on)
"""

# Whether the entry moves an account with lots at all.
MOVES_LOTS = """
EXISTS (SELECT 1 FROM ledger_transfer AS t
        JOIN ledger_account AS a ON a.id IN (t.debit_id, t.credit_id)
        WHERE t.entry_id = :entry_id AND a.restriction IS NOT NULL)
"""

_GIVE_BACK = """
INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
  SELECT v.entry_id, u.lot_id, -u.amount FROM ({net}) AS v
  JOIN ledger_lot AS l ON l.account_id = v.account_id
  JOIN ledger_lot_use AS u ON u.lot_id = l.id AND u.entry_id = v.reverses_id
  WHERE v.net > 0
"""
_BRING = """
INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
  SELECT v.account_id, v.entry_id, v.on_day, v.net, v.net FROM ({net}) AS v
  WHERE v.net > 0 AND NOT EXISTS
    (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
     WHERE u.entry_id = v.entry_id AND l.account_id = v.account_id)
"""
_TAKE = """
INSERT INTO ledger_lot_use (entry_id, lot_id, amount)
  SELECT entry_id, lot_id, MIN(remaining, need - before) FROM (
    SELECT v.entry_id, l.id AS lot_id, l.remaining, -v.net AS need,
           COALESCE(SUM(l.remaining) OVER (
             PARTITION BY l.account_id
             ORDER BY l.entry_id IS NOT v.reverses_id, l.earned_on, l.id
             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM ({net}) AS v JOIN ledger_lot AS l ON l.account_id = v.account_id AND l.remaining > 0
    WHERE v.net < 0)
  WHERE before < need
"""
_REMAIN = """
UPDATE ledger_lot SET remaining = remaining - u.amount
  FROM (SELECT lot_id, amount FROM ledger_lot_use WHERE entry_id = :entry_id) AS u
  WHERE ledger_lot.id = u.lot_id
"""
# What is left by year: rows for years that are new to an account, then what the entry moved.
_COHORT = """
INSERT INTO ledger_cohort (account_id, year, remaining)
  SELECT DISTINCT l.account_id, CAST(substr(l.earned_on, 1, 4) AS integer), 0 FROM ledger_lot AS l
  WHERE l.entry_id = :entry_id AND NOT EXISTS
    (SELECT 1 FROM ledger_cohort AS h WHERE h.account_id = l.account_id
     AND h.year = CAST(substr(l.earned_on, 1, 4) AS integer))
"""
_GATHER = """
UPDATE ledger_cohort SET remaining = remaining + v.moved
  FROM (SELECT account_id, CAST(substr(earned_on, 1, 4) AS integer) AS year, SUM(moved) AS moved
        FROM (SELECT l.account_id, l.earned_on, l.amount AS moved FROM ledger_lot AS l
                WHERE l.entry_id = :entry_id
              UNION ALL
              SELECT l.account_id, l.earned_on, -u.amount FROM ledger_lot_use AS u
                JOIN ledger_lot AS l ON l.id = u.lot_id WHERE u.entry_id = :entry_id)
        GROUP BY account_id, CAST(substr(earned_on, 1, 4) AS integer)) AS v
  WHERE ledger_cohort.account_id = v.account_id AND ledger_cohort.year = v.year
"""
# No conflict clause of the caller may have skipped a step.
_CHECK = """
SELECT RAISE(ABORT, 'ledger_lots_short') WHERE EXISTS
  (SELECT 1 FROM ({net}) AS v WHERE v.net <>
     COALESCE((SELECT SUM(amount) FROM ledger_lot
               WHERE entry_id = v.entry_id AND account_id = v.account_id), 0)
     - COALESCE((SELECT SUM(u.amount) FROM ledger_lot_use AS u
                 JOIN ledger_lot AS l ON l.id = u.lot_id
                 WHERE u.entry_id = v.entry_id AND l.account_id = v.account_id), 0))
  OR EXISTS
  (SELECT 1 FROM ledger_lot_use AS mine JOIN ledger_lot AS l ON l.id = mine.lot_id
   WHERE mine.entry_id = :entry_id AND l.remaining <>
     l.amount - (SELECT SUM(amount) FROM ledger_lot_use AS u WHERE u.lot_id = l.id))
"""
# What is carried was there on its day, and comes onto an account of the same restriction.
_CARRIED = """
SELECT RAISE(ABORT, 'ledger_lots_renewed') WHERE EXISTS
  (SELECT 1 FROM ledger_entry AS e WHERE e.id = :entry_id AND e.lots_on IS NOT NULL AND (
    EXISTS (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
            WHERE u.entry_id = e.id AND l.earned_on <> e.lots_on)
    OR EXISTS (SELECT 1 FROM ledger_transfer AS t
               JOIN ledger_account AS d ON d.id = t.debit_id
               JOIN ledger_account AS c ON c.id = t.credit_id
               WHERE t.entry_id = e.id
                 AND (d.restriction IS NULL OR d.restriction IS NOT c.restriction))))
"""

LOT_STEPS = [
    step.format(net=_NET)
    for step in (_GIVE_BACK, _BRING, _TAKE, _REMAIN, _COHORT, _GATHER, _CHECK, _CARRIED)
]
# The same for one account, ``:account_id``, whose lots are made anew.
_NET_OF_ONE = _NET.replace(
    "WHERE e.id = :entry_id", "WHERE e.id = :entry_id AND a.id = :account_id"
)
_REMAIN_OF_ONE = _REMAIN.replace(
    "WHERE entry_id = :entry_id",
    "WHERE entry_id = :entry_id AND lot_id IN"
    " (SELECT id FROM ledger_lot WHERE account_id = :account_id)",
)
REBUILD_STEPS = (
    *(step.format(net=_NET_OF_ONE) for step in (_GIVE_BACK, _BRING, _TAKE)),
    _REMAIN_OF_ONE,
)
# Once all of an account's lots are there again.
REBUILD_COHORTS = """
INSERT INTO ledger_cohort (account_id, year, remaining)
SELECT account_id, CAST(substr(earned_on, 1, 4) AS integer) AS year, SUM(remaining)
FROM ledger_lot WHERE account_id = :account_id GROUP BY account_id, year
"""
