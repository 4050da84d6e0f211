"""SQLite's guard of the books: sealing, holds, and nothing sealed ever changes.

RAISE(ABORT) is what no ``OR IGNORE`` or ``OR REPLACE`` of the calling statement can soften, so
every rule is asked in words before a constraint could be skipped.
"""

from collections.abc import Iterable

# What a sealed entry does to bounded accounts, on each account's normal side.
_NET = """
SELECT a.id AS account_id, SUM(CASE WHEN a.normal = m.side THEN m.amount ELSE -m.amount END) AS net
FROM (SELECT debit_id AS account_id, 'debit' AS side, amount FROM ledger_transfer
        WHERE entry_id = NEW.id
      UNION ALL
      SELECT credit_id, 'credit', amount FROM ledger_transfer WHERE entry_id = NEW.id) AS m
JOIN ledger_account AS a ON a.id = m.account_id AND a.kind = 'bounded'
GROUP BY a.id
"""

_ENTRY_ONCE = """
CREATE TRIGGER ledger_entry_once BEFORE INSERT ON ledger_entry
WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id OR number = NEW.number
             OR (NEW.reverses_id IS NOT NULL AND reverses_id = NEW.reverses_id))
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry.reverses_id') WHERE EXISTS
    (SELECT 1 FROM ledger_entry WHERE reverses_id = NEW.reverses_id AND id <> NEW.id);
  SELECT RAISE(ABORT, 'ledger_entry_exists');
END
"""

_ENTRY_SEAL = """
CREATE TRIGGER ledger_entry_seal AFTER INSERT ON ledger_entry
BEGIN
  SELECT RAISE(ABORT, 'ledger_line_count')
    WHERE (SELECT COUNT(*) FROM ledger_transfer WHERE entry_id = NEW.id) <> NEW.lines;
  SELECT RAISE(ABORT, 'ledger_lines_of_other_entry') WHERE EXISTS
    (SELECT 1 FROM ledger_transfer WHERE entry_id = NEW.id AND (lines <> NEW.lines
     OR book_id <> NEW.book_id OR community_id <> NEW.community_id));
  SELECT RAISE(ABORT, 'ledger_reversal_reversed') WHERE EXISTS
    (SELECT 1 FROM ledger_entry WHERE id = NEW.reverses_id
     AND (reverses_id IS NOT NULL OR book_id <> NEW.book_id));
  SELECT RAISE(ABORT, 'ledger_hold_exceeded') WHERE EXISTS
    (SELECT 1 FROM ledger_hold_end AS e JOIN ledger_hold AS h ON h.id = e.hold_id
     LEFT JOIN ({net}) AS v ON v.account_id = h.account_id
     WHERE e.entry_id = NEW.id AND COALESCE(v.net, 0) < -h.amount);
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM ({net}) AS v LEFT JOIN ledger_balance AS b ON b.account_id = v.account_id
     WHERE b.account_id IS NULL OR b.posted + v.net - b.held < b.floor);
  UPDATE ledger_balance SET posted = posted + v.net FROM ({net}) AS v
    WHERE ledger_balance.account_id = v.account_id;
END
"""

_TRANSFER_ONCE = """
CREATE TRIGGER ledger_transfer_once BEFORE INSERT ON ledger_transfer
BEGIN
  SELECT RAISE(ABORT, 'ledger_entry_sealed')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id);
  SELECT RAISE(ABORT, 'ledger_transfer_exists') WHERE EXISTS
    (SELECT 1 FROM ledger_transfer
     WHERE id = NEW.id OR (entry_id = NEW.entry_id AND line = NEW.line));
END
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
  SELECT RAISE(ABORT, 'ledger_floor') WHERE EXISTS
    (SELECT 1 FROM ledger_balance
     WHERE account_id = NEW.account_id AND posted - held - NEW.amount < floor);
  UPDATE ledger_balance SET held = held + NEW.amount WHERE account_id = NEW.account_id;
END
"""

_BOOK_ONCE = """
CREATE TRIGGER ledger_book_once BEFORE INSERT ON ledger_book
WHEN EXISTS (SELECT 1 FROM ledger_book WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_book_exists'); END
"""

_ACCOUNT_ONCE = """
CREATE TRIGGER ledger_account_once BEFORE INSERT ON ledger_account
WHEN EXISTS (SELECT 1 FROM ledger_account WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_account_exists'); END
"""

_HOLD_ONCE = """
CREATE TRIGGER ledger_hold_once BEFORE INSERT ON ledger_hold
WHEN EXISTS (SELECT 1 FROM ledger_hold WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'ledger_hold_exists'); END
"""

_HOLD_END_ONCE = """
CREATE TRIGGER ledger_hold_end_once BEFORE INSERT ON ledger_hold_end
BEGIN
  SELECT RAISE(ABORT, 'ledger_hold_resolved')
    WHERE EXISTS (SELECT 1 FROM ledger_hold_end WHERE hold_id = NEW.hold_id);
  SELECT RAISE(ABORT, 'ledger_entry_captures_already') WHERE EXISTS
    (SELECT 1 FROM ledger_hold_end WHERE NEW.entry_id IS NOT NULL AND entry_id = NEW.entry_id);
  SELECT RAISE(ABORT, 'ledger_entry_sealed')
    WHERE EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id);
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
CREATE TRIGGER ledger_balance_key BEFORE UPDATE OF account_id, community_id, floor ON ledger_balance
BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END
"""


def _refuse(table: str, act: str) -> str:
    """Return the trigger that refuses an act on each row of a table."""
    return (
        f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
        "BEGIN SELECT RAISE(ABORT, 'ledger_immutable'); END"
    )


def statements(sealed_tables: Iterable[str]) -> list[str]:
    """Return the statements in the order in which they are run."""
    refusals = [_refuse(table, act) for table in sealed_tables for act in ("UPDATE", "DELETE")]
    return [
        *refusals,
        _refuse("ledger_balance", "DELETE"),
        _BALANCE_KEY,
        _HOLD_ONCE,
        _BOOK_ONCE,
        _ACCOUNT_ONCE,
        _ENTRY_ONCE,
        _ENTRY_SEAL.replace("{net}", _NET),
        _TRANSFER_ONCE,
        _BALANCE_START,
        _ACCOUNT_BALANCE,
        _HOLD_TAKE,
        _HOLD_END_ONCE,
        _HOLD_END_FREE,
    ]
