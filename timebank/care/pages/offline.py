"""Without network: the page that goes on working, its devices, papers, and what they bring."""

import hashlib
from datetime import timedelta

from flask import Response, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from timebank.care.pages.frame import bp
from timebank.care.queries import catalogue as catalogue_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import offline as queries
from timebank.care.queries import tills as till_queries
from timebank.care.schemas.desk import ReasonIn
from timebank.care.schemas.tills import DayIn, DeviceIn, NoteIn, SheetIn, TokenFormIn
from timebank.care.service import offline_decisions, offline_devices, offline_tokens
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.kernel.db import Reader
from timebank.web.codes import qr_svg
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    public,
    query,
    reads,
    returns_to,
    see_other,
    writes,
)

# What the page needs when the network is gone, beside itself.
KEPT = (
    "vendor/bootstrap/bootstrap.min.css",
    "css/timebank.css",
    "css/parts.css",
    "css/charts.css",
    "css/print.css",
    "js/timebank.js",
    "js/offline.js",
    "img/mark.svg",
)


@bp.get("/counter/offline/")
@public
@reads(is_one_statement=True)
def offline(_session: Reader) -> ResponseReturnValue:
    """Show the counter that works without network; it holds nobody's data until a device has it."""
    return render_template("care/offline.html")


@bp.get("/counter/offline/sw.js")
@public
@reads(is_one_statement=True)
def offline_worker(_session: Reader) -> ResponseReturnValue:
    """Give the browser what keeps the page when the network is gone."""
    kept = [url_for("static", filename=name) for name in KEPT]
    answer: Response = make_response(
        render_template(
            "care/offline_worker.js",
            page=url_for(".offline"),
            kept=kept,
            version=hashlib.sha256(" ".join(kept).encode()).hexdigest()[:12],
        )
    )
    answer.headers["Content-Type"] = "text/javascript; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/counter/offline/key")
@needs("care.redeem")
@reads
def offline_key(_session: Session) -> ResponseReturnValue:
    """Give a kept page the token by which its upload is known to be ours."""
    return {"csrf_token": generate_csrf()}


@bp.get("/counter/devices")
@needs("care.manage")
@reads
def devices(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show a centre's devices, and where the one in hand is registered."""
    return _devices_page(session)


def _devices_page(session: Session, registered: object = None) -> str:
    """Return the page, with a new device's secret the one time it is made."""
    actor = current_actor()
    centre_id = offline_devices.managed_centre(
        session, actor=actor, centre_id=query(DayIn())["centre_id"]
    )
    return render_template(
        "care/devices.html",
        centre=catalogue_queries.centre(
            session, community_id=actor.community_id, centre_id=centre_id
        ),
        centres=catalogue_queries.centres_of(session, actor, "care.manage"),
        tills=[(one.id, one.name) for one in till_queries.tills(session, centre_id=centre_id)],
        devices=queries.devices(session, actor=actor, centre_id=centre_id),
        registered=registered,
    )


@bp.post("/counter/devices")
@needs("care.manage")
@returns_to(devices)
@writes(keeps_answer=False)
def register_device(session: Session) -> ResponseReturnValue:
    """Let the device in hand serve without network; it keeps its secret from this answer."""
    made = offline_devices.register_device(session, actor=current_actor(), **body(DeviceIn()))
    return _devices_page(session, made), 201


@bp.post("/counter/devices/<int:device_id>/revoke")
@needs("care.manage")
@returns_to(devices)
@writes
def revoke_device(session: Session, device_id: int) -> ResponseReturnValue:
    """Let a device serve no more."""
    made = offline_devices.revoke_device(session, actor=current_actor(), device_id=device_id)
    return see_other(url_for(".devices", centre_id=made.centre_id), _("这台设备不能再断网办了"))


@bp.get("/counter/papers")
@needs("care.redeem")
@reads
def papers(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show the signed papers of a day, tomorrow's unless said otherwise."""
    actor, asked = current_actor(), query(DayIn())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    day = asked["on_day"] or clock.today() + timedelta(days=1)
    return render_template(
        "care/papers.html",
        centre=centre,
        day=day,
        tokens=queries.tokens_of_day(
            session, community_id=actor.community_id, centre_id=centre.id, day=day
        ),
    )


@bp.post("/counter/papers")
@needs("care.redeem")
@returns_to(papers)
@writes
def issue_papers(session: Session) -> ResponseReturnValue:
    """Sign a paper for every booking of a day."""
    asked = body(SheetIn())
    made = offline_tokens.issue_for_bookings(session, actor=current_actor(), **asked)
    return see_other(url_for(".papers", **asked), _("备好了 %(count)s 张，请打印", count=len(made)))


@bp.get("/counter/papers/sheet")
@needs("care.redeem")
@reads
def papers_sheet(session: Session) -> ResponseReturnValue:
    """Show a day's papers for printing, each with its code and a line to sign on."""
    actor, asked = current_actor(), query(SheetIn())
    centre = desk_queries.desk_centre(session, actor, asked["centre_id"])
    found = queries.tokens_of_day(
        session, community_id=actor.community_id, centre_id=centre.id, day=asked["on_day"]
    )
    good = [one for one in found if one.state == "issued"]
    codes = {one.id: qr_svg(one.text, label=_("断网凭条二维码")) for one in good}
    return render_template(
        "care/papers_sheet.html", centre=centre, day=asked["on_day"], tokens=good, codes=codes
    )


@bp.post("/counter/papers/<int:token_id>/revoke")
@needs("care.redeem")
@returns_to(papers)
@writes
def revoke_paper(session: Session, token_id: int) -> ResponseReturnValue:
    """Let a paper hold no longer."""
    made = offline_tokens.revoke_token(
        session, actor=current_actor(), token_id=token_id, **body(ReasonIn())
    )
    return see_other(url_for(".papers", on_day=made.first_on), _("作废了，断网时也不会再认"))


@bp.get("/counter/papers/for/<int:person_id>")
@needs("care.redeem")
@reads
def paper_form(session: Session, person_id: int) -> ResponseReturnValue:
    """Show the form by which a member asks for a signed paper."""
    actor = current_actor()
    centre = desk_queries.desk_centre(session, actor, query(DayIn())["centre_id"])
    offered = catalogue_queries.services(
        session, community_id=actor.community_id, day=clock.today(), centre_id=centre.id
    )
    return render_template(
        "care/paper_for.html",
        centre=centre,
        person=community_queries.person_within(
            session,
            community_id=actor.community_id,
            person_id=person_id,
            reach=actor.reach("person.search"),
        ),
        services=[one for one in offered if one.minutes and not one.needs_booking],
    )


@bp.post("/counter/papers/for/<int:person_id>")
@needs("care.redeem")
@returns_to(paper_form)
@writes(keeps_answer=False)
def issue_paper(session: Session, person_id: int) -> ResponseReturnValue:
    """Sign a paper for one use, by the member's own digits."""
    actor = current_actor()
    centre = desk_queries.desk_centre(session, actor, query(DayIn())["centre_id"])
    made = offline_tokens.issue_token(
        session, actor=actor, centre_id=centre.id, person_id=person_id, **body(TokenFormIn())
    )
    return see_other(url_for(".paper_token", token_id=made.id))


@bp.get("/counter/papers/<int:token_id>")
@needs("care.redeem")
@reads
def paper_token(session: Session, token_id: int) -> ResponseReturnValue:
    """Show one paper for an 80 mm roll."""
    token = queries.token(session, actor=current_actor(), token_id=token_id)
    code = qr_svg(token.text, label=_("断网凭条二维码"))
    return render_template("care/paper_token.html", token=token, code=code)


@bp.get("/counter/uses")
@needs("care.redeem")
@reads
def uses(session: Session, **_refused: int) -> ResponseReturnValue:
    """Show what devices brought; first what waits for somebody."""
    actor, asked = current_actor(), query(DayIn())
    page = queries.uses(session, actor=actor, cursor=asked["cursor"])
    waiting = queries.uses(session, actor=actor, is_open=True).items
    next_url = url_for(".uses", cursor=page.next_cursor) if page.next_cursor else None
    return render_template(
        "care/uses.html",
        waiting=[] if asked["cursor"] else waiting,
        items=[one for one in page.items if not one.is_open],
        next_url=next_url,
        decides=actor.may("care.manage"),
    )


@bp.post("/counter/uses/<int:use_id>/owe")
@needs("care.manage")
@returns_to(uses)
@writes
def owe(session: Session, use_id: int) -> ResponseReturnValue:
    """Make a debt by the elder's name of a conflict."""
    offline_decisions.owe(session, actor=current_actor(), use_id=use_id, **body(NoteIn()))
    return see_other(url_for(".uses"), _("记在老人名下了，存了时间再还"))


@bp.post("/counter/uses/<int:use_id>/write-off")
@needs("care.manage")
@returns_to(uses)
@writes
def propose_write_off(session: Session, use_id: int) -> ResponseReturnValue:
    """Propose that the centre bears a conflict."""
    offline_decisions.propose_write_off(
        session, actor=current_actor(), use_id=use_id, **body(NoteIn())
    )
    return see_other(url_for(".uses"), _("提出来了，等另一位同意"))


@bp.post("/counter/uses/<int:use_id>/agree")
@needs("care.manage")
@returns_to(uses)
@writes
def agree_write_off(session: Session, use_id: int) -> ResponseReturnValue:
    """Agree, as a second person, that the centre bears it."""
    offline_decisions.agree_write_off(session, actor=current_actor(), use_id=use_id)
    return see_other(url_for(".uses"), _("同意了，由服务点承担"))


@bp.post("/counter/uses/<int:use_id>/decline")
@needs("care.manage")
@returns_to(uses)
@writes
def decline_write_off(session: Session, use_id: int) -> ResponseReturnValue:
    """Do not agree that the centre bears it."""
    offline_decisions.decline_write_off(session, actor=current_actor(), use_id=use_id)
    return see_other(url_for(".uses"), _("没有同意，还要再定"))
