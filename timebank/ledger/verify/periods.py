"""The proof of closed periods: their order, that nothing came in later, and the vouchers."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.verify.checks import Check

RULE_ORDER = "the periods of a book are numbered from 1 without gaps, and their days rise"
RULE_LATE = "nothing is recorded in a period after it was closed"
RULE_VOUCHER = "a voucher has the book and month of its entry"
RULE_NUMBER = "the vouchers of a book and month are numbered from 1, in each closing as recorded"
RULE_MISSING = "exactly the entries of closed periods have a voucher"

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
SELECT v.entry_id, v.book_id, v.month, e.community_id
FROM ledger_voucher AS v LEFT JOIN ledger_entry AS e ON e.id = v.entry_id
WHERE (e.id IS NULL OR e.book_id <> v.book_id OR v.month <> month_of(e.effective_on)) /* of e */
""",
)
NUMBER = Check(
    "ledger_voucher",
    RULE_NUMBER,
    "entry_id {entry_id}",
    "number {number}",
    "number {due}",
    """
SELECT * FROM (
  SELECT v.entry_id, e.community_id, v.number, ROW_NUMBER() OVER (
    PARTITION BY e.book_id, month_of(e.effective_on) ORDER BY p.number, e.number) AS due
  FROM ledger_voucher AS v JOIN ledger_entry AS e ON e.id = v.entry_id
  LEFT JOIN (SELECT p.book_id, p.number, p.through_on, COALESCE(q.through_on, '0001-01-01') AS after
             FROM ledger_period AS p LEFT JOIN ledger_period AS q
               ON q.book_id = p.book_id AND q.number = p.number - 1) AS p
    ON p.book_id = e.book_id AND p.after < e.effective_on AND e.effective_on <= p.through_on
  WHERE 0 = 0 /* of e */) AS numbered
WHERE number <> due
""",
)
MISSING = Check(
    "ledger_voucher",
    RULE_MISSING,
    "entry_id {entry_id}",
    "no row",
    "a row, for {effective_on} is closed",
    """
SELECT e.id AS entry_id, e.community_id, e.effective_on
FROM ledger_entry AS e
JOIN (SELECT book_id, MAX(through_on) AS through_on FROM ledger_period GROUP BY book_id) AS p
  ON p.book_id = e.book_id AND e.effective_on <= p.through_on
LEFT JOIN ledger_voucher AS v ON v.entry_id = e.id
WHERE v.entry_id IS NULL /* of e */
""",
)
# Of a period that is gone, the next one tells, or the vouchers that were given out in it.
GONE = Check(
    "ledger_period",
    RULE_ORDER,
    "book_id {book_id}, number {number}",
    "no row",
    "a row before number {next}",
    """
SELECT p.community_id, p.book_id, p.number - 1 AS number, p.number AS next
FROM ledger_period AS p LEFT JOIN ledger_period AS q
  ON q.book_id = p.book_id AND q.number = p.number - 1
WHERE p.number > 1 AND q.number IS NULL /* of p */
""",
)
GONE_LAST = Check(
    "ledger_period",
    RULE_MISSING,
    "book_id {book_id}, number {number}",
    "no row",
    "a row, for entries through {through_on} have vouchers",
    """
SELECT e.community_id, e.book_id, MAX(e.effective_on) AS through_on,
       1 + COALESCE(MAX(p.number), 0) AS number
FROM ledger_voucher AS v JOIN ledger_entry AS e ON e.id = v.entry_id
LEFT JOIN (SELECT book_id, MAX(through_on) AS through_on, MAX(number) AS number
           FROM ledger_period GROUP BY book_id) AS p ON p.book_id = e.book_id
WHERE (p.through_on IS NULL OR e.effective_on > p.through_on) /* of e */
GROUP BY e.community_id, e.book_id
""",
)

CHECKS = (ORDER, GONE, GONE_LAST, LATE, ASTRAY, NUMBER, MISSING)


def findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield periods and vouchers that are not as they should be."""
    for check in CHECKS:
        yield from check.findings(session, community_id)
