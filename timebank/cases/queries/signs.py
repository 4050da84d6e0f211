"""Signs on lamp posts: the list, and the one that a code names."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from timebank.cases.errors import intake as errors
from timebank.cases.models import intake as models
from timebank.cases.rules import signs as rules
from timebank.cases.rules.geo import Point
from timebank.cases.rules.signs import PlaceSign
from timebank.community import queries as community_queries
from timebank.community.queries import MicroGridView
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page


def signs(
    session: Session,
    *,
    actor: Actor,
    micro_grid_id: int | None = None,
    with_retired: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[PlaceSign]:
    """Return the community's signs within reach, newest first."""
    places = {one.id: one for one in within_reach(session, actor=actor)}
    found = _within(actor, places)
    if micro_grid_id is not None:
        found = found.where(models.PlaceSign.micro_grid_id == micro_grid_id)
    if not with_retired:
        found = found.where(models.PlaceSign.retired_at.is_(None))
    if cursor:
        found = found.where(models.PlaceSign.id < paging.decode_id(cursor))
    rows = session.scalars(found.order_by(models.PlaceSign.id.desc()).limit(limit + 1)).all()
    cut = paging.page_of(rows, limit=limit, key=lambda row: [row.id])
    return Page([_view(row, places[row.micro_grid_id]) for row in cut.items], cut.next_cursor)


def signs_to_print(
    session: Session, *, actor: Actor, sign_ids: Sequence[int] = ()
) -> list[PlaceSign]:
    """Return the named signs within reach, or the newest, as many as a print takes."""
    places = {one.id: one for one in within_reach(session, actor=actor)}
    found = _within(actor, places).where(models.PlaceSign.retired_at.is_(None))
    if sign_ids:
        found = found.where(models.PlaceSign.id.in_(sign_ids))
    rows = session.scalars(found.order_by(models.PlaceSign.id).limit(rules.SIGNS_ON_SHEET_MAX))
    return [_view(row, places[row.micro_grid_id]) for row in rows]


def sign_of_code(session: Session, code: str) -> PlaceSign:
    """Return the sign that hangs under a code, whoever asks: it hangs in the street.

    Raises:
        SignMistypedError: it cannot be a code.
        SignNotFoundError: none hangs under it.
    """
    row = session.scalar(
        select(models.PlaceSign).where(
            models.PlaceSign.code == rules.tidy_code(code), models.PlaceSign.retired_at.is_(None)
        )
    )
    if row is None:
        raise errors.SignNotFoundError
    return _view(row, community_queries.micro_grid(session, row.micro_grid_id))


def within_reach(session: Session, *, actor: Actor) -> list[MicroGridView]:
    """Return the micro-grids whose signs the actor keeps."""
    reach = actor.reach("sign.manage")
    places = community_queries.micro_grids(session, actor.community_id)
    return [one for one in places if reach.covers(grid_id=one.grid_id)]


def _within(actor: Actor, places: dict[int, MicroGridView]) -> Select[tuple[models.PlaceSign]]:
    """Select the signs of the places within reach."""
    found = select(models.PlaceSign).where(models.PlaceSign.community_id == actor.community_id)
    return found.where(models.PlaceSign.micro_grid_id.in_(places))


def _view(row: models.PlaceSign, place: MicroGridView) -> PlaceSign:
    """Return a row as a value."""
    has_point = row.lat_e6 is not None and row.lng_e6 is not None
    return PlaceSign(
        id=row.id,
        community_id=row.community_id,
        code=row.code,
        micro_grid_id=row.micro_grid_id,
        grid_id=place.grid_id,
        place_label=place.label,
        description=row.description,
        point=Point(row.lat_e6 or 0, row.lng_e6 or 0) if has_point else None,
        made_at=row.made_at,
        retired_at=row.retired_at,
    )
