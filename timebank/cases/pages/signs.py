"""Pages of the signs on lamp posts: the list, a new one, the sheet to print."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import promises
from timebank.cases.queries import signs as queries
from timebank.cases.schemas.intake import SignIn, SignsIn, SignsToPrintIn
from timebank.cases.service import signs as verbs
from timebank.web.codes import qr_svg
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


@bp.get("/place-signs")
@needs("sign.manage")
@reads
def place_signs(session: Session) -> ResponseReturnValue:
    """Show the signs and the form for a new one."""
    actor, asked = current_actor(), query(SignsIn())
    page = queries.signs(session, actor=actor, **asked)
    more = url_for(".place_signs", cursor=page.next_cursor) if page.next_cursor else None
    doors = [
        (one.id, f"{one.grid_name} {one.label}")
        for one in queries.within_reach(session, actor=actor)
    ]
    return render_template("cases/signs.html", signs=page.items, next_url=more, places=doors)


@bp.post("/place-signs")
@needs("sign.manage")
@returns_to(place_signs)
@writes
def make_sign(session: Session) -> ResponseReturnValue:
    """Make a sign for a place."""
    code = verbs.make_sign(session, actor=current_actor(), **body(SignIn()))
    return see_other(
        url_for(".place_signs"),
        _("做好了，编码 %(code)s，可以打印。", code=f"{code[:3]}-{code[3:]}"),
    )


@bp.post("/place-signs/<int:sign_id>/retire")
@needs("sign.manage")
@returns_to(place_signs)
@writes
def retire_sign(session: Session, sign_id: int) -> ResponseReturnValue:
    """Take a sign down for good."""
    verbs.retire_sign(session, actor=current_actor(), sign_id=sign_id)
    return see_other(url_for(".place_signs"), _("停用了，再扫会请人自己选地点。"))


@bp.get("/place-signs/print")
@needs("sign.manage")
@reads
def print_signs(session: Session) -> ResponseReturnValue:
    """Show the signs for paper, each with its code."""
    found = queries.signs_to_print(session, actor=current_actor(), **query(SignsToPrintIn()))
    drawn = [
        (
            sign,
            qr_svg(url_for(".scanned_sign", code=sign.code, _external=True), label=sign.code_text),
        )
        for sign in found
    ]
    limit = promises.answer_limit(session, current_actor().community_id)
    return render_template("cases/signs_print.html", signs=drawn, answer_limit=limit)
