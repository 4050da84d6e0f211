"""Family wallets: one's own, and what was given by them this month."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select, union_all
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community.models import Kinship, Person
from timebank.kernel import clock, paging
from timebank.volunteering.errors.gifts import WalletNotFoundError
from timebank.volunteering.models.spending import FamilyUse, SpendingConsent
from timebank.volunteering.models.wallet import FamilyGift, FamilyWallet
from timebank.volunteering.rules.gifts import Kin, UseView, WalletView


def kin(session: Session, *, giver_id: int, receiver_id: int) -> Kin | None:
    """Return what somebody is to the giver; None when no kinship is registered."""
    row = session.execute(
        select(Kinship.kind, Kinship.verified_on).where(
            Kinship.person_id == giver_id, Kinship.relative_id == receiver_id
        )
    ).one_or_none()
    return None if row is None else Kin(str(row.kind), row.verified_on is not None)


def month_given(session: Session, wallet_ids: Collection[int], *, day: date) -> dict[int, int]:
    """Return ``{wallet_id: minutes}`` given or spent by wallets in the month of a day."""
    first = day.replace(day=1)
    given = select(FamilyGift.wallet_id, FamilyGift.minutes).where(
        FamilyGift.wallet_id.in_(wallet_ids),
        FamilyGift.given_on >= first,
        FamilyGift.given_on <= day,
    )
    used = select(FamilyUse.wallet_id, FamilyUse.minutes).where(
        FamilyUse.wallet_id.in_(wallet_ids),
        FamilyUse.used_on >= first,
        FamilyUse.used_on <= day,
        FamilyUse.returned_at.is_(None),
    )
    both = union_all(given, used).subquery()
    rows = session.execute(
        select(both.c.wallet_id, func.sum(both.c.minutes)).group_by(both.c.wallet_id)
    )
    return {wallet_id: int(minutes) for wallet_id, minutes in rows}


def wallets(session: Session, *, person_id: int | None) -> list[WalletView]:
    """Return the wallets in which a member gives or receives, those going on first."""
    parties = or_(FamilyWallet.giver_id == person_id, FamilyWallet.receiver_id == person_id)
    return _views(session, parties)


def waiting(session: Session, *, community_id: int) -> list[WalletView]:
    """Return the wallets of a community whose receiver has still to agree."""
    return _views(
        session,
        FamilyWallet.community_id == community_id,
        FamilyWallet.agreed_at.is_(None),
        FamilyWallet.ended_at.is_(None),
    )


def wallet(session: Session, *, wallet_id: int, person_id: int | None) -> WalletView:
    """Return one wallet of a member.

    Raises:
        WalletNotFoundError: there is none of theirs.
    """
    parties = or_(FamilyWallet.giver_id == person_id, FamilyWallet.receiver_id == person_id)
    found = _views(session, FamilyWallet.id == wallet_id, parties)
    if not found:
        raise WalletNotFoundError
    return found[0]


def _views(session: Session, *conditions: ColumnElement[bool]) -> list[WalletView]:
    """Return wallets with the names of both and what was given this month."""
    rows = session.scalars(
        select(FamilyWallet)
        .where(*conditions)
        .order_by(FamilyWallet.ended_at.is_not(None), FamilyWallet.id.desc())
        .limit(paging.PAGE_SIZE)
    ).all()
    ids = {one for row in rows for one in (row.giver_id, row.receiver_id)}
    people = community_queries.persons(session, ids)
    given = month_given(session, [row.id for row in rows], day=clock.today())
    allowed = set(
        session.scalars(
            select(SpendingConsent.wallet_id).where(
                SpendingConsent.wallet_id.in_([row.id for row in rows]),
                SpendingConsent.revoked_at.is_(None),
            )
        )
    )
    return [
        WalletView(
            row.id,
            row.giver_id,
            people[row.giver_id].name,
            row.receiver_id,
            people[row.receiver_id].name,
            row.month_minutes_max,
            given.get(row.id, 0),
            row.opened_at,
            row.agreed_at,
            row.ended_at,
            row.id in allowed,
        )
        for row in rows
    ]


def spenders(session: Session, *, person_id: int) -> list[WalletView]:
    """Return the wallets by which relatives may spend a person's minutes now."""
    found = _views(
        session,
        FamilyWallet.giver_id == person_id,
        FamilyWallet.agreed_at.is_not(None),
        FamilyWallet.ended_at.is_(None),
    )
    return [one for one in found if one.may_spend]


def spends_for(session: Session, *, person_id: int) -> list[WalletView]:
    """Return the wallets by which a person may spend the minutes of others now."""
    found = _views(
        session,
        FamilyWallet.receiver_id == person_id,
        FamilyWallet.agreed_at.is_not(None),
        FamilyWallet.ended_at.is_(None),
    )
    return [one for one in found if one.may_spend]


def uses_of(session: Session, *, person_id: int, since: date) -> list[UseView]:
    """Return what relatives spent of a person's minutes since a day, newest first."""
    rows = session.execute(
        select(FamilyUse, Person.name)
        .join(FamilyWallet, FamilyWallet.id == FamilyUse.wallet_id)
        .join(Person, Person.id == FamilyWallet.receiver_id)
        .where(FamilyWallet.giver_id == person_id, FamilyUse.used_on >= since)
        .order_by(FamilyUse.id.desc())
        .limit(paging.PAGE_SIZE)
    )
    return [
        UseView(use.used_at, name, use.what, use.minutes, use.returned_at is not None)
        for use, name in rows
    ]


def may_spend(session: Session, *, person_id: int, relative_id: int | None) -> bool:
    """Whether a relative may spend a person's minutes now."""
    wanted = (
        select(FamilyWallet.id)
        .join(SpendingConsent, SpendingConsent.wallet_id == FamilyWallet.id)
        .where(
            FamilyWallet.giver_id == person_id,
            FamilyWallet.receiver_id == relative_id,
            FamilyWallet.agreed_at.is_not(None),
            FamilyWallet.ended_at.is_(None),
            SpendingConsent.revoked_at.is_(None),
        )
    )
    return session.scalar(wanted.limit(1)) is not None
