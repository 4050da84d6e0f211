"""Printed passbooks: booklets handed out, printed on, voided; how they are ruled."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.volunteering.pages.frame import bp
from timebank.volunteering.pages.papers import member_papers
from timebank.volunteering.queries import passbook_prints as reads_of
from timebank.volunteering.rules import passbook_prints as rules
from timebank.volunteering.schemas.passbook_prints import (
    BookletIn,
    LayoutFormIn,
    PrintIn,
    VoidIn,
)
from timebank.volunteering.service import passbook_prints as verbs
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


@bp.post("/papers/<int:person_id>/booklets")
@needs("paper.serve")
@returns_to(member_papers)
@writes
def hand_out_booklet(session: Session, person_id: int) -> ResponseReturnValue:
    """Give a member a booklet."""
    verbs.hand_out_booklet(session, actor=current_actor(), person_id=person_id, **body(BookletIn()))
    return see_other(url_for(".member_papers", person_id=person_id), _("新存折登记好了。"))


@bp.post("/papers/<int:person_id>/booklets/<int:booklet_id>/prints")
@needs("paper.serve")
@returns_to(member_papers)
@writes
def print_passbook(session: Session, person_id: int, booklet_id: int) -> ResponseReturnValue:
    """Print on where the last print ended."""
    del person_id  # it says where a refusal is shown
    print_id = verbs.print_on(
        session,
        actor=current_actor(),
        key=request_key(),
        booklet_id=booklet_id,
        **body(PrintIn()),
    )
    return see_other(url_for(".passbook_print", print_id=print_id))


@bp.get("/passbook-prints/<int:print_id>")
@needs("paper.serve")
@reads
def passbook_print(session: Session, print_id: int) -> ResponseReturnValue:
    """Show the pages of a print, every line where the paper has its line."""
    found, booklet, sheets = reads_of.sheets_of(session, actor=current_actor(), print_id=print_id)
    return render_template(
        "volunteering/passbook_print.html",
        print=found,
        booklet=booklet,
        sheets=sheets,
        is_last=found.sequence == booklet.next_sequence - 1 and found.voided_at is None,
        memo_shown=rules.MEMO_SHOWN,
    )


@bp.post("/passbook-prints/<int:print_id>/void")
@needs("paper.serve")
@returns_to(passbook_print)
@writes
def void_passbook_print(session: Session, print_id: int) -> ResponseReturnValue:
    """Void a spoilt print."""
    actor = current_actor()
    verbs.void_print(session, actor=actor, print_id=print_id, **body(VoidIn()))
    booklet, _row = reads_of.print_within(session, actor=actor, print_id=print_id)
    url = url_for(".member_papers", person_id=booklet.person_id)
    return see_other(url, _("这次打印作废了，可以再打一次。"))


@bp.get("/papers/layout")
@needs("paper.manage")
@reads
def passbook_layout(session: Session) -> ResponseReturnValue:
    """Show how new booklets are ruled."""
    found = reads_of.layout(session, current_actor().community_id)
    return render_template("volunteering/passbook_layout.html", layout=found)


@bp.post("/papers/layout")
@needs("paper.manage")
@returns_to(passbook_layout)
@writes
def rule_passbooks(session: Session) -> ResponseReturnValue:
    """Say how new booklets are ruled."""
    verbs.rule_booklets(session, actor=current_actor(), **body(LayoutFormIn()))
    return see_other(url_for(".passbook_layout"), _("记下了，以后发的存折照这样打。"))
