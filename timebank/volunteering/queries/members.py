"""What the rules for hours ask about members: birthdays, guardians, what they earned."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Exists, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.community.models import Kinship, Person
from timebank.ledger.queries import lots as ledger_lots
from timebank.volunteering.models.brought import BroughtEntry, BroughtLine, BroughtReturn
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import passbook
from timebank.volunteering.rules.brought import Kept
from timebank.volunteering.rules.caps import Tally
from timebank.volunteering.rules.policy import GUARDIAN_KINDS, Earner, Standing
from timebank.volunteering.rules.records import RecordState

RECEIVED_KINDS = frozenset({"hours.given", "hours.granted"})
_OWN = ServiceRecord.credited_minutes - ServiceRecord.donation_minutes


def births(session: Session, community_id: int) -> dict[int, date]:
    """Return ``{person_id: born_on}`` of a community, as far as birthdays are known."""
    rows = session.execute(
        select(Person.id, Person.born_on).where(
            Person.community_id == community_id, Person.born_on.is_not(None)
        )
    )
    return {person_id: born_on for person_id, born_on in rows if born_on is not None}


def _has_guardian() -> Exists:
    """Return the condition that somebody has seen the proof of a parent or grandparent."""
    return exists().where(
        Kinship.person_id == Person.id,
        Kinship.verified_on.is_not(None),
        Kinship.kind.in_(GUARDIAN_KINDS),
    )


def earners(session: Session, person_ids: Collection[int]) -> dict[int, Earner]:
    """Return what decides whether these people may earn."""
    rows = session.execute(
        select(Person.id, Person.born_on, _has_guardian()).where(Person.id.in_(person_ids))
    )
    return {person_id: Earner(born_on, bool(known)) for person_id, born_on, known in rows}


def earner(session: Session, person_id: int) -> Earner:
    """Return what decides whether somebody may earn."""
    return earners(session, [person_id]).get(person_id, Earner(None))


def records_of(person_id: int) -> Select[tuple[int]]:
    """Select somebody's id, and the ids of older records of the same human merged into it."""
    return select(Person.id).where(or_(Person.id == person_id, Person.merged_into_id == person_id))


def earned_minutes(session: Session, person_id: int) -> int:
    """Return the minutes that somebody has ever earned for themselves, under whatever record.

    What they had earned in an older system, and brought from there, counts as well.
    """
    here = select(func.sum(_OWN)).where(
        ServiceRecord.volunteer_id.in_(records_of(person_id)),
        ServiceRecord.state == RecordState.APPROVED,
    )
    there = (
        select(func.sum(BroughtLine.minutes))
        .join(BroughtEntry, BroughtEntry.line_id == BroughtLine.id)
        .where(
            BroughtLine.person_id.in_(records_of(person_id)),
            BroughtLine.kept == Kept.OWN,
            ~exists().where(BroughtReturn.line_id == BroughtLine.id),
        )
    )
    found = session.execute(select(here.scalar_subquery(), there.scalar_subquery())).one()
    return sum(int(one or 0) for one in found)


def standing(session: Session, *, community_id: int, person_id: int) -> Standing:
    """Return what decides whether a member may redeem."""
    born_on = session.scalar(
        select(Person.born_on).where(Person.id == person_id, Person.community_id == community_id)
    )
    account_id = passbook.member_account_id(session, community_id=community_id, person_id=person_id)
    open_lots = [] if account_id is None else ledger_lots.open_lots(session, account_id)
    return Standing(
        born_on,
        earned_minutes(session, person_id),
        has_received=any(lot.kind in RECEIVED_KINDS for lot in open_lots),
    )


def standings_of_earners(session: Session, community_id: int) -> list[Standing]:
    """Return what decides whether those may redeem who have ever earned in a community."""
    rows = session.execute(
        select(Person.born_on, func.sum(_OWN))
        .join(ServiceRecord, ServiceRecord.volunteer_id == Person.id)
        .where(
            ServiceRecord.community_id == community_id,
            ServiceRecord.state == RecordState.APPROVED,
        )
        .group_by(Person.id, Person.born_on)
    )
    return [Standing(born_on, int(minutes or 0)) for born_on, minutes in rows]


def tally(session: Session, volunteer_ids: Collection[int], *, since: date) -> Tally:
    """Return what volunteers have earned for themselves: in all, and by month from a day on.

    Records that were merged into another count for the one that stays, of either side.
    """
    found = Tally()
    stands_for = with_merged(session, volunteer_ids)
    of_them = (
        ServiceRecord.volunteer_id.in_(stands_for),
        ServiceRecord.state == RecordState.APPROVED,
    )
    totals = select(ServiceRecord.volunteer_id, func.sum(_OWN)).where(*of_them)
    for volunteer_id, minutes in session.execute(totals.group_by(ServiceRecord.volunteer_id)):
        whose = stands_for[volunteer_id]
        found.totals[whose] = found.totals.get(whose, 0) + int(minutes or 0)
    recipient = aliased(Person)
    served = func.coalesce(recipient.merged_into_id, ServiceRecord.recipient_id)
    recent = (
        select(ServiceRecord.volunteer_id, served, ServiceRecord.served_on, func.sum(_OWN))
        .outerjoin(recipient, recipient.id == ServiceRecord.recipient_id)
        .where(*of_them, ServiceRecord.served_on >= since)
        .group_by(ServiceRecord.volunteer_id, served, ServiceRecord.served_on)
    )
    for volunteer_id, recipient_id, served_on, minutes in session.execute(recent):
        found.add_to_month(stands_for[volunteer_id], recipient_id, served_on, int(minutes or 0))
    return found


def with_merged(session: Session, person_ids: Collection[int]) -> dict[int, int]:
    """Return ``{record: person}`` of people and of all records that were merged into them."""
    rows = session.execute(
        select(Person.id, Person.merged_into_id).where(Person.merged_into_id.in_(person_ids))
    )
    return {one: one for one in person_ids} | {
        old_id: kept_id for old_id, kept_id in rows if kept_id is not None
    }
