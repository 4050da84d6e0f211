"""The accounts with lots that PostgreSQL's cores do not clear when they share the rows.

Sums need no order: entries are weighed by bits drawn anew for every proof, so that one sum for
each account tells whether lots and uses cancel out what moved, entry by entry.
"""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from timebank.ledger.verify.checks import rows
from timebank.ledger.verify.weights import any_of, drawn, each, of_id, of_number, weighed

# From so many accounts on they are asked for among all, for their list would be no help.
_LISTED_MAX = 20_000
_AMONG = re.compile(r"/\* among ([\w.]+) \*/")

# What entries moved from one account to another; among these sums are those with lots.
_MOVED = f"""
SELECT t.debit_id, t.credit_id, {weighed("t.amount", of_id("t.entry_id"), "moved")}
FROM ledger_transfer AS t GROUP BY t.debit_id, t.credit_id
"""  # noqa: S608 - our own pieces of SQL
_SIDES = f"""
SELECT account_id, {each("SUM(moved_{part}) AS moved_{part}")}
FROM (SELECT credit_id AS account_id, {each("moved_{part}")} FROM moved
      UNION ALL SELECT debit_id, {each("-moved_{part}")} FROM moved) AS sides
GROUP BY account_id
"""  # noqa: S608 - our own pieces of SQL

# The order in which lots are spent, as one number: day, then lot.
_PLACE = (
    "((LEAST(GREATEST(l.earned_on, '1900-01-01'), '2999-12-31') - '1900-01-01')::bigint << 40)"
    " + l.id"
)
_LOTS = f"""
SELECT l.account_id, bool_and(COALESCE(
         l.earned_on = COALESCE(e.lots_on, e.effective_on) AND e.reverses_id IS NULL
         AND l.earned_on BETWEEN '1900-01-01' AND '2999-12-31' AND l.id < {1 << 40}, FALSE))
         AS are_simple,
       MIN({_PLACE}) FILTER (WHERE l.remaining <> 0) AS first_left,
       {weighed("l.amount", of_id("l.entry_id"), "brought")},
       {weighed("(l.amount{exact} - l.remaining)", of_number("l.id"), "used")}
FROM ledger_lot AS l LEFT JOIN ledger_entry AS e ON e.id = l.entry_id
GROUP BY l.account_id
"""  # noqa: S608 - our own pieces of SQL
# Uses in the order of their entries. Nobody takes from a lot before one that was taken from
# earlier; what an undone entry brought may be taken out from behind.
_USES = f"""
SELECT account_id, bool_and(is_simple AND (before IS NULL OR place >= before)) AS are_simple,
       MAX(place) FILTER (WHERE is_own) AS last_taken,
       {weighed("amount", of_id("entry_id"), "taken")},
       {weighed("amount", of_number("lot_id"), "used")}
FROM (
  SELECT account_id, entry_id, lot_id, amount, place, is_own, is_simple,
         MAX(CASE WHEN is_own THEN place END) OVER (
           PARTITION BY account_id ORDER BY number, place
           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM (
    SELECT l.account_id, u.entry_id, u.lot_id, u.amount, e.number, {_PLACE} AS place,
           e.reverses_id IS NULL AS is_own,
           COALESCE(u.amount > 0 AND e.number > b.number
             AND (e.reverses_id IS NULL OR e.reverses_id = l.entry_id), FALSE) AS is_simple
    FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
    LEFT JOIN ledger_entry AS e ON e.id = u.entry_id
    LEFT JOIN ledger_entry AS b ON b.id = l.entry_id) AS u) AS ordered
GROUP BY account_id
"""  # noqa: S608 - our own pieces of SQL

_IS_UNEQUAL = any_of(
    "COALESCE(m.moved_{part}, 0) - COALESCE(l.brought_{part}, 0) + COALESCE(u.taken_{part}, 0) <> 0"
)
_IS_USED_OTHERWISE = any_of("COALESCE(l.used_{part}, 0) <> COALESCE(u.used_{part}, 0)")
# Unequal is an account whose lots and uses do not cancel out what moved it, entry by entry. Whoever
# took a younger lot before an older one was exhausted for good, or undid anything but the lot of
# the undone entry, is asked about more closely; so is whoever has a lot that says what its entry
# and its uses do not, or none.
_DOUBTFUL = f"""
WITH moved AS MATERIALIZED ({_MOVED}), sides AS ({_SIDES}), lots AS ({_LOTS}), uses AS ({_USES})
SELECT * FROM (
  SELECT a.id AS account_id,
         {_IS_UNEQUAL} AS is_unequal,
         COALESCE(l.are_simple, TRUE) AND COALESCE(u.are_simple, TRUE)
           AND COALESCE(u.last_taken <= l.first_left, TRUE)
           AND NOT {_IS_USED_OTHERWISE}
           AS is_simple
  FROM ledger_account AS a
  LEFT JOIN sides AS m ON m.account_id = a.id AND a.restriction IS NOT NULL
  LEFT JOIN lots AS l ON l.account_id = a.id LEFT JOIN uses AS u ON u.account_id = a.id
  WHERE 0 = 0 /* of a */) AS asked
WHERE is_unequal OR NOT is_simple
"""  # noqa: S608 - our own pieces of SQL


def doubtful(
    session: Session, community_id: int | None, *, closer: Sequence[str]
) -> AbstractSet[int]:
    """Return the accounts that have to be played again.

    ``closer`` are the questions that tell more; they say where they can be held to some accounts.
    """
    unequal, doubted = _weigh(session, community_id)
    if not doubted:
        return unequal
    found = (_accounts(session, _held_to(sql, doubted), community_id) for sql in closer)
    return unequal.union(*found)


def _weigh(session: Session, community_id: int | None) -> tuple[set[int], set[int]]:
    """Return the accounts whose lots do not follow from what moved them, and the doubtful ones."""
    sql = drawn(_DOUBTFUL)
    try:
        with session.begin_nested():
            found = list(rows(session, sql.format(exact=""), community_id, limit=None))
    except DataError:  # an amount that is seldom so large: slowly, in numbers of any size
        found = list(rows(session, sql.format(exact="::numeric"), community_id, limit=None))
    unequal = {row["account_id"] for row in found if row["is_unequal"]}
    return unequal, {row["account_id"] for row in found} - unequal


def _held_to(sql: str, account_ids: AbstractSet[int]) -> str:
    """Return a question held to some accounts, where they are few."""
    if len(account_ids) > _LISTED_MAX:
        return sql
    listed = ", ".join(f"{one:d}" for one in sorted(account_ids))
    return _AMONG.sub(rf" AND \1 IN ({listed})", sql)


def _accounts(session: Session, sql: str, community_id: int | None) -> set[int]:
    return {row["account_id"] for row in rows(session, sql, community_id, limit=None)}
