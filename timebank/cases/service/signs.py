"""Signs on lamp posts: made with a code that is nowhere else, taken down for good."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.errors.steps import OutsideGridError
from timebank.cases.models.intake import PlaceSign
from timebank.cases.rules import signs as rules
from timebank.cases.rules.geo import LAT_E6_MAX, LNG_E6_MAX, Point
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.trail import service as trail

_TRIES = 5


def make_sign(
    session: Session,
    *,
    actor: Actor,
    micro_grid_id: int,
    description: str,
    point: Point | None = None,
) -> str:
    """Make a sign for a place and return its code.

    Raises:
        OutsideGridError: the place is not the actor's to mark.
        PointIncompleteError: the point is nowhere on earth.
    """
    _check_place(session, actor, micro_grid_id)
    if point is not None:
        check_point(point)
    for _ in range(_TRIES):
        row = PlaceSign(
            community_id=actor.community_id,
            code=rules.new_code(),
            micro_grid_id=micro_grid_id,
            description=description.strip(),
            lat_e6=point.lat_e6 if point else None,
            lng_e6=point.lng_e6 if point else None,
            made_by_user_id=actor.user_id,
            made_at=clock.now(),
            retired_at=None,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:  # the draw hit a sign that is there: one in hundreds of millions
            continue
        _leave_trail(session, actor, "make_sign", row)
        return row.code
    message = "no free code was drawn"
    raise RuntimeError(message)


def retire_sign(session: Session, *, actor: Actor, sign_id: int) -> None:
    """Take a sign down: its code leads nowhere from now on, cases keep it.

    Raises:
        SignNotFoundError: there is none within reach.
        SignRetiredError: it was taken down before.
    """
    row = session.scalar(
        select(PlaceSign)
        .where(PlaceSign.id == sign_id, PlaceSign.community_id == actor.community_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise errors.SignNotFoundError
    place = community_queries.micro_grid(session, row.micro_grid_id)
    if not actor.reach("sign.manage").covers(grid_id=place.grid_id):
        raise errors.SignNotFoundError
    if row.retired_at is not None:
        raise errors.SignRetiredError
    row.retired_at = clock.now()
    session.flush()
    _leave_trail(session, actor, "retire_sign", row)


def check_point(point: Point) -> None:
    """Refuse a point that is nowhere on earth.

    Raises:
        PointIncompleteError: it is not.
    """
    if abs(point.lat_e6) > LAT_E6_MAX or abs(point.lng_e6) > LNG_E6_MAX:
        raise errors.PointIncompleteError(field="lat")


def _check_place(session: Session, actor: Actor, micro_grid_id: int) -> None:
    """Refuse a place that the actor does not keep."""
    place = community_queries.micro_grid(session, micro_grid_id)
    is_here = place.community_id == actor.community_id
    if not (is_here and actor.reach("sign.manage").covers(grid_id=place.grid_id)):
        raise OutsideGridError(field="micro_grid_id")


def _leave_trail(session: Session, actor: Actor, action: str, row: PlaceSign) -> None:
    """Note the act in the community's trail."""
    trail.record(
        session,
        actor=actor,
        action=f"cases.{action}",
        subject_type="place_sign",
        subject_id=row.id,
        summary=row.code,
    )
