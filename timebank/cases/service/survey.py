"""A survey inside a case: every damaged spot is listed, done one by one, and can be costed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.cases.errors import handing as errors
from timebank.cases.models.around import CaseSpot
from timebank.cases.models.cases import CaseFile
from timebank.cases.rules import flow
from timebank.cases.rules.survey import SPOTS_MAX, Priority
from timebank.cases.service import history
from timebank.cases.service.history import Photo
from timebank.cofund.rules.projects import CostLine
from timebank.cofund.service import projects
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail


@dataclass(frozen=True, slots=True)
class SpotFacts:
    """What is written down about a spot."""

    place_text: str
    size_text: str = ""
    priority: Priority = Priority.SOON
    is_named_by_resident: bool = False
    cost_fen: int | None = None


def add_spot(
    session: Session,
    *,
    actor: Actor,
    case_id: int,
    facts: SpotFacts,
    photo: Photo | None = None,
) -> int:
    """Put a spot on the list and return its number there.

    Raises:
        SurveyEndedError: the case has a result.
        TooManySpotsError: the list is full.
    """
    row = _surveyed(session, actor, case_id)
    last = session.scalar(select(func.max(CaseSpot.position)).where(CaseSpot.case_id == row.id))
    position = (last or 0) + 1
    if position > SPOTS_MAX:
        raise errors.TooManySpotsError(limit=SPOTS_MAX)
    spot = CaseSpot(
        community_id=row.community_id,
        case_id=row.id,
        position=position,
        place_text=facts.place_text.strip(),
        size_text=facts.size_text.strip(),
        priority=facts.priority,
        is_named_by_resident=facts.is_named_by_resident,
        cost_fen=facts.cost_fen,
        photo_file_id=_stored(session, actor, photo),
        noted_at=clock.now(),
        noted_by_user_id=actor.user_id,
    )
    session.add(spot)
    session.flush()
    _leave_trail(session, actor, "add_spot", row, spot)
    return position


def finish_spot(
    session: Session, *, actor: Actor, case_id: int, spot_id: int, photo: Photo | None = None
) -> None:
    """Mark a spot as done.

    Raises:
        SpotNotFoundError, SpotDoneError, SurveyEndedError
    """
    row = _surveyed(session, actor, case_id)
    spot = session.get(CaseSpot, spot_id, populate_existing=True)
    if spot is None or spot.case_id != row.id:
        raise errors.SpotNotFoundError
    if spot.done_at is not None:
        raise errors.SpotDoneError
    spot.done_at, spot.done_by_name = clock.now(), actor.name
    spot.done_photo_file_id = _stored(session, actor, photo)
    session.flush()
    _leave_trail(session, actor, "finish_spot", row, spot)


def start_project(
    session: Session, *, actor: Actor, case_id: int, title: str, costs: Mapping[int, int]
) -> int:
    """Open a co-funding project whose costing is the spots that are priced; return its id.

    ``costs`` are fen by the id of the spot. Closing the project does not end the case.

    Raises:
        NoSpotsPricedError: no spot that is still open has a price.
        SpotNotFoundError: a spot is not of this case, done, or in a project already.
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    priced = {spot_id: fen for spot_id, fen in costs.items() if fen > 0}
    if not priced:
        raise errors.NoSpotsPricedError(field="costs")
    spots = session.scalars(
        select(CaseSpot)
        .where(
            CaseSpot.case_id == row.id,
            CaseSpot.id.in_(priced),
            CaseSpot.done_at.is_(None),
            CaseSpot.project_id.is_(None),
        )
        .order_by(CaseSpot.position)
    ).all()
    if len(spots) != len(priced):
        raise errors.SpotNotFoundError
    made = projects.propose_project(
        session,
        actor=actor,
        title=title,
        description=row.description,
        place_text=row.place_text,
        micro_grid_id=row.micro_grid_id,
        case_id=row.id,
    )
    lines = [CostLine(label=_label(spot), amount_fen=priced[spot.id]) for spot in spots]
    projects.cost_project(session, actor=actor, project_id=made.id, lines=lines)
    for spot in spots:
        spot.cost_fen, spot.project_id = priced[spot.id], made.id
    session.flush()
    history.leave_trail(
        session, actor=actor, action="start_project", row=row, facts={"spots": str(len(spots))}
    )
    return made.id


def _surveyed(session: Session, actor: Actor, case_id: int) -> CaseFile:
    """Return a case whose list may change, locked.

    Raises:
        SurveyEndedError
    """
    row = history.locked(session, actor=actor, permission="case.work", case_id=case_id)
    with history.moves_named(row, actor=actor, at=clock.now()):
        if row.state not in flow.CHILD_OPEN:
            raise errors.SurveyEndedError
    return row


def _stored(session: Session, actor: Actor, photo: Photo | None) -> int | None:
    """Keep a photo without its place and return its id."""
    if photo is None:
        return None
    return trail.store_file(
        session,
        actor=actor,
        content=photo.content,
        name=photo.name,
        purpose="photo",
        field="photo",
    )


def _label(spot: CaseSpot) -> str:
    """Return what a spot is called in a costing."""
    return f"{spot.place_text} {spot.size_text}".strip()[:80]


def _leave_trail(
    session: Session, actor: Actor, action: str, row: CaseFile, spot: CaseSpot
) -> None:
    """Note the act in the community's trail."""
    history.leave_trail(
        session, actor=actor, action=action, row=row, facts={"spot": str(spot.position)}
    )
