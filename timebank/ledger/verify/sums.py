"""The proof of balances, days and checkpoints: sums of transfers by account, day and period.

Open accounts are added up by effective day, bounded ones by closed period; what a balance, a day
and a checkpoint should be follows from these few sums.
"""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from timebank.kernel.finding import Finding
from timebank.ledger.models.freezes import LATEST
from timebank.ledger.verify.checks import Check, Row, rows

RULE_POSTED = "a balance is the sum of the account's transfers"
RULE_HELD = "what is held is the sum of the account's open holds"
RULE_FLOOR = "a balance keeps its account's floor and community"
RULE_BELOW = "what is available never falls below the floor"
RULE_BOUNDED = "exactly the bounded accounts have a balance row"
RULE_FROZEN = "a balance is frozen when the latest row about its account says so"
RULE_DAYS = "days and deltas of an open account are the transfers that take effect on the day"
RULE_OPEN_DAYS = "only open accounts have days and deltas, under their own community"
RULE_MONTHS = "a month of an open account is the sum of its days"
RULE_COHORTS = "what is left of a year on an account is the sum of its lots of that year"
RULE_CHECKPOINT = "a checkpoint is the balance on the last day of its period, where it has changed"

_MOVES = """FROM (SELECT t.entry_id, t.debit_id AS account_id, t.amount AS debits, 0 AS credits
      FROM ledger_transfer AS t WHERE 0 = 0 /* of t */
      UNION ALL
      SELECT t.entry_id, t.credit_id, 0, t.amount
      FROM ledger_transfer AS t WHERE 0 = 0 /* of t */) AS t
JOIN ledger_entry AS e ON e.id = t.entry_id
JOIN ledger_account AS a ON a.id = t.account_id
"""
_SUMS = f"""
WITH moved AS (
  SELECT t.account_id, MIN(a.kind) AS kind,
         CASE a.kind WHEN 'open' THEN e.effective_on END AS on_day,
         SUM(t.debits) AS debits, SUM(t.credits) AS credits
  {_MOVES}
  GROUP BY t.account_id, CASE a.kind WHEN 'open' THEN e.effective_on END
), held AS (
  SELECT h.account_id, SUM(h.amount) AS amount
  FROM ledger_hold AS h LEFT JOIN ledger_hold_end AS x ON x.hold_id = h.id
  WHERE x.hold_id IS NULL GROUP BY h.account_id
), balances AS (
  SELECT a.id AS account_id, a.code, a.community_id, a.kind, a.floor AS floor_due,
         b.account_id AS row_id, b.posted, b.held, b.floor, b.community_id AS has_community_id,
         CASE a.normal WHEN 'debit' THEN 1 ELSE -1 END * COALESCE(m.debits, 0) AS posted_due,
         COALESCE(h.amount, 0) AS held_due
  FROM ledger_account AS a
  LEFT JOIN (SELECT account_id, SUM(debits - credits) AS debits FROM moved GROUP BY account_id)
    AS m ON m.account_id = a.id
  LEFT JOIN held AS h ON h.account_id = a.id
  LEFT JOIN ledger_balance AS b ON b.account_id = a.id
  WHERE 0 = 0 /* of a */
), kept AS (
  SELECT account_id, on_day, SUM(debits) AS debits, SUM(credits) AS credits
  FROM (SELECT account_id, on_day, debits, credits FROM ledger_day
        UNION ALL SELECT account_id, on_day, debits, credits FROM ledger_delta) AS stored
  GROUP BY account_id, on_day
), days AS (
  SELECT account_id, on_day, SUM(is_debits) AS is_debits, SUM(is_credits) AS is_credits,
         SUM(debits) AS debits, SUM(credits) AS credits
  FROM (SELECT account_id, on_day, 0 AS is_debits, 0 AS is_credits, debits, credits FROM moved
          WHERE kind = 'open'
        UNION ALL SELECT k.account_id, k.on_day, k.debits, k.credits, 0, 0 FROM kept AS k
          JOIN ledger_account AS a ON a.id = k.account_id AND a.kind = 'open' /* of a */) AS both_
  GROUP BY account_id, on_day
)
SELECT 'balance' AS kind, community_id, account_id, code, NULL AS on_day, row_id, kind AS of_kind,
       floor, floor_due, has_community_id, held, held_due, posted AS is_1, posted_due AS due_1,
       NULL AS is_2, NULL AS due_2
FROM balances WHERE CASE kind WHEN 'open' THEN row_id IS NOT NULL ELSE
  row_id IS NULL OR posted <> posted_due OR held <> held_due OR floor <> floor_due
  OR has_community_id <> community_id OR posted_due - held_due < floor_due END
UNION ALL
SELECT 'day', a.community_id, a.id, a.code, d.on_day, NULL, a.kind, NULL, NULL, NULL, NULL, NULL,
       d.is_debits, d.debits, d.is_credits, d.credits
FROM days AS d JOIN ledger_account AS a ON a.id = d.account_id
WHERE d.is_debits <> d.debits OR d.is_credits <> d.credits
"""  # noqa: S608 - our own pieces of SQL
_CHECKPOINTS = f"""
WITH closed AS (
  SELECT t.account_id, p.through_on, SUM(t.debits - t.credits) AS debits
  {_MOVES}
  JOIN (SELECT p.book_id, p.through_on, COALESCE(q.through_on, '0001-01-01') AS after_on
        FROM ledger_period AS p LEFT JOIN ledger_period AS q
          ON q.book_id = p.book_id AND q.number = p.number - 1) AS p
    ON p.book_id = e.book_id AND p.after_on < e.effective_on AND e.effective_on <= p.through_on
  GROUP BY t.account_id, p.through_on
), grown AS (
  SELECT account_id, through_on, debits AS change,
         SUM(debits) OVER (PARTITION BY account_id ORDER BY through_on) AS debits
  FROM closed
), checkpoints AS (
  SELECT account_id, through_on, SUM(stored) AS stored, SUM(is_posted) AS is_posted,
         SUM(due) AS due, SUM(posted) AS posted
  FROM (SELECT g.account_id, g.through_on, 0 AS stored, 0 AS is_posted, 1 AS due,
               CASE a.normal WHEN 'debit' THEN g.debits ELSE -g.debits END AS posted
        FROM grown AS g JOIN ledger_account AS a ON a.id = g.account_id WHERE g.change <> 0
        UNION ALL
        SELECT k.account_id, k.through_on, 1, k.posted, 0, 0 FROM ledger_checkpoint AS k
          JOIN ledger_account AS a ON a.id = k.account_id /* of a */) AS both_
  GROUP BY account_id, through_on
)
SELECT a.community_id, k.account_id, a.code, k.through_on AS on_day, k.is_posted AS is_1,
       k.posted AS due_1, k.stored AS is_2, k.due AS due_2
FROM checkpoints AS k JOIN ledger_account AS a ON a.id = k.account_id
WHERE k.stored <> k.due OR k.is_posted <> k.posted
"""  # noqa: S608 - our own pieces of SQL

STRAY_DAYS = Check(
    "ledger_day",
    RULE_OPEN_DAYS,
    "account_id {account_id}, on_day {on_day}",
    "a day of a {kind} account, community {has_community_id}",
    "an open account's, community {community_id}",
    """
SELECT d.account_id, d.on_day, COALESCE(a.kind, 'missing') AS kind, a.community_id,
       d.has_community_id
FROM (SELECT account_id, on_day, NULL AS has_community_id FROM ledger_day
      UNION ALL SELECT account_id, on_day, community_id FROM ledger_delta) AS d
LEFT JOIN ledger_account AS a ON a.id = d.account_id
WHERE (a.id IS NULL OR a.kind <> 'open' OR d.has_community_id <> a.community_id) /* of a */
""",
)
STRAY_BALANCES = Check(
    "ledger_balance",
    RULE_BOUNDED,
    "account_id {account_id}",
    "a row",
    "no row without an account",
    """
SELECT b.account_id, b.community_id FROM ledger_balance AS b
LEFT JOIN ledger_account AS a ON a.id = b.account_id WHERE a.id IS NULL /* of b */
""",
)

MONTHS = Check(
    "ledger_month",
    RULE_MONTHS,
    "account_id {account_id} ({code}), month_on {month_on}",
    "debits {is_debits}, credits {is_credits}",
    "debits {debits}, credits {credits}",
    """
SELECT k.account_id, COALESCE(MIN(a.code), 'missing') AS code, MIN(a.community_id) AS community_id,
       k.month_on, SUM(k.is_debits) AS is_debits, SUM(k.is_credits) AS is_credits,
       SUM(k.debits) AS debits, SUM(k.credits) AS credits
FROM (SELECT account_id, month_on, debits AS is_debits, credits AS is_credits, 0 AS debits,
             0 AS credits FROM ledger_month
      UNION ALL
      SELECT account_id, month_of(on_day), 0, 0, SUM(debits), SUM(credits) FROM ledger_day
      GROUP BY account_id, month_of(on_day)) AS k
LEFT JOIN ledger_account AS a ON a.id = k.account_id WHERE 0 = 0 /* of a */
GROUP BY k.account_id, k.month_on
HAVING SUM(k.is_debits) <> SUM(k.debits) OR SUM(k.is_credits) <> SUM(k.credits)
""",
)
COHORTS = Check(
    "ledger_cohort",
    RULE_COHORTS,
    "account_id {account_id} ({code}), year {year}",
    "{is_left}",
    "{left_due}",
    """
SELECT k.account_id, COALESCE(MIN(a.code), 'missing') AS code, MIN(a.community_id) AS community_id,
       k.year, SUM(k.is_left) AS is_left, SUM(k.left_due) AS left_due
FROM (SELECT account_id, year, remaining AS is_left, 0 AS left_due FROM ledger_cohort
      UNION ALL
      SELECT account_id, year_of(earned_on), 0, SUM(remaining) FROM ledger_lot
      WHERE remaining <> 0 GROUP BY account_id, year_of(earned_on)) AS k
LEFT JOIN ledger_account AS a ON a.id = k.account_id WHERE 0 = 0 /* of a */
GROUP BY k.account_id, k.year HAVING SUM(k.is_left) <> SUM(k.left_due)
""",
)
KEPT = (MONTHS, COHORTS)

# Only balances that are frozen, or were once, can be wrong here.
FROZEN = Check(
    "ledger_balance",
    RULE_FROZEN,
    "account_id {account_id} ({code})",
    "frozen {frozen}",
    "frozen {due}",
    f"""
SELECT b.account_id, a.code, a.community_id, b.frozen,
       {LATEST.format(account_id="b.account_id")} AS due
FROM ledger_balance AS b JOIN ledger_account AS a ON a.id = b.account_id
WHERE (b.frozen <> 0 OR b.account_id IN (SELECT account_id FROM ledger_freeze))
  AND b.frozen <> {LATEST.format(account_id="b.account_id")} /* of a */
""",  # noqa: S608 - our own pieces of SQL
)


def findings(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield balances and days that do not follow from the transfers."""
    told = {"balance": _balance, "day": _day}
    for row in rows(session, _SUMS, community_id):
        yield from told[row["kind"]](row, f"account_id {row['account_id']} ({row['code']})")


def of_checkpoints(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield checkpoints that do not follow from the transfers of closed periods."""
    for row in rows(session, _CHECKPOINTS, community_id):
        yield from _checkpoint(row, f"account_id {row['account_id']} ({row['code']})")


def strays(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield days and balances that no account has, what is frozen without a word, or not.

    And sums of months that are not those of their days.
    """
    for check in (STRAY_DAYS, STRAY_BALANCES, FROZEN, MONTHS):
        yield from check.findings(session, community_id)


def cohorts(session: Session, community_id: int | None) -> Iterator[Finding]:
    """Yield sums of years that are not what is left of their lots."""
    yield from COHORTS.findings(session, community_id)


def wrong_accounts(session: Session, community_id: int | None) -> set[int]:
    """Return the accounts whose balance or days disagree."""
    wrong = {int(row["account_id"]) for row in rows(session, _SUMS, community_id, limit=None)}
    others = (STRAY_DAYS.sql, FROZEN.sql, *(check.sql for check in KEPT))
    return wrong | {row["account_id"] for sql in others for row in rows(session, sql, community_id)}


def _balance(row: Row, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a balance."""
    of = row["community_id"]
    if row["of_kind"] == "open" or row["row_id"] is None:
        is_value, due = ("a row", "no row") if row["of_kind"] == "open" else ("no row", "a row")
        yield Finding("ledger_balance", name, is_value, due, RULE_BOUNDED, of)
        return
    for column, is_value, due, rule in (
        ("posted", row["is_1"], row["due_1"], RULE_POSTED),
        ("held", row["held"], row["held_due"], RULE_HELD),
        ("floor", row["floor"], row["floor_due"], RULE_FLOOR),
        ("community_id", row["has_community_id"], of, RULE_FLOOR),
    ):
        if is_value != due:
            told = f"{column} {is_value}", f"{column} {due}"
            yield Finding("ledger_balance", name, *told, rule, of)
    available = row["due_1"] - row["held_due"]
    if available < row["floor_due"]:
        told = f"available {available}", f"at least {row['floor_due']}"
        yield Finding("ledger_account", name, *told, RULE_BELOW, of)


def _day(row: Row, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a day."""
    is_value = f"debits {row['is_1']}, credits {row['is_2']}"
    due = f"debits {row['due_1']}, credits {row['due_2']}"
    name = f"{name}, on_day {row['on_day']}"
    yield Finding("ledger_day", name, is_value, due, RULE_DAYS, row["community_id"])


def _checkpoint(row: Row, name: str) -> Iterator[Finding]:
    """Yield what is wrong with a checkpoint."""
    is_value = f"posted {row['is_1']}" if row["is_2"] else "no row"
    due = f"posted {row['due_1']}" if row["due_2"] else "no row"
    name = f"{name}, through_on {row['on_day']}"
    of = row["community_id"]
    yield Finding("ledger_checkpoint", name, is_value, due, RULE_CHECKPOINT, of)
