"""The board of the six roles for programs."""

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api
from timebank.cases.queries import six_roles as queries
from timebank.cases.rules.six_roles import Board
from timebank.cases.schemas.six_roles import BoardIn, BoardOut
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads


@api.get("/six-roles")
@needs("community.read")
@reads
@takes(BoardIn, where="query")
@gives(BoardOut)
def six_roles(session: Session, *, grid_id: int | None = None, gaps: bool) -> Board:
    """Every micro-grid with its six roles, who is away, and what waits there."""
    return queries.board(session, actor=current_actor(), grid_id=grid_id, gaps=gaps)
