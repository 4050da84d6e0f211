"""A relative spends directly from the elder's account: with consent, own PIN, under the limit."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import log_in, make_actor
from tests.make.care import PIN, Desk, make_desk
from tests.make.community import make_kin, make_person
from tests.make.real import ENGINES, real_app
from tests.make.tills import let_one_undo
from timebank.care.errors.desk import ProofMissingError, ServiceNotFoundError, WrongPinError
from timebank.care.models.desk import Booking
from timebank.care.models.slips import Redemption
from timebank.care.rules.desk import Proven, RedemptionView, Wanted
from timebank.care.service import booking_ends, bookings, cards, redemptions, reversals
from timebank.community.rules import KinshipKind
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import read_only, transaction
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.volunteering.errors import gifts as errors
from timebank.volunteering.models.spending import FamilyUse, SpendingConsent
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import wallet as wallets
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.service import books, spending, wallet
from timebank.volunteering.service import policy as policies

OWN_PIN = "830516"


@dataclass(frozen=True, slots=True)
class Family:
    """A desk whose member has a daughter with a card, and a wallet that lets her spend."""

    desk: Desk
    elder: Actor
    daughter: Actor
    wallet_id: int

    @property
    def by_daughter(self) -> Proven:
        """Her own PIN."""
        return Proven(pin=OWN_PIN, code=OWN_PIN, relative_id=self.daughter.person_id)


def make_family(session: Session, *, limit: int = 150, is_allowed: bool = True) -> Family:
    """Return a family at a working counter."""
    desk = make_desk(session)
    _let_kin_receive(session, desk)
    child = make_person(session, community_id=desk.community_id, name="孙敏")
    for one, other, kind in (
        (desk.member, child, KinshipKind.CHILD),
        (child, desk.member, KinshipKind.PARENT),
    ):
        make_kin(session, person=one, relative=other, kind=kind, verified_on=clock.today())
    cards.open_card(session, actor=desk.counter, person_id=child.id)
    cards.set_pin(session, actor=desk.counter, person_id=child.id, pin=OWN_PIN, proven=Proven())
    elder, daughter = (
        make_actor(
            session,
            community_id=desk.community_id,
            roles=(("volunteer", "own", None),),
            person_id=one.id,
            name=one.name,
        )
        for one in (desk.member, child)
    )
    wallet_id = wallet.open_wallet(
        session, actor=elder, month_minutes_max=limit, receiver_id=child.id
    )
    wallet.agree_to_wallet(session, actor=daughter, wallet_id=wallet_id)
    if is_allowed:
        spending.allow_spending(session, actor=elder, wallet_id=wallet_id)
    return Family(desk, elder, daughter, wallet_id)


def _let_kin_receive(session: Session, desk: Desk) -> None:
    with clock.fixed_at(clock.now() - timedelta(days=2)):
        books.open_hours(session, actor=desk.admin)
        number = policies.draft_policy(
            session,
            actor=desk.admin,
            policy=Policy(circle=Circle.LINEAL, allows_gifts=True),
            in_force_on=clock.today() + timedelta(days=2),
        )
        policies.simulate_policy(session, actor=desk.admin, number=number)
        second = make_actor(session, community_id=desk.community_id, name="刘洋")
        policies.approve_policy(session, actor=second, number=number)


def _lunch(session: Session, family: Family, quantity: int = 1) -> RedemptionView:
    return redemptions.redeem(
        session,
        actor=family.desk.counter,
        key=new_id(),
        centre_id=family.desk.centre.id,
        person_id=family.desk.member.id,
        wanted=[Wanted(family.desk.lunch.id, quantity)],
        proven=family.by_daughter,
    )


def _left(session: Session, family: Family) -> tuple[int, int]:
    """The elder's minutes, and what the wallet still allows this month."""
    have = passbook.balance(
        session, community_id=family.desk.community_id, person_id=family.desk.member.id
    )
    (view,) = wallets.wallets(session, person_id=family.desk.member.id)
    return have.posted, view.left_minutes


def test_a_relative_redeems_with_her_own_pin_and_the_elder_is_told(
    session: Session, client: FlaskClient
) -> None:
    family = make_family(session)

    made = _lunch(session, family)

    assert (made.relative_name, made.total_minutes) == ("孙敏", 60)
    assert _left(session, family) == (540, 90)
    (use,) = wallets.uses_of(session, person_id=family.desk.member.id, since=clock.today())
    assert (use.relative_name, use.what, use.minutes) == ("孙敏", "午餐 × 1", 60)
    log_in(client, session, family.elder)
    page = client.get("/me").text
    assert "家里人用了您的时间" in page
    assert "孙敏" in page
    log_in(client, session, family.desk.counter)
    slip = client.get(f"/counter/done/{made.id}").text
    assert "谁来用的" in slip


def test_the_limit_of_the_month_counts_gifts_and_uses_together(session: Session) -> None:
    family = make_family(session, limit=150)
    wallet.give_by_wallet(
        session, actor=family.elder, key=new_id(), wallet_id=family.wallet_id, minutes=60
    )
    _lunch(session, family)

    with pytest.raises(errors.MonthLimitError):
        _lunch(session, family)

    assert _left(session, family) == (480, 30)


def test_without_consent_or_with_anothers_digits_nothing_is_spent(session: Session) -> None:
    family = make_family(session, is_allowed=False)
    with pytest.raises(errors.SpendingNotAllowedError):
        _lunch(session, family)
    with pytest.raises(errors.NotGiverError):
        spending.allow_spending(session, actor=family.daughter, wallet_id=family.wallet_id)
    spending.allow_spending(session, actor=family.elder, wallet_id=family.wallet_id)

    for proven, refusal in (
        (Proven(pin=PIN, relative_id=family.daughter.person_id), WrongPinError),
        (Proven(signed_slip="S-1", relative_id=family.daughter.person_id), ProofMissingError),
    ):
        with pytest.raises(refusal):
            redemptions.redeem(
                session,
                actor=family.desk.counter,
                key=new_id(),
                centre_id=family.desk.centre.id,
                person_id=family.desk.member.id,
                wanted=[Wanted(family.desk.lunch.id, 1)],
                proven=proven,
            )


def test_revoked_consent_bites_at_once_and_for_what_is_booked(session: Session) -> None:
    family = make_family(session)
    booked = bookings.book(
        session,
        actor=family.daughter,
        key=new_id(),
        person_id=family.desk.member.id,
        service_id=family.desk.lunch.id,
        on_day=clock.today(),
    )
    assert _left(session, family) == (600, 90)

    spending.forbid_spending(session, actor=family.elder, wallet_id=family.wallet_id)

    act = {"actor": family.desk.counter, "booking_id": booked.id}
    with pytest.raises(errors.SpendingNotAllowedError), session.begin_nested():
        redemptions.redeem_booking(session, **act, key=new_id(), proven=family.by_daughter)  # type: ignore[arg-type]  # an act
    with pytest.raises(ServiceNotFoundError):
        bookings.book(
            session,
            actor=family.daughter,
            key=new_id(),
            person_id=family.desk.member.id,
            service_id=family.desk.lunch.id,
            on_day=clock.today(),
        )
    made = redemptions.redeem_booking(session, **act, key=new_id(), proven=Proven(pin=PIN))  # type: ignore[arg-type]  # an act
    assert made.relative_name == ""


def test_a_booking_counts_once_and_is_given_back_when_it_is_cancelled(session: Session) -> None:
    family = make_family(session)
    act = {"actor": family.daughter, "person_id": family.desk.member.id}
    booked = bookings.book(
        session,
        **act,  # type: ignore[arg-type]  # an act
        key=new_id(),
        service_id=family.desk.lunch.id,
        on_day=clock.today(),
    )
    redemptions.redeem_booking(
        session,
        actor=family.desk.counter,
        key=new_id(),
        booking_id=booked.id,
        proven=family.by_daughter,
    )
    assert _left(session, family) == (540, 90)
    other = bookings.book(
        session,
        **act,  # type: ignore[arg-type]  # an act
        key=new_id(),
        service_id=family.desk.lunch.id,
        on_day=clock.today() + timedelta(days=1),
    )

    booking_ends.cancel_booking(session, actor=family.elder, booking_id=other.id)

    assert _left(session, family) == (540, 90)


def test_an_undone_redemption_frees_the_limit_again(session: Session) -> None:
    family = make_family(session)
    let_one_undo(session, family.desk)
    made = _lunch(session, family)

    reversals.undo_redemption(
        session, actor=family.desk.counter, redemption_id=made.id, reason="按错了"
    )

    assert _left(session, family) == (600, 150)


def test_the_database_refuses_uses_without_consent_and_over_the_limit(session: Session) -> None:
    family = make_family(session)
    row = {
        "community_id": family.desk.community_id,
        "wallet_id": family.wallet_id,
        "key": new_id(),
        "minutes": 151,
        "what": "手写",
        "used_on": clock.today(),
        "used_at": clock.now(),
        "policy_version": 1,
    }

    def refused(statement: object, rule: str) -> None:
        with pytest.raises(DBAPIError, match=rule), session.begin_nested():
            session.execute(statement)  # type: ignore[call-overload]  # a statement

    refused(insert(FamilyUse).values(row), "family_use_limit")
    made = _lunch(session, family)
    refused(update(FamilyUse).values(minutes=1), "family_use_told")
    forged = update(Redemption).where(Redemption.id == made.id)
    refused(forged.values(relative_id=Redemption.person_id), "relative_proves_self")
    spending.forbid_spending(session, actor=family.elder, wallet_id=family.wallet_id)
    refused(insert(FamilyUse).values(row | {"minutes": 1}), "family_use_consent")
    refused(update(SpendingConsent).values(revoked_at=None), "spending_consent_revoked")
    assert session.query(Booking).count() == 0


@pytest.mark.parametrize("engine_name", ENGINES)
def test_two_at_once_under_one_limit_have_one_winner(engine_name: str) -> None:
    with real_app(engine_name) as app:
        with app.app_context():
            family = transaction(lambda session: make_family(session, limit=100))
        barrier = Barrier(2)

        def one(_: int) -> str:
            with app.app_context():
                barrier.wait()
                try:
                    transaction(lambda session: _lunch(session, family))
                except DomainError as refusal:
                    return refusal.code
            return "done"

        with ThreadPoolExecutor(2) as pool:
            told = sorted(pool.map(one, range(2)))
        with app.app_context():
            left = read_only(lambda session: _left(session, family))
    assert told == ["done", "month_limit"]
    assert left == (540, 40)
