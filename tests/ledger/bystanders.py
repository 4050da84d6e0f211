"""What happens beside the verbs: strangers, tampering, power cuts, and reading at any moment."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from tests.ledger.machine import SIZE, BooksMachine
from tests.ledger.sequences import act
from timebank.kernel.actor import Actor, program
from timebank.kernel.db import Base
from timebank.ledger.models import rows
from timebank.ledger.models.blocks import ERASURES
from timebank.ledger.models.guard import SEALED_TABLES
from timebank.ledger.models.hold_erasures import HOLD_ERASURES
from timebank.ledger.models.tables import HOLD_ENDS, HOLDS
from timebank.ledger.queries import accounts as account_queries
from timebank.ledger.queries import lots as lot_queries
from timebank.ledger.queries import periods as period_queries
from timebank.ledger.queries import statements as statement_queries
from timebank.ledger.service import holds, periods, posting

GROUND = "本人要求"


class BystanderMachine(BooksMachine):
    """Acts that change nothing, though some of them try to."""

    # What may not be.

    @act(1, at=1000)
    def reverse_as_a_stranger(self, at: int) -> None:
        entry_id = self.entry(at)
        if entry_id is None:
            return
        actor = self._stranger(self.plain.entries[entry_id].draft.community)
        facts = {"entry_id": entry_id, "reversal_id": self.new_id(), "reason": ""}
        found = self.answer(lambda: posting.reverse(self.session, actor=actor, **facts))  # type: ignore[arg-type]  # the facts are typed above
        assert found == "ledger_entry_not_found"
        self.refused(lambda: self.erase(entry_id, actor.community_id))

    @act(1, at=1000)
    def release_as_a_stranger(self, at: int) -> None:
        hold_id = self.a_hold(at)
        if hold_id is None:
            return
        account = self.plain.holds[hold_id].account
        actor = self._stranger(self.plain.accounts[account].community)
        found = self.answer(
            lambda: holds.release(self.session, actor=actor, hold_id=hold_id, reason="")
        )
        assert found == "ledger_hold_not_found"
        self.refused(lambda: self.erase_hold(hold_id, actor.community_id))

    @act(1, book=3)
    def close_as_a_stranger(self, book: int) -> None:
        actor = self._stranger(self.actor_of(self.world.spots[book * 2 * SIZE]).community_id)
        facts = {"book_id": self.world.book_ids[book], "through_on": self.today}
        found = self.answer(lambda: periods.close_period(self.session, actor=actor, **facts))  # type: ignore[arg-type]  # the facts are typed above
        assert found == "ledger_book_not_found"

    def _stranger(self, community_id: int) -> Actor:
        return next(one for key, one in self.world.actors.items() if key != community_id)

    @act(2, at=len(SEALED_TABLES), deletes=2)
    def tamper(self, at: int, deletes: int) -> None:
        """What is sealed is neither changed nor deleted."""
        table = Base.metadata.tables[SEALED_TABLES[at]]
        key = next(iter(table.primary_key.columns))
        change = delete(table) if deletes else update(table).values({key: key})
        if self.session.execute(select(key).limit(1)).first() is not None:
            self.refused(lambda: self.session.execute(change))

    def refused(self, work: Callable[[], object]) -> None:
        """The database itself refuses an act, whatever the verbs would say."""
        with pytest.raises(DBAPIError), self.session.begin_nested():
            work()

    @act(5, after=9)
    def let_the_power_fail_soon(self, after: int) -> None:
        """In the middle of the next act, or after it and before its commit."""
        self.cut_after = after

    def erase(self, entry_id: UUID, community_id: int) -> int:
        """Erase the words of one entry by the row that does it; answer how many."""
        actor = program(community_id=community_id, name="更正")
        row = rows.erasure(actor, entry_id, erased_at=self.now, ground=GROUND)
        self.session.execute(insert(ERASURES).values(row))
        return 1

    def erase_hold(self, hold_id: UUID, community_id: int) -> int:
        """The same of one hold, which may be open for all that this asks."""
        actor = program(community_id=community_id, name="更正")
        (hold,), ends = (
            self.session.execute(select(table).where(key == hold_id)).mappings().all()
            for table, key in ((HOLDS, HOLDS.c.id), (HOLD_ENDS, HOLD_ENDS.c.hold_id))
        )
        end = ends[0] if ends else dict.fromkeys(HOLD_ENDS.c.keys())
        row = rows.hold_erasure(actor, hold, end, erased_at=self.now, ground=GROUND)
        self.session.execute(insert(HOLD_ERASURES).values(row))
        return 1

    # Reading.

    @act(8, group=6, ago=60, at=6)
    def read(self, group: int, ago: int, at: int) -> None:
        """Balances now and on any day, lots by age, statements, sums of books."""
        keys = [self.spot(group, near) for near in range(SIZE)]
        day = self.today - timedelta(days=ago)
        found = account_queries.balances(self.session, keys)
        expected = {key: self.plain.accounts[key] for key in keys}
        assert {key: (one.posted, one.held, one.floor) for key, one in found.items()} == {
            key: (one.posted, one.held, one.floor) for key, one in expected.items()
        }
        on_day = period_queries.balances_on(self.session, keys[at : at + 2], day)
        assert on_day == {key: self.plain.posted_on(key, day) for key in keys[at : at + 2]}
        self._read_lots(keys[at % 2])
        page = statement_queries.statement(self.session, keys[at], limit=500)
        assert [(one.entry_id, one.amount, one.balance_after) for one in page.items] == (
            self.plain.statement(keys[at])
        )
        sums = account_queries.book_sums(self.session, expected[keys[0]].community)
        assert [one.difference for one in sums] == [0] * len(sums)

    def _read_lots(self, account: int) -> None:
        found = lot_queries.open_lots(self.session, account)
        assert [(lot.entry_id, lot.earned_on, lot.remaining) for lot in found] == [
            (lot.entry, lot.day, lot.left) for lot in self.plain.accounts[account].oldest_lots()
        ]
