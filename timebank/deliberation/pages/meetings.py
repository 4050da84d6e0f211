"""Meetings: list with the year's figures, one with everything on it, its sheet for signing."""

from dataclasses import asdict
from io import BytesIO

from flask import render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.deliberation.pages.frame import bp, uploaded
from timebank.deliberation.queries import decisions as decision_queries
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.queries import opinions as opinion_queries
from timebank.deliberation.rules.meetings import SeatFacts
from timebank.deliberation.schemas.meetings import (
    AddendumIn,
    ConcludeIn,
    DecisionIn,
    ItemIn,
    MatterFilterIn,
    MeetingFilterIn,
    MeetingForm,
    MinutesIn,
    PublishIn,
    QuorumIn,
    SeatForm,
    StanceIn,
)
from timebank.deliberation.schemas.opinions import ReasonIn, TermIn
from timebank.deliberation.service import holding, opinions, planning
from timebank.kernel import clock
from timebank.kernel.errors import NotFoundError
from timebank.trail import queries as trail_queries
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
from timebank.web.paths import next_url


@bp.get("/meetings")
@needs("meeting.read")
@reads
def meetings(session: Session) -> ResponseReturnValue:
    """Show the meetings of a year with its figures."""
    asked = query(MeetingFilterIn())
    asked["year"] = asked.get("year", clock.today().year)
    page = queries.meetings(session, actor=current_actor(), **asked)
    return render_template(
        "deliberation/meetings.html",
        page=page,
        figures=decision_queries.figures(session, actor=current_actor(), year=asked["year"]),
        next_url=next_url(page.next_cursor),
    )


@bp.get("/matters")
@needs("meeting.read")
@reads
def matters(session: Session) -> ResponseReturnValue:
    """Show the matters that a year's meetings talked about."""
    asked = query(MatterFilterIn())
    asked["year"] = asked.get("year", clock.today().year)
    page = decision_queries.matters(session, actor=current_actor(), **asked)
    return render_template(
        "deliberation/matters.html",
        page=page,
        asked=asked,
        next_url=next_url(page.next_cursor),
    )


@bp.get("/meetings/new")
@needs("meeting.keep")
@reads
def new_meeting(session: Session) -> ResponseReturnValue:
    """Show the form that plans a meeting."""
    in_force = queries.rules_in_force(session, current_actor().community_id)
    return render_template("deliberation/meeting_new.html", in_force=in_force)


@bp.post("/meetings/new")
@needs("meeting.keep")
@returns_to(new_meeting)
@writes
def plan_meeting(session: Session) -> ResponseReturnValue:
    """Plan a meeting."""
    made = planning.plan_meeting(session, actor=current_actor(), **body(MeetingForm()))
    return _back(made, _("会议建好了，请加议题和参会的人。"))


@bp.get("/meetings/<int:meeting_id>")
@needs("meeting.read")
@reads
def meeting(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Show one meeting with everything on it."""
    actor = current_actor()
    return render_template(
        "deliberation/meeting.html",
        meeting=queries.meeting(session, actor=actor, meeting_id=meeting_id),
        people=_holders(session),
        today=clock.today(),
    )


def _holders(session: Session) -> list[tuple[int, str]]:
    """Return those who hold one of the six roles, to be invited by a choice."""
    known = community_queries.holders(session, current_actor().community_id)
    return list(
        {one.person_id: (one.person_id, one.person_name) for one in known if one.person_id}.values()
    )


def _back(meeting_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the meeting."""
    return see_other(url_for(".meeting", meeting_id=meeting_id), notice)


@bp.post("/meetings/<int:meeting_id>/seats")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def seat(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Put somebody on the list."""
    told = body(SeatForm())
    if told["person_id"]:
        told["name"] = dict(_holders(session)).get(told["person_id"], told["name"])
    facts = SeatFacts(**told)
    planning.seat(session, actor=current_actor(), meeting_id=meeting_id, facts=facts)
    return _back(meeting_id, _("加上了。"))


@bp.post("/meetings/<int:meeting_id>/seats/<int:seat_id>/remove")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def unseat(session: Session, meeting_id: int, seat_id: int) -> ResponseReturnValue:
    """Take somebody off the list."""
    planning.unseat(session, actor=current_actor(), meeting_id=meeting_id, seat_id=seat_id)
    return _back(meeting_id, _("去掉了。"))


@bp.post("/meetings/<int:meeting_id>/seats/<int:seat_id>/sign-in")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def sign_in(session: Session, meeting_id: int, seat_id: int) -> ResponseReturnValue:
    """Note that somebody is there."""
    holding.sign_in(session, actor=current_actor(), meeting_id=meeting_id, seat_id=seat_id)
    return _back(meeting_id, _("签到了。"))


@bp.post("/meetings/<int:meeting_id>/items")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def add_item(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Put a matter on the agenda."""
    planning.add_item(session, actor=current_actor(), meeting_id=meeting_id, **body(ItemIn()))
    return _back(meeting_id, _("议题加上了。"))


@bp.post("/meetings/<int:meeting_id>/invite")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def invite(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Invite everybody on the list."""
    told = planning.invite(session, actor=current_actor(), meeting_id=meeting_id)
    return _back(meeting_id, _("邀请发出了，%(count)s 位收到站内通知。", count=told))


@bp.post("/meetings/<int:meeting_id>/hold")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def hold(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Open the meeting."""
    holding.hold(session, actor=current_actor(), meeting_id=meeting_id)
    return _back(meeting_id, _("会议开始了。"))


@bp.post("/meetings/<int:meeting_id>/call-off")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def call_off(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Call the meeting off."""
    planning.call_off(session, actor=current_actor(), meeting_id=meeting_id, **body(ReasonIn()))
    return _back(meeting_id, _("会议取消了，邀请过的都通知了。"))


@bp.get("/meetings/<int:meeting_id>/items/<int:item_id>")
@needs("meeting.read")
@reads
def item(session: Session, meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Show one matter: what every side says, and what becomes of it."""
    view = queries.meeting(session, actor=current_actor(), meeting_id=meeting_id)
    found = next((one for one in view.items if one.id == item_id), None)
    if found is None:
        raise NotFoundError
    return render_template("deliberation/item.html", meeting=view, item=found, today=clock.today())


def _at_item(meeting_id: int, item_id: int, notice: str) -> ResponseReturnValue:
    """Go back to the matter."""
    return see_other(url_for(".item", meeting_id=meeting_id, item_id=item_id), notice)


@bp.post("/meetings/<int:meeting_id>/items/<int:item_id>/stances")
@needs("meeting.keep")
@returns_to(item)
@writes
def take_stance(session: Session, meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Write what one side says."""
    holding.take_stance(
        session, actor=current_actor(), meeting_id=meeting_id, item_id=item_id, **body(StanceIn())
    )
    return _at_item(meeting_id, item_id, _("记下了。"))


@bp.post("/meetings/<int:meeting_id>/items/<int:item_id>/decisions")
@needs("meeting.keep")
@returns_to(item)
@writes
def decide(session: Session, meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Write what was decided."""
    holding.decide(
        session, actor=current_actor(), meeting_id=meeting_id, item_id=item_id, **body(DecisionIn())
    )
    return _at_item(meeting_id, item_id, _("议定了，到期前会提醒负责人。"))


@bp.post("/meetings/<int:meeting_id>/items/<int:item_id>/conclude")
@needs("meeting.keep")
@returns_to(item)
@writes
def conclude(session: Session, meeting_id: int, item_id: int) -> ResponseReturnValue:
    """Say that it is deferred or was only told of."""
    holding.conclude(
        session, actor=current_actor(), meeting_id=meeting_id, item_id=item_id, **body(ConcludeIn())
    )
    return _at_item(meeting_id, item_id, _("记下了。"))


@bp.post("/meetings/<int:meeting_id>/minutes")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def write_minutes(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Write the minutes."""
    holding.write_minutes(
        session, actor=current_actor(), meeting_id=meeting_id, **body(MinutesIn())
    )
    return _back(meeting_id, _("会议记录存好了。"))


@bp.get("/meetings/<int:meeting_id>/sheet")
@needs("meeting.read")
@reads
def sheet(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Show the record for printing and signing."""
    view = queries.meeting(session, actor=current_actor(), meeting_id=meeting_id)
    return render_template("deliberation/sheet.html", meeting=view)


@bp.post("/meetings/<int:meeting_id>/sign")
@needs("meeting.sign")
@returns_to(meeting)
@writes
def sign(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Put the signed sheet to the record."""
    scan, name = uploaded("scan")
    holding.sign(session, actor=current_actor(), meeting_id=meeting_id, scan=scan, file_name=name)
    return _back(meeting_id, _("签字件存好了，记录从此不再改动。"))


@bp.get("/meetings/<int:meeting_id>/scan")
@needs("meeting.read")
@reads
def scan(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Hand out the signed sheet."""
    view = queries.meeting(session, actor=current_actor(), meeting_id=meeting_id)
    if view.signed_file_id is None:
        raise NotFoundError
    file = trail_queries.file(session, view.signed_file_id)
    return send_file(
        BytesIO(file.content), mimetype=file.media_type, download_name=file.name, etag=file.sha256
    )


@bp.post("/meetings/<int:meeting_id>/addenda")
@needs("meeting.keep")
@returns_to(meeting)
@writes
def add_addendum(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Add a correction to a signed record."""
    holding.add_addendum(
        session, actor=current_actor(), meeting_id=meeting_id, **body(AddendumIn())
    )
    return _back(meeting_id, _("补记加上了，原来的记录没有动。"))


@bp.post("/meetings/<int:meeting_id>/publish")
@needs("meeting.sign")
@returns_to(meeting)
@writes
def publish(session: Session, meeting_id: int) -> ResponseReturnValue:
    """Let everybody read what was decided."""
    holding.publish(session, actor=current_actor(), meeting_id=meeting_id, **body(PublishIn()))
    return _back(meeting_id, _("公开了，谁都能看。"))


@bp.get("/hall-rules")
@needs("meeting.read")
@reads
def hall_rules(session: Session) -> ResponseReturnValue:
    """Show the quorum of each kind of meeting and the days to answer."""
    community_id = current_actor().community_id
    in_force = queries.rules_in_force(session, community_id)
    days, _version = opinion_queries.answer_term(session, community_id)
    return render_template(
        "deliberation/rules.html",
        in_force={kind: asdict(rule) for kind, rule in in_force.items()},
        days=days,
    )


@bp.post("/hall-rules")
@needs("meeting.sign")
@returns_to(hall_rules)
@writes
def set_rule(session: Session) -> ResponseReturnValue:
    """Set the quorum of a kind of meeting."""
    planning.set_rule(session, actor=current_actor(), **body(QuorumIn()))
    return see_other(url_for(".hall_rules"), _("新的到会规矩从下一次邀请起用。"))


@bp.post("/hall-rules/answer-days")
@needs("meeting.sign")
@returns_to(hall_rules)
@writes
def set_term(session: Session) -> ResponseReturnValue:
    """Set within how many days opinions are answered."""
    opinions.set_term(session, actor=current_actor(), **body(TermIn()))
    return see_other(url_for(".hall_rules"), _("从现在收到的意见起按新的天数答复。"))
