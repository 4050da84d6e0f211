"""What a telling of service must fit into, read once for many, and written onto each record."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.volunteering.errors import records as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries import limits, members
from timebank.volunteering.queries import policy as policies
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.policy import Earner, PolicyCalendar, check_earner
from timebank.volunteering.rules.records import ServiceFacts, Span

_LOOKED_UP = {"recipient_card", "case_number"}
TOLD = tuple(name for name in ServiceFacts.__dataclass_fields__ if name not in _LOOKED_UP)


@dataclass(frozen=True, slots=True)
class Told:
    """A record and what is to be told on it."""

    row: ServiceRecord
    facts: ServiceFacts


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules ask about some tellings of one community.

    ``grids`` are of people, ``place_grids`` of micro-grids; ``occupied`` are the live records that
    the volunteers have around these times, less those that are told anew.
    """

    calendar: PolicyCalendar
    active_kinds: Mapping[int, bool]
    grids: Mapping[int, int | None]
    place_grids: Mapping[int, int]
    organisation_ids: Collection[int]
    centre_ids: Collection[int]
    case_ids: Collection[int]
    earners: Mapping[int, Earner]
    occupied: Mapping[int, Sequence[tuple[Span, date]]]

    def minutes_on(self, volunteer_id: int, day: date) -> int:
        """Return the minutes that a volunteer has on a day already."""
        had = self.occupied.get(volunteer_id, ())
        return sum(span.minutes for span, served_on in had if served_on == day)

    def is_occupied(self, volunteer_id: int, span: Span) -> bool:
        """Whether a volunteer has service in some part of this time already."""
        return any(
            had.started_at < span.ended_at and span.started_at < had.ended_at
            for had, _ in self.occupied.get(volunteer_id, ())
        )


def known(session: Session, *, community_id: int, told: Sequence[Told]) -> Known:
    """Return what the rules ask about some tellings, in a few reads however many they are."""
    volunteers = {one.row.volunteer_id for one in told}
    facts = [one.facts for one in told]
    return Known(
        calendar=policies.calendar(session, community_id),
        active_kinds=limits.active_kinds(
            session, community_id=community_id, kind_ids={one.kind_id for one in facts}
        ),
        grids=limits.grids_of_people(
            session,
            community_id=community_id,
            person_ids=volunteers | _ids(one.recipient_id for one in facts),
        ),
        place_grids=limits.grids_of_places(
            session,
            community_id=community_id,
            micro_grid_ids=_ids(one.micro_grid_id for one in facts),
        ),
        organisation_ids=_there(
            (one.organisation_id for one in facts),
            lambda wanted: limits.has_organisation(
                session, community_id=community_id, organisation_id=wanted
            ),
        ),
        centre_ids=_there(
            (one.row.centre_id for one in told),
            lambda wanted: limits.has_centre(session, community_id=community_id, centre_id=wanted),
        ),
        case_ids=_there(
            (one.case_id for one in facts),
            lambda wanted: limits.has_case(session, community_id=community_id, case_id=wanted),
        ),
        earners=members.earners(session, volunteers),
        occupied=limits.occupied(
            session,
            volunteer_ids=volunteers,
            spans=[Span(one.started_at, one.ended_at) for one in facts],
            except_ids=_ids(one.row.id for one in told),
        ),
    )


def _ids(values: Iterable[int | None]) -> set[int]:
    """Return the ids among values."""
    return {value for value in values if value is not None}


def _there(wanted: Iterable[int | None], has: Callable[[int], bool]) -> set[int]:
    """Return which of a few links the community has; the people of one act share them."""
    return {one for one in _ids(wanted) if has(one)}


def write_down(told: Told, known_facts: Known) -> None:
    """Check what is told against every rule and write it onto its record.

    Raises:
        DomainError: the facts break a rule; its class says which.
    """
    row, facts, now = told.row, told.facts, clock.now()
    span, day = Span(facts.started_at, facts.ended_at), clock.day_of(facts.started_at)
    policy = known_facts.calendar.on(day)
    rules.check_span(span, now=now, late_reason=facts.late_reason, policy=policy)
    rules.check_served(
        volunteer_id=row.volunteer_id,
        recipient_id=facts.recipient_id,
        has_other=bool(facts.activity.strip()) or facts.organisation_id is not None,
    )
    row.grid_id = _check_links(told, known_facts)
    earner = known_facts.earners.get(row.volunteer_id, Earner(None))
    check_earner(earner, served_on=day, policy=policy)
    if known_facts.is_occupied(row.volunteer_id, span):
        raise errors.OverlapError(field="started_at")
    have_minutes = known_facts.minutes_on(row.volunteer_id, day)
    rules.check_day(have_minutes=have_minutes, minutes=span.minutes, policy=policy)
    for name in TOLD:
        value = getattr(facts, name)
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.served_on, row.minutes, row.stated_at = day, span.minutes, now


def _check_links(told: Told, known_facts: Known) -> int | None:
    """Refuse what the community does not have; return the grid in which the service stands."""
    row, facts, grids = told.row, told.facts, known_facts.grids
    is_active = known_facts.active_kinds.get(facts.kind_id)
    if is_active is None or not (is_active or facts.kind_id == row.kind_id):
        raise errors.KindNotFoundError(field="kind_id")
    if row.volunteer_id not in grids:
        raise errors.PersonUnknownError(field="volunteer_id")
    if facts.recipient_id is not None and facts.recipient_id not in grids:
        raise errors.PersonUnknownError(field="recipient_id")
    if facts.organisation_id not in {None, *known_facts.organisation_ids}:
        raise errors.OrganisationNotFoundError(field="organisation_id")
    if row.centre_id not in {None, *known_facts.centre_ids}:
        raise errors.CentreNotFoundError(field="centre_id")
    if facts.case_id not in {None, *known_facts.case_ids}:
        raise errors.CaseNotFoundError(field="case_id")
    return _grid(told, known_facts)


def _grid(told: Told, known_facts: Known) -> int | None:
    """Return the grid of the place that was named, else of the one served, else of who served."""
    facts, grids = told.facts, known_facts.grids
    if facts.micro_grid_id is not None:
        if facts.micro_grid_id not in known_facts.place_grids:
            raise errors.PlaceNotFoundError(field="micro_grid_id")
        return known_facts.place_grids[facts.micro_grid_id]
    by_recipient = None if facts.recipient_id is None else grids[facts.recipient_id]
    return by_recipient if by_recipient is not None else grids[told.row.volunteer_id]
