"""Single changes behind the books' back: the statement, and the row and rule that it must cost.

``NUMBER(n)`` stands for the id of entry n. Where the engines write something differently there
are marks: ``ZEROS`` for 32 zero bytes, ``SALT`` for 16, ``NONE`` for none.
"""

import re
from typing import NamedTuple

from timebank.ledger.verify import entries, links, periods, replay, seals, sums

_MARKS = {
    "sqlite": {"ZEROS": "zeroblob(32)", "NONE": "x''", "SALT": "zeroblob(16)"},
    "postgresql": {
        "ZEROS": "decode(repeat('00', 32), 'hex')",
        "NONE": "''::bytea",
        "SALT": "decode(repeat('00', 16), 'hex')",
    },
}
_UNKNOWN = "'00000000000000000000000000000000'"


class Corruption(NamedTuple):
    """A change, and what must be found."""

    sql: str
    table: str
    row: str
    rule: str

    def on(self, engine: str) -> str:
        """The statement for an engine."""
        sql = re.sub(
            r"NUMBER\((\d+)\)", r"(SELECT id FROM ledger_entry WHERE number = \1)", self.sql
        )
        for mark, value in _MARKS[engine].items():
            sql = sql.replace(mark, value)
        return sql


M1, M2, M3 = (f"account_id {at} (member:{at})" for at in (1, 2, 3))
_HOLD = "(SELECT h.id FROM ledger_hold AS h WHERE h.amount = {})"
_LOT = "(SELECT id FROM ledger_lot WHERE entry_id = NUMBER({}) AND account_id = 1)"
_YOUNGER = "(SELECT id FROM ledger_lot WHERE entry_id = NUMBER(9) AND account_id = 2)"
C = Corruption

BALANCES = {
    "posted": C(
        "UPDATE ledger_balance SET posted = posted + 1 WHERE account_id = 1",
        *("ledger_balance", M1, sums.RULE_POSTED),
    ),
    "held": C(
        "UPDATE ledger_balance SET held = held + 1 WHERE account_id = 1",
        *("ledger_balance", M1, sums.RULE_HELD),
    ),
    "a balance frozen by nobody": C(
        "UPDATE ledger_balance SET frozen = 1 WHERE account_id = 2",
        *("ledger_balance", M2, sums.RULE_FROZEN),
    ),
    "a floor": C(
        "UPDATE ledger_balance SET floor = -9 WHERE account_id = 2",
        *("ledger_balance", M2, sums.RULE_FLOOR),
    ),
    "a removed balance": C(
        "DELETE FROM ledger_balance WHERE account_id = 3",
        *("ledger_balance", M3, sums.RULE_BOUNDED),
    ),
    "a balance of an open account": C(
        "INSERT INTO ledger_balance (account_id, community_id, posted, held, floor)"
        " SELECT id, community_id, 0, 0, 0 FROM ledger_account WHERE code = 'issuance'",
        *("ledger_balance", "account_id 4 (issuance)", sums.RULE_BOUNDED),
    ),
}
DAYS = {
    "a removed delta or day": C(
        "DELETE FROM {days} WHERE account_id = 5",
        *("ledger_day", "account_id 5 (redeemed:1), on_day ", sums.RULE_DAYS),
    ),
    "debits of a day": C(
        "UPDATE {days} SET debits = debits + 1 WHERE account_id = 4",
        *("ledger_day", "account_id 4 (issuance), on_day ", sums.RULE_DAYS),
    ),
    "an invented day": C(
        "INSERT INTO ledger_day (account_id, on_day, debits, credits)"
        " VALUES (6, '2001-01-01', 3, 0)",
        *("ledger_day", "account_id 6 (debt:1), on_day 2001-01-01", sums.RULE_DAYS),
    ),
    "what moved, told of another day": C(
        "UPDATE {days} SET on_day = '2001-01-01' WHERE account_id = 6",
        *("ledger_day", "account_id 6 (debt:1), on_day 2001-01-01", sums.RULE_DAYS),
    ),
    "a day of a bounded account": C(
        "INSERT INTO ledger_day (account_id, on_day, debits, credits)"
        " VALUES (1, '2001-01-01', 3, 0)",
        *("ledger_day", "account_id 1, on_day 2001-01-01", sums.RULE_OPEN_DAYS),
    ),
}
KEPT = {
    "a sum of a year": C(
        "UPDATE ledger_cohort SET remaining = remaining + 1 WHERE account_id = 1",
        *("ledger_cohort", f"{M1}, year ", sums.RULE_COHORTS),
    ),
    "a removed sum of a year": C(
        "DELETE FROM ledger_cohort WHERE account_id = 1",
        *("ledger_cohort", f"{M1}, year ", sums.RULE_COHORTS),
    ),
    "an invented sum of a year": C(
        "INSERT INTO ledger_cohort (account_id, year, remaining) VALUES (2, 1999, 5)",
        *("ledger_cohort", f"{M2}, year 1999", sums.RULE_COHORTS),
    ),
    "an invented month": C(
        "INSERT INTO ledger_month (account_id, month_on, debits, credits)"
        " VALUES (4, '2001-01-01', 3, 0)",
        *("ledger_month", "account_id 4 (issuance), month_on 2001-01-01", sums.RULE_MONTHS),
    ),
    "days whose month is not told": C(
        "INSERT INTO ledger_day (account_id, on_day, debits, credits)"
        " VALUES (6, '2001-01-01', 3, 0), (6, '2001-01-05', 1, 0)",
        *("ledger_month", "account_id 6 (debt:1), month_on 2001-01-01", sums.RULE_MONTHS),
    ),
}
LOTS = {
    "the amount of a lot": C(
        "UPDATE ledger_lot SET amount = amount + 1, remaining = remaining + 1"
        " WHERE entry_id = NUMBER(1)",
        *("ledger_lot", M1, replay.RULE_LOT),
    ),
    "a lot of more than any posting brings": C(
        "UPDATE ledger_lot SET amount = 4000000000000000000 WHERE entry_id = NUMBER(1)",
        *("ledger_lot", M1, replay.RULE_LOT),
    ),
    "what is left of a lot": C(
        "UPDATE ledger_lot SET remaining = remaining - 1 WHERE entry_id = NUMBER(1)",
        *("ledger_lot", M1, replay.RULE_LOT),
    ),
    "the day of a lot": C(
        "UPDATE ledger_lot SET earned_on = '2001-01-01' WHERE entry_id = NUMBER(1)",
        *("ledger_lot", M1, replay.RULE_LOT),
    ),
    "a removed lot": C(
        "DELETE FROM ledger_lot WHERE entry_id = NUMBER(14)",
        *("ledger_lot", M3, replay.RULE_LOT),
    ),
    "a lot of another account": C(
        "UPDATE ledger_lot SET account_id = 3 WHERE entry_id = NUMBER(1)",
        *("ledger_lot", M3, replay.RULE_LOT),
    ),
    "an invented lot": C(
        "INSERT INTO ledger_lot (account_id, entry_id, earned_on, amount, remaining)"
        " VALUES (2, NUMBER(1), '2001-01-01', 5, 5)",
        *("ledger_lot", M2, replay.RULE_LOT),
    ),
    "the amount of a use": C(
        "UPDATE ledger_lot_use SET amount = amount - 1 WHERE entry_id = NUMBER(6)",
        *("ledger_lot_use", M1, replay.RULE_USE),
    ),
    "a removed use": C(
        "DELETE FROM ledger_lot_use WHERE entry_id = NUMBER(6)",
        *("ledger_lot_use", M1, replay.RULE_USE),
    ),
    "an invented pair of uses": C(
        f"INSERT INTO ledger_lot_use (entry_id, lot_id, amount)"
        f" VALUES (NUMBER(6), {_LOT.format(1)}, 1), (NUMBER(6), {_LOT.format(5)}, -1)",
        *("ledger_lot_use", M1, replay.RULE_USE),
    ),
    "a younger lot than the oldest": C(
        f"UPDATE ledger_lot_use SET lot_id = {_LOT.format(1)} WHERE entry_id = NUMBER(6)",
        *("ledger_lot_use", M1, replay.RULE_USE),
    ),
    "a lot taken from before it was there": C(
        "UPDATE ledger_lot_use SET"
        f" lot_id = CASE WHEN entry_id = NUMBER(4) THEN {_YOUNGER} ELSE lot_id END,"
        f" amount = amount + CASE WHEN entry_id = NUMBER(4) THEN 0"
        f" WHEN lot_id = {_YOUNGER} THEN -20 ELSE 20 END"
        " WHERE entry_id IN (NUMBER(4), NUMBER(10))",
        *("ledger_lot_use", M2, replay.RULE_USE),
    ),
    "minutes given back to another lot": C(
        f"UPDATE ledger_lot_use SET lot_id = {_LOT.format(1)}"
        f" WHERE entry_id = NUMBER(8) AND lot_id = {_LOT.format(5)}",
        *("ledger_lot_use", M1, replay.RULE_USE),
    ),
}
ENTRIES = {
    "an amount": C(
        "UPDATE ledger_transfer SET amount = amount + 1 WHERE id = 1",
        *("ledger_entry", "number 1)", seals.RULE_SEAL),
    ),
    "an amount of the second line": C(
        "UPDATE ledger_transfer SET amount = amount + 1 WHERE line = 2",
        *("ledger_entry", "number 12)", seals.RULE_SEAL),
    ),
    "a receiver": C(
        "UPDATE ledger_transfer SET credit_id = 3 WHERE id = 1",
        *("ledger_balance", M3, sums.RULE_POSTED),
    ),
    "an asset": C(
        "UPDATE ledger_transfer SET asset = 'CNY' WHERE id = 1",
        *("ledger_transfer", "id 1 ", entries.RULE_ACCOUNTS),
    ),
    "an account that is none": C(
        "UPDATE ledger_transfer SET debit_id = 999 WHERE id = 1",
        *("ledger_transfer", "id 1 ", entries.RULE_ACCOUNTS),
    ),
    "a transfer's book": C(
        "UPDATE ledger_transfer SET book_id = 999 WHERE id = 1",
        *("ledger_transfer", "id 1 ", entries.RULE_SEALED),
    ),
    "a line number": C(
        "UPDATE ledger_transfer SET line = 3, lines = 3 WHERE line = 2",
        *("ledger_transfer", "line 3)", entries.RULE_SEALED),
    ),
    "a line count": C(
        "UPDATE ledger_entry SET lines = 2 WHERE number = 1",
        *("ledger_entry", "number 1)", entries.RULE_LINES),
    ),
    "a removed line": C(
        "DELETE FROM ledger_transfer WHERE id = 1",
        *("ledger_entry", "number 1)", entries.RULE_LINES),
    ),
    "a removed header": C(
        "DELETE FROM ledger_entry WHERE number = 1",
        *("ledger_transfer", "id 1 ", entries.RULE_SEALED),
    ),
    "an entry's book": C(
        "UPDATE ledger_entry SET book_id = 999 WHERE number = 1",
        *("ledger_entry", "number 1)", entries.RULE_BOOK),
    ),
}
SEALS = {
    "a memo": C(
        "UPDATE ledger_entry SET memo = 'x' WHERE number = 1",
        *("ledger_entry", "number 1)", seals.RULE_WORDS),
    ),
    "the hand that wrote it": C(
        "UPDATE ledger_entry SET actor_name = '' WHERE number = 2",
        *("ledger_entry", "number 2)", seals.RULE_WORDS),
    ),
    "a digest of words": C(
        "UPDATE ledger_entry SET words_hash = ZEROS WHERE number = 14",
        *("ledger_entry", "number 14)", seals.RULE_SEAL),
    ),
    "a kind": C(
        "UPDATE ledger_entry SET kind = 'x' WHERE number = 2",
        *("ledger_entry", "number 2)", seals.RULE_SEAL),
    ),
    "the moment": C(
        "UPDATE ledger_entry SET recorded_at = '2020-01-01 00:00:00.000000' WHERE number = 2",
        *("ledger_entry", "number 2)", seals.RULE_SEAL),
    ),
    "the day it takes effect": C(
        "UPDATE ledger_entry SET effective_on = '2020-01-01' WHERE number = 9",
        *("ledger_entry", "number 9)", seals.RULE_SEAL),
    ),
    "an entry's seal": C(
        "UPDATE ledger_entry SET seal = ZEROS WHERE number = 3",
        *("ledger_entry", "number 3)", seals.RULE_SEAL),
    ),
    "an account's side": C(
        "UPDATE ledger_account SET normal = 'debit' WHERE id = 5",
        *("ledger_account", "id 5 ", seals.RULE_SEAL),
    ),
    "an account's restriction": C(
        "UPDATE ledger_account SET restriction = 'team' WHERE id = 2",
        *("ledger_account", "id 2 ", seals.RULE_SEAL),
    ),
    "a book's name": C(
        "UPDATE ledger_book SET name = 'x'",
        *("ledger_book", "id 1 ", seals.RULE_SEAL),
    ),
    "a held amount": C(
        "UPDATE ledger_hold SET amount = 1 WHERE amount = 7",
        *("ledger_hold", "id ", seals.RULE_SEAL),
    ),
    "how a hold ended": C(
        "UPDATE ledger_hold_end SET outcome = 'expired' WHERE outcome = 'released'",
        *("ledger_hold_end", "hold_id ", seals.RULE_SEAL),
    ),
    "who closed a period": C(
        "UPDATE ledger_period SET actor_name = 'x' WHERE number = 2",
        *("ledger_period", "number 2", seals.RULE_SEAL),
    ),
}
LINKS = {
    "a reversal's aim": C(
        "UPDATE ledger_entry SET reverses_id = NUMBER(4) WHERE number = 8",
        *("ledger_entry", "number 8)", links.RULE_REVERSAL),
    ),
    "a reversal of a reversal": C(
        "UPDATE ledger_entry SET reverses_id = NUMBER(8) WHERE number = 11",
        *("ledger_entry", "number 11)", links.RULE_REVERSED_ONCE),
    ),
    "a debt that is a member": C(
        "UPDATE ledger_entry SET debt_account_id = 2 WHERE debt_account_id IS NOT NULL",
        *("ledger_entry", "number 11)", links.RULE_DEBT),
    ),
    "no debt": C(
        "UPDATE ledger_entry SET debt_account_id = NULL WHERE number = 11",
        *("ledger_entry", "number 11)", links.RULE_REVERSAL),
    ),
    "a captured hold's seal": C(
        "UPDATE ledger_hold_end SET seal = ZEROS WHERE outcome = 'captured'",
        *("ledger_hold_end", "hold_id ", links.RULE_CAPTURED),
    ),
    "a removed capture": C(
        "DELETE FROM ledger_hold_end WHERE outcome = 'captured'",
        *("ledger_entry", "number 13)", links.RULE_CAPTURED),
    ),
    "less held than was taken": C(
        "UPDATE ledger_hold SET amount = 19 WHERE amount = 25",
        *("ledger_hold", "id ", links.RULE_CAPTURE),
    ),
    "a hold on an open account": C(
        "UPDATE ledger_hold SET account_id = 5 WHERE amount = 6",
        *("ledger_hold", "id ", links.RULE_HOLD_OF),
    ),
    "an end without its hold": C(
        "DELETE FROM ledger_hold WHERE amount = 6",
        *("ledger_hold_end", "hold_id ", links.RULE_HOLD_OF),
    ),
    "words taken away in silence": C(
        "UPDATE ledger_entry SET actor_name = '', memo = '', document = '', reason = '',"
        " salt = NONE WHERE number = 1",
        *("ledger_entry", "number 1)", links.RULE_ERASED),
    ),
    "a removed erasure": C(
        "DELETE FROM ledger_erasure",
        *("ledger_entry", "number 14)", links.RULE_ERASED),
    ),
    "an invented erasure": C(
        "UPDATE ledger_erasure SET entry_id = NUMBER(1)",
        *("ledger_erasure", "entry_id ", links.RULE_ERASED),
    ),
    "words written over erased ones": C(
        "UPDATE ledger_entry SET memo = 'x', salt = SALT WHERE number = 14",
        *("ledger_erasure", "entry_id ", links.RULE_ERASED),
    ),
}
PERIODS = {
    "a period's number": C(
        "UPDATE ledger_period SET number = 3 WHERE number = 2",
        *("ledger_period", "book_id 1", periods.RULE_ORDER),
    ),
    "a removed period": C(
        "DELETE FROM ledger_period WHERE number = 1",
        *("ledger_period", "book_id 1, number 1", periods.RULE_ORDER),
    ),
    "an entry that came too late": C(
        "UPDATE ledger_entry SET recorded_at = '2099-01-01 00:00:00.000000' WHERE number = 3",
        *("ledger_entry", "number 3)", periods.RULE_LATE),
    ),
    "a kept balance": C(
        "UPDATE ledger_checkpoint SET posted = posted + 1 WHERE account_id = 1",
        *("ledger_checkpoint", f"{M1}, through_on ", sums.RULE_CHECKPOINT),
    ),
    "a removed kept balance": C(
        "DELETE FROM ledger_checkpoint WHERE account_id = 4",
        *("ledger_checkpoint", "account_id 4 (issuance), through_on ", sums.RULE_CHECKPOINT),
    ),
    "an invented kept balance": C(
        "INSERT INTO ledger_checkpoint (account_id, through_on, posted)"
        " VALUES (3, '2001-01-01', 1)",
        *("ledger_checkpoint", f"{M3}, through_on 2001-01-01", sums.RULE_CHECKPOINT),
    ),
    "a removed voucher": C(
        "DELETE FROM ledger_voucher WHERE entry_id = NUMBER(3)",
        *("ledger_voucher", "entry_id ", periods.RULE_MISSING),
    ),
    "a voucher's number": C(
        "UPDATE ledger_voucher SET number = 9 WHERE entry_id = NUMBER(5)",
        *("ledger_voucher", "entry_id ", periods.RULE_NUMBER),
    ),
    "two vouchers' numbers": C(
        "UPDATE ledger_voucher SET number = CASE number WHEN 1 THEN 1002 WHEN 2 THEN 1001"
        " ELSE number END",
        *("ledger_voucher", "entry_id ", periods.RULE_NUMBER),
    ),
    "the last period, removed": C(
        "DELETE FROM ledger_period WHERE number = (SELECT MAX(number) FROM ledger_period)",
        *("ledger_period", "book_id 1, number ", periods.RULE_MISSING),
    ),
    "a voucher's month": C(
        "UPDATE ledger_voucher SET month = '2001-01-01', number = 1 WHERE entry_id = NUMBER(5)",
        *("ledger_voucher", "entry_id ", periods.RULE_VOUCHER),
    ),
}
ALL: dict[str, Corruption] = {
    **BALANCES,
    **DAYS,
    **KEPT,
    **LOTS,
    **ENTRIES,
    **SEALS,
    **LINKS,
    **PERIODS,
}
# What a rebuild must set right again.
DERIVED: dict[str, Corruption] = {**BALANCES, **DAYS, **KEPT, **LOTS}
