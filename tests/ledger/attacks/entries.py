"""Attacks on headers and lines: counts, amounts, books, assets, communities, numbers, days."""

from datetime import date

from sqlalchemy import Connection, insert, text

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import Field, post, raw
from timebank.kernel import ids
from timebank.ledger.models.tables import ACCOUNTS, ENTRIES, TRANSFERS

chapter = Chapter()
attack = chapter.attack

FOREIGN_KEY = "foreign key"
BELOW = "ledger_floor|ledger_balance_floor|ledger_lots_short"


@attack("ledger_lines")
def a_header_without_lines_is_refused(field: Field, connection: Connection) -> None:
    post(connection, field.header(ids.new_id()))


@attack(FOREIGN_KEY)
def lines_without_a_header_die_at_the_commit(field: Field, connection: Connection) -> None:
    connection.execute(insert(TRANSFERS).values(field.line(ids.new_id())))


@attack("ledger_lines")
def a_header_before_its_lines_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    connection.execute(insert(ENTRIES).values(field.header(entry_id)))
    connection.execute(insert(TRANSFERS).values(field.line(entry_id)))


@attack("ledger_lines")
def a_header_that_counts_more_lines_than_there_are_is_refused(
    field: Field, connection: Connection
) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id, lines=3), field.line(entry_id, lines=3))


@attack("ledger_lines|foreign key")
def a_header_that_counts_fewer_lines_than_there_are_is_refused(
    field: Field, connection: Connection
) -> None:
    entry_id = ids.new_id()
    lines = [field.line(entry_id, line=one, lines=2) for one in (1, 2)]
    post(connection, field.header(entry_id), *lines)


@attack("ledger_lines")
def lines_that_disagree_about_their_count_are_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    lines = [field.line(entry_id, line=1, lines=1), field.line(entry_id, line=2, lines=2)]
    post(connection, field.header(entry_id, lines=2), *lines)


@attack("ledger_transfer_line|ledger_entry_sealed")
def a_line_beyond_the_count_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, line=2, lines=1))


@attack("ledger_transfer_line")
def a_line_numbered_zero_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, line=0))


@attack(sqlite="ledger_transfer_exists", postgresql="entry_id_line")
def the_same_line_twice_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    lines = [field.line(entry_id, lines=2)] * 2
    post(connection, field.header(entry_id, lines=2), *lines)


@attack(sqlite="ledger_entry_sealed", postgresql="ledger_transfer_line")
def a_late_line_beyond_a_sealed_count_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(TRANSFERS).values(field.line(field.scene.first, line=2)))


@attack(sqlite="ledger_entry_sealed", postgresql=FOREIGN_KEY)
def a_late_line_with_a_greater_count_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(TRANSFERS).values(field.line(field.scene.first, line=2, lines=2)))


@attack(sqlite="ledger_entry_sealed", postgresql="entry_id_line")
def a_late_line_over_a_sealed_one_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(TRANSFERS).values(field.line(field.scene.first)))


@attack(sqlite="ledger_entry_sealed", postgresql=FOREIGN_KEY)
def a_late_line_sealed_by_a_header_that_yields_is_refused(
    field: Field, connection: Connection
) -> None:
    connection.execute(insert(TRANSFERS).values(field.line(field.scene.first, line=2, lines=2)))
    row = field.header(field.scene.first, lines=2)
    raw(connection, ENTRIES, row) if field.is_sqlite else connection.execute(
        text(
            "INSERT INTO ledger_entry (id, community_id, book_id, asset, lines, kind, effective_on,"
            " recorded_at, actor_name, memo, document, reason, salt, words_hash, seal)"
            " VALUES (:id, :community_id, :book_id, :asset, :lines, :kind, :effective_on,"
            " :recorded_at, :actor_name, :memo, :document, :reason, :salt, :words_hash, :seal)"
            " ON CONFLICT DO NOTHING"
        ),
        row,
    )


@attack("ledger_transfer_amount")
def nothing_is_no_amount(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, amount=0))


@attack("ledger_transfer_amount")
def a_negative_amount_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, amount=-10))


@attack("ledger_transfer_amount")
def a_huge_amount_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, amount=10**13 + 1))


@attack(sqlite="amount", postgresql="out of range")
def an_amount_beyond_64_bits_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    raw(connection, TRANSFERS, field.line(entry_id, amount=2.0**63))
    post(connection, field.header(entry_id))


@attack(sqlite="amount_whole", by=("owner",))
def a_broken_minute_is_refused(field: Field, connection: Connection) -> None:
    raw(connection, TRANSFERS, field.line(ids.new_id(), amount=1.5))


@attack("two_accounts")
def a_transfer_to_the_same_account_is_refused(field: Field, connection: Connection) -> None:
    entry_id, member = ids.new_id(), field.bank.members[0]
    post(connection, field.header(entry_id), field.line(entry_id, debit_id=member))


@attack(BELOW)
def a_single_entry_below_the_floor_is_refused(field: Field, connection: Connection) -> None:
    entry_id, (first, second, _) = ids.new_id(), field.bank.members
    line = field.line(entry_id, debit_id=first, credit_id=second, amount=144)
    post(connection, field.header(entry_id), line)


@attack(BELOW)
def what_is_held_cannot_be_spent(field: Field, connection: Connection) -> None:
    entry_id, (first, second, _) = ids.new_id(), field.bank.members
    line = field.line(entry_id, debit_id=second, credit_id=first, amount=30)
    post(connection, field.header(entry_id), line)


@attack(BELOW)
def a_batch_that_borrows_from_its_later_entries_is_refused(
    field: Field, connection: Connection
) -> None:
    out, back, scene = ids.new_id(), ids.new_id(), field.scene
    book = {"book_id": scene.other_book, "asset": "CNY"}
    pairs = ((out, scene.fund, scene.cash), (back, scene.cash, scene.fund))
    lines = [
        field.line(one, debit_id=debit, credit_id=credit, amount=500, **book)
        for one, debit, credit in pairs
    ]
    connection.execute(insert(TRANSFERS).values(lines))
    connection.execute(insert(ENTRIES).values([field.header(one, **book) for one in (out, back)]))


@attack(FOREIGN_KEY + "|ledger_lines")
def a_line_of_another_book_is_refused(field: Field, connection: Connection) -> None:
    entry_id, scene = ids.new_id(), field.scene
    line = field.line(entry_id, book_id=scene.other_book)
    post(connection, field.header(entry_id), line)


@attack(FOREIGN_KEY + "|ledger_lines")
def an_account_of_another_book_is_refused(field: Field, connection: Connection) -> None:
    entry_id, scene = ids.new_id(), field.scene
    post(connection, field.header(entry_id), field.line(entry_id, credit_id=scene.cash))


@attack(FOREIGN_KEY + "|ledger_lines")
def an_account_of_another_community_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    line = field.line(entry_id, credit_id=field.scene.other.members[0])
    post(connection, field.header(entry_id), line)


@attack(FOREIGN_KEY + "|ledger_book_missing")
def an_entry_of_another_community_s_book_is_refused(field: Field, connection: Connection) -> None:
    entry_id, other = ids.new_id(), field.scene.other
    book = {"book_id": other.book_id}
    line = field.line(entry_id, debit_id=other.issuance, credit_id=other.members[0], **book)
    post(connection, field.header(entry_id, **book), line)


@attack(FOREIGN_KEY + "|ledger_lines")
def an_account_of_another_asset_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, credit_id=field.scene.till))


@attack(FOREIGN_KEY + "|ledger_lines")
def minutes_do_not_turn_into_money(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    money = {"asset": "CNY"}
    line = field.line(entry_id, credit_id=field.scene.till, **money)
    post(connection, field.header(entry_id, **money), line)


@attack(FOREIGN_KEY + "|ledger_lines")
def an_account_that_is_not_there_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, credit_id=10**9))


@attack("asset_known|ledger_lines|foreign key")
def an_asset_that_nobody_knows_is_refused(field: Field, connection: Connection) -> None:
    entry_id, asset = ids.new_id(), {"asset": "USD"}
    post(connection, field.header(entry_id, **asset), field.line(entry_id, **asset))


@attack("kind_one_word")
def a_kind_of_two_lines_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id, kind="a\nb"), field.line(entry_id))


@attack("ledger_entry_exists|ledger_entry_sealed|duplicate key")
def an_entry_s_id_is_used_once(field: Field, connection: Connection) -> None:
    post(connection, field.header(field.scene.first))


@attack("ledger_number|ledger_entry_exists|duplicate key")
def an_entry_s_number_is_used_once(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id, number=1), field.line(entry_id))


@attack("ledger_number|currval")
def an_entry_does_not_choose_its_number(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id, number=10**12), field.line(entry_id))


@attack("ledger_number|currval")
def a_number_below_zero_hides_no_entry_from_the_proof(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id, number=-5), field.line(entry_id))


@attack(sqlite="ledger_number", postgresql="permission denied", by=("app",))
def a_line_does_not_choose_its_place_in_the_statements(
    field: Field, connection: Connection
) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id, id=2**62))


@attack("ledger_period_closed")
def nothing_enters_a_closed_period(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    row = field.header(entry_id, effective_on=date(2026, 10, 31))
    post(connection, row, field.line(entry_id))


@attack("ledger_period_closed")
def a_batch_does_not_carry_an_entry_into_a_closed_period(
    field: Field, connection: Connection
) -> None:
    now, then = ids.new_id(), ids.new_id()
    for one in (now, then):
        connection.execute(insert(TRANSFERS).values(field.line(one)))
    rows = [field.header(now), field.header(then, effective_on=date(2026, 10, 31))]
    connection.execute(insert(ENTRIES).values(rows))


@attack(sqlite="effective_on_day", postgresql="effective_on_day")
def a_day_beyond_the_calendar_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    connection.execute(insert(TRANSFERS).values(field.line(entry_id)))
    day = "x" if field.is_sqlite else "infinity"
    raw(connection, ENTRIES, field.header(entry_id, effective_on=day))


@attack(sqlite="recorded_at_moment", postgresql="recorded_at_moment")
def a_moment_beyond_the_calendar_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    connection.execute(insert(TRANSFERS).values(field.line(entry_id)))
    moment = "x" if field.is_sqlite else "infinity"
    raw(connection, ENTRIES, field.header(entry_id, recorded_at=moment))


@attack("words_or_erased|ledger_born_erased")
def an_entry_is_not_born_erased(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    blank = {"salt": b"", "actor_name": ""}
    post(connection, field.header(entry_id, **blank), field.line(entry_id))


@attack("ledger_lines")
def lines_of_a_savepoint_that_was_taken_back_seal_nothing(
    field: Field, connection: Connection
) -> None:
    entry_id = ids.new_id()
    inner = connection.begin_nested()
    connection.execute(insert(TRANSFERS).values(field.line(entry_id)))
    inner.rollback()
    connection.execute(insert(ENTRIES).values(field.header(entry_id)))


@attack(FOREIGN_KEY)
def a_header_of_a_savepoint_that_was_taken_back_seals_nothing(
    field: Field, connection: Connection
) -> None:
    entry_id = ids.new_id()
    connection.execute(insert(TRANSFERS).values(field.line(entry_id)))
    inner = connection.begin_nested()
    connection.execute(insert(ENTRIES).values(field.header(entry_id)))
    inner.rollback()


@attack(sqlite="ledger_entry_sealed", postgresql="ledger_transfer_line|entry_id_line")
def a_line_after_a_savepoint_s_header_is_refused(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    with connection.begin_nested():
        post(connection, field.header(entry_id), field.line(entry_id))
    connection.execute(insert(TRANSFERS).values(field.line(entry_id, amount=99)))


@attack(FOREIGN_KEY)
def putting_off_every_constraint_puts_off_no_rule(field: Field, connection: Connection) -> None:
    if field.is_sqlite:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    else:
        connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
    entry_id = ids.new_id()
    connection.execute(insert(TRANSFERS).values(field.line(entry_id, lines=2, line=2)))


@attack("ledger_lines|foreign key")
def an_account_opened_after_the_entry_does_not_mend_it(
    field: Field, connection: Connection
) -> None:
    if field.is_sqlite:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    entry_id, bank = ids.new_id(), field.bank
    post(connection, field.header(entry_id), field.line(entry_id, credit_id=10**6))
    row = {"community_id": bank.community_id, "book_id": bank.book_id, "asset": "MIN"}
    row |= {"code": "late", "name": "late", "kind": "open", "normal": "credit", "id": 10**6}
    connection.execute(insert(ACCOUNTS).values(row | {"seal": b"s" * 32}))


@attack(FOREIGN_KEY)
def settling_the_constraints_early_only_refuses_early(field: Field, connection: Connection) -> None:
    connection.execute(insert(TRANSFERS).values(field.line(ids.new_id())))
    if not field.is_sqlite:
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")


@attack(postgresql="ledger_isolation")
def a_posting_at_repeatable_read_is_refused(field: Field, connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id))


@attack(postgresql="ledger_isolation")
def a_posting_at_serializable_is_refused(field: Field, connection: Connection) -> None:
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
    entry_id = ids.new_id()
    post(connection, field.header(entry_id), field.line(entry_id))
