"""Moves within the community, for programs."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import moving as reads_of
from timebank.volunteering.rules.moving import MoveView
from timebank.volunteering.schemas.moving import MoveIn, MoveListIn, MoveOut
from timebank.volunteering.service import moving
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/moves")
@needs("person.register")
@reads
@takes(MoveListIn, where="query")
@gives_page(MoveOut)
def list_moves(
    session: Session, *, limit: int, cursor: str | None = None, person_id: int | None = None
) -> Page[MoveView]:
    """Moves from or to the sender's places, newest first."""
    return reads_of.moves(
        session, actor=current_actor(), person_id=person_id, cursor=cursor, limit=limit
    )


@api.post("/moves")
@needs("person.register")
@writes(keyed=True)
@takes(MoveIn)
@gives(MoveOut, many=True, status=201)
def move_people(
    session: Session,
    *,
    person_ids: Sequence[int],
    micro_grid_id: int,
    room_no: str,
    effective_on: date,
    reason: str,
) -> Sequence[MoveView]:
    """Move people to another unit from a day on, all or none."""
    actor = current_actor()
    ids = moving.move_people(
        session,
        actor=actor,
        person_ids=person_ids,
        micro_grid_id=micro_grid_id,
        room_no=room_no,
        effective_on=effective_on,
        reason=reason,
    )
    return [reads_of.move(session, actor=actor, move_id=one) for one in ids]


@api.post("/moves/<int:move_id>/cancel")
@needs("person.register")
@writes(keyed=True)
@gives(MoveOut)
def cancel_move(session: Session, move_id: int) -> MoveView:
    """Take back a move whose day has not come."""
    actor = current_actor()
    moving.cancel_move(session, actor=actor, move_id=move_id)
    return reads_of.move(session, actor=actor, move_id=move_id)
