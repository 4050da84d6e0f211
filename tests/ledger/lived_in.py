"""A bank where a little of everything has happened, and its owner behind its back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Connection, insert, text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.ledger import SmallBank, draft_of, earn, spend
from timebank.kernel import clock, ids
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.service import holds, periods, posting


def past(days: int) -> date:
    """A day so many days ago."""
    return clock.today() - timedelta(days=days)


def live(session: Session, bank: SmallBank) -> None:
    """Let the entries 3 to 14 happen, and two periods close; 1 and 2 are there."""
    first, second, third = bank.members
    actor = bank.actor

    def move(day: date, *lines: tuple[int, int, int]) -> UUID:
        draft = draft_of(bank.book_id, *lines, effective_on=day)
        return posting.post(session, actor=actor, draft=draft).id

    def undo(entry_id: UUID, debt: int | None = None) -> None:
        posting.reverse(
            session,
            actor=actor,
            entry_id=entry_id,
            reversal_id=ids.new_id(),
            reason="记错了",
            debt_account_id=debt,
        )

    move(past(100), (bank.issuance, first, 40))
    move(past(99), (second, bank.redeemed, 20))
    periods.close_period(session, actor=actor, book_id=bank.book_id, through_on=past(90))
    move(past(80), (bank.issuance, first, 10))
    periods.close_period(session, actor=actor, book_id=bank.book_id, through_on=past(70))
    spend(session, bank, 30)
    undo(spend(session, bank, 20))
    taught = earn(session, bank, 60, member=1)
    spend(session, bank, 70, member=1)
    undo(taught, bank.debt)
    move(past(1), (bank.issuance, first, 5), (bank.issuance, third, 5))
    _hold(session, bank)
    _erase(session, bank, earn(session, bank, 15, member=2))


def _hold(session: Session, bank: SmallBank) -> None:
    """Hold three times: one is captured, one released, one stays open."""
    member, actor = bank.members[0], bank.actor
    captured, released, kept = ids.new_id(), ids.new_id(), ids.new_id()
    for hold_id, amount in ((captured, 25), (released, 6), (kept, 7)):
        holds.hold(
            session, actor=actor, hold_id=hold_id, account_id=member, amount=amount, memo="理发"
        )
    draft = draft_of(bank.book_id, (member, bank.redeemed, 20), kind="care.redeemed")
    holds.capture(session, actor=actor, hold_id=captured, draft=draft)
    holds.release(session, actor=actor, hold_id=released, reason="改天")


def _erase(session: Session, bank: SmallBank, entry_id: UUID) -> None:
    """Erase the words of an entry."""
    row = rows.erasure(bank.actor, entry_id, erased_at=clock.now(), ground="本人要求")
    session.execute(insert(ERASURES).values(row))


@contextmanager
def behind_its_back(real: RealBank) -> Iterator[Connection]:
    """A transaction of the owner with every guard off; rolled back unless it is committed."""
    with real.owner.connect() as connection:
        if real.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            chosen = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (name,) in connection.execute(text(chosen)).all():
                if name.startswith("ledger_"):
                    connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
        connection.rollback()
