"""What a new record must fit into: kinds, policy, the day, the clock, slips, cards, kin."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import String, and_, column, func, or_, select, table
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


def active_kinds(
    session: Session, *, community_id: int, kind_ids: Collection[int]
) -> dict[int, bool]:
    """Return which of these kinds a community has, each with whether it can be chosen."""
    found = session.execute(
        select(ServiceKind.id, ServiceKind.is_active).where(
            ServiceKind.community_id == community_id, ServiceKind.id.in_(kind_ids)
        )
    )
    return {kind_id: is_active for kind_id, is_active in found}  # noqa: C416 - rows are no pairs


def occupied(
    session: Session,
    *,
    volunteer_ids: Collection[int],
    spans: Collection[Span],
    except_ids: Collection[int] = (),
) -> dict[int, list[tuple[Span, date]]]:
    """Return when volunteers served on the days of some spans, or during them, by volunteer.

    What was recorded for a person that was merged into one of them counts, too.
    """
    during = and_(
        ServiceRecord.started_at < max(span.ended_at for span in spans),
        ServiceRecord.ended_at > min(span.started_at for span in spans),
    )
    days = {clock.day_of(span.started_at) for span in spans}
    rows = session.execute(
        select(
            func.coalesce(Person.merged_into_id, Person.id),
            ServiceRecord.started_at,
            ServiceRecord.ended_at,
            ServiceRecord.served_on,
        )
        .join(Person, Person.id == ServiceRecord.volunteer_id)
        .where(
            or_(Person.id.in_(volunteer_ids), Person.merged_into_id.in_(volunteer_ids)),
            ServiceRecord.state.in_(LIVE_STATES),
            ServiceRecord.id.not_in(except_ids),
            or_(ServiceRecord.served_on.in_(days), during),
        )
    )
    found: dict[int, list[tuple[Span, date]]] = {}
    for volunteer_id, started_at, ended_at, served_on in rows:
        found.setdefault(volunteer_id, []).append((Span(started_at, ended_at), served_on))
    return found


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


def grids_of_places(
    session: Session, *, community_id: int, micro_grid_ids: Collection[int]
) -> dict[int, int]:
    """Return ``{micro_grid_id: grid_id}`` of those that belong to the community."""
    if not micro_grid_ids:
        return {}
    found = session.execute(
        select(MicroGrid.id, MicroGrid.grid_id).where(
            MicroGrid.community_id == community_id, MicroGrid.id.in_(micro_grid_ids)
        )
    )
    return {place_id: grid_id for place_id, grid_id in found}  # noqa: C416 - rows are no pairs


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
