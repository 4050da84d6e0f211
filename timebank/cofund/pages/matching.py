"""The claiming desk: lines that wait at the left, what they could be at the right."""

from typing import Any  # values of an address
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.bank.queries import claims as lines
from timebank.bank.queries.claims import Shown
from timebank.bank.schemas import PageQuery
from timebank.bank.service import claiming, holding
from timebank.cofund.pages.frame import bp, next_url
from timebank.cofund.pages.match_words import FOR_TEMPLATES
from timebank.cofund.queries import desk as desk_reads
from timebank.cofund.queries import matches
from timebank.cofund.schemas import matching as shapes
from timebank.cofund.service import match_runs, matching
from timebank.web.charts import ratio_bar
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)

bp.context_processor(lambda: FOR_TEMPLATES)


@bp.get("/bank/desk")
@needs("bank.match")
@reads
def match_desk(session: Session) -> ResponseReturnValue:
    """Show the desk with the first line that waits."""
    return _desk(session, None)


@bp.get("/bank/lines/<int:line_id>")
@needs("bank.match")
@reads
def match_line(session: Session, line_id: int) -> ResponseReturnValue:
    """Show the desk with one line open."""
    return _desk(session, line_id)


@bp.post("/bank/lines/<int:line_id>/match")
@needs("bank.match")
@returns_to(match_line)
@writes
def match(session: Session, line_id: int) -> ResponseReturnValue:
    """Let the line meet what was chosen."""
    facts = body(shapes.MatchForm())
    matching.match_line(session, actor=current_actor(), line_id=line_id, key=request_key(), **facts)
    return _onward(session, line_id, _("认领好了"))


@bp.post("/bank/lines/<int:line_id>/plain")
@needs("bank.match")
@returns_to(match_line)
@writes
def claim_plain(session: Session, line_id: int) -> ResponseReturnValue:
    """Claim the line as a fee, as interest, as what the account held before."""
    facts = body(shapes.PlainIn())
    claiming.claim_plain(
        session, actor=current_actor(), line_id=line_id, key=request_key(), **facts
    )
    return _onward(session, line_id, _("认领好了"))


@bp.post("/bank/lines/<int:line_id>/pair")
@needs("bank.match")
@returns_to(match_line)
@writes
def pair(session: Session, line_id: int) -> ResponseReturnValue:
    """Set the line against another one."""
    facts = body(shapes.PairIn())
    claiming.pair(session, actor=current_actor(), line_id=line_id, key=request_key(), **facts)
    return _onward(session, line_id, _("两笔对上了"))


@bp.post("/bank/lines/<int:line_id>/credit")
@needs("bank.match")
@returns_to(match_line)
@writes
def credit(session: Session, line_id: int) -> ResponseReturnValue:
    """Keep the rest of the line as a household's credit, or give credit back by it."""
    facts = body(shapes.CreditIn())
    matching.give_credit(
        session, actor=current_actor(), line_id=line_id, key=request_key(), **facts
    )
    return _onward(session, line_id, _("认领好了"))


@bp.post("/bank/lines/<int:line_id>/hold")
@needs("bank.match")
@returns_to(match_line)
@writes
def hold_line(session: Session, line_id: int) -> ResponseReturnValue:
    """Set the line aside with a reason."""
    holding.hold(session, actor=current_actor(), line_id=line_id, **body(shapes.HoldIn()))
    return _onward(session, line_id, _("挂起了"))


@bp.post("/bank/lines/<int:line_id>/release")
@needs("bank.match")
@returns_to(match_line)
@writes
def release_line(session: Session, line_id: int) -> ResponseReturnValue:
    """Take the line up again."""
    holding.release(session, actor=current_actor(), line_id=line_id, **body(shapes.ReleaseIn()))
    return see_other(url_for(".match_line", line_id=line_id, **_around()), _("取消挂起了"))


@bp.post("/bank/match-runs")
@needs("bank.match")
@returns_to(match_desk)
@writes
def start_match_run(session: Session) -> ResponseReturnValue:
    """Let the program match what is sure."""
    match_runs.start_run(session, actor=current_actor())
    return see_other(url_for(".match_desk"), _("自动认领开始了，有把握的才会认领"))


@bp.get("/bank/exceptions")
@needs("bank.match")
@reads
def exceptions(session: Session) -> ResponseReturnValue:
    """Show the lines that wait for a reason, with who looks after them and until when."""
    community_id = current_actor().community_id
    asked, cursor = query(shapes.DeskQuery()), query(PageQuery()).get("cursor")
    shown = Shown.RAISED if asked["shown"] is Shown.ALL else asked["shown"]
    page = lines.waiting_lines(
        session, community_id=community_id, shown=shown, reason=asked["reason"], cursor=cursor
    )
    waiting = lines.waiting(session, community_id)
    more = next_url(".exceptions", page.next_cursor, shown=shown, reason=asked["reason"])
    return render_template(
        "cofund/exceptions.html",
        page=page, waiting=waiting, shown=shown, asked=asked, next_url=more,
    )  # fmt: skip


@bp.get("/bank/claims")
@needs("bank.match")
@reads
def recent_claims(session: Session) -> ResponseReturnValue:
    """Show who claimed what, newest first."""
    page = matches.recent(
        session,
        community_id=current_actor().community_id,
        cursor=query(PageQuery()).get("cursor"),
    )
    more = next_url(".recent_claims", page.next_cursor)
    return render_template("cofund/claims.html", page=page, next_url=more)


@bp.get("/bank/claims/<uuid:claim_id>")
@needs("bank.match")
@reads
def claim(session: Session, claim_id: UUID) -> ResponseReturnValue:
    """Show one claim with why it was made, and how to undo it."""
    parts = matches.claim(session, community_id=current_actor().community_id, claim_id=claim_id)
    return render_template("cofund/claim.html", claimed=parts, claim_id=claim_id)


@bp.post("/bank/claims/<uuid:claim_id>/undo")
@needs("bank.match")
@returns_to(claim)
@writes
def undo_claim(session: Session, claim_id: UUID) -> ResponseReturnValue:
    """Undo a claim, with a reason."""
    matching.undo_claim(
        session,
        actor=current_actor(),
        claim_id=claim_id,
        key=request_key(),
        **body(shapes.UndoIn()),
    )
    return see_other(url_for(".claim", claim_id=claim_id), _("撤销了，这笔又在待认领里"))


def _desk(session: Session, line_id: int | None) -> str:
    """Return the desk with a line open."""
    asked = query(shapes.DeskQuery())
    facts = {name: asked[name] for name in ("shown", "reason", "words")}
    view = desk_reads.desk(
        session, community_id=current_actor().community_id, line_id=line_id, **facts
    )
    return render_template(
        "cofund/match_desk.html", desk=view, asked=asked, ratio_bar=ratio_bar, around=_around()
    )


def _around() -> dict[str, Any]:  # Any: as Flask takes them
    """Return which lines the reader was looking at, to stay among them."""
    return {name: request.args[name] for name in ("shown", "reason") if request.args.get(name)}


def _onward(session: Session, line_id: int, notice: str) -> ResponseReturnValue:
    """Go to the next line that waits; to the same one while something of it is left."""
    asked = query(shapes.DeskQuery())
    following = lines.lines_around(
        session,
        community_id=current_actor().community_id,
        shown=asked["shown"],
        reason=asked["reason"],
        line_id=line_id,
        limit=1,
    )
    if not following:
        return see_other(url_for(".match_desk", **_around()), notice)
    return see_other(
        url_for(".match_line", line_id=following[0].id, _anchor="open", **_around()), notice
    )
