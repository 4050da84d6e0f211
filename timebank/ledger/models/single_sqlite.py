"""SQLite's seal of an entry that moves one amount and refers to nothing, as most entries do.

Triggers have no variables: what the seal must know of the line, its accounts and their balances
is read once and handed to a view, whose triggers ask and write what ``triggers_sqlite`` does in as
many looks at the same rows. A line that takes from lots does so as any other entry.

``changes()`` counts the rows of the step before: where a conflict clause of the caller had a step
left out, it is zero.
"""

from timebank.ledger.models.lots_sqlite import LOT_STEPS
from timebank.ledger.rules.values import BALANCE_MOST

# Which entries are sealed here.
IS_SINGLE = """NEW.lines = 1 AND NEW.reverses_id IS NULL AND NEW.hold_id IS NULL
  AND NEW.lots_on IS NULL AND NEW.debt_account_id IS NULL"""
# What is asked of every entry, however it is sealed.
BORN = """\
  SELECT RAISE(ABORT, 'ledger_number') WHERE NEW.number <> 1
    AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE number = NEW.number - 1);
  SELECT RAISE(ABORT, 'ledger_born_erased') WHERE length(NEW.salt) = 0;
"""
_SIDES = ("debit", "credit")
_OF_SIDE = ("net", "lots", "posted", "held", "floor", "frozen")
_COLUMNS = (
    *("entry_id", "on_day", "amount", "is_whole"),
    *(f"{side}_id" for side in _SIDES),
    *(f"{side}_{one}" for side in _SIDES for one in _OF_SIDE),
)

_MOVE = f"""
CREATE VIEW ledger_move AS
SELECT {", ".join(f"NULL AS {one}" for one in _COLUMNS)} WHERE 0
"""


def _of_side(side: str) -> str:
    """Return what is known of the account on a side; its net is empty where it has no balance."""
    return f"""
         CASE WHEN {side}.kind = 'bounded'
           THEN CASE {side}.normal WHEN '{side}' THEN t.amount ELSE -t.amount END END,
         {side}.restriction IS NOT NULL,
         {side}_balance.posted, {side}_balance.held, {side}_balance.floor, {side}_balance.frozen"""


# Not joined but asked of what is on the left: whatever is missing is told. Of two lines one is none
# of one, for no two of an entry have the same place.
_SEAL = f"""
CREATE TRIGGER ledger_entry_seal_single AFTER INSERT ON ledger_entry WHEN {IS_SINGLE}
BEGIN
{BORN}  INSERT INTO ledger_move ({", ".join(_COLUMNS)})
  SELECT NEW.id, NEW.effective_on, t.amount,
         t.lines = 1 AND t.asset = NEW.asset AND t.book_id = NEW.book_id
           AND t.community_id = NEW.community_id
           AND debit.book_id = NEW.book_id AND debit.asset = NEW.asset
           AND credit.book_id = NEW.book_id AND credit.asset = NEW.asset,
         t.debit_id, t.credit_id,{_of_side("debit")},{_of_side("credit")}
  FROM (SELECT 1) LEFT JOIN ledger_transfer AS t ON t.entry_id = NEW.id
  LEFT JOIN ledger_account AS debit ON debit.id = t.debit_id
  LEFT JOIN ledger_account AS credit ON credit.id = t.credit_id
  LEFT JOIN ledger_balance AS debit_balance ON debit_balance.account_id = t.debit_id
  LEFT JOIN ledger_balance AS credit_balance ON credit_balance.account_id = t.credit_id;
END
"""


def _either(rule: str) -> str:
    """Return a rule about an account with a balance as asked of both."""
    return " OR ".join(
        f"(NEW.{side}_net IS NOT NULL AND ({rule.format(side=f'NEW.{side}')}))" for side in _SIDES
    )


_REFUSALS = f"""
  SELECT CASE
    WHEN NEW.is_whole IS NOT 1 THEN RAISE(ABORT, 'ledger_lines')
    WHEN {_either("{side}_frozen <> 0")} THEN RAISE(ABORT, 'ledger_frozen')
    WHEN {
    _either(
        "{side}_posted IS NULL OR {side}_posted + {side}_net - {side}_held < {side}_floor"
        f" OR {{side}}_posted + {{side}}_net > {BALANCE_MOST}"
    )
} THEN RAISE(ABORT, 'ledger_floor') END;
"""


def _sum(table: str, column: str, first_day: str, side: str) -> str:
    """Return the statements that add to an open account's row of a day or month."""
    other = "credit" if side == "debit" else "debit"
    row = f"account_id = NEW.{side}_id AND {column} = {first_day}"
    return f"""
  UPDATE {table} SET {side}s = {side}s + NEW.amount WHERE {row};
  INSERT INTO {table} (account_id, {column}, {side}s, {other}s)
    SELECT NEW.{side}_id, {first_day}, NEW.amount, 0 WHERE changes() = 0;"""


def _write_bounded(side: str) -> str:
    """Return the statement that moves the balance of the account on a side, if it has one."""
    return f"""
  UPDATE ledger_balance SET posted = posted + NEW.{side}_net
    WHERE NEW.{side}_net IS NOT NULL AND account_id = NEW.{side}_id;"""


def _write_open(side: str) -> str:
    """Return the trigger that adds to day and month of the account on a side, if it is open."""
    day, month = "NEW.on_day", "substr(NEW.on_day, 1, 8) || '01'"
    return f"""
CREATE TRIGGER ledger_move_open_{side} INSTEAD OF INSERT ON ledger_move
WHEN NEW.{side}_net IS NULL
BEGIN{_sum("ledger_day", "on_day", day, side)}{_sum("ledger_month", "month_on", month, side)}
END
"""


_YEAR = "CAST(substr(NEW.on_day, 1, 4) AS integer)"
_COHORT = f"account_id = NEW.credit_id AND year = {_YEAR}"
_BRING = f"""
CREATE TRIGGER ledger_move_bring INSTEAD OF INSERT ON ledger_move
WHEN NEW.credit_lots AND NOT NEW.debit_lots
BEGIN
  INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)
    VALUES (NEW.credit_id, NEW.entry_id, NEW.on_day, NEW.amount, NEW.amount);
  SELECT RAISE(ABORT, 'ledger_lots_short') WHERE changes() <> 1
    OR EXISTS (SELECT 1 FROM ledger_lot_use WHERE entry_id = NEW.entry_id);
  UPDATE ledger_cohort SET remaining = remaining + NEW.amount WHERE {_COHORT};
  INSERT INTO ledger_cohort (account_id, year, remaining)
    SELECT NEW.credit_id, {_YEAR}, NEW.amount WHERE changes() = 0;
END
"""
_TAKE = f"""
CREATE TRIGGER ledger_move_take INSTEAD OF INSERT ON ledger_move WHEN NEW.debit_lots
BEGIN
  {"; ".join(LOT_STEPS).replace(":entry_id", "NEW.entry_id")};
END
"""

_MAKE = f"""
CREATE TRIGGER ledger_move_make INSTEAD OF INSERT ON ledger_move
BEGIN{_REFUSALS}{"".join(_write_bounded(side) for side in _SIDES)}
END
"""

# SQLite runs the trigger made last first: the refusals, before anything is written. What does not
# concern an entry is left out by a trigger's condition, which costs less than a statement in vain.
STATEMENTS = (
    _MOVE,
    *(_BRING, _TAKE),
    *(_write_open(side) for side in _SIDES),
    _MAKE,
    _SEAL,
)
