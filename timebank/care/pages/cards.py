"""Member cards: issue, replace, print, and the PIN that the elder types at the counter."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.care.errors.desk import CardMissingError
from timebank.care.errors.tills import PhotoMissingError
from timebank.care.pages.frame import bp
from timebank.care.queries import cards as card_queries
from timebank.care.schemas.desk import PersonIn, ReasonIn
from timebank.care.schemas.proofs import PinIn
from timebank.care.service import cards as card_service
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.trail import queries as trail_queries
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


def _person(session: Session, person_id: int) -> PersonView:
    """Return a person whom the counter may look up."""
    actor = current_actor()
    return community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.search"),
    )


@bp.get("/cards")
@needs("care.redeem")
@reads
def cards(session: Session, person_id: int | None = None) -> ResponseReturnValue:
    """Find a person, and see or issue their card."""
    asked = query(PersonIn())
    found = card_queries.find_people(session, current_actor(), asked.get("text", ""))
    person_id = person_id or asked.get("person_id") or (found[0].id if len(found) == 1 else None)
    person = None if person_id is None else _person(session, person_id)
    card = None if person is None else card_queries.card(session, person.id)
    return render_template("care/cards.html", asked=asked, found=found, person=person, card=card)


@bp.post("/cards/<int:person_id>")
@needs("care.redeem")
@returns_to(cards)
@writes
def open_card(session: Session, person_id: int) -> ResponseReturnValue:
    """Issue a first card."""
    card_service.open_card(session, actor=current_actor(), person_id=person_id)
    return see_other(url_for(".cards", person_id=person_id), _("卡开好了，请打印，再请老人设密码"))


@bp.post("/cards/<int:person_id>/replace")
@needs("care.redeem")
@returns_to(cards)
@writes
def replace_card(session: Session, person_id: int) -> ResponseReturnValue:
    """Close a lost card and issue the next one."""
    card_service.replace_card(
        session, actor=current_actor(), person_id=person_id, **body(ReasonIn())
    )
    return see_other(url_for(".cards", person_id=person_id), _("新卡开好了，旧卡不能再用"))


@bp.get("/cards/<int:person_id>")
@needs("care.redeem")
@reads
def card(session: Session, person_id: int) -> ResponseReturnValue:
    """Show a card for printing, with its QR code."""
    person = _person(session, person_id)
    view = card_queries.card(session, person_id)
    token = card_queries.card_token(
        session, community_id=current_actor().community_id, person_id=person_id
    )
    if view is None or token is None:
        raise CardMissingError(name=person.name)
    qr = qr_svg(token, label=_("会员卡二维码"))
    return render_template("care/card.html", person=person, card=view, qr=qr)


@bp.post("/cards/<int:person_id>/photo")
@needs("care.redeem")
@returns_to(cards)
@writes
def put_photo(session: Session, person_id: int) -> ResponseReturnValue:
    """Put the member's photo on their card."""
    sent = request.files.get("photo")
    card_service.put_photo(
        session,
        actor=current_actor(),
        person_id=person_id,
        content=sent.read() if sent else b"",
        name=(sent.filename if sent else "") or "photo",
    )
    return see_other(url_for(".cards", person_id=person_id), _("照片放好了，也能看照片对人"))


@bp.get("/cards/<int:person_id>/photo")
@needs("care.redeem")
@reads
def photo(session: Session, person_id: int) -> ResponseReturnValue:
    """Show the photo of a member's card to who compares it with the face."""
    person = _person(session, person_id)
    view = card_queries.card(session, person.id)
    if view is None or view.photo_file_id is None:
        raise PhotoMissingError(name=person.name)
    found = trail_queries.file(session, view.photo_file_id)
    return Response(found.content, content_type=found.media_type)


@bp.get("/cards/<int:person_id>/pin")
@needs("care.redeem")
@reads
def pin_form(session: Session, person_id: int) -> ResponseReturnValue:
    """Show the form in which the elder types a PIN."""
    person = _person(session, person_id)
    return render_template(
        "care/pin.html", person=person, card=card_queries.card(session, person_id)
    )


@bp.post("/cards/<int:person_id>/pin")
@needs("care.redeem")
@returns_to(pin_form)
@writes(keeps_answer=False)
def set_pin(session: Session, person_id: int) -> ResponseReturnValue:
    """Set the PIN that the elder typed twice."""
    card_service.set_pin(session, actor=current_actor(), person_id=person_id, **body(PinIn()))
    return see_other(url_for(".counter", person_id=person_id), _("密码设好了"))
