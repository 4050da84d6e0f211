"""The page on which a resident checks an own payment without logging in."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from timebank.cofund.pages.frame import bp
from timebank.cofund.schemas.proofs import OwnCheckForm
from timebank.cofund.service import own_checks
from timebank.web.doors import body, public, reads, returns_to, writes


@bp.get("/public/payments/check")
@public
@reads
def own_check(_session: Session) -> ResponseReturnValue:
    """Ask for a payment code and an amount."""
    return render_template("cofund/own_check.html", found=None)


@bp.post("/public/payments/check")
@public
@returns_to(own_check)
@writes(keeps_answer=False)
def check_own(session: Session) -> ResponseReturnValue:
    """Show the payment with its proof; nothing but the count of tries is kept."""
    found = own_checks.check_payment(
        session, address=request.remote_addr or "", **body(OwnCheckForm())
    )
    return render_template("cofund/own_check.html", found=found)
