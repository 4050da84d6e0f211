"""Cases that may be the same as one about to be reported, told as far as the reader may know."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.intake import CaseIntake
from timebank.cases.rules import alike as rules
from timebank.cases.rules.alike import Known, Told
from timebank.cases.rules.flow import Category, State
from timebank.cases.rules.geo import Point
from timebank.community import queries as community_queries
from timebank.community.queries import MicroGridView
from timebank.kernel import clock

_GONE = (State.CANCELLED, State.REJECTED, State.CLOSED)


@dataclass(frozen=True, slots=True)
class AlikeLine:
    """A case that may be the same. ``title`` is for staff: strangers hear what, where and when."""

    case_id: int
    number: str
    title: str
    category: Category
    place_label: str
    state: State
    registered_at: datetime
    points: int


def alike(
    session: Session,
    *,
    community_id: int,
    micro_grid_id: int,
    category: Category | None,
    text: str,
    point: Point | None = None,
) -> list[AlikeLine]:
    """Return the open cases worth asking about, the likeliest first; none for a strange place."""
    places = {one.id: one for one in community_queries.micro_grids(session, community_id)}
    here = places.get(micro_grid_id)
    if here is None:
        return []
    rows = _candidates(session, community_id, here, places, point)
    told = Told(category, here.id, here.building_id, text, point)
    now = clock.now()
    found = rules.alike(told, (_known(row, at, places) for row, at in rows), now=now)
    by_id = {row.id: row for row, _ in rows}
    return [
        _line(by_id[one.case_id], places[by_id[one.case_id].micro_grid_id], one.points)
        for one in found
    ]


def may_be_joined(row: CaseFile, *, micro_grid_id: int, places: Sequence[MicroGridView]) -> bool:
    """Whether somebody who reports a place may say that a case is theirs: open, and near it."""
    building_of = {one.id: one.building_id for one in places}
    here = building_of.get(micro_grid_id)
    is_near = here is not None and building_of.get(row.micro_grid_id) == here
    return is_near and row.state not in _GONE


def _candidates(
    session: Session,
    community_id: int,
    here: MicroGridView,
    places: dict[int, MicroGridView],
    point: Point | None,
) -> list[tuple[CaseFile, Point | None]]:
    """Return the open cases of the building, and those near a point, newest first."""
    doors = [one.id for one in places.values() if one.building_id == here.building_id]
    near: ColumnElement[bool] = CaseFile.micro_grid_id.in_(doors)
    if point is not None:
        # A millionth of a degree is a hand; so many of them are safely more than "near".
        reach = rules.NEAR_METRES * 20
        near = or_(
            near,
            and_(
                CaseIntake.lat_e6.between(point.lat_e6 - reach, point.lat_e6 + reach),
                CaseIntake.lng_e6.between(point.lng_e6 - reach, point.lng_e6 + reach),
            ),
        )
    rows = session.execute(
        select(CaseFile, CaseIntake.lat_e6, CaseIntake.lng_e6)
        .outerjoin(CaseIntake, CaseIntake.case_id == CaseFile.id)
        .where(
            CaseFile.community_id == community_id,
            CaseFile.state.not_in(_GONE),
            CaseFile.registered_at >= clock.now() - rules.WINDOW,
            near,
        )
        .order_by(CaseFile.id.desc())
        .limit(rules.CANDIDATES_MAX)
    )
    return [(row, Point(lat, lng) if lat is not None else None) for row, lat, lng in rows]


def _known(row: CaseFile, point: Point | None, places: dict[int, MicroGridView]) -> Known:
    """Return a case as the rules compare it."""
    return Known(
        id=row.id,
        category=Category(row.category),
        micro_grid_id=row.micro_grid_id,
        building_id=places[row.micro_grid_id].building_id,
        text=f"{row.title} {row.description}",
        registered_at=row.registered_at,
        point=point,
    )


def _line(row: CaseFile, place: MicroGridView, points: int) -> AlikeLine:
    """Return a case as it is asked about."""
    return AlikeLine(
        case_id=row.id,
        number=row.number,
        title=row.title,
        category=Category(row.category),
        place_label=place.label,
        state=State(row.state),
        registered_at=row.registered_at,
        points=points,
    )
