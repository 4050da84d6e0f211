"""Deaths and moves away at the desk; what members choose, and what their people are told.

A page to which a refused act returns is handed what the act was about; it shows what is there now.
"""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import leaving as reads_of
from timebank.volunteering.queries import passbook
from timebank.volunteering.queries import policy as policy_reads
from timebank.volunteering.queries import pools as pool_queries
from timebank.volunteering.rules.leaving import Wish
from timebank.volunteering.schemas.leaving import (
    LeavingFormIn,
    LeavingQuery,
    OutcomeFormIn,
    WishFormIn,
)
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import dispositions, leaving
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


@bp.get("/accounts/leavings/new")
@needs("account.end")
@reads
def new_leaving(session: Session) -> ResponseReturnValue:
    """Show the form of a report, with those whom the writer may mean."""
    actor, asked = current_actor(), query(LeavingQuery())
    people = community_queries.search_persons(
        session,
        community_id=actor.community_id,
        text=asked["text"],
        reach=actor.reach("account.end"),
        limit=8,
    )
    return render_template(
        "volunteering/leaving_new.html",
        text=asked["text"],
        people=[(one.id, f"{one.name} {one.place_label}") for one in people],
        today=clock.today(),
        claim_days=policy_reads.calendar(session, actor.community_id).on(clock.today()).claim_days,
    )


@bp.post("/accounts/leavings/new")
@needs("account.end")
@returns_to(new_leaving)
@writes
def report_leaving(session: Session) -> ResponseReturnValue:
    """Report a death or a move away."""
    leaving_id = leaving.report_leaving(
        session, actor=current_actor(), key=request_key(), **body(LeavingFormIn())
    )
    return _back(leaving_id, _("账户已冻结，不能再存也不能再用。"))


@bp.get("/accounts/leavings/<int:leaving_id>")
@needs("account.end")
@reads
def account_leaving(session: Session, leaving_id: int) -> ResponseReturnValue:
    """Show a leaving: what is frozen, who may claim, what was chosen, what is proposed."""
    actor = current_actor()
    view = reads_of.leaving(session, actor=actor, leaving_id=leaving_id)
    of_whom = {"community_id": actor.community_id, "person_id": view.person_id}
    return render_template(
        "volunteering/leaving.html",
        leaving=view,
        own=passbook.balance(session, **of_whom),
        donation=passbook.donation_balance(session, **of_whom),
        claimants=reads_of.claimants(session, **of_whom),
        chosen=reads_of.disposition(session, person_id=view.person_id),
        pools=[
            (one.id, one.name)
            for one in pool_queries.pools(session, actor.community_id, only_open=True)
        ],
        is_over=clock.today() > view.due_on,
    )


@bp.post("/accounts/leavings/<int:leaving_id>/propose")
@needs("account.end")
@returns_to(account_leaving)
@writes
def propose_outcome(session: Session, leaving_id: int) -> ResponseReturnValue:
    """Propose what becomes of the minutes."""
    said = body(OutcomeFormIn())
    leaving.propose_outcome(
        session, actor=current_actor(), leaving_id=leaving_id, reason=said.pop("reason"),
        wish=Wish(**said),
    )  # fmt: skip
    return _back(leaving_id, _("提出来了，等另一位来批。"))


@bp.post("/accounts/leavings/<int:leaving_id>/send-back")
@needs("account.approve")
@returns_to(account_leaving)
@writes
def send_back_leaving(session: Session, leaving_id: int) -> ResponseReturnValue:
    """Ask for more before agreeing."""
    leaving.send_back(session, actor=current_actor(), leaving_id=leaving_id, **body(ReasonIn()))
    return _back(leaving_id, _("退回去了，账户仍然冻结。"))


@bp.post("/accounts/leavings/<int:leaving_id>/settle")
@needs("account.approve")
@returns_to(account_leaving)
@writes
def settle_leaving(session: Session, leaving_id: int) -> ResponseReturnValue:
    """Settle as proposed."""
    leaving.settle(session, actor=current_actor(), leaving_id=leaving_id)
    return _back(leaving_id, _("办完了，每一分钟都有去处。"))


@bp.post("/accounts/leavings/<int:leaving_id>/undo")
@needs("account.end")
@returns_to(account_leaving)
@writes
def undo_leaving(session: Session, leaving_id: int) -> ResponseReturnValue:
    """Undo a report that was a mistake."""
    leaving.undo_leaving(session, actor=current_actor(), leaving_id=leaving_id, **body(ReasonIn()))
    return _back(leaving_id, _("解冻了，本人的首页上会写明是我们弄错了。"))


@bp.get("/me/disposition")
@needs("hours.give")
@reads
def my_disposition(session: Session) -> ResponseReturnValue:
    """Show what one chose for the end of the account, and the form to choose."""
    actor = current_actor()
    return render_template(
        "volunteering/disposition.html",
        chosen=reads_of.disposition(session, person_id=actor.person_id),
        relatives=[
            (one.person_id, one.name)
            for one in community_queries.relatives(session, actor.person_id or 0)
            if one.verified_on is not None
        ],
        pools=[
            (one.id, one.name)
            for one in pool_queries.pools(session, actor.community_id, only_open=True)
        ],
    )


@bp.post("/me/disposition")
@needs("hours.give")
@returns_to(my_disposition)
@writes
def choose_disposition(session: Session) -> ResponseReturnValue:
    """Choose what becomes of one's minutes."""
    dispositions.choose(session, actor=current_actor(), wish=Wish(**body(WishFormIn())))
    return see_other(url_for(".my_disposition"), _("记下了，随时可以改。"))


@bp.post("/me/disposition/withdraw")
@needs("hours.give")
@returns_to(my_disposition)
@writes
def withdraw_disposition(session: Session) -> ResponseReturnValue:
    """Take the choice back."""
    dispositions.withdraw(session, actor=current_actor())
    return see_other(url_for(".my_disposition"), _("收回了。"))


def ends_panel(session: Session, actor: Actor) -> Markup:
    """Return what a member is told about accounts that end: the own one, and those of kin."""
    if not actor.may("hours.give") or actor.person_id is None:
        return Markup()
    is_told = reads_of.has_news(session, person_id=actor.person_id)
    return Markup(  # noqa: S704 - a template of ours, escaped by Jinja
        render_template(
            "volunteering/ends_panel.html",
            news=reads_of.own_news(session, person_id=actor.person_id) if is_told else None,
            claimable=reads_of.of_own_people(session, actor=actor) if is_told else [],
        )
    )


def _back(leaving_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the leaving."""
    return see_other(url_for(".account_leaving", leaving_id=leaving_id), notice)
