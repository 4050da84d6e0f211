"""An own payment: its receipt on paper, and the page on which anybody checks it without a login."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cofund.pages.frame import bp, seen_project
from timebank.cofund.queries import receipts
from timebank.cofund.queries.receipts import ReceiptView
from timebank.cofund.schemas.proofs import OwnCheckForm, OwnCheckQuery
from timebank.cofund.service import own_checks
from timebank.kernel import capitals, clock
from timebank.web.codes import qr_svg
from timebank.web.doors import body, current_actor, needs, public, query, reads, returns_to, writes


@bp.get("/public/payments/check")
@public
@reads
def own_check(_session: Session) -> ResponseReturnValue:
    """Ask for what stands on the paper; a code that was scanned has filled it in."""
    return render_template("cofund/own_check.html", found=None, scanned=query(OwnCheckQuery()))


@bp.post("/public/payments/check")
@public
@returns_to(own_check)
@writes(keeps_answer=False)
def check_own(session: Session) -> ResponseReturnValue:
    """Show the payment with its proof; nothing but the count of tries is kept."""
    found = own_checks.check_payment(
        session, address=request.remote_addr or "", **body(OwnCheckForm())
    )
    return render_template("cofund/own_check.html", found=found, scanned={})


@bp.get("/projects/<int:project_id>/contributions/<int:contribution_id>/receipt")
@needs("cofund.receive")
@reads
def receipt(session: Session, project_id: int, contribution_id: int) -> ResponseReturnValue:
    """Show the receipt of what a household paid, on paper."""
    view = seen_project(session, project_id)
    one = receipts.receipt(session, community_id=view.community_id, contribution_id=contribution_id)
    return _printed(one, url_for(".contributions", project_id=view.id))


@bp.get("/me/contributions/<int:contribution_id>/receipt")
@needs("cofund.vote")
@reads
def own_receipt(session: Session, contribution_id: int) -> ResponseReturnValue:
    """Show the receipt of what one's own household paid."""
    one = receipts.own_receipt(
        session, person_id=current_actor().person_id, contribution_id=contribution_id
    )
    return _printed(one, url_for(".own_contributions"))


def _printed(one: ReceiptView, back_url: str) -> ResponseReturnValue:
    """Return a receipt with the code that checks it."""
    checked_at = url_for(".own_check", receipt=one.receipt_id, _external=True)
    return render_template(
        "cofund/receipt.html",
        one=one,
        words=capitals.in_capitals(one.amount_fen),
        check_code=qr_svg(checked_at, label=_("扫码核对这笔钱")),
        back_url=back_url,
        printed_at=clock.now(),
    )
