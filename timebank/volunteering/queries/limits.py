"""What a new record must fit into: kinds, policy, the day, the clock, slips, cards, kin."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, String, and_, column, func, or_, select, table
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.community.models import Kinship, MicroGrid, Organisation, Person
from timebank.community.queries import PersonView
from timebank.kernel import clock, paging
from timebank.volunteering.errors.records import KindNotFoundError, PlaceNotFoundError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.rules.records import LIVE_STATES, Span

CASE = table(  # a higher room's, by name
    "case_file", column("id"), column("community_id"), column("number", String)
)
_CENTRE = table("care_centre", column("id"), column("community_id"))  # likewise


def kinds(session: Session, community_id: int) -> Sequence[ServiceKind]:
    """Return the kinds of service that can be chosen."""
    return session.scalars(
        select(ServiceKind)
        .where(ServiceKind.community_id == community_id, ServiceKind.is_active)
        .order_by(ServiceKind.id)
        .limit(paging.PAGE_SIZE_MAX)
    ).all()


def kind(session: Session, *, community_id: int, kind_id: int) -> ServiceKind:
    """Return one kind of a community.

    Raises:
        KindNotFoundError: there is none.
    """
    found = session.get(ServiceKind, kind_id)
    if found is None or found.community_id != community_id:
        raise KindNotFoundError(field="kind_id")
    return found


def policy(session: Session, community_id: int, *, on: date | None = None) -> Policy:
    """Return the rules for hours in force on a day, today when none is named."""
    return policies.calendar(session, community_id).on(on or clock.today())


def _live_of(volunteer_id: int, except_id: int | None) -> ColumnElement[bool]:
    """Return the condition of a volunteer's records that occupy time, less one.

    What was recorded for a record that was merged into this one counts, too.
    """
    merged = select(Person.id).where(Person.merged_into_id == volunteer_id)
    return and_(
        or_(ServiceRecord.volunteer_id == volunteer_id, ServiceRecord.volunteer_id.in_(merged)),
        ServiceRecord.state.in_(LIVE_STATES),
        ServiceRecord.id != (except_id or 0),
    )


def day_minutes(
    session: Session, *, volunteer_id: int, day: date, except_id: int | None = None
) -> int:
    """Return the minutes already recorded for a volunteer on one day."""
    total = session.scalar(
        select(func.sum(ServiceRecord.minutes)).where(
            _live_of(volunteer_id, except_id), ServiceRecord.served_on == day
        )
    )
    return int(total or 0)


def is_occupied(
    session: Session, *, volunteer_id: int, span: Span, except_id: int | None = None
) -> bool:
    """Whether a volunteer already has service in some part of this time."""
    wanted = select(ServiceRecord.id).where(
        _live_of(volunteer_id, except_id),
        ServiceRecord.started_at < span.ended_at,
        ServiceRecord.ended_at > span.started_at,
    )
    return session.scalar(wanted.limit(1)) is not None


def slip_is_used(
    session: Session, *, community_id: int, slip_number: str, except_id: int | None = None
) -> bool:
    """Whether a signed slip already proves another live record."""
    wanted = select(ServiceRecord.id).where(
        ServiceRecord.community_id == community_id,
        ServiceRecord.slip_number == slip_number,
        ServiceRecord.state.in_(LIVE_STATES),
        ServiceRecord.id != (except_id or 0),
    )
    return session.scalar(wanted.limit(1)) is not None


def person_id_of_card(session: Session, *, community_id: int, card_no: str) -> int | None:
    """Return who holds a card."""
    number = community_rules.clean(card_no).upper()
    return session.scalar(
        select(Person.id).where(
            Person.community_id == community_id, Person.card_no == number, Person.is_active
        )
    )


def grids_of_people(
    session: Session, *, community_id: int, person_ids: Collection[int]
) -> dict[int, int | None]:
    """Return ``{person_id: grid_id}`` of those who belong to the community."""
    found = session.execute(
        select(Person.id, MicroGrid.grid_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .where(Person.community_id == community_id, Person.id.in_(person_ids))
    )
    return {person_id: grid_id for person_id, grid_id in found}  # noqa: C416 - rows are no pairs


def grid_of_place(session: Session, *, community_id: int, micro_grid_id: int) -> int:
    """Return the grid of a micro-grid.

    Raises:
        PlaceNotFoundError: the community has no such place.
    """
    found = session.scalar(
        select(MicroGrid.grid_id).where(
            MicroGrid.id == micro_grid_id, MicroGrid.community_id == community_id
        )
    )
    if found is None:
        raise PlaceNotFoundError(field="micro_grid_id")
    return found


def has_organisation(session: Session, *, community_id: int, organisation_id: int) -> bool:
    """Whether the community has this organisation."""
    wanted = select(Organisation.id).where(
        Organisation.id == organisation_id, Organisation.community_id == community_id
    )
    return session.scalar(wanted) is not None


def has_centre(session: Session, *, community_id: int, centre_id: int) -> bool:
    """Whether the community has this centre."""
    wanted = select(_CENTRE.c.id).where(
        _CENTRE.c.id == centre_id, _CENTRE.c.community_id == community_id
    )
    return session.scalar(wanted) is not None


def has_case(session: Session, *, community_id: int, case_id: int) -> bool:
    """Whether the community has this case."""
    wanted = select(CASE.c.id).where(CASE.c.id == case_id, CASE.c.community_id == community_id)
    return session.scalar(wanted) is not None


def case_id_of(session: Session, *, community_id: int, number: str) -> int | None:
    """Return the case of the community with this number, as people write it."""
    plain = community_rules.clean(number)
    wanted = select(CASE.c.id).where(CASE.c.number == plain, CASE.c.community_id == community_id)
    return session.scalar(wanted)


def case_number(session: Session, *, community_id: int, case_id: int | None) -> str:
    """Return the number of a case of the community; empty when there is none."""
    wanted = select(CASE.c.number).where(CASE.c.id == case_id, CASE.c.community_id == community_id)
    return session.scalar(wanted) or ""


def kin_ids(session: Session, person_id: int) -> frozenset[int]:
    """Return a person's registered relatives and those who live behind the same door."""
    home = select(Person.household_id).where(Person.id == person_id).scalar_subquery()
    found = session.scalars(
        select(Kinship.relative_id)
        .where(Kinship.person_id == person_id)
        .union(
            select(Kinship.person_id).where(Kinship.relative_id == person_id),
            select(Person.id).where(Person.household_id == home, Person.id != person_id),
        )
    )
    return frozenset(found)


def served_before(session: Session, *, volunteer_id: int) -> Sequence[PersonView]:
    """Return the people whom this volunteer served most recently and who said so."""
    latest = (
        select(ServiceRecord.recipient_id)
        .where(
            ServiceRecord.volunteer_id == volunteer_id,
            ServiceRecord.recipient_id.is_not(None),
            ServiceRecord.confirmed_at.is_not(None),
        )
        .group_by(ServiceRecord.recipient_id)
        .order_by(func.max(ServiceRecord.id).desc())
        .limit(6)
    )
    ids = [person_id for person_id in session.scalars(latest) if person_id is not None]
    people = community_queries.persons(session, ids)
    return [people[person_id] for person_id in ids if person_id in people]
