"""The accounts with lots that PostgreSQL's cores do not clear when they share the rows.

Sums need no order: entries are weighed by bits drawn anew for every proof, so that one sum for
each account tells whether lots and uses cancel out what moved, entry by entry.
"""

import re
import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from timebank.ledger.verify.checks import rows

# From so many accounts on they are asked for among all, for their list would be no help.
_LISTED_MAX = 20_000
_AMONG = re.compile(r"/\* among ([\w.]+) \*/")

# Three portions of 19 bits: a product with an amount stays a whole number of 63 bits.
_PARTS = (0, 19, 38)
_WITH_LOTS = " AND a.restriction IS NOT NULL"
_SIDES = (
    ("t.debit_id", "-t.amount", "t.entry_id", "ledger_transfer AS t", _WITH_LOTS),
    ("t.credit_id", "t.amount", "t.entry_id", "ledger_transfer AS t", _WITH_LOTS),
    ("l.account_id", "-l.amount", "l.entry_id", "ledger_lot AS l", ""),
    (
        *("l.account_id", "u.amount", "u.entry_id"),
        *("ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id", ""),
    ),
)


def _side(account_id: str, amount: str, entry_id: str, source: str, which: str) -> str:
    """Return the weighed sums by account of one table; each is added up on all cores."""
    sums = ", ".join(
        f"SUM({amount}{{exact}} * ((uuid_hash_extended({entry_id}, SEED) >> {part}) & 524287))"
        f" AS part_{part}"
        for part in _PARTS
    )
    return (
        f"SELECT {account_id} AS account_id, {sums} FROM {source}"  # noqa: S608 - our own pieces
        f" JOIN ledger_account AS a ON a.id = {account_id}{which} /* of a */"
        f" GROUP BY {account_id}"
    )


_UNEQUAL = f"""
SELECT account_id FROM ({" UNION ALL ".join(_side(*one) for one in _SIDES)}) AS weighed
GROUP BY account_id HAVING {" OR ".join(f"SUM(part_{part}) <> 0" for part in _PARTS)}
"""  # noqa: S608 - our own pieces of SQL

# Whoever took a younger lot before an older one was exhausted for good, or undid anything but the
# lot of the undone entry, is asked about more closely; so is whoever has a lot that says what its
# entry and its uses do not, or none.
_NOT_SIMPLE = """
SELECT DISTINCT account_id FROM (
  SELECT l.account_id, l.is_simple, l.first,
         MAX(l.last) OVER (PARTITION BY l.account_id ORDER BY l.earned_on, l.id
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS older_open_until
  FROM (
    SELECT l.account_id, l.id, l.earned_on, u.first,
           CASE WHEN l.remaining = 0 THEN u.last ELSE 9000000000000000000 END AS last,
           COALESCE(l.earned_on = COALESCE(e.lots_on, e.effective_on) AND e.reverses_id IS NULL
             AND l.remaining = l.amount - COALESCE(u.used, 0)
             AND (u.lot_id IS NULL OR (u.earliest > e.number AND u.least > 0
               AND (u.undone IS NULL
                    OR (u.undone = l.entry_id::text AND u.undone_last = u.undone)))), FALSE)
             AS is_simple
    FROM ledger_lot AS l JOIN ledger_account AS a ON a.id = l.account_id /* of a */
    LEFT JOIN ledger_entry AS e ON e.id = l.entry_id
    LEFT JOIN (
      SELECT u.lot_id, SUM(u.amount) AS used, MIN(u.amount) AS least,
             MIN(e.number) AS earliest, MAX(e.number) AS last,
             MIN(CASE WHEN e.reverses_id IS NULL THEN e.number END) AS first,
             MIN(CASE WHEN e.reverses_id IS NOT NULL THEN e.reverses_id::text END) AS undone,
             MAX(CASE WHEN e.reverses_id IS NOT NULL THEN e.reverses_id::text END) AS undone_last
      FROM ledger_lot_use AS u JOIN ledger_entry AS e ON e.id = u.entry_id
      GROUP BY u.lot_id) AS u ON u.lot_id = l.id) AS l) AS ordered
WHERE NOT is_simple OR older_open_until > first
"""


def doubtful(
    session: Session, community_id: int | None, *, closer: Sequence[str]
) -> AbstractSet[int]:
    """Return the accounts that have to be played again.

    ``closer`` are the questions that tell more; they say where they can be held to some accounts.
    """
    unequal = _unequal(session, community_id)
    doubted = _accounts(session, _NOT_SIMPLE, community_id) - unequal
    if not doubted:
        return unequal
    found = (_accounts(session, _held_to(sql, doubted), community_id) for sql in closer)
    return unequal.union(*found)


def _unequal(session: Session, community_id: int | None) -> set[int]:
    """Return the accounts whose lots do not follow from what moved them."""
    sql = _UNEQUAL.replace("SEED", str(secrets.randbits(62)))
    try:
        with session.begin_nested():
            return _accounts(session, sql.format(exact=""), community_id)
    except DataError:  # an amount that no posting may have: slowly, in numbers of any size
        return _accounts(session, sql.format(exact="::numeric"), community_id)


def _held_to(sql: str, account_ids: AbstractSet[int]) -> str:
    """Return a question held to some accounts, where they are few."""
    if len(account_ids) > _LISTED_MAX:
        return sql
    listed = ", ".join(f"{one:d}" for one in sorted(account_ids))
    return _AMONG.sub(rf" AND \1 IN ({listed})", sql)


def _accounts(session: Session, sql: str, community_id: int | None) -> set[int]:
    return {row["account_id"] for row in rows(session, sql, community_id, limit=None)}
