"""The proof of what entries point at: reversals, holds and their ends, erasures."""

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.verify.checks import Check

RULE_CARRIED = "carried lots keep their day and their restriction"
RULE_REVERSAL = "a reversal nets its entry to zero, save what went to the named debt"
RULE_REVERSED_ONCE = "an entry is reversed at most once, in its book, and a reversal never"
RULE_DEBT = "the debt of a reversal is an open account of its book"
RULE_CAPTURE = "a captured hold's entry takes at most the held amount out of its account"
RULE_CAPTURED = "a captured hold ends under the seal of its entry, in time, and only then"
RULE_HOLD_OF = "a hold stands on a bounded account of its community, and its end with it"
RULE_HELD = "a hold is open until a row says how it ended"
RULE_ERASED = "words are blank exactly when it stands written that they were erased"

_ENTRY = "id {entry_id} (number {number})"

REVERSED_ONCE = Check(
    "ledger_entry",
    RULE_REVERSED_ONCE,
    _ENTRY,
    "reverses {first_id}",
    "reverses an entry of its book that is no reversal, alone",
    """
SELECT e.id AS entry_id, e.number, e.community_id, e.reverses_id AS first_id
FROM ledger_entry AS e LEFT JOIN ledger_entry AS o ON o.id = e.reverses_id
LEFT JOIN ledger_entry AS x ON x.reverses_id = e.reverses_id AND x.id <> e.id
WHERE e.reverses_id IS NOT NULL /* of e */
  AND (o.id IS NULL OR o.reverses_id IS NOT NULL OR o.book_id <> e.book_id
       OR o.number >= e.number OR x.id IS NOT NULL)
""",
)
_REST = """
SELECT v.reversal_id, v.account_id, SUM(v.debits) AS rest,
       SUM(CASE WHEN v.entry_id = v.reversal_id THEN 0 ELSE v.debits END) AS first
FROM (SELECT r.reversal_id, r.entry_id,
             CASE s.side WHEN 0 THEN t.debit_id ELSE t.credit_id END AS account_id,
             CASE s.side WHEN 0 THEN t.amount ELSE -t.amount END AS debits
      FROM (SELECT e.id AS reversal_id, e.id AS entry_id FROM ledger_entry AS e
              WHERE e.reverses_id IS NOT NULL /* of e */
            UNION ALL
            SELECT e.id, e.reverses_id FROM ledger_entry AS e
              WHERE e.reverses_id IS NOT NULL /* of e */) AS r
      JOIN ledger_transfer AS t ON t.entry_id = r.entry_id
      CROSS JOIN (SELECT 0 AS side UNION ALL SELECT 1) AS s) AS v
GROUP BY v.reversal_id, v.account_id
"""
MIRRORED = Check(
    "ledger_entry",
    RULE_REVERSAL,
    _ENTRY,
    "leaves {rest} of {first_id} on account {account_id}",
    "leaves nothing, or what was spent and is named as debt",
    f"""
SELECT e.id AS entry_id, e.number, e.community_id, e.reverses_id AS first_id,
       v.account_id, v.rest
FROM ({_REST}) AS v
JOIN ledger_entry AS e ON e.id = v.reversal_id AND e.reverses_id IS NOT NULL
JOIN ledger_account AS a ON a.id = v.account_id
WHERE CASE
  WHEN v.rest = 0 THEN 0 = 1
  WHEN v.account_id = e.debt_account_id THEN a.kind <> 'open'
  WHEN e.debt_account_id IS NULL OR a.kind = 'open' THEN 0 = 0
  WHEN a.normal = 'debit' THEN v.rest < 0 OR v.rest > v.first
  ELSE v.rest > 0 OR v.rest < v.first END
""",  # noqa: S608 - our own pieces of SQL
)
DEBT_OPEN = Check(
    "ledger_entry",
    RULE_DEBT,
    _ENTRY,
    "debt account {debt_account_id}",
    "an open account of book {book_id}",
    """
SELECT e.id AS entry_id, e.number, e.community_id, e.debt_account_id, e.book_id
FROM ledger_entry AS e LEFT JOIN ledger_account AS a
  ON a.id = e.debt_account_id AND a.kind = 'open' AND a.book_id = e.book_id AND a.asset = e.asset
WHERE e.debt_account_id IS NOT NULL AND (a.id IS NULL OR e.reverses_id IS NULL) /* of e */
""",
)
HOLD_PLACED = Check(
    "ledger_hold",
    RULE_HOLD_OF,
    "id {hold_id}",
    "on account {account_id}, community {community_id}",
    "on a bounded account of its community",
    """
SELECT h.id AS hold_id, h.community_id, h.account_id
FROM ledger_hold AS h LEFT JOIN ledger_account AS a
  ON a.id = h.account_id AND a.kind = 'bounded' AND a.community_id = h.community_id
WHERE a.id IS NULL /* of h */
""",
)
END_PLACED = Check(
    "ledger_hold_end",
    RULE_HOLD_OF,
    "hold_id {hold_id}",
    "ends a hold in community {community_id}",
    "ends a hold of its community",
    """
SELECT x.hold_id, x.community_id FROM ledger_hold_end AS x
LEFT JOIN ledger_hold AS h ON h.id = x.hold_id AND h.community_id = x.community_id
WHERE h.id IS NULL /* of x */
""",
)
CAPTURED = Check(
    "ledger_hold_end",
    RULE_CAPTURED,
    "hold_id {hold_id}",
    "{outcome} with entry {captured_by_id} at {ended_at}, seal {seal}",
    "captured in time under the seal of the entry that says so",
    """
SELECT x.hold_id, x.community_id, x.outcome, x.entry_id AS captured_by_id, x.ended_at, x.seal
FROM ledger_hold_end AS x LEFT JOIN ledger_hold AS h ON h.id = x.hold_id
LEFT JOIN ledger_entry AS e ON e.id = x.entry_id AND e.hold_id = x.hold_id AND e.seal = x.seal
  AND e.community_id = x.community_id AND e.recorded_at = x.ended_at
  AND COALESCE(e.actor_user_id, 0) = COALESCE(x.actor_user_id, 0)
  AND x.actor_name = '' AND x.reason = ''
WHERE CASE WHEN x.outcome = 'captured' THEN e.id IS NULL OR h.expires_at <= x.ended_at
           ELSE x.entry_id IS NOT NULL END /* of x */
""",
)
CAPTURES = Check(
    "ledger_entry",
    RULE_CAPTURED,
    _ENTRY,
    "captures {hold_id}, which it did not end",
    "a hold that ends captured by it",
    """
SELECT e.id AS entry_id, e.number, e.community_id, e.hold_id
FROM ledger_entry AS e LEFT JOIN ledger_hold_end AS x
  ON x.hold_id = e.hold_id AND x.entry_id = e.id AND x.outcome = 'captured'
WHERE e.hold_id IS NOT NULL AND x.hold_id IS NULL /* of e */
""",
)
TAKEN = Check(
    "ledger_hold",
    RULE_CAPTURE,
    "id {hold_id}",
    "{taken} taken",
    "at most {amount}",
    """
SELECT h.id AS hold_id, h.community_id, h.amount,
       SUM(CASE WHEN (t.debit_id = h.account_id) = (a.normal = 'debit') THEN -t.amount
                ELSE t.amount END) AS taken
FROM ledger_hold_end AS x JOIN ledger_hold AS h ON h.id = x.hold_id
JOIN ledger_account AS a ON a.id = h.account_id
JOIN ledger_transfer AS t ON t.entry_id = x.entry_id
  AND (t.debit_id = h.account_id OR t.credit_id = h.account_id)
WHERE x.entry_id IS NOT NULL /* of h */
GROUP BY h.id, h.community_id, h.amount
HAVING SUM(CASE WHEN (t.debit_id = h.account_id) = (a.normal = 'debit') THEN -t.amount
                ELSE t.amount END) > h.amount
""",
)
ERASED = Check(
    "ledger_entry",
    RULE_ERASED,
    _ENTRY,
    "a salt of {salt} bytes, {said} characters of words",
    "a salt of 16 bytes, or no words and an erasure",
    """
SELECT e.id AS entry_id, e.number, e.community_id, length(e.salt) AS salt,
       length(e.actor_name) + length(e.memo) + length(e.document) + length(e.reason) AS said
FROM ledger_entry AS e LEFT JOIN ledger_erasure AS x
  ON x.entry_id = e.id AND x.community_id = e.community_id
WHERE length(e.salt) <> 16 /* of e */ AND (x.entry_id IS NULL OR length(e.salt) <> 0
  OR e.actor_name <> '' OR e.memo <> '' OR e.document <> '' OR e.reason <> '')
""",
)
ERASURE_DONE = Check(
    "ledger_erasure",
    RULE_ERASED,
    "entry_id {entry_id}",
    "an entry that still has words, or none",
    "an entry of its community without words",
    """
SELECT x.entry_id, x.community_id FROM ledger_erasure AS x LEFT JOIN ledger_entry AS e
  ON e.id = x.entry_id AND e.community_id = x.community_id AND length(e.salt) = 0
WHERE e.id IS NULL /* of x */
""",
)

ERASURE_MISSING = Check(
    "ledger_erasure",
    RULE_ERASED,
    "entry_id {entry_id}",
    "no row",
    "a row, for the entry has no words",
    """
SELECT e.id AS entry_id, e.community_id FROM ledger_entry AS e
LEFT JOIN ledger_erasure AS x ON x.entry_id = e.id
WHERE length(e.salt) = 0 AND x.entry_id IS NULL /* of e */
""",
)
# What others refer to is named, too, when it is gone.
HOLD_MISSING = Check(
    "ledger_hold",
    RULE_HOLD_OF,
    "id {hold_id}",
    "no row",
    "a row, for it has ended",
    """
SELECT x.hold_id, x.community_id FROM ledger_hold_end AS x
LEFT JOIN ledger_hold AS h ON h.id = x.hold_id WHERE h.id IS NULL /* of x */
""",
)
END_MISSING = Check(
    "ledger_hold_end",
    RULE_CAPTURED,
    "hold_id {hold_id}",
    "no row",
    "a row, for entry {entry_id} captures it",
    """
SELECT e.hold_id, e.id AS entry_id, e.community_id FROM ledger_entry AS e
LEFT JOIN ledger_hold_end AS x ON x.hold_id = e.hold_id
WHERE e.hold_id IS NOT NULL AND x.hold_id IS NULL /* of e */
""",
)
END_LIKELY = Check(
    "ledger_hold_end",
    RULE_HELD,
    "hold_id {hold_id}",
    "no row",
    "perhaps a row, for account {account_id} holds just its {amount} less",
    """
SELECT h.id AS hold_id, h.account_id, h.amount, h.community_id
FROM ledger_hold AS h LEFT JOIN ledger_hold_end AS x ON x.hold_id = h.id
JOIN (SELECT h.account_id, SUM(h.amount) AS amount
      FROM ledger_hold AS h LEFT JOIN ledger_hold_end AS x ON x.hold_id = h.id
      WHERE x.hold_id IS NULL GROUP BY h.account_id) AS s ON s.account_id = h.account_id
JOIN ledger_balance AS b ON b.account_id = h.account_id AND b.held = s.amount - h.amount
WHERE x.hold_id IS NULL /* of h */
""",
)

CARRIED = Check(
    "ledger_entry",
    RULE_CARRIED,
    "id {entry_id} (number {number})",
    "lots of {lots_on} taken from other days, or brought under another restriction",
    "lots of {lots_on} alone, under their own restriction",
    """
SELECT e.id AS entry_id, e.number, e.community_id, e.lots_on FROM ledger_entry AS e
WHERE e.lots_on IS NOT NULL AND (
  EXISTS (SELECT 1 FROM ledger_lot_use AS u JOIN ledger_lot AS l ON l.id = u.lot_id
          WHERE u.entry_id = e.id AND l.earned_on <> e.lots_on)
  OR EXISTS (SELECT 1 FROM ledger_transfer AS t JOIN ledger_account AS d ON d.id = t.debit_id
             JOIN ledger_account AS c ON c.id = t.credit_id
             WHERE t.entry_id = e.id
               AND COALESCE(d.restriction, '-') <> COALESCE(c.restriction, '+'))) /* of e */
""",
)

CHECKS = (
    *(REVERSED_ONCE, MIRRORED),
    *(HOLD_PLACED, END_PLACED, CAPTURED, CAPTURES, TAKEN),
    *(HOLD_MISSING, END_MISSING, END_LIKELY),
    ERASURE_DONE,
)


def findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield reversals, holds and erasures that are not as they should be."""
    yield from _of(CHECKS, session, community_id)


def of_debts(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield entries that name a debt which is none."""
    yield from _of((DEBT_OPEN,), session, community_id)


def of_erased(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield entries without words that nobody erased."""
    yield from _of((ERASED, ERASURE_MISSING), session, community_id)


def of_carried(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield entries that carry other lots than they say."""
    yield from _of((CARRIED,), session, community_id)


def _of(checks: Iterable[Check], session: Session, community_id: int | None) -> Iterator[Finding]:
    for check in checks:
        yield from check.findings(session, community_id)
