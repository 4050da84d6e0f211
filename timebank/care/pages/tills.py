"""The tills: where this device stands, its lock, hidden numbers, and what the centre allows."""

from flask import render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.service import tablets
from timebank.care.pages.frame import bp
from timebank.care.queries import cards as card_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import tills as queries
from timebank.care.schemas.tills import BackIn, DayIn, RulesIn, TellingIn, TillFormIn
from timebank.care.service import telling as telling_verbs
from timebank.care.service import tills
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.web import login
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
from timebank.web.preferences import back_to


@bp.get("/counter/till")
@needs("care.redeem")
@reads
def till(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show where this device stands, and to the manager what the centre allows."""
    actor = current_actor()
    centre = desk_queries.desk_centre(session, actor, query(DayIn())["centre_id"])
    return render_template(
        "care/till.html",
        centre=centre,
        here=actor.till_id,
        tills=queries.tills(session, centre_id=centre.id, is_active=False),
        rules=queries.rules_of(session, centre.id),
        has_staff_pin=tablets.has_staff_pin(session, actor.user_id),
        manages=actor.reach("care.manage").covers(centre_id=centre.id),
        is_shared=login.is_shared(),
    )


@bp.post("/counter/till/<int:till_id>/stand")
@needs("care.redeem")
@returns_to(till)
@writes
def stand_at(session: Session, till_id: int) -> ResponseReturnValue:
    """Let this browser be the shared tablet of a till."""
    made = tills.stand_at(
        session, actor=current_actor(), token_hash=login.session_digest() or "", till_id=till_id
    )
    login.share(made.lock_minutes * 60)
    words = _(
        "这台设备站在“%(name)s”，%(minutes)s 分钟不用就锁",
        name=made.name,
        minutes=made.lock_minutes,
    )
    return see_other(url_for(".counter", centre_id=made.centre_id), words)


@bp.post("/counter/till/leave")
@needs("care.redeem")
@writes
def leave_till(session: Session) -> ResponseReturnValue:
    """Let this browser be one's own again."""
    tablets.unshare_session(session, actor=current_actor(), token_hash=login.session_digest() or "")
    login.share(None)
    return see_other(url_for(".till"), _("这台设备不再共用，也不会自己锁"))


@bp.post("/care/centres/<int:centre_id>/tills")
@needs("care.manage")
@returns_to(till)
@writes
def add_till(session: Session, centre_id: int) -> ResponseReturnValue:
    """Put one more till into a centre."""
    tills.add_till(session, actor=current_actor(), centre_id=centre_id, **body(TillFormIn()))
    return see_other(url_for(".till", centre_id=centre_id), _("窗口加好了"))


@bp.post("/care/tills/<int:till_id>")
@needs("care.manage")
@returns_to(till)
@writes
def change_till(session: Session, till_id: int) -> ResponseReturnValue:
    """Say anew what a till is called, when it locks, and whether it is in use."""
    tills.change_till(session, actor=current_actor(), till_id=till_id, **body(TillFormIn()))
    return see_other(url_for(".till"), _("改好了"))


@bp.post("/care/centres/<int:centre_id>/counter-rules")
@needs("care.manage")
@returns_to(till)
@writes
def set_rules(session: Session, centre_id: int) -> ResponseReturnValue:
    """Say what a centre allows at its tills."""
    tills.set_rules(session, actor=current_actor(), centre_id=centre_id, **body(RulesIn()))
    return see_other(url_for(".till", centre_id=centre_id), _("规定改好了，马上起用"))


@bp.post("/counter/hide")
@needs("care.redeem")
@writes(keeps_answer=False)
def hide_numbers(_session: Session) -> ResponseReturnValue:
    """Hide the figures of people on this screen from those who stand by, or show them again."""
    cookie["hides_numbers"] = not cookie.get("hides_numbers", False)
    return see_other(back_to(query(BackIn())["next"]))


@bp.get("/counter/telling/<int:person_id>")
@needs("care.redeem")
@reads
def telling(session: Session, person_id: int) -> ResponseReturnValue:
    """Show whom a member wants told when minutes are taken."""
    actor = current_actor()
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.search"),
    )
    return _telling_page(session, person, url_for(".choose_telling", person_id=person_id))


@bp.post("/counter/telling/<int:person_id>")
@needs("care.redeem")
@returns_to(telling)
@writes
def choose_telling(session: Session, person_id: int) -> ResponseReturnValue:
    """Note it for a member who says so at the counter."""
    telling_verbs.choose_telling(
        session, actor=current_actor(), person_id=person_id, **body(TellingIn())
    )
    return see_other(url_for(".counter", person_id=person_id), _("记下了，以后用了时间就告诉"))


@bp.get("/me/telling")
@needs("care.read")
@reads
def my_telling(session: Session) -> ResponseReturnValue:
    """Show whom I want told when my minutes are taken."""
    actor = current_actor()
    person = community_queries.person(
        session, community_id=actor.community_id, person_id=actor.person_id or 0
    )
    return _telling_page(session, person, url_for(".choose_my_telling"))


@bp.post("/me/telling")
@needs("care.read")
@returns_to(my_telling)
@writes
def choose_my_telling(session: Session) -> ResponseReturnValue:
    """Note whom I want told."""
    actor = current_actor()
    telling_verbs.choose_telling(
        session, actor=actor, person_id=actor.person_id or 0, **body(TellingIn())
    )
    return see_other(url_for(".my_telling"), _("记下了，以后用了时间就告诉"))


def _telling_page(session: Session, person: PersonView, address: str) -> str:
    """Return the form with what was chosen so far."""
    return render_template(
        "care/telling.html",
        person=person,
        address=address,
        chosen=queries.telling(session, person.id),
        card=card_queries.card(session, person.id),
        relatives=[
            (one.person_id, one.name) for one in community_queries.relatives(session, person.id)
        ],
    )
