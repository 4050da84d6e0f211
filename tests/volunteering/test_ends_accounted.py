"""Whatever is earned, given, ended, merged, left or undone: every minute is somewhere."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from tests.make.ends import Lane, earn, make_lane, owe
from tests.make.volunteering import DAY, NOW
from timebank.kernel import clock, ids
from timebank.kernel.errors import DomainError
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.rules.values import Asset, EntryDraft, Side, Transfer
from timebank.ledger.service import posting
from timebank.ledger.verify import proof as ledger_proof
from timebank.volunteering import verify
from timebank.volunteering.models.leaving import AccountLeaving
from timebank.volunteering.models.merging import AccountMerge
from timebank.volunteering.rules.gifts import Source
from timebank.volunteering.rules.leaving import LeavingKind, Outcome, Wish
from timebank.volunteering.service import books, ending, leaving, merging, pools

STEPS = 24
ISSUED = ("issuance", "debt", "written_off")
HELD = ("member", "donation", "pool", "redeemed", "expired", "voided")


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _sums(session: Session, lane: Lane) -> tuple[int, int]:
    """What was issued, and where it is now; each account is of one side or the other."""
    issued = held = 0
    cursor = None
    while True:
        page = ledger_accounts.accounts(
            session, community_id=lane.street.community.id, cursor=cursor
        )
        for state in ledger_accounts.with_balances(session, page.items):
            name = state.account.code.partition(":")[0]
            assert (name in ISSUED) != (name in HELD)
            assert (state.account.normal == Side.DEBIT) == (name in ISSUED)
            issued += state.balance.posted if name in ISSUED else 0
            held += state.balance.posted if name in HELD else 0
        cursor = page.next_cursor
        if cursor is None:
            return issued, held


class _Life:
    """Random acts of a lane; what the rules refuse is no act."""

    def __init__(self, session: Session, lane: Lane, random: Random) -> None:
        self.session, self.lane, self.random = session, lane, random
        self.people = [lane.old_id, lane.kept_id, lane.daughter.id, lane.street.elder_person.id]

    def step(self) -> None:
        acts = (self.earn, self.earn, self.owe, self.give, self.end, self.merge, self.leave)
        try:
            with self.session.begin_nested():
                self.random.choice(acts)()
        except DomainError:
            self.session.expire_all()

    def _someone(self) -> int:
        return self.random.choice(self.people)

    def earn(self) -> None:
        day = DAY - timedelta(days=self.random.randrange(200))
        minutes, donation = self.random.randrange(1, 90), self.random.random() < 0.3
        earn(self.session, self.lane, self._someone(), minutes, on=day, donation=donation)

    def owe(self) -> None:
        owe(self.session, self.lane, self._someone(), self.random.randrange(1, 20))

    def give(self) -> None:
        actor = self.random.choice((self.lane.street.volunteer, self.lane.daughter_actor))
        pools.give_to_pool(
            self.session,
            actor=actor,
            key=ids.new_id(),
            pool_id=self.lane.pool_id,
            minutes=self.random.randrange(1, 60),
            source=self.random.choice(tuple(Source)),
        )

    def end(self) -> None:
        """Spend, or let expire."""
        community_id = self.lane.street.community.id
        accounts = ending.accounts_of(
            self.session, community_id=community_id, person_id=self._someone()
        )
        expired = books.expired_account(self.session, community_id=community_id)
        minutes = self.random.randrange(1, 60)
        draft = EntryDraft(
            id=ids.new_id(),
            book_id=books.time_book(self.session, community_id=community_id),
            asset=Asset.MINUTES,
            kind="hours.expired",
            effective_on=DAY,
            transfers=[Transfer(accounts.own, expired, minutes)],
            memo="",
        )
        posting.post(self.session, actor=self.lane.street.admin, draft=draft)

    def merge(self) -> None:
        """Merge two records, or undo the last merge."""
        admin, second = self.lane.street.admin, self.lane.second
        last = self.session.query(AccountMerge).order_by(AccountMerge.id.desc()).first()
        if last is not None and last.state == "merged":
            merging.ask_undo(self.session, actor=second, merge_id=last.id, reason="两个人")
            merging.undo_merge(self.session, actor=admin, merge_id=last.id)
            return
        merge_id = merging.propose_merge(
            self.session,
            actor=admin,
            key=ids.new_id(),
            old_id=self._someone(),
            kept_id=self._someone(),
            evidence="随机",
        )
        merging.merge(self.session, actor=second, merge_id=merge_id)

    def leave(self) -> None:
        """Report a leaving, or settle or undo the last one."""
        admin, second = self.lane.street.admin, self.lane.second
        last = self.session.query(AccountLeaving).order_by(AccountLeaving.id.desc()).first()
        if last is None or last.state in {"settled", "undone"}:
            leaving.report_leaving(
                self.session,
                actor=admin,
                key=ids.new_id(),
                person_id=self._someone(),
                kind=LeavingKind.MOVED_AWAY,
                happened_on=DAY,
                evidence="随机",
            )
        elif self.random.random() < 0.4:
            leaving.undo_leaving(self.session, actor=admin, leaving_id=last.id, reason="弄错了")
        else:
            with clock.fixed_at(NOW + timedelta(days=200)):
                wish = self.random.choice(
                    (
                        Wish(Outcome.KIN, kin_id=self.lane.daughter.id),
                        Wish(Outcome.POOL, pool_id=self.lane.pool_id),
                        Wish(Outcome.VOID),
                    )
                )
                leaving.propose_outcome(
                    self.session, actor=admin, leaving_id=last.id, wish=wish, reason="随机"
                )
                leaving.settle(self.session, actor=second, leaving_id=last.id)


@pytest.mark.parametrize("seed", [11])
def test_every_minute_is_somewhere_at_every_step(session: Session, seed: int) -> None:
    lane = make_lane(session)
    life = _Life(session, lane, Random(seed))

    for _ in range(STEPS):
        life.step()
        issued, held = _sums(session, lane)
        assert issued == held

    session.flush()
    assert [*verify.findings(session), *ledger_proof.findings(session)] == []
