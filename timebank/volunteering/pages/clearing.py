"""Where a community sees how it stands with others: terms, stops, what waits, what was moved.

A page to which a refused act returns is handed what the act was about; it shows everything.
"""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import clearing as reads_of
from timebank.volunteering.queries import clearing_sheets as sheet_reads
from timebank.volunteering.queries import clearing_transfers as transfer_reads
from timebank.volunteering.schemas.clearing import GroundFormIn, TermsFormIn
from timebank.volunteering.service import clearing as verbs
from timebank.volunteering.service import clearing_deciding as deciding
from timebank.volunteering.service import clearing_reversals as reversals
from timebank.web.api import PageIn
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


@bp.get("/clearing")
@needs("clearing.read")
@reads
def clearing_desk(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show with whom minutes pass, where the two stand, and what waits for this side."""
    community_id = current_actor().community_id
    return render_template(
        "volunteering/clearing.html",
        pairs=reads_of.pairs(session, community_id),
        others=list(reads_of.others(session, community_id).items()),
        incoming=transfer_reads.incoming(session, community_id=community_id),
        reversals=transfer_reads.reversals_asked(session, community_id=community_id),
        today=clock.today(),
    )


@bp.post("/clearing/terms")
@needs("clearing.agree")
@returns_to(clearing_desk)
@writes
def propose_terms(session: Session) -> ResponseReturnValue:
    """Propose terms to another community."""
    verbs.propose_terms(session, actor=current_actor(), **body(TermsFormIn()))
    return see_other(url_for(".clearing_desk"), _("约定提出去了，等对方社区来签。"))


@bp.post("/clearing/terms/<int:terms_id>/sign")
@needs("clearing.agree")
@returns_to(clearing_desk)
@writes
def sign_terms(session: Session, terms_id: int) -> ResponseReturnValue:
    """Sign what the other side proposed."""
    verbs.sign_terms(session, actor=current_actor(), terms_id=terms_id)
    return see_other(url_for(".clearing_desk"), _("约定签好了，到日子就生效。"))


@bp.post("/clearing/terms/<int:terms_id>/withdraw")
@needs("clearing.agree")
@returns_to(clearing_desk)
@writes
def withdraw_terms(session: Session, terms_id: int) -> ResponseReturnValue:
    """Take back or decline what waits for a signature."""
    verbs.withdraw_terms(session, actor=current_actor(), terms_id=terms_id)
    return see_other(url_for(".clearing_desk"), _("这份约定撤掉了，原来的照旧。"))


@bp.post("/clearing/transfers/<int:transfer_id>/accept")
@needs("clearing.accept")
@returns_to(clearing_desk)
@writes
def accept_transfer(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Accept what a member of the other community sent."""
    deciding.accept(session, actor=current_actor(), transfer_id=transfer_id)
    return see_other(url_for(".clearing_desk"), _("收下了，两边的账都记好了。"))


@bp.post("/clearing/transfers/<int:transfer_id>/refuse")
@needs("clearing.accept")
@returns_to(clearing_desk)
@writes
def refuse_transfer(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Refuse what a member of the other community sent."""
    told = body(GroundFormIn())
    deciding.refuse(session, actor=current_actor(), transfer_id=transfer_id, **told)
    return see_other(url_for(".clearing_desk"), _("没有收，时间退给对方了。"))


@bp.post("/clearing/transfers/<int:transfer_id>/agree-reversal")
@needs("clearing.agree")
@returns_to(clearing_desk)
@writes
def agree_reversal(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Agree that a transfer is taken back."""
    reversals.agree_reversal(session, actor=current_actor(), transfer_id=transfer_id)
    return see_other(url_for(".clearing_desk"), _("撤销了，两边的账一起改回来了。"))


@bp.post("/clearing/transfers/<int:transfer_id>/drop-reversal")
@needs("clearing.agree")
@returns_to(clearing_desk)
@writes
def drop_reversal(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Leave a transfer as it is."""
    reversals.drop_reversal(session, actor=current_actor(), transfer_id=transfer_id)
    return see_other(url_for(".clearing_desk"), _("不撤了，这笔照旧。"))


@bp.get("/clearing/<int:pair_id>")
@needs("clearing.read")
@reads
def clearing_pair(session: Session, pair_id: int) -> ResponseReturnValue:
    """Show how this community stands with one other, and everything that led there."""
    community_id = current_actor().community_id
    of = {"community_id": community_id, "pair_id": pair_id}
    pair = reads_of.pair(session, **of)
    page = transfer_reads.transfers(
        session,
        community_id=community_id,
        pair_id=pair_id,
        **query(PageIn(unknown="exclude")),
    )
    cursor = page.next_cursor
    return render_template(
        "volunteering/clearing_pair.html",
        pair=pair,
        history=reads_of.terms_history(session, **of),
        sheets=sheet_reads.sheets(session, **of),
        transfers=page.items,
        next_url=cursor and url_for(".clearing_pair", pair_id=pair_id, cursor=cursor),
    )


@bp.post("/clearing/<int:pair_id>/freeze")
@needs("clearing.agree")
@returns_to(clearing_pair)
@writes
def freeze_clearing(session: Session, pair_id: int) -> ResponseReturnValue:
    """Stop new transfers."""
    verbs.freeze(session, actor=current_actor(), pair_id=pair_id, **body(GroundFormIn()))
    return see_other(url_for(".clearing_pair", pair_id=pair_id), _("停了，新的都不能转。"))


@bp.post("/clearing/<int:pair_id>/lift")
@needs("clearing.agree")
@returns_to(clearing_pair)
@writes
def lift_clearing(session: Session, pair_id: int) -> ResponseReturnValue:
    """Let transfers pass again, as far as this side stopped them."""
    verbs.lift(session, actor=current_actor(), pair_id=pair_id)
    return see_other(url_for(".clearing_pair", pair_id=pair_id), _("恢复了。"))


@bp.get("/clearing/transfers/<int:transfer_id>")
@needs("clearing.read")
@reads
def clearing_transfer(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Show one transfer with the days its minutes come from."""
    view = transfer_reads.transfer(
        session, community_id=current_actor().community_id, transfer_id=transfer_id
    )
    origins = transfer_reads.origins(session, transfer_id)
    return render_template("volunteering/clearing_transfer.html", transfer=view, origins=origins)


@bp.post("/clearing/transfers/<int:transfer_id>/ask-reversal")
@needs("clearing.agree")
@returns_to(clearing_transfer)
@writes
def ask_reversal(session: Session, transfer_id: int) -> ResponseReturnValue:
    """Ask the other side to take a transfer back."""
    told = body(GroundFormIn())
    reversals.ask_reversal(session, actor=current_actor(), transfer_id=transfer_id, **told)
    there = url_for(".clearing_transfer", transfer_id=transfer_id)
    return see_other(there, _("提出去了，等对方社区同意。"))
