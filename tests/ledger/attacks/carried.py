"""Attacks on what is carried from account to account, and on accounts that are frozen."""

from datetime import date

from sqlalchemy import Connection, insert, text

from tests.ledger.attacks.book import Chapter
from tests.ledger.attacks.field import CLOSED_ON, NOON, TODAY, Field, post
from timebank.kernel import ids
from timebank.ledger.models.freezes import FREEZES
from timebank.ledger.models.tables import HOLDS

chapter = Chapter()
attack = chapter.attack


def _carried(field: Field, connection: Connection, *, onto: int = 0, **head: object) -> None:
    """Carry by hand 10 minutes of member 1, who earned on the day of the attack, to member 2."""
    entry_id = ids.new_id()
    first, second, _ = field.bank.members
    moved = field.line(entry_id, debit_id=first, credit_id=onto or second)
    post(connection, field.header(entry_id, **head), moved)


@attack("ledger_lots_renewed")
def what_is_carried_does_not_become_older(field: Field, connection: Connection) -> None:
    _carried(field, connection, lots_on=CLOSED_ON)


@attack("ledger_entry_lots_carried")
def what_is_carried_is_of_no_day_to_come(field: Field, connection: Connection) -> None:
    _carried(field, connection, lots_on=date(2027, 1, 1))


@attack("ledger_lots_renewed")
def what_is_carried_comes_onto_no_account_without_lots(
    field: Field, connection: Connection
) -> None:
    _carried(field, connection, onto=field.bank.redeemed, lots_on=TODAY)


@attack("ledger_lots_renewed")
def new_minutes_do_not_claim_to_be_old(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    post(connection, field.header(entry_id, lots_on=CLOSED_ON), field.line(entry_id))


@attack("ledger_entry_lots_carried")
def a_capture_carries_no_lots(field: Field, connection: Connection) -> None:
    _carried(field, connection, lots_on=TODAY, hold_id=field.scene.open_hold)


def _freeze(field: Field, connection: Connection, **changed: object) -> None:
    row = {
        "community_id": field.bank.community_id,
        "account_id": field.scene.frozen,
        "frozen": 1,
        "frozen_at": NOON,
        "document": "手写",
        "actor_user_id": None,
        "seal": b"s" * 32,
    }
    connection.execute(insert(FREEZES).values(row | changed))


@attack("ledger_frozen")
def a_frozen_account_does_not_earn(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    line = field.line(entry_id, credit_id=field.scene.frozen)
    post(connection, field.header(entry_id), line)


@attack("ledger_frozen")
def a_frozen_account_does_not_spend(field: Field, connection: Connection) -> None:
    entry_id = ids.new_id()
    moved = {"debit_id": field.scene.frozen, "credit_id": field.bank.members[0], "amount": 1}
    post(connection, field.header(entry_id), field.line(entry_id, **moved))


@attack("ledger_frozen")
def nothing_is_set_aside_on_a_frozen_account(field: Field, connection: Connection) -> None:
    connection.execute(insert(HOLDS).values(field.hold(account_id=field.scene.frozen, amount=1)))


@attack("ledger_freeze_astray")
def a_frozen_account_is_not_frozen_again(field: Field, connection: Connection) -> None:
    _freeze(field, connection)


@attack("ledger_freeze_astray")
def an_account_that_is_not_frozen_is_not_thawed(field: Field, connection: Connection) -> None:
    _freeze(field, connection, account_id=field.bank.members[0], frozen=0)


@attack("ledger_freeze_astray")
def an_open_account_is_not_frozen(field: Field, connection: Connection) -> None:
    _freeze(field, connection, account_id=field.bank.issuance)


@attack("ledger_freeze_astray")
def an_account_is_not_frozen_for_another_community(field: Field, connection: Connection) -> None:
    other = field.scene.other.community_id
    _freeze(field, connection, account_id=field.bank.members[0], community_id=other)


@attack("ledger_freeze_document")
def a_freeze_says_by_what(field: Field, connection: Connection) -> None:
    _freeze(field, connection, frozen=0, document="")


@attack(postgresql="ledger_immutable")
def a_balance_is_not_thawed_behind_the_books(_: Field, connection: Connection) -> None:
    connection.execute(text("UPDATE ledger_balance SET frozen = 0 WHERE frozen = 1"))
