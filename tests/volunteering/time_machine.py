"""Random acts of a whole time bank, done to the service and to the plain one side by side."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any  # a savepoint

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.care import BY_PIN, PIN, make_service
from tests.make.community import make_kin, make_person
from tests.make.policy import make_policy, make_second_admin
from tests.make.volunteering import DAY, Street, at, make_street
from tests.volunteering.plain_caps import Limits, Served
from tests.volunteering.plain_time import Bank, Rules, Shortage, Uses
from timebank.care.errors.desk import NotEnoughMinutesError, UndoWindowError
from timebank.care.rules.desk import CentreKind, Proven, Wanted
from timebank.care.service import cards, catalogue, redemptions, reversals, tills
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor, program
from timebank.ledger.models.lots import Lot
from timebank.ledger.models.tables import Account
from timebank.ledger.queries import accounts as ledger_accounts
from timebank.ledger.verify import proof as ledger_verify
from timebank.reports.queries import balance
from timebank.reports.rules.figures import Period, Places
from timebank.volunteering import verify
from timebank.volunteering.errors.gifts import (
    MonthLimitError,
    NotEnoughToGiveError,
    PoolShortError,
)
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.gifts import Need, Source
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import (
    expiry,
    pools,
    proofs,
    records,
    review,
    rolling,
    wallet,
)

# Kinds of rules between which the community changes: month, pair and lifetime caps, months.
POLICIES = (
    (150, None, None, 3),
    (None, 90, 500, 3),
    (None, None, None, None),
    (200, 120, None, 4),
)
PRICE = 40
VOLUNTEERS = 2
# The least that a whole-community period must span.
EVER = Period(date(2026, 11, 1), date(2030, 12, 1))


@dataclass(frozen=True, slots=True)
class World:
    """A community in which everything can happen, before anything has."""

    session: Session
    street: Street
    second: Actor
    volunteers: tuple[Actor, ...]
    pool_id: int
    wallet_id: int
    centre_id: int
    service_id: int
    counter: Actor

    @property
    def elder_id(self) -> int:
        """Who is served, receives and redeems."""
        return self.street.elder_person.id


def open_world(session: Session) -> World:
    """Make the community: two volunteers, an elder with a card, a pool, a wallet, a counter."""
    with clock.fixed_at(at("08:00", DAY)):
        street = make_street(session)
        community_id = street.community.id
        second = make_second_admin(session, street)
        make_policy(session, street, _policy(0))
        other = make_person(session, community_id=community_id, name="王建国")
        helper = make_actor(
            session,
            community_id=community_id,
            roles=(("volunteer", "own", None),),
            person_id=other.id,
            name="王建国",
        )
        make_kin(
            session,
            person=street.volunteer_person,
            relative=street.elder_person,
            kind=KinshipKind.PARENT,
            verified_on=DAY,
        )
        centre = catalogue.add_centre(
            session, actor=street.admin, name="中心", kind=CentreKind.CENTRE, address="1号楼"
        )
        lunch = make_service(
            session,
            street.admin,
            centre_id=centre.id,
            minutes=PRICE,
            day_capacity=None,
            person_day_limit=99,
        )
        tills.set_rules(
            session,
            actor=street.admin,
            centre_id=centre.id,
            person_day_minutes_max=720,
            undo_alone_minutes_max=720,
            may_sign_alone=False,
        )
        clerk = make_person(session, community_id=community_id, name="赵敏")
        counter = make_actor(
            session,
            community_id=community_id,
            roles=(("centre_manager", "centre", centre.id),),
            person_id=clerk.id,
            name="赵敏",
        )
        elder_id = street.elder_person.id
        cards.open_card(session, actor=counter, person_id=elder_id)
        cards.set_pin(session, actor=counter, person_id=elder_id, pin=PIN, proven=Proven())
        pool_id = pools.open_pool(session, actor=street.admin, name="助老池")
        wallet_id = wallet.open_wallet(
            session, actor=street.volunteer, month_minutes_max=200, receiver_id=elder_id
        )
        wallet.agree_to_wallet(session, actor=street.elder, wallet_id=wallet_id)
    return World(
        session,
        street,
        second,
        (street.volunteer, helper),
        pool_id,
        wallet_id,
        centre.id,
        lunch.id,
        counter,
    )


def _policy(which: int) -> Policy:
    """Return one of the policies."""
    month, pair, lifetime, term = POLICIES[which]
    return Policy(
        day_minutes_max=None,
        month_minutes_max=month,
        pair_minutes_max=pair,
        lifetime_minutes_max=lifetime,
        expiry_months=term,
        circle=Circle.LINEAL,
        allows_gifts=True,
    )


def _rules(which: int, since: date) -> Rules:
    """Return the same as the plain time bank has it."""
    month, pair, lifetime, term = POLICIES[which]
    return Rules(since, Limits(month, pair, lifetime), term)


def machine_of(world: World) -> type[RuleBasedStateMachine]:
    """Return the machine of a world; what one run does is rolled back before the next."""

    class TimeMachine(RuleBasedStateMachine):
        """Each act is done twice; after each, both know the same."""

        savepoint: Any = None

        @initialize()
        def begin(self) -> None:
            """Start from the empty community."""
            self.savepoint = world.session.begin_nested()
            self.day = DAY
            self.bank = Bank([_rules(0, DAY)])
            self.waiting: list[tuple[int, Served]] = []
            self.redeemed: list[tuple[int, Uses]] = []
            self.hour = 0
            self.last_policy = 0

        def _act(self, work: Callable[[], Any]) -> Any:
            """Do something in the evening of the present day, or not at all."""
            with clock.fixed_at(at("23:30", self.day)), world.session.begin_nested():
                return work()

        def _agree(self, plain: Callable[[], Any], real: Callable[[], Any], refusal: Any) -> Any:
            """Do the same on both sides: both do it, or both refuse."""
            try:
                found = plain()
            except Shortage:
                try:
                    self._act(real)
                except refusal:
                    return None
                raise AssertionError("the plain bank refused, the service did not") from None
            return found, self._act(real)

        @rule(days=st.sampled_from((1, 3, 31, 45, 80)))
        def time_passes(self, days: int) -> None:
            """Let days go by; the job of the night runs at their end."""
            self.day += timedelta(days=days)
            self.hour = 0
            robot = program(community_id=world.street.community.id, name="volunteering.expire")
            self.bank.expire(self.day)
            self._act(lambda: expiry.warn_and_expire(world.session, actor=robot))

        @precondition(lambda self: self.hour < 20)
        @rule(who=st.integers(0, VOLUNTEERS - 1), minutes=st.integers(20, 110))
        def serve(self, who: int, minutes: int) -> None:
            """Serve the elder; it waits for approval."""
            self._serve(who, minutes)

        @precondition(lambda self: self.hour < 20)
        @rule(
            who=st.integers(0, VOLUNTEERS - 1),
            minutes=st.lists(st.integers(20, 110), min_size=1, max_size=3),
        )
        def serve_and_approve(self, who: int, minutes: list[int]) -> None:
            """Serve some times on a day; it is approved the same evening with what waits."""
            for one in minutes:
                if self.hour < 20:
                    self._serve(who, one)
            self.approve(len(self.waiting))

        def _serve(self, who: int, minutes: int) -> None:
            volunteer = world.volunteers[who]
            assert volunteer.person_id is not None
            started_at = at(f"{self.hour:02}:00", self.day)
            self.hour += 2
            facts = ServiceFacts(
                kind_id=world.street.kind_id,
                started_at=started_at,
                ended_at=started_at + timedelta(minutes=minutes),
                recipient_id=world.elder_id,
                micro_grid_id=world.street.place.id,
            )

            def record() -> int:
                number = records.record_service(world.session, actor=volunteer, facts=facts)
                proofs.confirm_service(world.session, actor=world.street.elder, record_id=number)
                return number

            served = Served(volunteer.person_id, world.elder_id, self.day, minutes)
            self.waiting.append((self._act(record), served))

        @precondition(lambda self: self.waiting)
        @rule(count=st.integers(1, 4))
        def approve(self, count: int) -> None:
            """Approve one or many at once."""
            some, self.waiting = self.waiting[:count], self.waiting[count:]
            self.bank.approve(some, self.day)
            chosen = [number for number, _ in some]
            self._act(
                lambda: review.approve_many(
                    world.session, actor=world.second, record_ids=chosen, key=ids.new_id()
                )
            )

        @precondition(lambda self: self.bank.services)
        @rule(at_=st.integers(0, 99))
        def unapprove(self, at_: int) -> None:
            """Take an approval back."""
            number = self.bank.services[at_ % len(self.bank.services)].number
            self.bank.unapprove(number, self.day)
            self._act(
                lambda: review.unapprove_service(
                    world.session,
                    actor=world.second,
                    record_id=number,
                    reason="记错了",
                    key=ids.new_id(),
                )
            )

        @rule(
            who=st.integers(0, VOLUNTEERS - 1),
            minutes=st.integers(1, 60),
            source=st.sampled_from(list(Source)),
        )
        def donate(self, who: int, minutes: int, source: Source) -> None:
            """Give to the pool."""
            giver = world.volunteers[who]
            word = "member" if source is Source.OWN else "donation"
            self._agree(
                lambda: self.bank.give(f"{word}:{giver.person_id}", minutes),
                lambda: pools.give_to_pool(
                    world.session,
                    actor=giver,
                    key=ids.new_id(),
                    pool_id=world.pool_id,
                    minutes=minutes,
                    source=source,
                ),
                NotEnoughToGiveError,
            )

        @rule(minutes=st.integers(1, 60))
        def grant(self, minutes: int) -> None:
            """Grant from the pool to the elder."""

            def ask_and_approve() -> None:
                grant_id = pools.request_grant(
                    world.session,
                    actor=world.street.officer,
                    key=ids.new_id(),
                    pool_id=world.pool_id,
                    person_id=world.elder_id,
                    minutes=minutes,
                    need=Need.MEAL,
                    reason="独居，摔伤了",
                )
                pools.approve_grant(world.session, actor=world.second, grant_id=grant_id)

            self._agree(
                lambda: self.bank.grant(world.elder_id, minutes, self.day, "grant"),
                ask_and_approve,
                PoolShortError,
            )

        @rule(minutes=st.integers(1, 60))
        def send_to_kin(self, minutes: int) -> None:
            """Give within the family, as long as the month's limit allows."""
            giver = world.volunteers[0]
            assert giver.person_id is not None
            giver_id = giver.person_id

            def send() -> None:
                wallet.give_by_wallet(
                    world.session,
                    actor=giver,
                    key=ids.new_id(),
                    wallet_id=world.wallet_id,
                    minutes=minutes,
                )

            try:
                self._act(send)
            except (NotEnoughToGiveError, MonthLimitError):
                return
            self.bank.send(giver_id, world.elder_id, minutes, self.day, "gift")

        @rule(quantity=st.integers(1, 3))
        def redeem(self, quantity: int) -> None:
            """Let the elder redeem at the counter."""
            done = self._agree(
                lambda: self.bank.redeem(world.elder_id, PRICE * quantity),
                lambda: redemptions.redeem(
                    world.session,
                    actor=world.counter,
                    key=ids.new_id(),
                    centre_id=world.centre_id,
                    person_id=world.elder_id,
                    wanted=[Wanted(world.service_id, quantity)],
                    proven=BY_PIN,
                ),
                NotEnoughMinutesError,
            )
            if done is not None:
                uses, view = done
                self.redeemed.append((view.id, uses))

        @precondition(lambda self: self.redeemed)
        @rule()
        def undo_redemption(self) -> None:
            """Undo the last redemption."""
            redemption_id, uses = self.redeemed.pop()
            try:
                self._act(
                    lambda: reversals.undo_redemption(
                        world.session,
                        actor=world.street.admin,
                        redemption_id=redemption_id,
                        reason="记错了",
                    )
                )
            except UndoWindowError:
                return
            self.bank.undo(uses)

        @rule(which=st.integers(0, len(POLICIES) - 1))
        def change_policy(self, which: int) -> None:
            """Bring other rules into force from the day after tomorrow, which comes at once."""
            if which == self.last_policy:
                return
            self.last_policy = which
            self.day += timedelta(days=2)
            self.hour = 0
            with world.session.begin_nested():
                make_policy(world.session, world.street, _policy(which), in_force_on=self.day)
            self.bank.rules.append(_rules(which, self.day))

        @invariant()
        def both_know_the_same(self) -> None:
            """Compare every lot, every account, and the sum of all of them."""
            if self.savepoint is None:
                return
            sums, lots = sums_of(world), lots_of(world)
            bank, people = self.bank, [one.person_id for one in world.volunteers]
            for person_id in (*people, world.elder_id):
                for code in (f"member:{person_id}", f"donation:{person_id}"):
                    plain = sorted((lot.on, lot.left) for lot in bank.of(code) if lot.left)
                    assert plain == lots.get(code, [])
            assert sums.get("issuance", 0) == bank.issued
            assert sums.get("debt", 0) == sum(bank.debts.values())
            assert sums.get("redeemed", 0) == bank.redeemed
            assert sums.get("expired", 0) == bank.expired
            assert sums.get("pool", 0) == bank.pool
            outstanding = sums.get("member", 0) + sums.get("donation", 0)
            given_out = sums.get("pool", 0)
            spent, expired = sums.get("redeemed", 0), sums.get("expired", 0)
            assert bank.issued + sum(bank.debts.values()) == (
                outstanding + given_out + spent + expired
            )

        def teardown(self) -> None:
            """Prove everything, look at the figures, and forget the run."""
            if self.savepoint is None:
                return
            end_of(world, self.bank, self.day)
            self.savepoint.rollback()
            world.session.expire_all()

    return TimeMachine


def end_of(world: World, bank: Bank, day: date) -> None:
    """Prove books and records, and that figures agree with both, with kept months and without."""
    session, community_id = world.session, world.street.community.id
    own = {
        row.id: (row.credited_minutes or 0) - row.donation_minutes
        for row in session.scalars(select(ServiceRecord).where(ServiceRecord.state == "approved"))
    }
    assert own == {one.number: one.own for one in bank.services}
    with clock.fixed_at(at("23:40", day)):
        for _ in range(2):
            found = balance.books(
                session, places=Places(community_id, is_whole=True, sees_people=True), period=EVER
            )
            assert [check for check in found.checks if not check.is_right] == []
            rolling.roll_months(session, community_id=community_id)
    assert list(verify.findings(session, community_id)) == []
    assert list(ledger_verify.findings(session, community_id)) == []


def sums_of(world: World) -> dict[str, int]:
    """Return the minutes of the book by the first word of the accounts' codes."""
    found: dict[str, int] = {}
    community_id = world.street.community.id
    book_id = ledger_accounts.book_id(world.session, community_id=community_id, code=passbook.BOOK)
    views = ledger_accounts.accounts(
        world.session, community_id=community_id, book_id=book_id, limit=200
    ).items
    for one in ledger_accounts.with_balances(world.session, views):
        word = one.account.code.split(":")[0]
        found[word] = found.get(word, 0) + one.balance.posted
    return found


def lots_of(world: World) -> dict[str, list[tuple[date, int]]]:
    """Return what is left of the lots of each account, oldest first, by its code."""
    found: dict[str, list[tuple[date, int]]] = {}
    rows = world.session.execute(
        select(Account.code, Lot.earned_on, Lot.remaining)
        .join(Account, Account.id == Lot.account_id)
        .where(Lot.remaining > 0, Account.community_id == world.street.community.id)
        .order_by(Lot.earned_on, Lot.remaining)
    )
    for code, earned_on, remaining in rows:
        found.setdefault(code, []).append((earned_on, remaining))
    return found
