"""Attacks on closing: vouchers with gaps, periods out of order, blocks that do not hold."""

from datetime import date, timedelta

from sqlalchemy import Connection, insert

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import CLOSED_THROUGH, NOON, Field, raw
from timebank.ledger.models.blocks import BLOCK_LEAVES, BLOCKS
from timebank.ledger.models.periods import PERIODS, VOUCHERS

chapter = Chapter()
attack = chapter.attack

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)


def voucher(field: Field, **changed: object) -> dict[str, object]:
    """A voucher written by hand: the first entry of November as number 1."""
    row: dict[str, object] = {
        "entry_id": field.scene.first,
        "book_id": field.bank.book_id,
        "month": NOVEMBER,
        "number": 1,
    }
    return row | changed


@attack("ledger_voucher_gap")
def voucher_numbers_leave_no_gap(field: Field, connection: Connection) -> None:
    connection.execute(insert(VOUCHERS).values(voucher(field, number=2)))


@attack("ledger_voucher_gap")
def a_voucher_number_is_given_once(field: Field, connection: Connection) -> None:
    for one in (field.scene.first, field.scene.reversed):
        connection.execute(insert(VOUCHERS).values(voucher(field, entry_id=one)))


@attack("ledger_voucher_exists|pk_ledger_voucher|ledger_voucher_gap")
def an_entry_has_one_voucher_number(field: Field, connection: Connection) -> None:
    row = voucher(field, entry_id=field.scene.october, month=OCTOBER, number=2)
    connection.execute(insert(VOUCHERS).values(row))


@attack("ledger_voucher_astray")
def a_voucher_stands_in_the_month_of_its_entry(field: Field, connection: Connection) -> None:
    connection.execute(insert(VOUCHERS).values(voucher(field, month=OCTOBER, number=2)))


@attack("ledger_voucher_astray")
def a_voucher_stands_in_the_book_of_its_entry(field: Field, connection: Connection) -> None:
    row = voucher(field, book_id=field.scene.other_book)
    connection.execute(insert(VOUCHERS).values(row))


@attack("ledger_voucher_missing")
def a_period_with_unnumbered_entries_is_not_closed(field: Field, connection: Connection) -> None:
    next_day = NOON + timedelta(days=1)
    row = field.period(through_on=date(2026, 11, 18), closed_at=next_day)
    connection.execute(insert(PERIODS).values(row))


@attack("ledger_period_order")
def periods_are_numbered_without_gaps(field: Field, connection: Connection) -> None:
    connection.execute(insert(PERIODS).values(field.period(number=3)))


@attack("ledger_period_order")
def periods_close_forwards(field: Field, connection: Connection) -> None:
    connection.execute(insert(PERIODS).values(field.period(through_on=date(2026, 9, 30))))


@attack("ledger_period_order")
def a_day_is_closed_once(field: Field, connection: Connection) -> None:
    connection.execute(insert(PERIODS).values(field.period(through_on=CLOSED_THROUGH)))


@attack("ledger_period_not_over")
def a_day_that_is_not_over_is_not_closed(field: Field, connection: Connection) -> None:
    row = field.period(book_id=field.scene.other_book, number=1, through_on=date(2026, 11, 18))
    connection.execute(insert(PERIODS).values(row))


@attack("ledger_period_not_over|through_on_day")
def a_book_is_not_closed_for_ever(field: Field, connection: Connection) -> None:
    row = field.period(book_id=field.scene.other_book, number=1)
    raw(connection, PERIODS, row | {"through_on": "9999-12-31"})


@attack("foreign key")
def another_community_s_book_is_not_closed(field: Field, connection: Connection) -> None:
    row = field.period(book_id=field.scene.other.book_id, number=1)
    connection.execute(insert(PERIODS).values(row))


@attack(postgresql="ledger_isolation")
def a_period_is_not_closed_at_repeatable_read(field: Field, connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.execute(insert(PERIODS).values(field.period()))


@attack("ledger_block_sealed")
def a_leaf_does_not_come_late(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf(block_number=1, position=1)))


@attack("foreign key")
def leaves_without_a_block_die_at_the_commit(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf()))


@attack("ledger_block_leaves")
def a_block_without_its_leaves_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCKS).values(field.block()))


@attack("ledger_block_leaves")
def a_block_counts_its_leaves(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf()))
    connection.execute(insert(BLOCKS).values(field.block(leaves=2)))


@attack("ledger_block_leaves")
def the_leaves_of_a_block_stand_without_gaps(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf(position=1)))
    connection.execute(insert(BLOCKS).values(field.block()))


@attack("ledger_block_leaves")
def a_leaf_is_the_seal_of_its_entry(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf(leaf=b"x" * 32)))
    connection.execute(insert(BLOCKS).values(field.block()))


@attack("ledger_block_leaves")
def a_leaf_is_an_entry_of_its_community(field: Field, connection: Connection) -> None:
    other = field.scene.other_entry
    row = field.leaf(entry_id=other, leaf=field.seal(other))
    connection.execute(insert(BLOCK_LEAVES).values(row))
    connection.execute(insert(BLOCKS).values(field.block()))


@attack("ledger_block_leaf_exists|pk_ledger_block_leaf")
def an_entry_stands_in_one_block(field: Field, connection: Connection) -> None:
    october = field.scene.october
    row = field.leaf(entry_id=october, leaf=field.seal(october))
    connection.execute(insert(BLOCK_LEAVES).values(row))
    connection.execute(insert(BLOCKS).values(field.block()))


@attack("ledger_block_leaf_position|ledger_block_leaf_exists|position")
def two_leaves_do_not_share_a_place(field: Field, connection: Connection) -> None:
    second = field.scene.reversed
    rows = [field.leaf(), field.leaf(entry_id=second, leaf=field.seal(second))]
    connection.execute(insert(BLOCK_LEAVES).values(rows))
    connection.execute(insert(BLOCKS).values(field.block(leaves=2)))


@attack("ledger_block_order")
def blocks_are_numbered_without_gaps(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf(block_number=3)))
    connection.execute(insert(BLOCKS).values(field.block(number=3)))


@attack("ledger_block_order|duplicate key|unique")
def a_block_number_is_used_once(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCKS).values(field.block(number=1, previous_head=None)))


@attack("ledger_block_order")
def a_block_hangs_on_the_head_before_it(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf()))
    connection.execute(insert(BLOCKS).values(field.block(previous_head=b"x" * 32)))


@attack("chained|ledger_block_order")
def a_second_block_does_not_begin_a_chain_anew(field: Field, connection: Connection) -> None:
    connection.execute(insert(BLOCK_LEAVES).values(field.leaf()))
    connection.execute(insert(BLOCKS).values(field.block(previous_head=None)))
