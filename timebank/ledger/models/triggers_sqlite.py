"""SQLite's guard of the books: sealing, lots, holds, and nothing sealed ever changes.

RAISE(ABORT) is what no ``OR IGNORE`` or ``OR REPLACE`` of the calling statement can soften, so
every rule is asked in words before a constraint could be skipped. SQLite cannot tell who writes a
balance, a lot or a day; there the proof of the books finds it.
"""

from collections.abc import Iterable

from timebank.ledger.models import closing_sqlite, freezes, hold_erasures, single_sqlite
from timebank.ledger.models.lots_sqlite import LOT_STEPS, MOVES_LOTS
from timebank.ledger.models.single_sqlite import BORN, IS_SINGLE
from timebank.ledger.rules.values import BALANCE_MOST

# What the lines of a sealed entry bring onto each account, by side.
_SUMS = """
SELECT account_id, SUM(debit) AS debit, SUM(credit) AS credit FROM (
  SELECT debit_id AS account_id, amount AS debit, 0 AS credit FROM ledger_transfer
    WHERE entry_id = NEW.id
  UNION ALL
  SELECT credit_id, 0, amount FROM ledger_transfer WHERE entry_id = NEW.id) GROUP BY account_id
"""
# What a sealed entry does to bounded accounts, on each account's normal side.
_NET = f"""
SELECT a.id AS account_id,
       CASE a.normal WHEN 'debit' THEN m.debit - m.credit ELSE m.credit - m.debit END AS net
FROM ({_SUMS}) AS m JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
"""

_ENTRY_ONCE = """
CREATE TRIGGER ledger_entry_once BEFORE INSERT ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)
      OR EXISTS (SELECT 1 FROM ledger_entry WHERE number = NEW.number);
  SELECT RAISE(ABORT, 'ledger_entry.reverses_id') WHERE NEW.reverses_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_entry WHERE reverses_id = NEW.reverses_id);
  SELECT RAISE(ABORT, 'ledger_hold_resolved') WHERE NEW.hold_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_hold_end WHERE hold_id = NEW.hold_id);
  SELECT RAISE(ABORT, 'ledger_period_closed') WHERE EXISTS
    (SELECT 1 FROM ledger_period WHERE book_id = NEW.book_id AND through_on >= NEW.effective_on);
END
"""

_LEFT = """
SELECT account_id, SUM(debits) AS rest,
       SUM(CASE WHEN entry_id = NEW.reverses_id THEN debits ELSE 0 END) AS first
FROM (SELECT entry_id, debit_id AS account_id, amount AS debits FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)
      UNION ALL
      SELECT entry_id, credit_id, -amount FROM ledger_transfer
        WHERE entry_id IN (NEW.id, NEW.reverses_id)) GROUP BY account_id
"""

_ENTRY_SEAL = f"""
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry WHEN NOT ({IS_SINGLE})
BEGIN
{BORN}  SELECT RAISE(ABORT, 'ledger_lines')
    WHERE (SELECT COUNT(*) FROM ledger_transfer AS t
           JOIN ledger_account AS d
             ON d.id = t.debit_id AND d.book_id = t.book_id AND d.asset = t.asset
           JOIN ledger_account AS c
             ON c.id = t.credit_id AND c.book_id = t.book_id AND c.asset = t.asset
           WHERE t.entry_id = NEW.id AND t.lines = NEW.lines AND t.asset = NEW.asset
             AND t.book_id = NEW.book_id AND t.community_id = NEW.community_id) <> NEW.lines
    OR (SELECT COUNT(*) FROM ledger_transfer WHERE entry_id = NEW.id) <> NEW.lines;
  SELECT RAISE(ABORT, 'ledger_reversal_reversed') WHERE NEW.reverses_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.reverses_id
     AND (reverses_id IS NOT NULL OR book_id <> NEW.book_id));
  SELECT RAISE(ABORT, 'ledger_reversal_debt') WHERE NEW.debt_account_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM ledger_account WHERE id = NEW.debt_account_id AND book_id = NEW.book_id
     AND asset = NEW.asset AND kind = 'open');
  SELECT RAISE(ABORT, 'ledger_reversal_unequal') WHERE NEW.reverses_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM ({_LEFT}) AS v
    JOIN ledger_account AS a ON a.id = v.account_id
    WHERE CASE
      WHEN v.account_id = NEW.debt_account_id THEN v.first <> 0
      WHEN NEW.debt_account_id IS NULL OR a.kind = 'open' THEN v.rest <> 0
      WHEN a.normal = 'debit' THEN v.rest NOT BETWEEN 0 AND MAX(v.first, 0)
      ELSE v.rest NOT BETWEEN MIN(v.first, 0) AND 0 END);
  INSERT INTO ledger_hold_end (hold_id, community_id, outcome, entry_id, reason, ended_at,
                               actor_user_id, actor_name, seal)
    SELECT NEW.hold_id, NEW.community_id, 'captured', NEW.id, '', NEW.recorded_at,
           NEW.actor_user_id, '', NEW.seal WHERE NEW.hold_id IS NOT NULL;
  SELECT RAISE(ABORT, 'ledger_hold_exceeded') WHERE NEW.hold_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ledger_hold AS h LEFT JOIN ({_NET}) AS v ON v.account_id = h.account_id
     WHERE h.id = NEW.hold_id AND COALESCE(v.net, 0) NOT BETWEEN -h.amount AND -1);
  SELECT RAISE(ABORT, 'ledger_frozen') WHERE EXISTS
    (SELECT 1 FROM ({_NET}) AS v JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.frozen <> 0);
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM ({_NET}) AS v LEFT JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.account_id IS NULL OR b.posted + v.net - b.held < b.floor
       OR b.posted + v.net > {BALANCE_MOST});
  UPDATE ledger_balance SET posted = posted + v.net FROM ({_NET}) AS v
    WHERE ledger_balance.account_id = v.account_id;
  SELECT RAISE(ABORT, 'ledger_reversal_unspent') WHERE NEW.debt_account_id IS NOT NULL AND EXISTS
    (SELECT 1 FROM ({_LEFT}) AS v JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE v.rest <> 0 AND b.posted - b.held > b.floor);
  INSERT INTO ledger_day (account_id, on_day, debits, credits)
    SELECT a.id, NEW.effective_on, 0, 0 FROM ({_SUMS}) AS m
    JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'open'
    WHERE NOT EXISTS (SELECT 1 FROM ledger_day AS y
                      WHERE y.account_id = a.id AND y.on_day = NEW.effective_on);
  UPDATE ledger_day SET debits = debits + v.debit, credits = credits + v.credit
    FROM ({_SUMS}) AS v
    WHERE ledger_day.account_id = v.account_id AND ledger_day.on_day = NEW.effective_on;
  INSERT INTO ledger_month (account_id, month_on, debits, credits)
    SELECT a.id, date(NEW.effective_on, 'start of month'), 0, 0 FROM ({_SUMS}) AS m
    JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'open'
    WHERE NOT EXISTS (SELECT 1 FROM ledger_month AS y WHERE y.account_id = a.id
                      AND y.month_on = date(NEW.effective_on, 'start of month'));
  UPDATE ledger_month SET debits = debits + v.debit, credits = credits + v.credit
    FROM ({_SUMS}) AS v WHERE ledger_month.account_id = v.account_id
    AND ledger_month.month_on = date(NEW.effective_on, 'start of month');
END
"""

_ENTRY_LOTS = f"""
CREATE TRIGGER ledger_entry_lots AFTER INSERT ON ledger_entry
WHEN NOT ({IS_SINGLE})
  AND (NEW.lots_on IS NOT NULL OR {MOVES_LOTS.replace(":entry_id", "NEW.id")})
BEGIN
  {"; ".join(LOT_STEPS).replace(":entry_id", "NEW.id")};
END
"""

# Old and new are compared: ``UPDATE OF number`` would not see a change of ``rowid``.
_FACTS = (
    *("number", "id", "community_id", "book_id", "asset", "lines", "kind", "effective_on"),
    *("lots_on", "recorded_at", "actor_user_id", "reverses_id", "hold_id", "debt_account_id"),
    *("words_hash", "seal"),
)
_ENTRY_KEPT = f"""
CREATE TRIGGER ledger_entry_kept BEFORE UPDATE ON ledger_entry
WHEN length(OLD.salt) = 0 OR NOT EXISTS (SELECT 1 FROM ledger_erasure WHERE entry_id = OLD.id)
  OR NEW.actor_name <> '' OR NEW.memo <> '' OR NEW.document <> '' OR NEW.reason <> ''
  OR length(NEW.salt) <> 0
  OR {" OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _FACTS)}
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
"""
_ERASE = """
CREATE TRIGGER ledger_erasure_erase AFTER INSERT ON ledger_erasure
BEGIN
  SELECT RAISE(ABORT, 'ledger_erasure_astray') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id AND community_id = NEW.community_id);
  UPDATE ledger_entry SET actor_name = '', memo = '', document = '', reason = '', salt = x''
    WHERE id = NEW.entry_id;
END
"""

_TRANSFER_ONCE = """
CREATE TRIGGER ledger_transfer_once BEFORE INSERT ON ledger_transfer
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry_sealed')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id);
  SELECT RAISE(ABORT, 'ledger_transfer_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_transfer WHERE id = NEW.id) OR EXISTS
      (SELECT 1 FROM ledger_transfer WHERE entry_id = NEW.entry_id AND line = NEW.line);
END
"""

# What the statements are read by is what the database gave, one after the other.
_TRANSFER_NEXT = """
CREATE TRIGGER ledger_transfer_next AFTER INSERT ON ledger_transfer
WHEN NEW.id <> 1 AND NOT EXISTS (SELECT 1 FROM ledger_transfer WHERE id = NEW.id - 1)
BEGIN SELECT RAISE(ABORT, 'ledger_number'); END
"""

_ACCOUNT_BALANCE = """
CREATE TRIGGER ledger_account_balance AFTER INSERT ON ledger_account WHEN NEW.kind = 'bounded'
BEGIN
  INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)
  VALUES (NEW.id, NEW.community_id, 0, 0, NEW.floor);
END
"""

_BALANCE_START = """
CREATE TRIGGER ledger_balance_start BEFORE INSERT ON ledger_balance
BEGIN
  SELECT RAISE(ABORT, 'ledger_balance_not_zero') WHERE NEW.posted <> 0 OR NEW.held <> 0
    OR NEW.frozen <> 0
    OR NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND floor = NEW.floor);
  SELECT RAISE(ABORT, 'ledger_balance_exists')
    WHERE EXISTS (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id);
END
"""

_HOLD_TAKE = """
CREATE TRIGGER ledger_hold_take AFTER INSERT ON ledger_hold
BEGIN
  SELECT RAISE(ABORT, 'ledger_hold_unbounded')
    WHERE NOT EXISTS (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id
                      AND community_id = NEW.community_id);
  SELECT RAISE(ABORT, 'ledger_frozen') WHERE EXISTS
    (SELECT 1 FROM ledger_balance WHERE account_id = NEW.account_id AND frozen <> 0);
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM ledger_balance
     WHERE account_id = NEW.account_id AND posted - held - NEW.amount < floor);
  UPDATE ledger_balance SET held = held + NEW.amount WHERE account_id = NEW.account_id;
END
"""

_HOLD_END_ONCE = """
CREATE TRIGGER ledger_hold_end_once BEFORE INSERT ON ledger_hold_end
BEGIN
  SELECT RAISE(ABORT, 'ledger_hold_resolved')
    WHERE EXISTS (SELECT 1 FROM ledger_hold_end
                  WHERE hold_id = NEW.hold_id OR rowid = NEW.rowid);
  SELECT RAISE(ABORT, 'ledger_hold_missing') WHERE NOT EXISTS
    (SELECT 1 FROM ledger_hold WHERE id = NEW.hold_id AND community_id = NEW.community_id);
  SELECT RAISE(ABORT, 'ledger_entry_sealed') WHERE NEW.outcome = 'captured' AND NOT EXISTS
    (SELECT 1 FROM ledger_entry
     WHERE id = NEW.entry_id AND hold_id = NEW.hold_id AND seal = NEW.seal);
  SELECT RAISE(ABORT, 'ledger_hold_expired') WHERE NEW.outcome = 'captured' AND EXISTS
    (SELECT 1 FROM ledger_hold WHERE id = NEW.hold_id AND expires_at <= NEW.ended_at);
  SELECT RAISE(ABORT, 'ledger_hold_not_due') WHERE NEW.outcome = 'expired' AND NOT EXISTS
    (SELECT 1 FROM ledger_hold WHERE id = NEW.hold_id AND expires_at <= NEW.ended_at);
END
"""

_HOLD_END_FREE = """
CREATE TRIGGER ledger_hold_end_free AFTER INSERT ON ledger_hold_end
BEGIN
  UPDATE ledger_balance SET held = held - h.amount FROM ledger_hold AS h
    WHERE h.id = NEW.hold_id AND ledger_balance.account_id = h.account_id;
END
"""

_BALANCE_KEY = """
CREATE TRIGGER ledger_balance_key BEFORE UPDATE OF account_id, community_id ON ledger_balance
WHEN NEW.account_id <> OLD.account_id OR NOT EXISTS (SELECT 1 FROM ledger_account
  WHERE id = NEW.account_id AND community_id = NEW.community_id)
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
"""
_BALANCE_KEPT = """
CREATE TRIGGER ledger_balance_no_delete BEFORE DELETE ON ledger_balance
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE id = OLD.account_id AND kind = 'bounded')
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
"""
# A floor may only become what its account says: the rebuild sets it right.
_BALANCE_FLOOR = """
CREATE TRIGGER ledger_balance_floor BEFORE UPDATE OF floor ON ledger_balance
WHEN NOT EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.account_id AND floor = NEW.floor)
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
"""

# One entry in one statement: whatever is refused takes the entry's transfers back with it.
_POSTING = """
CREATE VIEW ledger_posting AS
SELECT id, community_id, book_id, asset, lines, kind, effective_on, lots_on, recorded_at,
  actor_user_id,
  reverses_id, hold_id, debt_account_id, actor_name, memo, document, reason, salt, words_hash, seal,
  '[]' AS transfers FROM ledger_entry WHERE 0
"""
# SQLite runs the one that is made last first. One line, as most entries have it, is read as it
# stands.
_POST = """
CREATE TRIGGER ledger_posting_post INSTEAD OF INSERT ON ledger_posting
BEGIN
  INSERT INTO ledger_entry (id, community_id, book_id, asset, lines, kind, effective_on,
                            lots_on, recorded_at, actor_user_id, reverses_id, hold_id,
                            debt_account_id, actor_name, memo, document, reason, salt, words_hash,
                            seal)
    VALUES (NEW.id, NEW.community_id, NEW.book_id, NEW.asset, NEW.lines, NEW.kind,
            NEW.effective_on, NEW.lots_on, NEW.recorded_at, NEW.actor_user_id, NEW.reverses_id,
            NEW.hold_id, NEW.debt_account_id, NEW.actor_name, NEW.memo, NEW.document, NEW.reason,
            NEW.salt, NEW.words_hash, NEW.seal);
END
"""
_POST_LINE = """
CREATE TRIGGER ledger_posting_line INSTEAD OF INSERT ON ledger_posting WHEN NEW.lines = 1
BEGIN
  SELECT RAISE(ABORT, 'ledger_lines') WHERE json_array_length(NEW.transfers) IS NOT 1;
  INSERT INTO ledger_transfer (community_id, book_id, entry_id, line, lines, asset, debit_id,
                               credit_id, amount)
    VALUES (NEW.community_id, NEW.book_id, NEW.id, 1, 1, NEW.asset,
            json_extract(NEW.transfers, '$[0][0]'), json_extract(NEW.transfers, '$[0][1]'),
            json_extract(NEW.transfers, '$[0][2]'));
END
"""
_POST_LINES = """
CREATE TRIGGER ledger_posting_lines INSTEAD OF INSERT ON ledger_posting WHEN NEW.lines IS NOT 1
BEGIN
  SELECT RAISE(ABORT, 'ledger_lines') WHERE json_array_length(NEW.transfers) IS NOT NEW.lines;
  INSERT INTO ledger_transfer (community_id, book_id, entry_id, line, lines, asset, debit_id,
                               credit_id, amount)
    SELECT NEW.community_id, NEW.book_id, NEW.id, key + 1, NEW.lines, NEW.asset,
           json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]')
    FROM json_each(NEW.transfers);
END
"""


def once(table: str, *keys: str) -> str:
    """Return the trigger that refuses to insert over a row, which OR REPLACE would do.

    A key is a column or columns joined by a comma.
    """
    same = " OR ".join(
        "(" + " AND ".join(f"{column} = NEW.{column}" for column in key.split(", ")) + ")"
        for key in ("rowid", *keys)
    )
    return (
        f"CREATE TRIGGER {table}_once BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
        f"BEGIN SELECT RAISE(ABORT, '{table}_exists'); END"
    )


def _refuse(table: str, act: str) -> str:
    """Return the trigger that refuses an act on each row of a table."""
    return (
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END"
    )


def statements(sealed_tables: Iterable[str]) -> list[str]:
    """Return the statements in the order in which they are run."""
    # Their words may be erased; what keeps the rest of them is their own.
    worded = {"ledger_entry", *(table.name for table in hold_erasures.WORDS)}
    refusals = [
        _refuse(table, act)
        for table in [*sealed_tables, "ledger_checkpoint"]
        for act in ("UPDATE", "DELETE")
        if act != "UPDATE" or table not in worded
    ]
    return [
        *refusals,
        _BALANCE_KEPT,
        *(_ENTRY_KEPT, _ERASE, _BALANCE_KEY, _BALANCE_FLOOR),
        once("ledger_hold", "id"),
        once("ledger_book", "id", "community_id, code"),
        once("ledger_account", "id", "book_id, code"),
        once("ledger_freeze", "id"),
        freezes.SQLITE,
        # SQLite runs the trigger made last first: the seal, whose refusals say more, before lots.
        *(_ENTRY_LOTS, _ENTRY_SEAL, *single_sqlite.STATEMENTS, _ENTRY_ONCE),
        *(_TRANSFER_ONCE, _TRANSFER_NEXT, _BALANCE_START, _ACCOUNT_BALANCE),
        *(_HOLD_TAKE, _HOLD_END_ONCE, _HOLD_END_FREE),
        *(_POSTING, _POST, _POST_LINE, _POST_LINES),
        *closing_sqlite.TRIGGERS,
        *hold_erasures.SQLITE,
    ]
