"""Attacks in SQLite's own ways: conflict clauses, replaced rows, loose types, the posting view."""

import json
from itertools import product

from sqlalchemy import Connection, insert, text

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import Field, raw
from timebank.kernel import ids
from timebank.kernel.db import Base
from timebank.ledger.models.guard import SEALED_TABLES
from timebank.ledger.models.tables import ENTRIES, HOLDS, TRANSFERS
from timebank.ledger.service.statements import HEADER

chapter = Chapter()
attack = chapter.attack

CLAUSES = ("OR IGNORE", "OR REPLACE", "OR FAIL", "OR ROLLBACK", "OR ABORT")


def _pragma(connection: Connection, setting: str) -> None:
    """Change a setting, which SQLite does outside of transactions alone."""
    connection.exec_driver_sql("COMMIT")
    connection.exec_driver_sql(f"PRAGMA {setting}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _overdraw(clause: str) -> None:
    def act(field: Field, connection: Connection) -> None:
        entry_id, (first, second, _) = ids.new_id(), field.bank.members
        line = field.line(entry_id, debit_id=first, credit_id=second, amount=999)
        connection.execute(insert(TRANSFERS).prefix_with(clause).values(line))
        connection.execute(insert(ENTRIES).prefix_with(clause).values(field.header(entry_id)))

    act.__name__ = f"insert_{clause}_does_not_soften_the_floor".replace(" ", "_")
    attack(sqlite="ledger_floor|ledger_lots_short")(act)


def _hold_too_much(clause: str) -> None:
    def act(field: Field, connection: Connection) -> None:
        connection.execute(insert(HOLDS).prefix_with(clause).values(field.hold(amount=999)))

    act.__name__ = f"insert_{clause}_holds_no_more_than_there_is".replace(" ", "_")
    attack(sqlite="ledger_floor")(act)


def _replace(table: str, *, is_recursive: bool) -> None:
    def act(field: Field, connection: Connection) -> None:
        _pragma(connection, f"recursive_triggers={'ON' if is_recursive else 'OFF'}")
        known = Base.metadata.tables[table]
        row = (
            connection.execute(text(f"SELECT rowid AS rowid, * FROM {table} LIMIT 1"))
            .mappings()
            .one()
        )
        named = {name: row[name] for name in ("rowid", *known.columns.keys())}
        names, values = ", ".join(named), ", ".join(f":{name}" for name in named)
        insertion = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({values})"
        connection.execute(text(insertion), named)

    held_back = "" if is_recursive else "_with_triggers_held_back"
    act.__name__ = f"a_{table.removeprefix('ledger_')}_is_not_replaced{held_back}"
    attack(sqlite="exists|ledger_")(act)


def _displace(table: str, key: str) -> None:
    def act(field: Field, connection: Connection) -> None:
        _pragma(connection, "recursive_triggers=OFF")
        row = (
            connection.execute(text(f"SELECT rowid AS rowid, * FROM {table} LIMIT 1"))
            .mappings()
            .one()
        )
        named = dict(row) | {key: ids.new_id().hex}
        names, values = ", ".join(named), ", ".join(f":{name}" for name in named)
        insertion = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({values})"
        connection.execute(text(insertion), named)

    noun = table.removeprefix("ledger_")
    act.__name__ = f"a_{noun}_is_not_pushed_out_of_its_row"
    attack(sqlite="exists|ledger_")(act)


for _clause in CLAUSES:
    _overdraw(_clause)
    _hold_too_much(_clause)
for _table, _recursive in product(SEALED_TABLES, (True, False)):
    _replace(_table, is_recursive=_recursive)
for _table, _key in (
    ("ledger_hold", "id"),
    ("ledger_hold_end", "hold_id"),
    ("ledger_voucher", "entry_id"),
    ("ledger_block_leaf", "entry_id"),
    ("ledger_erasure", "entry_id"),
    ("ledger_hold_erasure", "hold_id"),
):
    _displace(_table, _key)


@attack(sqlite="ledger_immutable|exists")
def an_upsert_changes_no_entry(field: Field, connection: Connection) -> None:
    connection.execute(
        text(
            "INSERT INTO ledger_entry SELECT * FROM ledger_entry WHERE number = 1"
            " ON CONFLICT DO UPDATE SET memo = 'x'"
        )
    )


@attack(sqlite="ledger_account_exists")
def an_account_is_not_reopened_under_its_code(field: Field, connection: Connection) -> None:
    _pragma(connection, "recursive_triggers=OFF")
    connection.execute(
        text(
            "INSERT OR REPLACE INTO ledger_account (community_id, book_id, asset, code, name, kind,"
            " normal, floor, seal) SELECT community_id, book_id, asset, code, name, kind, 'credit',"
            " floor, seal FROM ledger_account WHERE code = 'till'"
        )
    )


def _sealed(field: Field, connection: Connection, **changed: object) -> None:
    """Insert a line and a header as they stand."""
    entry_id = ids.new_id()
    row = field.header(entry_id) | changed
    raw(connection, TRANSFERS, field.line(entry_id) | {"entry_id": row["id"]})
    raw(connection, ENTRIES, row)


@attack(sqlite="id_hex")
def an_id_in_capitals_is_not_another_id(field: Field, connection: Connection) -> None:
    _sealed(field, connection, id=field.scene.first.hex.upper())


@attack(sqlite="id_hex")
def an_id_with_dashes_is_not_another_id(field: Field, connection: Connection) -> None:
    _sealed(field, connection, id=str(field.scene.first))


@attack(sqlite="effective_on_day")
def a_day_written_short_does_not_enter_a_closed_period(
    field: Field, connection: Connection
) -> None:
    _sealed(field, connection, effective_on="2026-10-4")


@attack(sqlite="effective_on_day")
def a_day_with_something_behind_it_does_not_enter_a_closed_period(
    field: Field, connection: Connection
) -> None:
    _sealed(field, connection, effective_on="2026-10-31 ")


@attack(sqlite="recorded_at_moment|ledger_hold")
def a_moment_that_is_a_number_revives_no_hold(field: Field, connection: Connection) -> None:
    _sealed(field, connection, recorded_at=1)


@attack(sqlite="seal_length")
def a_seal_is_bytes_and_not_text(field: Field, connection: Connection) -> None:
    _sealed(field, connection, seal="s" * 32)


def _by_view(
    field: Field, connection: Connection, transfers: str, *, lines: int = 1, clause: str = ""
) -> None:
    """Post through the view."""
    row = field.header(ids.new_id(), lines=lines)
    row |= {"id": row["id"].hex, "effective_on": "2026-11-18"}
    row |= {"recorded_at": "2026-11-18 04:00:00.000000", "transfers": transfers}
    names = (*HEADER, "transfers")
    values = ", ".join(f":{name}" for name in names)
    insertion = f"INSERT {clause} INTO ledger_posting ({', '.join(names)}) VALUES ({values})"
    connection.execute(text(insertion), row)


def _view(rule: str, words: str, *transfers: object, clause: str = "", lines: int = 1) -> None:
    """Keep transfers that the view must refuse; texts stand for the issuance and member 1."""

    def act(field: Field, connection: Connection) -> None:
        known = {"issuance": field.bank.issuance, "member": field.bank.members[0]}
        named = json.dumps(transfers[0] if len(transfers) == 1 else transfers)
        for name, account_id in known.items():
            named = named.replace(f'"{name}"', str(account_id))
        _by_view(field, connection, named, lines=lines, clause=clause)

    act.__name__ = rule.replace(" ", "_")
    attack(sqlite=words)(act)


LINE = ["issuance", "member", 10]
_view("the view posts no more transfers than are counted", "ledger_lines", [LINE, LINE])
_view(
    "the view drops no transfer under or ignore",
    "ledger_lines",
    [LINE, LINE],
    clause="OR IGNORE",
)
_view("the view posts no fewer transfers than are counted", "ledger_lines", [LINE], lines=2)
_view("the view posts nothing of an empty list", "ledger_lines", [])
_view("the view takes no object for a list", "ledger_lines", {"0": LINE})
_view("the view takes no broken amount", "amount", [["issuance", "member", 1.5]])
_view("the view takes no amount in words", "amount", [["issuance", "member", "ten"]])
_view("the view takes no amount in a list", "amount", [["issuance", "member", [10]]])
_view("the view takes no amount that is nothing", "not null|amount", [["issuance", "member", None]])
_view(
    "the view takes no account in a list",
    "foreign key|ledger_lines",
    [[["issuance"], "member", 10]],
)
_view("the view takes no missing amount", "not null|amount", [["issuance", "member"]])


@attack(sqlite="malformed JSON")
def the_view_takes_no_broken_list(field: Field, connection: Connection) -> None:
    _by_view(field, connection, "[[1,2")


@attack(sqlite="cannot modify")
def the_view_is_not_updated(field: Field, connection: Connection) -> None:
    connection.execute(text("UPDATE ledger_posting SET memo = 'x'"))


@attack(sqlite="cannot modify")
def nothing_is_deleted_from_the_view(field: Field, connection: Connection) -> None:
    connection.execute(text("DELETE FROM ledger_posting"))


@attack(sqlite="ledger_period_closed")
def a_table_of_one_s_own_does_not_hide_a_closed_period(
    field: Field, connection: Connection
) -> None:
    connection.execute(
        text("CREATE TEMP TABLE ledger_period AS SELECT * FROM ledger_period LIMIT 0")
    )
    _sealed(field, connection, effective_on="2026-10-31")


@attack(sqlite="ledger_lots_short")
def a_trigger_of_one_s_own_leaves_no_lot_out(field: Field, connection: Connection) -> None:
    connection.execute(
        text(
            "CREATE TEMP TRIGGER left_out BEFORE INSERT ON main.ledger_lot"
            " BEGIN SELECT RAISE(IGNORE); END"
        )
    )
    _sealed(field, connection)
