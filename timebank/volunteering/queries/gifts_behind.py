"""What stands behind the lines of a passbook that no service explains: gifts, grants, ends."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session

from timebank.community.models import Person
from timebank.kernel.actor import Actor
from timebank.volunteering.models.expiry import ExpiryNotice, HoursExpiry
from timebank.volunteering.models.pools import HoursPool, PoolGift, PoolGrant
from timebank.volunteering.models.wallet import FamilyGift, FamilyWallet
from timebank.volunteering.rules.expiry import WARNED_DAYS


class Line(StrEnum):
    """Why minutes came or went."""

    DONATED = "donated"
    GRANTED = "granted"
    GIVEN = "given"
    RECEIVED = "received"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class BehindLine:
    """Why minutes came or went: to or from whom, for what, warned of when."""

    line: Line
    name: str
    reason: str = ""
    due_on: date | None = None
    warned_on: date | None = None


def behind(
    session: Session, *, actor: Actor, entry_ids: Collection[UUID]
) -> dict[UUID, BehindLine]:
    """Return what the actor may know of these entries: only of those in which the actor stands."""
    own = actor.person_id
    if own is None or not entry_ids:
        return {}
    found: dict[UUID, BehindLine] = {}
    for entry_id, pool in session.execute(
        _among(select(PoolGift.entry_id, HoursPool.name), PoolGift, entry_ids)
        .join(HoursPool, HoursPool.id == PoolGift.pool_id)
        .where(PoolGift.person_id == own)
    ):
        found[entry_id] = BehindLine(Line.DONATED, pool)
    for entry_id, pool, reason in session.execute(
        _among(select(PoolGrant.entry_id, HoursPool.name, PoolGrant.reason), PoolGrant, entry_ids)
        .join(HoursPool, HoursPool.id == PoolGrant.pool_id)
        .where(PoolGrant.person_id == own)
    ):
        found[entry_id] = BehindLine(Line.GRANTED, pool, reason)
    return found | _within_family(session, own, entry_ids) | _ended(session, own, entry_ids)


def _among(wanted: Select[Any], model: Any, entry_ids: Collection[UUID]) -> Select[Any]:  # noqa: ANN401 - any of the four tables
    """Return a select for the rows of some entries."""
    return wanted.where(model.entry_id.in_(entry_ids))


def _within_family(
    session: Session, own: int, entry_ids: Collection[UUID]
) -> dict[UUID, BehindLine]:
    """Return the gifts by family wallets, as the giver or the receiver sees them."""
    giver_id, receiver_id = FamilyWallet.giver_id, FamilyWallet.receiver_id
    gives = giver_id == own
    rows = session.execute(
        _among(select(FamilyGift.entry_id, Person.name, giver_id), FamilyGift, entry_ids)
        .join(FamilyWallet, FamilyWallet.id == FamilyGift.wallet_id)
        .join(Person, Person.id == case((gives, receiver_id), else_=giver_id))
        .where(or_(gives, receiver_id == own))
    )
    return {
        entry_id: BehindLine(Line.GIVEN if by == own else Line.RECEIVED, name)
        for entry_id, name, by in rows
    }


def _ended(session: Session, own: int, entry_ids: Collection[UUID]) -> dict[UUID, BehindLine]:
    """Return the minutes that ended, with the day of the last warning."""
    it, notice = HoursExpiry, ExpiryNotice
    rows = session.execute(
        _among(select(it.entry_id, it.due_on, notice.given_on), it, entry_ids)
        .join(
            notice,
            (notice.person_id == it.person_id)
            & (notice.due_on == it.due_on)
            & (notice.days == WARNED_DAYS[-1]),
        )
        .where(it.person_id == own)
    )
    return {
        entry_id: BehindLine(Line.EXPIRED, "", due_on=due_on, warned_on=warned_on)
        for entry_id, due_on, warned_on in rows
    }
