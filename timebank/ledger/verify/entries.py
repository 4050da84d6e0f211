"""The proof that entries and transfers fit together, and the accounts with them."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.verify.checks import Check, rows

RULE_LINES = "an entry has as many transfers as its header says, numbered from 1"
RULE_SEALED = "a transfer belongs to a sealed entry of its own book, asset and community"
RULE_ACCOUNTS = "a transfer moves a positive amount of one asset between two accounts of its book"
RULE_BOOK = "an entry and an account belong to a book of their community"

_ROW = "id {id} (entry {entry_id}, line {line})"
_IS = (
    "{amount} {asset} from {debit_id} to {credit_id}, line {line} of {lines},"
    " book {book_id}, community {community_id}"
)

SEALED = Check(
    "ledger_transfer",
    RULE_SEALED,
    _ROW,
    _IS,
    "as in the header of its entry",
    """
SELECT t.* FROM ledger_transfer AS t LEFT JOIN ledger_entry AS e ON e.id = t.entry_id
WHERE (e.id IS NULL OR e.book_id <> t.book_id OR e.community_id <> t.community_id
       OR e.lines <> t.lines OR e.asset <> t.asset OR t.line < 1 OR t.line > t.lines) /* of t */
""",
)
ACCOUNTS_FIT = Check(
    "ledger_transfer",
    RULE_ACCOUNTS,
    _ROW,
    _IS,
    "a positive amount between two accounts of the same book and asset",
    """
SELECT t.* FROM ledger_transfer AS t
LEFT JOIN ledger_account AS d ON d.id = t.debit_id AND d.book_id = t.book_id AND d.asset = t.asset
LEFT JOIN ledger_account AS c ON c.id = t.credit_id AND c.book_id = t.book_id AND c.asset = t.asset
WHERE (d.id IS NULL OR c.id IS NULL OR t.debit_id = t.credit_id OR t.amount <= 0) /* of t */
""",
)
BOOK_OF_ENTRY = Check(
    "ledger_entry",
    RULE_BOOK,
    "id {entry_id} (number {number})",
    "book {book_id} in community {community_id}",
    "a book of that community",
    """
SELECT e.id AS entry_id, e.number, e.book_id, e.community_id
FROM ledger_entry AS e LEFT JOIN ledger_book AS b
  ON b.id = e.book_id AND b.community_id = e.community_id
WHERE b.id IS NULL /* of e */
""",
)
BOOK_OF_ACCOUNT = Check(
    "ledger_account",
    RULE_BOOK,
    "id {id} ({code})",
    "book {book_id} in community {community_id}",
    "a book of that community",
    """
SELECT a.id, a.code, a.book_id, a.community_id
FROM ledger_account AS a LEFT JOIN ledger_book AS b
  ON b.id = a.book_id AND b.community_id = a.community_id
WHERE b.id IS NULL /* of a */
""",
)
# Books and accounts that are gone are named by what is left of them.
BOOK_MISSING = Check(
    "ledger_book",
    RULE_BOOK,
    "id {id}",
    "no row",
    "a row, for accounts stand in it",
    """
SELECT DISTINCT a.book_id AS id, a.community_id FROM ledger_account AS a
LEFT JOIN ledger_book AS b ON b.id = a.book_id WHERE b.id IS NULL /* of a */
""",
)
ACCOUNT_MISSING = Check(
    "ledger_account",
    RULE_ACCOUNTS,
    "id {id}",
    "no row",
    "a row, for it has a balance or days",
    """
SELECT kept.id, MIN(kept.community_id) AS community_id
FROM (SELECT account_id AS id, community_id FROM ledger_balance
      UNION ALL SELECT account_id, community_id FROM ledger_delta
      UNION ALL SELECT account_id, NULL FROM ledger_day) AS kept
LEFT JOIN ledger_account AS a ON a.id = kept.id
WHERE a.id IS NULL /* of kept */ GROUP BY kept.id
""",
)
LINES = Check(
    "ledger_entry",
    RULE_LINES,
    "id {entry_id} (number {number})",
    "{count} transfers, lines {first} to {last}",
    "{lines} transfers, lines 1 to {lines}",
    """
SELECT e.id AS entry_id, e.number, e.lines, e.community_id,
       COUNT(t.id) AS count, MIN(t.line) AS first, MAX(t.line) AS last
FROM ledger_entry AS e LEFT JOIN ledger_transfer AS t ON t.entry_id = e.id
WHERE 0 = 0 /* of e */
GROUP BY e.id, e.number, e.lines, e.community_id
HAVING COUNT(t.id) <> e.lines OR MIN(t.line) <> 1 OR MAX(t.line) <> e.lines
""",
)
# When every transfer fits its header, missing ones are missing from the sum.
_SUMS = """
SELECT (SELECT COALESCE(SUM(e.lines), 0) FROM ledger_entry AS e WHERE 0 = 0 /* of e */) AS said,
       (SELECT COUNT(*) FROM ledger_transfer AS t WHERE 0 = 0 /* of t */) AS written
"""


def findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield transfers that do not fit their entry or accounts, and entries that lack some."""
    astray = list(SEALED.findings(session, community_id))
    yield from astray
    for check in (ACCOUNTS_FIT, BOOK_OF_ENTRY):
        yield from check.findings(session, community_id)
    (sums,) = rows(session, _SUMS, community_id)
    if astray or sums["said"] != sums["written"]:
        yield from LINES.findings(session, community_id)


def of_accounts(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield accounts that are in no book of their community, and what of both is gone."""
    for check in (BOOK_OF_ACCOUNT, BOOK_MISSING, ACCOUNT_MISSING):
        yield from check.findings(session, community_id)
