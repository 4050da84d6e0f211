"""How a case came in, who got it and why, and how many reported it: what staff see beside it."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.models.intake import CaseIntake, PlaceSign
from timebank.cases.queries import following, routing
from timebank.cases.queries.routing import RouteView
from timebank.cases.rules.geo import Point
from timebank.cases.rules.intake import IntakeChannel


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a case came in; None where nobody knows."""

    channel: IntakeChannel | None
    external_number: str | None
    sign_code: str | None
    point: Point | None
    route: RouteView | None
    reporter_count: int
    public_photo_ids: frozenset[int]


def arrival(session: Session, case_id: int) -> Arrival:
    """Return how a case came in; whoever asks has read the case itself within reach."""
    found = session.execute(
        select(CaseIntake, PlaceSign.code)
        .outerjoin(PlaceSign, PlaceSign.id == CaseIntake.sign_id)
        .where(CaseIntake.case_id == case_id)
    ).one_or_none()
    row, code = found or (None, None)
    has_point = row is not None and row.lat_e6 is not None
    return Arrival(
        channel=IntakeChannel(row.channel) if row else None,
        external_number=row.external_number if row else None,
        sign_code=code,
        point=Point(row.lat_e6 or 0, row.lng_e6 or 0) if row and has_point else None,
        route=routing.route(session, case_id),
        reporter_count=following.reporter_count(session, case_id),
        public_photo_ids=following.public_photo_ids(session, case_id),
    )
