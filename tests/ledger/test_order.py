"""The numbers of entries follow the order in which they moved an account's lots."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.ledger.conftest import RealBank
from tests.make.ledger import draft_of, spend
from timebank.kernel import clock
from timebank.ledger.service import posting

_LOCKED = text("SELECT 1 FROM ledger_balance WHERE account_id = :account FOR UPDATE")
_WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event_type = 'Lock'"
)


@pytest.mark.parametrize("is_bulk", [False, True])
def test_who_waits_for_a_balance_gets_the_later_number(real_bank: RealBank, is_bulk: bool) -> None:
    if real_bank.name == "sqlite":
        return  # there is one writer, and nobody waits with a number in hand
    bank = real_bank.bank
    line = (bank.members[0], bank.redeemed, 10)

    def take(session: Session) -> None:
        if is_bulk:
            drafts = [draft_of(bank.book_id, line) for _ in range(2)]
            posting.post_many(session, actor=bank.actor, drafts=drafts)
        else:
            spend(session, bank, 10)

    waiting = threading.Thread(target=real_bank.write, args=(take,))
    with real_bank.owner.connect() as first, real_bank.owner.connect() as watch:
        first.execute(_LOCKED, {"account": bank.members[0]})
        waiting.start()
        while not watch.execute(_WAITING).scalar():
            watch.rollback()
            time.sleep(0.01)
        old = clock.today() - timedelta(days=9)
        draft = draft_of(bank.book_id, (bank.issuance, bank.members[0], 30), effective_on=old)
        posting.post(Session(first), actor=bank.actor, draft=draft)
        first.commit()
    waiting.join()

    assert real_bank.findings() == []
