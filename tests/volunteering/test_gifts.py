"""Giving: to pools, from pools to people in need, within the family; every minute accounted."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_kin, make_person
from tests.make.policy import make_policy
from tests.make.volunteering import DAY, NOW, Street, at, make_approved, make_street
from timebank.community.models import Kinship
from timebank.community.rules import KinshipKind
from timebank.kernel import clock, ids
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import gifts as errors
from timebank.volunteering.models.pools import PoolGift, PoolGrant
from timebank.volunteering.models.wallet import FamilyGift, FamilyWallet
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import pools as pool_reads
from timebank.volunteering.queries import wallet as wallet_reads
from timebank.volunteering.rules import gifts as rules
from timebank.volunteering.rules.gifts import Kin, Need, Source
from timebank.volunteering.rules.policy import Circle, Policy
from timebank.volunteering.service import pools, wallet

KIN_MAY_RECEIVE = Policy(circle=Circle.LINEAL, allows_gifts=True)


@pytest.fixture(autouse=True)
def _evening() -> Any:
    with clock.fixed_at(NOW):
        yield


def _own(session: Session, street: Street, person_id: int) -> int:
    return passbook.balance(session, community_id=street.community.id, person_id=person_id).posted


def _give(
    session: Session, street: Street, pool_id: int, minutes: int, source: Source = Source.OWN
) -> None:
    pools.give_to_pool(
        session,
        actor=street.volunteer,
        key=ids.new_id(),
        pool_id=pool_id,
        minutes=minutes,
        source=source,
    )


def _ask(session: Session, street: Street, pool_id: int, minutes: int = 60, **more: Any) -> int:
    asked = {"need": Need.MEAL, "reason": "独居，摔伤了"} | more
    return pools.request_grant(
        session,
        actor=more.pop("actor", street.officer),
        key=ids.new_id(),
        pool_id=pool_id,
        person_id=asked.pop("person_id", street.elder_person.id),
        minutes=minutes,
        **{name: value for name, value in asked.items() if name != "actor"},
    )


def _refused(session: Session, statement: Any, rule: str) -> None:
    with pytest.raises(DBAPIError, match=rule), session.begin_nested():
        session.execute(statement)


@pytest.mark.parametrize(
    ("circle", "kin", "may"),
    [
        (Circle.SPOUSE, Kin("spouse", True), True),
        (Circle.SPOUSE, Kin("child", True), False),
        (Circle.LINEAL, Kin("grandchild", True), True),
        (Circle.LINEAL, Kin("grandchild", False), False),
        (Circle.LINEAL, Kin("sibling", True), False),
        (Circle.LINEAL, None, False),
        (Circle.KIN_AND_FRIENDS, None, True),
        (Circle.NOBODY, Kin("spouse", True), False),
    ],
)
def test_the_circle_decides_who_may_receive(circle: Circle, kin: Kin | None, may: bool) -> None:
    policy = Policy(circle=circle, allows_gifts=True)
    if may:
        rules.check_circle(policy, kin)
        return
    with pytest.raises(DomainError):
        rules.check_circle(policy, kin)


def test_own_and_donation_only_minutes_are_given_to_a_pool(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, Policy(day_minutes_max=None, month_minutes_max=60))
    make_approved(session, street)
    pool_id = pools.open_pool(session, actor=street.admin, name="助老池")

    _give(session, street, pool_id, 35, Source.DONATION)
    _give(session, street, pool_id, 20)
    with pytest.raises(errors.NotEnoughToGiveError):
        _give(session, street, pool_id, 41)
    with pytest.raises(errors.NotEnoughToGiveError):
        _give(session, street, pool_id, 1, Source.DONATION)

    assert _own(session, street, street.volunteer_person.id) == 40
    view = pool_reads.pool(session, community_id=street.community.id, pool_id=pool_id)
    assert (view.posted_minutes, view.available_minutes) == (55, 55)
    pools.switch_pool(session, actor=street.admin, pool_id=pool_id, is_open=False)
    with pytest.raises(errors.PoolClosedError):
        _give(session, street, pool_id, 1)
    with pytest.raises(errors.PoolNameTakenError):
        pools.open_pool(session, actor=street.admin, name="助老池")
    with pytest.raises(errors.NoAccountToGiveError):
        pools.give_to_pool(
            session,
            actor=street.admin,
            key=ids.new_id(),
            pool_id=pool_id,
            minutes=1,
            source=Source.OWN,
        )


def test_a_grant_is_asked_by_one_and_granted_by_another(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    pool_id = pools.open_pool(session, actor=street.admin, name="助老池")
    _give(session, street, pool_id, 90)

    grant_id = _ask(session, street, pool_id, 60)
    with pytest.raises(errors.PoolShortError):
        _ask(session, street, pool_id, 31)
    with pytest.raises(errors.ApprovesOwnGrantError):
        pools.approve_grant(session, actor=street.officer, grant_id=grant_id)
    pools.approve_grant(session, actor=street.admin, grant_id=grant_id)

    assert _own(session, street, street.elder_person.id) == 60
    with pytest.raises(errors.GrantDecidedError):
        pools.approve_grant(session, actor=street.admin, grant_id=grant_id)
    refused = _ask(session, street, pool_id, 30)
    pools.refuse_grant(session, actor=street.admin, grant_id=refused, reason="已有补助")
    withdrawn = _ask(session, street, pool_id, 30)
    with pytest.raises(errors.NotRequesterError):
        pools.withdraw_grant(session, actor=street.admin, grant_id=withdrawn)
    pools.withdraw_grant(session, actor=street.officer, grant_id=withdrawn)
    view = pool_reads.pool(session, community_id=street.community.id, pool_id=pool_id)
    assert (view.posted_minutes, view.available_minutes) == (30, 30)

    helped = pool_reads.helped(session, person_id=street.volunteer_person.id)
    assert [(one.given_minutes, one.people, one.minutes, one.needs) for one in helped] == [
        (90, 1, 60, ((Need.MEAL, 60),))
    ]


def test_a_grant_needs_a_ground_and_a_stranger(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    pool_id = pools.open_pool(session, actor=street.admin, name="助老池")
    _give(session, street, pool_id, 90)
    son = make_person(session, community_id=street.community.id, name="孙小军")
    make_kin(session, person=son, relative=street.elder_person)
    near = make_actor(session, community_id=street.community.id, person_id=son.id)

    with pytest.raises(errors.GrantGroundMissingError):
        _ask(session, street, pool_id, reason=" ")
    with pytest.raises(errors.GrantToOwnError):
        _ask(session, street, pool_id, actor=near)
    grant_id = _ask(session, street, pool_id)
    with pytest.raises(errors.GrantToOwnError):
        pools.approve_grant(session, actor=near, grant_id=grant_id)


def test_the_database_keeps_grants_as_two_people_made_them(session: Session) -> None:
    street = make_street(session)
    make_approved(session, street)
    pool_id = pools.open_pool(session, actor=street.admin, name="助老池")
    _give(session, street, pool_id, 90)
    grant_id = _ask(session, street, pool_id)
    row = session.get_one(PoolGrant, grant_id)
    it = update(PoolGrant).where(PoolGrant.id == grant_id)
    granted = {
        "state": "granted",
        "decided_at": NOW,
        "decided_on": DAY,
        "decided_by_user_id": row.requested_by_user_id,
        "entry_id": session.query(PoolGift).one().entry_id,
    }

    _refused(session, it.values(**granted), "granter_not_requester")
    _refused(session, it.values(minutes=1), "pool_grant_asked")
    _refused(session, it.values(state="granted", decided_at=NOW), "granted")
    _refused(session, delete(PoolGrant), "pool_grant_kept")
    pools.approve_grant(session, actor=street.admin, grant_id=grant_id)
    _refused(session, it.values(state="refused"), "pool_grant_decided")
    _refused(session, update(PoolGift).values(minutes=1), "append-only|permission denied")


def _family(session: Session, street: Street, *, verified_on: date | None = DAY) -> None:
    """Make the elder the volunteer's parent."""
    make_kin(
        session,
        person=street.volunteer_person,
        relative=street.elder_person,
        kind=KinshipKind.PARENT,
        verified_on=verified_on,
    )


def _open_wallet(session: Session, street: Street, limit: int = 60) -> int:
    return wallet.open_wallet(
        session,
        actor=street.volunteer,
        month_minutes_max=limit,
        receiver_id=street.elder_person.id,
    )


def _send(session: Session, street: Street, wallet_id: int, minutes: int) -> None:
    wallet.give_by_wallet(
        session, actor=street.volunteer, key=ids.new_id(), wallet_id=wallet_id, minutes=minutes
    )


def test_a_wallet_needs_kinship_that_was_verified_and_rules_that_allow_it(
    session: Session,
) -> None:
    street = make_street(session)
    _family(session, street, verified_on=None)
    with pytest.raises(errors.GiftsNotAllowedError):
        _open_wallet(session, street)
    make_policy(session, street, KIN_MAY_RECEIVE)
    with pytest.raises(errors.OutsideCircleError):
        _open_wallet(session, street)

    session.execute(update(Kinship).values(verified_on=DAY))
    wallet_id = _open_wallet(session, street)

    assert wallet_reads.wallet(
        session, wallet_id=wallet_id, person_id=street.elder_person.id
    ).is_waiting
    with pytest.raises(errors.WalletThereError):
        _open_wallet(session, street)
    with pytest.raises(errors.WalletWithSelfError):
        wallet.open_wallet(
            session,
            actor=street.volunteer,
            month_minutes_max=1,
            receiver_id=street.volunteer_person.id,
        )


def test_a_wallet_is_used_up_to_its_limit_after_consent_and_ended_by_either(
    session: Session,
) -> None:
    street = make_street(session)
    make_policy(session, street, KIN_MAY_RECEIVE)
    make_approved(session, street)
    _family(session, street)
    wallet_id = _open_wallet(session, street)

    with pytest.raises(errors.WalletNotOpenError):
        _send(session, street, wallet_id, 10)
    with pytest.raises(errors.NotReceiverError):
        wallet.agree_to_wallet(session, actor=street.volunteer, wallet_id=wallet_id)
    wallet.agree_to_wallet(session, actor=street.elder, wallet_id=wallet_id)
    _send(session, street, wallet_id, 40)
    with pytest.raises(errors.MonthLimitError):
        _send(session, street, wallet_id, 21)
    assert _own(session, street, street.elder_person.id) == 40

    with clock.fixed_at(at("09:00", DAY + timedelta(days=20))):
        _send(session, street, wallet_id, 55)
    wallet.end_wallet(session, actor=street.elder, wallet_id=wallet_id)
    with pytest.raises(errors.WalletEndedError):
        _send(session, street, wallet_id, 1)
    assert _own(session, street, street.volunteer_person.id) == 0
    with pytest.raises(errors.WalletNotFoundError):
        wallet.end_wallet(session, actor=street.admin, wallet_id=wallet_id)


def test_consent_on_paper_is_noted_by_staff_who_are_no_party(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, KIN_MAY_RECEIVE)
    _family(session, street)
    wallet_id = _open_wallet(session, street)
    giver_as_staff = make_actor(
        session, community_id=street.community.id, person_id=street.volunteer_person.id
    )

    with pytest.raises(errors.GrantToOwnError):
        wallet.agree_by_slip(session, actor=giver_as_staff, wallet_id=wallet_id, slip_number="A-1")
    wallet.agree_by_slip(session, actor=street.officer, wallet_id=wallet_id, slip_number="A-1")

    assert wallet_reads.waiting(session, community_id=street.community.id) == []
    assert session.get_one(FamilyWallet, wallet_id).consent == "slip"


def test_the_database_refuses_gifts_beyond_the_agreement(session: Session) -> None:
    street = make_street(session)
    make_policy(session, street, KIN_MAY_RECEIVE)
    make_approved(session, street)
    _family(session, street)
    wallet_id = _open_wallet(session, street)
    gift = {
        "community_id": street.community.id,
        "wallet_id": wallet_id,
        "minutes": 10,
        "given_on": DAY,
        "given_at": NOW,
        "policy_version": 2,
        "entry_id": ids.new_id(),
    }
    it = update(FamilyWallet).where(FamilyWallet.id == wallet_id)

    _refused(session, insert(FamilyGift).values(gift), "family_gift_unopened")
    by_giver = {"agreed_at": NOW, "consent": "login", "agreed_by_id": street.volunteer.person_id}
    _refused(session, it.values(**by_giver), "receiver_agrees")
    wallet.agree_to_wallet(session, actor=street.elder, wallet_id=wallet_id)
    _refused(session, insert(FamilyGift).values(gift | {"minutes": 61}), "family_gift_limit")
    _refused(session, it.values(month_minutes_max=600), "family_wallet_fixed")
    wallet.end_wallet(session, actor=street.volunteer, wallet_id=wallet_id)
    _refused(session, it.values(ended_at=None), "family_wallet_ended")
    _refused(session, delete(FamilyWallet), "family_wallet_kept")
