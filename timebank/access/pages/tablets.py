"""A shared tablet: its lock, and how a colleague takes over."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.pages.accounts import bp, enter
from timebank.access.schemas import LogInPageIn, UnlockIn
from timebank.access.service import tablets
from timebank.web import login
from timebank.web.doors import body, public, query, reads, returns_to, see_other, writes
from timebank.web.preferences import back_to

WORKS_HERE = "care.redeem"


@bp.get("/locked")
@public
@reads
def locked(session: Session) -> ResponseReturnValue:
    """Show the lock: who works here, and the PIN of whoever goes on."""
    tablet = tablets.shared_session(session, login.session_digest())
    if tablet is None:
        login.share(None)
        return see_other(url_for(".log_in_form"), _("太久没用，请用登录密码重新登录"))
    return render_template(
        "access/locked.html",
        colleagues=tablets.colleagues(session, tablet, WORKS_HERE),
        last_id=tablet.user_id,
        target=back_to(query(LogInPageIn())["next"]),
    )


@bp.post("/lock")
@public
@writes(keeps_answer=False)
def lock(session: Session) -> ResponseReturnValue:
    """Lock this tablet now."""
    token_hash = login.session_digest()
    if token_hash is not None:
        tablets.lock_session(session, token_hash=token_hash)
    return see_other(url_for(".locked"))


@bp.post("/locked")
@public
@returns_to(locked)
@writes(keeps_answer=False)
def unlock(session: Session) -> ResponseReturnValue:
    """Let a colleague go on by their PIN."""
    given = body(UnlockIn())
    target = given.pop("next")
    token_hash, seconds = login.session_digest(), login.lock_seconds()
    opened = tablets.unlock(session, token_hash=token_hash, permission=WORKS_HERE, **given)
    enter(opened)
    login.share(seconds)
    return see_other(back_to(target), _("%(name)s，您好，接着办", name=opened.actor.name))
