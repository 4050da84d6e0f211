"""The proof of closed periods: their order, that nothing came in later, and the vouchers."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.verify.checks import Check

RULE_ORDER = "the periods of a book are numbered from 1 without gaps, and their days rise"
RULE_LATE = "nothing is recorded in a period after it was closed"
RULE_VOUCHER = "a voucher has the book and month of its entry"
RULE_GAP = "the vouchers of a book and month are numbered from 1 without gaps"
RULE_MISSING = "every entry of a closed period has a voucher"

_ENTRY = "id {entry_id} (number {number})"

ORDER = Check(
    "ledger_period",
    RULE_ORDER,
    "book_id {book_id}, through_on {through_on}",
    "number {number}",
    "number {due}",
    """
SELECT * FROM (
  SELECT p.community_id, p.book_id, p.through_on, p.number,
         ROW_NUMBER() OVER (PARTITION BY p.book_id ORDER BY p.through_on, p.number) AS due
  FROM ledger_period AS p WHERE 0 = 0 /* of p */) AS numbered
WHERE number <> due
""",
)
LATE = Check(
    "ledger_entry",
    RULE_LATE,
    _ENTRY,
    "recorded at {recorded_at} for {effective_on}",
    "recorded before {closed_at}, when the book was closed through {through_on}",
    """
SELECT e.id AS entry_id, e.number, e.community_id, e.recorded_at, e.effective_on,
       p.closed_at, p.through_on
FROM ledger_period AS p JOIN ledger_entry AS e
  ON e.book_id = p.book_id AND e.effective_on <= p.through_on AND e.recorded_at > p.closed_at
WHERE 0 = 0 /* of e */
""",
)
ASTRAY = Check(
    "ledger_voucher",
    RULE_VOUCHER,
    "entry_id {entry_id}",
    "book {book_id}, month {month}",
    "book and month of its entry",
    """
SELECT v.entry_id, v.book_id, v.month, b.community_id
FROM ledger_voucher AS v JOIN ledger_book AS b ON b.id = v.book_id
LEFT JOIN ledger_entry AS e ON e.id = v.entry_id AND e.book_id = v.book_id
  AND v.month = month_of(e.effective_on)
WHERE e.id IS NULL /* of b */
""",
)
GAP = Check(
    "ledger_voucher",
    RULE_GAP,
    "book_id {book_id}, month {month}",
    "{count} vouchers, numbered {first} to {last}",
    "numbered 1 to {count}",
    """
SELECT b.community_id, v.book_id, v.month, COUNT(*) AS count, MIN(v.number) AS first,
       MAX(v.number) AS last
FROM ledger_voucher AS v JOIN ledger_book AS b ON b.id = v.book_id
WHERE 0 = 0 /* of b */
GROUP BY b.community_id, v.book_id, v.month HAVING MIN(v.number) <> 1 OR MAX(v.number) <> COUNT(*)
""",
)
MISSING = Check(
    "ledger_entry",
    RULE_MISSING,
    _ENTRY,
    "no voucher",
    "a voucher, for {effective_on} is closed",
    """
SELECT e.id AS entry_id, e.number, e.community_id, e.effective_on
FROM ledger_entry AS e
JOIN (SELECT book_id, MAX(through_on) AS through_on FROM ledger_period GROUP BY book_id) AS p
  ON p.book_id = e.book_id AND e.effective_on <= p.through_on
LEFT JOIN ledger_voucher AS v ON v.entry_id = e.id
WHERE v.entry_id IS NULL /* of e */
""",
)

CHECKS = (ORDER, LATE, ASTRAY, GAP, MISSING)


def findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield periods and vouchers that are not as they should be."""
    for check in CHECKS:
        yield from check.findings(session, community_id)
