"""The spots of a case's survey, in the order of their urgency."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors.steps import PhotoNotFoundError
from timebank.cases.models.around import CaseSpot
from timebank.cases.queries.details import CaseView
from timebank.cases.rules.survey import SPOTS_MAX, Priority
from timebank.trail import queries as trail_queries
from timebank.trail.queries import FileView


@dataclass(frozen=True, slots=True)
class SpotView:
    """One spot; ``cost_fen`` is what repairing it is estimated at."""

    id: int
    position: int
    place_text: str
    size_text: str
    priority: Priority
    is_named_by_resident: bool
    cost_fen: int | None
    photo_file_id: int | None
    done_photo_file_id: int | None
    done_at: datetime | None
    done_by_name: str | None
    project_id: int | None


@dataclass(frozen=True, slots=True)
class Survey:
    """A case's spots with their sums."""

    spots: list[SpotView]

    @property
    def done_count(self) -> int:
        """How many are done."""
        return sum(one.done_at is not None for one in self.spots)

    @property
    def cost_fen(self) -> int:
        """What all that is estimated comes to."""
        return sum(one.cost_fen or 0 for one in self.spots)

    @property
    def open_spots(self) -> list[SpotView]:
        """Those that are neither done nor in a project."""
        return [one for one in self.spots if one.done_at is None and one.project_id is None]


def survey(session: Session, case_id: int) -> Survey:
    """Return a case's spots, the most urgent first; the caller has checked the reach."""
    rank = sql_case(
        {priority.value: number for number, priority in enumerate(Priority)},
        value=CaseSpot.priority,
    )
    rows = session.scalars(
        select(CaseSpot)
        .where(CaseSpot.case_id == case_id)
        .order_by(CaseSpot.done_at.is_not(None), rank, CaseSpot.position)
        .limit(SPOTS_MAX)
    )
    return Survey([_view(row) for row in rows])


def photo(session: Session, case: CaseView, *, spot_id: int, is_after: bool) -> FileView:
    """Return the photo of a spot, before or after the work, for those who work the case.

    Raises:
        PhotoNotFoundError: there is none, or the reader only reported the case.
    """
    spots = {one.id: one for one in survey(session, case.id).spots} if case.is_staff_view else {}
    found = spots.get(spot_id)
    file_id = found and (found.done_photo_file_id if is_after else found.photo_file_id)
    if not file_id:
        raise PhotoNotFoundError
    return trail_queries.file(session, file_id)


def _view(row: CaseSpot) -> SpotView:
    """Return a row as a page reads it."""
    return SpotView(
        id=row.id,
        position=row.position,
        place_text=row.place_text,
        size_text=row.size_text,
        priority=Priority(row.priority),
        is_named_by_resident=row.is_named_by_resident,
        cost_fen=row.cost_fen,
        photo_file_id=row.photo_file_id,
        done_photo_file_id=row.done_photo_file_id,
        done_at=row.done_at,
        done_by_name=row.done_by_name,
        project_id=row.project_id,
    )
