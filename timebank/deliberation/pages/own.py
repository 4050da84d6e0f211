"""What somebody owes of what was decided: their list, and saying that it is done."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.deliberation.pages.frame import bp, uploaded
from timebank.deliberation.queries import decisions as queries
from timebank.deliberation.schemas.meetings import FinishForm
from timebank.deliberation.service import following
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/my/decisions")
@needs("opinion.give")
@reads
def own_decisions(session: Session) -> ResponseReturnValue:
    """Show what the reader owes, what is due first on top."""
    return render_template(
        "deliberation/own_decisions.html", found=queries.own(session, actor=current_actor())
    )


@bp.get("/my/decisions/<int:decision_id>")
@needs("opinion.give")
@reads
def own_decision(session: Session, decision_id: int) -> ResponseReturnValue:
    """Show one of them, with the form that says what came of it."""
    found = queries.own_decision(session, actor=current_actor(), decision_id=decision_id)
    return render_template("deliberation/own_decision.html", decision=found)


@bp.post("/my/decisions/<int:decision_id>/finish")
@needs("opinion.give")
@returns_to(own_decision)
@writes
def finish_own(session: Session, decision_id: int) -> ResponseReturnValue:
    """Say what came of it."""
    evidence, name = uploaded("photo")
    told = body(FinishForm()) | {"evidence": evidence, "file_name": name}
    following.finish_own(session, actor=current_actor(), decision_id=decision_id, **told)
    return see_other(
        url_for(".own_decision", decision_id=decision_id), _("办完了，等另一位看过销号。")
    )
