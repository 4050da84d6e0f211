"""Several members at one table: scan one after the other, choose once, each types their own PIN."""

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import company as queries
from timebank.care.queries import redemptions as redemption_queries
from timebank.care.rules import desk as rules
from timebank.care.schemas.tills import TableIn, TableOfKeyIn, TableProofsIn
from timebank.care.service import company
from timebank.web.codes import qr_svg
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


@bp.get("/counter/table")
@needs("care.redeem")
@reads
def table(session: Session) -> ResponseReturnValue:
    """Show who sits at the table and what they have."""
    view = queries.table(session, current_actor(), **query(TableIn()))
    return render_template("care/table.html", table=view)


@bp.post("/counter/table")
@needs("care.redeem")
@returns_to(table)
@writes(keeps_answer=False)
def redeem_table(session: Session) -> ResponseReturnValue:
    """Redeem the same for everybody at the table."""
    asked: dict[str, Any] = query(TableIn())
    key = request_key()
    made = company.redeem_table(
        session,
        actor=current_actor(),
        key=key,
        centre_id=asked["centre_id"],
        wanted=rules.wanted_of(asked["cart"]),
        **body(TableProofsIn()),
    )
    return see_other(url_for(".table_done", key=key), _("%(count)s 位都办好了", count=len(made)))


@bp.get("/counter/table/done")
@needs("care.redeem")
@reads
def table_done(session: Session) -> ResponseReturnValue:
    """Show the slips of a table, to be printed at once."""
    found = redemption_queries.redemptions_of_table(
        session, actor=current_actor(), table_key=query(TableOfKeyIn())["key"]
    )
    codes = {
        one.id: qr_svg(
            url_for(".check_slip", redemption_id=one.id, code=one.check_code, _external=True),
            label=_("扫码验真伪"),
        )
        for one in found
    }
    return render_template(
        "care/table_done.html",
        slips=found,
        codes=codes,
        balances=redemption_queries.balances_of(session, current_actor(), found),
    )
