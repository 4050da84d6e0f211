"""Attacks on what is sealed and what is derived: changed, emptied, replaced, made up, erased."""

from sqlalchemy import Connection, insert, text

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import NOON, Field
from timebank.kernel.db import Base
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.guard import DERIVED_TABLES, SEALED_TABLES
from timebank.ledger.models.hold_erasures import HOLD_ERASURES
from timebank.ledger.models.tables import ACCOUNTS, BALANCES, BOOKS

chapter = Chapter()
attack = chapter.attack

IMMUTABLE = "ledger_immutable"


def _keep(
    rule: str,
    statement: str,
    *,
    both: str | None = None,
    sqlite: str | None = None,
    postgresql: str | None = None,
) -> None:
    """Keep a single statement as an attack under its rule."""

    def act(_: Field, connection: Connection) -> None:
        connection.execute(text(statement))

    act.__name__ = rule.replace(" ", "_")
    attack(both, sqlite=sqlite, postgresql=postgresql)(act)


def _upsert(table: str, column: str) -> str:
    """The statement that adds a row that is there and, as it is there, changes it."""
    keys = ", ".join(key.name for key in Base.metadata.tables[table].primary_key.columns)
    return (
        f"INSERT INTO {table} SELECT * FROM {table} WHERE 1 = 1 LIMIT 1"
        f" ON CONFLICT ({keys}) DO UPDATE SET {column} = {table}.{column} + 1"
    )


# What a row that is there already meets first, if it is not that no row is ever changed.
_TAKEN = f"{IMMUTABLE}|exists|ledger_hold_resolved|_order|_gap|_sealed"
COLUMNS = {
    "ledger_voucher": "number",
    "ledger_lot": "remaining",
    "ledger_lot_use": "amount",
    "ledger_day": "debits",
    "ledger_month": "debits",
    "ledger_cohort": "remaining",
    "ledger_delta": "debits",
    "ledger_checkpoint": "posted",
    "ledger_balance": "posted",
}
for _table in SEALED_TABLES:
    _column = COLUMNS.get(_table, "community_id")
    _noun = _table.removeprefix("ledger_").replace("_", " ")
    _change = f"UPDATE {_table} SET {_column} = {_column} + 1"
    _keep(f"a {_noun} is never changed", _change, both=IMMUTABLE)
    _keep(f"a {_noun} is never deleted", f"DELETE FROM {_table}", both=IMMUTABLE)
    _keep(f"a {_noun} is not written over by an upsert", _upsert(_table, _column), both=_TAKEN)
    _keep(
        f"the {_noun}s are not emptied at one stroke",
        f"TRUNCATE {_table} CASCADE",
        postgresql=IMMUTABLE,
    )
for _table in DERIVED_TABLES:
    _column = COLUMNS[_table]
    _noun = _table.removeprefix("ledger_").replace("_", " ")
    _change = f"UPDATE {_table} SET {_column} = {_column} + 1"
    _words = {"both": IMMUTABLE} if _table == "ledger_checkpoint" else {"postgresql": IMMUTABLE}
    if _table != "ledger_delta":
        _keep(f"a {_noun} is changed by postings alone", _change, **_words)
    _drop = f"DELETE FROM {_table}"
    if _table in {"ledger_checkpoint", "ledger_balance"}:
        _words = {"both": IMMUTABLE}
    _keep(f"a {_noun} is deleted by nobody", _drop, **_words)
    _over = _upsert(_table, _column)
    _words = {"sqlite": "ledger_balance"} if _table == "ledger_balance" else {}
    _keep(f"a {_noun} is not written over by an upsert", _over, postgresql=IMMUTABLE, **_words)
    _keep(
        f"the {_noun}s are not emptied at one stroke",
        f"TRUNCATE {_table} CASCADE",
        postgresql=IMMUTABLE,
    )

_keep(
    "a floor is not lowered behind its account",
    "UPDATE ledger_balance SET floor = -999",
    both=IMMUTABLE,
)
_keep(
    "a balance does not change its account",
    "UPDATE ledger_balance SET account_id = account_id + 1000",
    both=IMMUTABLE,
)
_keep(
    "a community with books is not deleted",
    "DELETE FROM community",
    both="foreign key",
)
_keep(
    "the truncation of a community does not reach its books",
    "TRUNCATE community CASCADE",
    # Which room's guard speaks first is the engine's choice; each of them ends it.
    postgresql=f"{IMMUTABLE}|is append-only",
)


@attack("ledger_balance_not_zero|ledger_immutable")
def a_balance_is_not_made_up(field: Field, connection: Connection) -> None:
    row = {"account_id": field.bank.issuance, "community_id": field.bank.community_id}
    connection.execute(insert(BALANCES).values(row | {"posted": 5, "held": 0, "floor": 0}))


@attack("ledger_balance_not_zero|ledger_immutable")
def an_open_account_gets_no_balance(field: Field, connection: Connection) -> None:
    row = {"account_id": field.bank.issuance, "community_id": field.bank.community_id}
    connection.execute(insert(BALANCES).values(row | {"posted": 0, "held": 0, "floor": 0}))


def account(field: Field, **changed: object) -> dict[str, object]:
    """An account row written by hand."""
    row: dict[str, object] = {
        "community_id": field.bank.community_id,
        "book_id": field.bank.book_id,
        "asset": "MIN",
        "code": "by.hand",
        "name": "手写",
        "kind": "bounded",
        "normal": "credit",
        "floor": 0,
        "restriction": None,
        "seal": b"s" * 32,
    }
    return row | changed


@attack("floor_iff_bounded|ledger_balance_not_zero|null")
def a_bounded_account_has_a_floor(field: Field, connection: Connection) -> None:
    connection.execute(insert(ACCOUNTS).values(account(field, floor=None)))


@attack("floor_not_positive|ledger_balance_floor")
def a_floor_above_zero_is_refused(field: Field, connection: Connection) -> None:
    connection.execute(insert(ACCOUNTS).values(account(field, floor=1)))


@attack("lots_of_credit")
def lots_are_kept_where_nothing_can_be_owed(field: Field, connection: Connection) -> None:
    connection.execute(insert(ACCOUNTS).values(account(field, restriction="own", floor=-5)))


@attack("foreign key")
def an_account_in_another_community_s_book_is_refused(field: Field, connection: Connection) -> None:
    row = account(field, book_id=field.scene.other.book_id)
    connection.execute(insert(ACCOUNTS).values(row))


@attack("ledger_account_exists|unique|duplicate key")
def an_account_s_code_is_used_once_in_its_book(field: Field, connection: Connection) -> None:
    connection.execute(insert(ACCOUNTS).values(account(field, code="member:1")))


@attack("ledger_account_exists|unique|duplicate key|permission denied")
def an_account_s_id_is_used_once(field: Field, connection: Connection) -> None:
    connection.execute(insert(ACCOUNTS).values(account(field, id=field.bank.members[0])))


@attack("ledger_book_exists|unique|duplicate key")
def a_book_s_code_is_used_once(field: Field, connection: Connection) -> None:
    row = {"community_id": field.bank.community_id, "code": "timebank", "name": "x"}
    connection.execute(insert(BOOKS).values(row | {"seal": b"s" * 32}))


@attack("account_seal_length")
def a_seal_has_32_bytes(field: Field, connection: Connection) -> None:
    connection.execute(insert(ACCOUNTS).values(account(field, seal=b"short")))


def erasure(field: Field, **changed: object) -> dict[str, object]:
    """An erasure written by hand."""
    row: dict[str, object] = {
        "entry_id": field.scene.first,
        "community_id": field.bank.community_id,
        "erased_at": NOON,
        "actor_user_id": None,
        "ground": "本人要求",
        "seal": bytes(32),
    }
    return row | changed


@attack("ledger_erasure_astray")
def another_community_s_entry_is_not_erased(field: Field, connection: Connection) -> None:
    row = erasure(field, entry_id=field.scene.other_entry)
    connection.execute(insert(ERASURES).values(row))


@attack("ledger_erasure_astray|foreign key")
def an_entry_that_is_not_there_is_not_erased(field: Field, connection: Connection) -> None:
    row = erasure(field, entry_id="0" * 32)
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    row["erased_at"] = "2026-11-18 04:00:00.000000"
    connection.execute(text(f"INSERT INTO ledger_erasure ({names}) VALUES ({values})"), row)


@attack("ledger_erasure_exists|pk_ledger_erasure")
def an_entry_is_erased_once(field: Field, connection: Connection) -> None:
    connection.execute(insert(ERASURES).values(erasure(field, entry_id=field.scene.erased)))


@attack("erasure_seal_length")
def an_erasure_is_sealed(field: Field, connection: Connection) -> None:
    connection.execute(insert(ERASURES).values(erasure(field, seal=b"short")))


@attack("ledger_erasure_ground")
def an_erasure_says_why(field: Field, connection: Connection) -> None:
    connection.execute(insert(ERASURES).values(erasure(field, ground="")))


def hold_erasure(field: Field, **changed: object) -> dict[str, object]:
    """An erasure of a hold's words written by hand."""
    row = erasure(field) | {"hold_id": field.scene.captured_hold, "facts": bytes(32)}
    del row["entry_id"]
    return row | changed


def _write_hold_erasure(refusal: str, rule: str, **changed: object) -> None:
    """Keep an erasure of a hold that is not taken as an attack; by name."""

    def act(field: Field, connection: Connection) -> None:
        named = {
            name: getattr(field.scene, str(value)) if name == "hold_id" else value
            for name, value in changed.items()
        }
        connection.execute(insert(HOLD_ERASURES).values(hold_erasure(field, **named)))

    act.__name__ = rule.replace(" ", "_")
    attack(refusal)(act)


_ASTRAY = "ledger_hold_erasure_astray"
_write_hold_erasure(_ASTRAY, "an open hold keeps its words", hold_id="open_hold")
_write_hold_erasure(_ASTRAY, "another community s hold is not erased", hold_id="other_hold")
_write_hold_erasure(
    "ledger_hold_erasure_exists|pk_ledger_hold_erasure",
    "a hold is erased once",
    hold_id="released_hold",
)
_write_hold_erasure("hold_erasure_seal_length", "an erasure of a hold is sealed", seal=b"short")
_write_hold_erasure("hold_erasure_facts_length", "it keeps what the hold said", facts=b"short")
_write_hold_erasure("ledger_hold_erasure_ground", "an erasure of a hold says why", ground="")


def _edit_hold(rule: str, name: str, change: str, *, key: str = "id") -> None:
    """Keep the change of a hold, or with another key of its end, as an attack."""
    table = "ledger_hold" if key == "id" else "ledger_hold_end"

    def act(field: Field, connection: Connection) -> None:
        where = _on(field, name).replace("id =", f"{key} =")
        connection.execute(text(f"UPDATE {table} SET {change} {where}"))

    act.__name__ = rule.replace(" ", "_")
    attack(IMMUTABLE)(act)


_edit_hold("the words of a hold do not go without an erasure", "captured_hold", "memo = ''")
_edit_hold(
    "those of its end neither", "captured_hold", "reason = '', actor_name = ''", key="hold_id"
)
_edit_hold("erased words of a hold do not come back", "released_hold", "memo = '理发'")
_edit_hold("an erased hold does not change its amount", "released_hold", "amount = amount + 1")
_edit_hold("an erased hold does not change its id", "released_hold", f"id = '{'0' * 32}'")
_edit_hold("an erased hold is not written again as it is", "released_hold", "memo = ''")
_edit_hold("the end of an erased hold stays", "released_hold", "outcome = 'expired'", key="hold_id")


def _on(field: Field, name: str) -> str:
    """The condition that names an entry of the scene."""
    entry_id = getattr(field.scene, name)
    return f"WHERE id = '{entry_id.hex if field.is_sqlite else entry_id}'"


def _edit(rule: str, name: str, change: str) -> None:
    """Keep the change of an entry as an attack."""

    def act(field: Field, connection: Connection) -> None:
        connection.execute(text(f"UPDATE ledger_entry SET {change} {_on(field, name)}"))

    act.__name__ = rule.replace(" ", "_")
    attack(IMMUTABLE)(act)


BLANK = "actor_name = '', memo = '', document = '', reason = ''"
_edit("words are not edited", "first", "memo = 'x'")
_edit("words are not blanked without an erasure", "first", BLANK)
_edit("erased words do not come back", "erased", "memo = '陪同就医'")
_edit("an erased entry does not change its day", "erased", "effective_on = '2026-12-01'")
_edit("an erased entry does not change its number", "erased", "number = 999")
_edit("an erased entry does not change its seal", "erased", "seal = words_hash")
_edit("an erased entry is not written again as it is", "erased", BLANK)


@attack(sqlite=IMMUTABLE)
def an_erased_entry_is_not_renumbered_by_another_name(field: Field, connection: Connection) -> None:
    connection.execute(text(f"UPDATE ledger_entry SET rowid = 999 {_on(field, 'erased')}"))


@attack(sqlite=IMMUTABLE)
def an_erased_hold_is_not_renumbered_by_another_name(field: Field, connection: Connection) -> None:
    where = _on(field, "released_hold")
    connection.execute(text(f"UPDATE ledger_hold SET rowid = 999 {where}"))


@attack(sqlite=IMMUTABLE, postgresql=IMMUTABLE)
def an_entry_is_not_changed_together_with_its_erasure(field: Field, connection: Connection) -> None:
    connection.execute(insert(ERASURES).values(erasure(field)))
    change = f"UPDATE ledger_entry SET kind = 'x', {BLANK} {_on(field, 'first')}"
    connection.execute(text(change))
