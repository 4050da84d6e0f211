"""Moving people to another unit: one, or those of a unit together; what was moved and is to come.

A page to which a refused act returns is handed what the act was about; it shows what is there now.
"""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import moving as reads_of
from timebank.volunteering.schemas.moving import MoveFormIn, MoveQuery
from timebank.volunteering.service import moving
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/accounts/moves")
@needs("person.register")
@reads
def moves(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show who moves, and the form: one person, or the people of a unit together."""
    actor, asked = current_actor(), query(MoveQuery())
    person_id, from_id = asked["person_id"], asked["from_id"]
    people = reads_of.movers(session, actor=actor, person_id=person_id, from_id=from_id)
    return render_template(
        "volunteering/moves.html",
        people=people,
        asked=asked,
        places=[
            (one.id, one.label)
            for one in community_queries.micro_grids(session, actor.community_id)
        ],
        moves=reads_of.moves(session, actor=actor, person_id=person_id).items,
        today=clock.today(),
    )


@bp.post("/accounts/moves")
@needs("person.register")
@returns_to(moves)
@writes
def move_people(session: Session) -> ResponseReturnValue:
    """Move people to another unit."""
    ids = moving.move_people(session, actor=current_actor(), **body(MoveFormIn()))
    return see_other(url_for(".moves"), _("%(count)s 位迁移登记好了。", count=len(ids)))


@bp.post("/accounts/moves/<int:move_id>/cancel")
@needs("person.register")
@returns_to(moves)
@writes
def cancel_move(session: Session, move_id: int) -> ResponseReturnValue:
    """Take back a move whose day has not come."""
    moving.cancel_move(session, actor=current_actor(), move_id=move_id)
    return see_other(url_for(".moves"), _("取消了，还住原来的地方。"))
