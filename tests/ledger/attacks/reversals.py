"""Attacks on reversals and holds: twice, unequal, foreign, too much, too late, by hand."""

from datetime import timedelta

from sqlalchemy import Connection, insert

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import HOUR_LATER, NOON, Field, Row, post, raw
from timebank.kernel import ids
from timebank.ledger.models.tables import HOLD_ENDS, HOLDS

chapter = Chapter()
attack = chapter.attack

ENDED = "ledger_hold_resolved|pk_ledger_hold_end|hold_id"
BELOW = "ledger_floor|ledger_balance_floor"


def undoing(field: Field, **changed: object) -> tuple[Row, Row]:
    """A header and a line that take back the first entry: 40 minutes of member 1."""
    entry_id, bank = ids.new_id(), field.bank
    line = field.line(entry_id, debit_id=bank.members[0], credit_id=bank.issuance, amount=40)
    return field.header(entry_id, **{"reverses_id": field.scene.first, **changed}), line


def taking(field: Field, amount: int, **changed: object) -> tuple[Row, Row]:
    """A header and a line that capture the open hold: 8 minutes of member 2."""
    entry_id, bank = ids.new_id(), field.bank
    line = field.line(entry_id, debit_id=bank.members[1], credit_id=bank.redeemed, amount=amount)
    return field.header(entry_id, **{"hold_id": field.scene.open_hold, **changed}), line


@attack("reverses_id")
def a_second_reversal_is_refused(field: Field, connection: Connection) -> None:
    head, line = undoing(field, reverses_id=field.scene.reversed)
    post(connection, head, line | {"amount": 20})


@attack("ledger_reversal_reversed")
def a_reversal_of_a_reversal_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    head = field.header(entry_id, reverses_id=field.scene.reversal)
    post(connection, head, field.line(entry_id, amount=20))


@attack("ledger_reversal_unequal")
def a_reversal_of_less_is_refused(field: Field, connection: Connection) -> None:
    head, line = undoing(field)
    post(connection, head, line | {"amount": 39})


@attack("ledger_reversal_unequal")
def a_reversal_of_more_is_refused(field: Field, connection: Connection) -> None:
    head, line = undoing(field)
    post(connection, head, line | {"amount": 41})


@attack("ledger_reversal_unequal")
def a_reversal_in_the_same_direction_is_refused(field: Field, connection: Connection) -> None:
    head, line = undoing(field)
    mirrored = {"debit_id": line["credit_id"], "credit_id": line["debit_id"]}
    post(connection, head, line | mirrored)


@attack("ledger_reversal_unequal")
def a_reversal_from_somebody_else_is_refused(field: Field, connection: Connection) -> None:
    head, line = undoing(field)
    post(connection, head, line | {"debit_id": field.bank.members[1], "amount": 20})


@attack("ledger_reversal_debt|ledger_reversal_unequal")
def a_bounded_account_takes_no_debt(field: Field, connection: Connection) -> None:
    head, line = undoing(field, debt_account_id=field.bank.members[1])
    post(connection, head, line | {"debit_id": field.bank.members[1], "amount": 20})


@attack("ledger_reversal_debt")
def a_debt_account_of_another_book_is_refused(field: Field, connection: Connection) -> None:
    post(connection, *undoing(field, debt_account_id=field.scene.fund))


@attack("ledger_reversal_debt")
def a_debt_account_of_another_community_is_refused(field: Field, connection: Connection) -> None:
    post(connection, *undoing(field, debt_account_id=field.scene.other.debt))


@attack("ledger_reversal_debt")
def a_debt_of_another_asset_is_refused(field: Field, connection: Connection) -> None:
    post(connection, *undoing(field, debt_account_id=field.scene.till))


@attack("ledger_reversal_unspent")
def a_debt_is_not_made_of_what_is_still_there(field: Field, connection: Connection) -> None:
    head, line = undoing(field, debt_account_id=field.bank.debt)
    post(connection, head, line | {"debit_id": field.bank.debt})


@attack("debt_of_reversal")
def a_debt_without_a_reversal_is_refused(field: Field, connection: Connection) -> None:
    head, line = undoing(field, reverses_id=None, debt_account_id=field.bank.debt)
    post(connection, head, line)


@attack("ledger_reversal_reversed|foreign key")
def a_reversal_of_another_community_s_entry_is_refused(
    field: Field, connection: Connection
) -> None:
    head, line = undoing(field, reverses_id=field.scene.other_entry)
    post(connection, head, line | {"amount": 60})


@attack("ledger_reversal_reversed|ledger_reversal_unequal|foreign key")
def a_reversal_of_an_entry_that_is_not_there_is_refused(
    field: Field, connection: Connection
) -> None:
    post(connection, *undoing(field, reverses_id=ids.new_id()))


@attack("reverses_another|ledger_reversal_reversed")
def an_entry_does_not_reverse_itself(field: Field, connection: Connection) -> None:
    head, line = undoing(field)
    post(connection, head | {"reverses_id": head["id"]}, line)


@attack("captures_or_reverses")
def an_entry_does_not_reverse_and_capture_at_once(field: Field, connection: Connection) -> None:
    post(connection, *undoing(field, hold_id=field.scene.open_hold))


@attack(ENDED)
def a_second_capture_is_refused(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 1, hold_id=field.scene.captured_hold))


@attack(ENDED)
def a_released_hold_is_not_captured(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 1, hold_id=field.scene.released_hold))


@attack(ENDED)
def a_batch_does_not_capture_the_same_hold_twice(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 1))
    post(connection, *taking(field, 1))


@attack("ledger_hold_exceeded")
def a_capture_of_more_than_is_held_is_refused(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 9))


@attack("ledger_hold_exceeded")
def a_capture_that_takes_nothing_from_the_account_is_refused(
    field: Field, connection: Connection
) -> None:
    head, line = taking(field, 1)
    post(connection, head, line | {"debit_id": field.bank.members[0]})


@attack("ledger_hold_exceeded")
def a_capture_that_brings_onto_the_account_is_refused(field: Field, connection: Connection) -> None:
    head, line = taking(field, 1)
    mirrored = {"debit_id": line["credit_id"], "credit_id": line["debit_id"]}
    post(connection, head, line | mirrored)


@attack("ledger_hold_missing")
def another_community_s_hold_is_not_captured(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 1, hold_id=field.scene.other_hold))


@attack("ledger_hold_missing|foreign key")
def a_hold_that_is_not_there_is_not_captured(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 1, hold_id=ids.new_id()))


@attack("ledger_hold_expired")
def a_hold_past_its_time_is_not_captured(field: Field, connection: Connection) -> None:
    post(connection, *taking(field, 1, recorded_at=HOUR_LATER))


@attack("entry_iff_captured|ledger_entry_sealed")
def a_capture_without_an_entry_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLD_ENDS).values(field.end(outcome="captured")))


@attack("ledger_entry_sealed|foreign key")
def a_capture_by_hand_by_an_entry_that_never_comes_is_refused(
    field: Field, connection: Connection
) -> None:
    row = field.end(outcome="captured", entry_id=ids.new_id())
    connection.execute(insert(HOLD_ENDS).values(row))


@attack("ledger_entry_sealed")
def a_capture_by_hand_by_an_entry_of_something_else_is_refused(
    field: Field, connection: Connection
) -> None:
    row = field.end(outcome="captured", entry_id=field.scene.first)
    connection.execute(insert(HOLD_ENDS).values(row))


@attack(ENDED)
def a_captured_hold_is_not_released_again(field: Field, connection: Connection) -> None:
    row = field.end(hold_id=field.scene.captured_hold)
    connection.execute(insert(HOLD_ENDS).values(row))


@attack(ENDED)
def a_captured_hold_does_not_expire(field: Field, connection: Connection) -> None:
    row = field.end(hold_id=field.scene.captured_hold, outcome="expired", ended_at=HOUR_LATER)
    connection.execute(insert(HOLD_ENDS).values(row))


@attack("ledger_hold_not_due")
def a_hold_does_not_expire_before_its_time(field: Field, connection: Connection) -> None:
    row = field.end(outcome="expired", ended_at=HOUR_LATER - timedelta(seconds=1))
    connection.execute(insert(HOLD_ENDS).values(row))


@attack("entry_iff_captured")
def a_release_names_no_entry(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLD_ENDS).values(field.end(entry_id=field.scene.first)))


@attack("outcome_known")
def a_hold_does_not_end_in_a_way_that_nobody_knows(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLD_ENDS).values(field.end(outcome="forgot")))


@attack("ledger_hold_missing")
def another_community_s_hold_is_not_released(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLD_ENDS).values(field.end(hold_id=field.scene.other_hold)))


@attack(ENDED)
def a_hold_released_twice_in_one_transaction_is_refused(
    field: Field, connection: Connection
) -> None:
    for _ in range(2):
        connection.execute(insert(HOLD_ENDS).values(field.end()))


@attack(BELOW)
def more_than_is_there_is_not_held(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLDS).values(field.hold(amount=144)))


@attack(BELOW)
def holds_of_one_statement_are_added_up(field: Field, connection: Connection) -> None:
    rows = [field.hold(amount=80), field.hold(amount=80)]
    connection.execute(insert(HOLDS).values(rows))


@attack("ledger_hold_amount")
def a_hold_of_a_negative_amount_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLDS).values(field.hold(amount=-1)))


@attack("ledger_hold_unbounded")
def an_open_account_holds_nothing(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLDS).values(field.hold(account_id=field.bank.issuance)))


@attack("ledger_hold_unbounded")
def another_community_s_account_is_not_held(field: Field, connection: Connection) -> None:
    account_id = field.scene.other.members[0]
    connection.execute(insert(HOLDS).values(field.hold(account_id=account_id)))


@attack("ledger_hold_exists|pk_ledger_hold")
def a_hold_s_id_is_used_once(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLDS).values(field.hold(id=field.scene.open_hold)))


@attack("expires_at_moment")
def a_hold_expires_at_a_moment_that_there_is(field: Field, connection: Connection) -> None:
    never = "never" if field.is_sqlite else "infinity"
    raw(connection, HOLDS, field.hold(expires_at=never, held_at=NOON))
