"""What the Open311 face tells: jurisdictions, requests without anybody's personal data, tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from timebank.cases.errors import open311 as errors
from timebank.cases.models.cases import CaseEvent, CaseFile
from timebank.cases.models.intake import CaseIntake, PlaceSign
from timebank.cases.rules import open311 as rules
from timebank.cases.rules import open311_doors
from timebank.cases.rules.flow import CUT_SHORT, Category, Outcome, State
from timebank.cases.rules.geo import Point, metres_between
from timebank.cases.rules.intake import IntakeChannel
from timebank.cases.rules.open311 import Status
from timebank.community import queries as community_queries
from timebank.community.queries import MicroGridView
from timebank.community.rules import CommunityView

# Whose place was given as a public one; that of a photo may be somebody's home.
_OPEN_PLACES = (IntakeChannel.OPEN311, IntakeChannel.SIGN)
_METRES_E6 = 9  # a metre is about so many millionths of a degree
_SIGNS_MAX = 500


@dataclass(frozen=True, slots=True)
class RequestFilter:
    """Which requests are asked for; numbers overrule everything else."""

    numbers: tuple[str, ...] = ()
    categories: tuple[Category, ...] = rules.LISTED
    statuses: tuple[Status, ...] = tuple(Status)
    span: tuple[datetime, datetime] | None = None
    page: int = 1
    page_size: int = rules.REQUESTS_MAX


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A case as the outside sees it."""

    number: str
    state: State
    outcome: Outcome | None
    category: Category
    description: str | None
    agency: str
    requested_at: datetime
    updated_at: datetime
    expected_at: datetime | None
    address: str
    address_id: str
    point: Point | None

    @property
    def status(self) -> Status:
        """Whether it is open or closed."""
        return rules.status_of(self.state)


def jurisdiction(session: Session, code: str) -> CommunityView:
    """Return the community of a jurisdiction; without a code the only one of the house.

    Raises:
        JurisdictionMissingError, JurisdictionNotFoundError: none said, or none such.
    """
    known = community_queries.communities(session)
    if not code and len(known) > 1:
        raise errors.JurisdictionMissingError(field="jurisdiction_id")
    found = [one for one in known if not code or one.code == code]
    if not found:
        raise errors.JurisdictionNotFoundError
    return found[0]


def requests(session: Session, house: CommunityView, wanted: RequestFilter) -> list[RequestLine]:
    """Return the requests that are asked for, newest first."""
    found = (
        select(
            CaseFile,
            CaseEvent.recorded_at,
            CaseIntake.channel,
            CaseIntake.lat_e6,
            CaseIntake.lng_e6,
        )
        .join(
            CaseEvent,
            and_(CaseEvent.case_id == CaseFile.id, CaseEvent.seq == CaseFile.version),
        )
        .outerjoin(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(CaseFile.community_id == house.id, CaseFile.category.in_(wanted.categories))
    )
    if wanted.numbers:
        found = found.where(CaseFile.number.in_(wanted.numbers))
    else:
        states = [one for one in State if rules.status_of(one) in wanted.statuses]
        found = found.where(CaseFile.state.in_(states))
    if wanted.span is not None:
        begins, ends = wanted.span
        found = found.where(CaseFile.registered_at >= begins, CaseFile.registered_at <= ends)
    rows = session.execute(
        found.order_by(CaseFile.registered_at.desc(), CaseFile.id.desc())
        .limit(wanted.page_size)
        .offset((wanted.page - 1) * wanted.page_size)
    ).all()
    places = {one.id: one for one in community_queries.micro_grids(session, house.id)}
    lines = []
    for row, at, channel, lat, lng in rows:
        place, point = places[row.micro_grid_id], _point(channel, lat, lng)
        agency = f"{house.name} {place.grid_name}"
        lines.append(_line(row, at, channel, place=place, agency=agency, point=point))
    return lines


def request(session: Session, house: CommunityView, number: str) -> RequestLine:
    """Return one request by its number.

    Raises:
        RequestNotFoundError: there is none that the outside may see.
    """
    wanted = RequestFilter(numbers=(number,))
    found = requests(session, house, wanted) if rules.is_number(number) else []
    if not found:
        raise errors.RequestNotFoundError
    return found[0]


def number_of_token(session: Session, house: CommunityView, token: UUID) -> str:
    """Return the number of the case that was made under a token.

    Raises:
        TokenUnknownError: none was.
    """
    number = session.scalar(
        select(CaseFile.number)
        .join(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(
            CaseIntake.act_key == token,
            CaseIntake.community_id == house.id,
            CaseIntake.channel == IntakeChannel.OPEN311,
        )
    )
    if number is None:
        raise errors.TokenUnknownError
    return number


def posted_since(session: Session, community_id: int, since: datetime) -> int:
    """Return how many cases came through this face since a moment."""
    found = select(func.count()).where(
        CaseIntake.community_id == community_id,
        CaseIntake.act_key.is_not(None),
        CaseIntake.channel == IntakeChannel.OPEN311,
        CaseIntake.recorded_at > since,
    )
    return session.scalar(found.select_from(CaseIntake)) or 0


def door_near(session: Session, community_id: int, point: Point) -> int | None:
    """Return the micro-grid of the sign that hangs nearest to a point, within its reach."""
    north = rules.SIGN_REACH_METRES * _METRES_E6
    rows = session.execute(
        select(PlaceSign.micro_grid_id, PlaceSign.lat_e6, PlaceSign.lng_e6)
        .where(
            PlaceSign.community_id == community_id,
            PlaceSign.retired_at.is_(None),
            PlaceSign.lat_e6.between(point.lat_e6 - north, point.lat_e6 + north),
        )
        .order_by(PlaceSign.id)
        .limit(_SIGNS_MAX)
    )
    far = [
        (metres_between(point, Point(lat, lng)), door)
        for door, lat, lng in rows
        if lat is not None and lng is not None
    ]
    metres, door = min(far, default=(rules.SIGN_REACH_METRES + 1, None))
    return door if metres <= rules.SIGN_REACH_METRES else None


def door_named(doors: Sequence[MicroGridView], address: str) -> int | None:
    """Return the micro-grid that an address names; without a unit the first of the building."""
    building, unit = open311_doors.door_in(address)
    fitting = [
        one.id
        for one in doors
        if building is not None and one.building_no == building and unit in {None, one.unit_no}
    ]
    return fitting[0] if fitting else None


def _point(channel: IntakeChannel | None, lat: int | None, lng: int | None) -> Point | None:
    """Return where a case is, when that was given as a public place."""
    if channel not in _OPEN_PLACES or lat is None or lng is None:
        return None
    return Point(lat, lng)


def _line(
    row: CaseFile,
    event_at: datetime,
    channel: IntakeChannel | None,
    *,
    place: MicroGridView,
    agency: str,
    point: Point | None,
) -> RequestLine:
    """Return a row without what people typed who did not know that it is published."""
    is_sent_openly = channel == IntakeChannel.OPEN311
    return RequestLine(
        number=row.number,
        state=State(row.state),
        outcome=Outcome(row.outcome) if row.outcome else None,
        category=Category(row.category),
        description=rules.without_contacts(row.description) if is_sent_openly else None,
        agency=agency,
        requested_at=row.registered_at,
        updated_at=_updated(row, event_at),
        expected_at=row.resolve_due_at,
        address=place.label,
        address_id=str(place.id),
        point=point,
    )


def _updated(row: CaseFile, event_at: datetime) -> datetime:
    """Return when a case was last touched; of a closed one the moment at which it closed."""
    if row.state in CUT_SHORT:
        return row.ended_at or event_at
    if row.state == State.CLOSED:
        return row.closed_at or event_at
    return (row.resolve_done_at or event_at) if _is_done(row) else event_at


def _is_done(row: CaseFile) -> bool:
    """Whether the matter is settled, though its reporter is still to be told."""
    return rules.status_of(State(row.state)) is Status.CLOSED
