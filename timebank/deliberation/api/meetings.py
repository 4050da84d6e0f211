"""Meetings for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.deliberation.api.opinions import api
from timebank.deliberation.queries import decisions as decision_queries
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.queries import opinions as opinion_queries
from timebank.deliberation.queries.decisions import Figures, MatterLine
from timebank.deliberation.queries.meetings import MeetingLine, MeetingView
from timebank.deliberation.schemas.meetings import (
    AddendumIn,
    ConcludeIn,
    DecisionIn,
    FiguresOut,
    ItemIn,
    MatterFilterIn,
    MatterOut,
    MeetingFilterIn,
    MeetingIn,
    MeetingLineOut,
    MeetingOut,
    MinutesIn,
    PublishIn,
    QuorumIn,
    RulesOut,
    SeatIn,
    SignIn,
    StanceIn,
    YearIn,
)
from timebank.deliberation.schemas.opinions import ReasonIn, TermIn
from timebank.deliberation.service import holding, opinions, planning
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes

# What a verb is told is checked by the schema beside it.
Told = Any


def _seen(session: Session, meeting_id: int) -> MeetingView:
    """Return the meeting as it is after the act."""
    return queries.meeting(session, actor=current_actor(), meeting_id=meeting_id)


@api.get("/meetings")
@needs("meeting.read")
@reads
@takes(MeetingFilterIn, where="query")
@gives_page(MeetingLineOut)
def meetings(session: Session, **asked: Told) -> Page[MeetingLine]:
    """Meetings, the newest first."""
    return queries.meetings(session, actor=current_actor(), **asked)


@api.post("/meetings")
@needs("meeting.keep")
@writes(keyed=True)
@takes(MeetingIn)
@gives(MeetingOut, status=201)
def plan_meeting(session: Session, **told: Told) -> MeetingView:
    """Plan a meeting."""
    return _seen(session, planning.plan_meeting(session, actor=current_actor(), **told))


@api.get("/meetings/<int:meeting_id>")
@needs("meeting.read")
@reads
@gives(MeetingOut)
def meeting(session: Session, meeting_id: int) -> MeetingView:
    """One meeting with everything on it."""
    return _seen(session, meeting_id)


@api.get("/meeting-figures")
@needs("meeting.read")
@reads
@takes(YearIn, where="query")
@gives(FiguresOut)
def figures(session: Session, *, year: int | None = None) -> Figures:
    """What a year of meetings came to."""
    wanted = year or clock.today().year
    return decision_queries.figures(session, actor=current_actor(), year=wanted)


@api.get("/matters")
@needs("meeting.read")
@reads
@takes(MatterFilterIn, where="query")
@gives_page(MatterOut)
def matters(session: Session, **asked: Told) -> Page[MatterLine]:
    """The matters that a year's meetings talked about."""
    asked["year"] = asked.get("year") or clock.today().year
    return decision_queries.matters(session, actor=current_actor(), **asked)


@api.post("/meetings/<int:meeting_id>/seats")
@needs("meeting.keep")
@writes(keyed=True)
@takes(SeatIn)
@gives(MeetingOut, status=201)
def seat(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Put somebody on the list of who is invited."""
    planning.seat(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/seats/<int:seat_id>/remove")
@needs("meeting.keep")
@writes(keyed=True)
@gives(MeetingOut)
def unseat(session: Session, meeting_id: int, seat_id: int) -> MeetingView:
    """Take somebody off the list."""
    planning.unseat(session, actor=current_actor(), meeting_id=meeting_id, seat_id=seat_id)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/seats/<int:seat_id>/sign-in")
@needs("meeting.keep")
@writes(keyed=True)
@gives(MeetingOut)
def sign_in(session: Session, meeting_id: int, seat_id: int) -> MeetingView:
    """Note that somebody is there."""
    holding.sign_in(session, actor=current_actor(), meeting_id=meeting_id, seat_id=seat_id)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/items")
@needs("meeting.keep")
@writes(keyed=True)
@takes(ItemIn)
@gives(MeetingOut, status=201)
def add_item(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Put a matter on the agenda, out of an opinion, a case or a project."""
    planning.add_item(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/invite")
@needs("meeting.keep")
@writes(keyed=True)
@gives(MeetingOut)
def invite(session: Session, meeting_id: int) -> MeetingView:
    """Stamp the quorum rule and tell everybody on the list."""
    planning.invite(session, actor=current_actor(), meeting_id=meeting_id)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/hold")
@needs("meeting.keep")
@writes(keyed=True)
@gives(MeetingOut)
def hold(session: Session, meeting_id: int) -> MeetingView:
    """Open the meeting."""
    holding.hold(session, actor=current_actor(), meeting_id=meeting_id)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/call-off")
@needs("meeting.keep")
@writes(keyed=True)
@takes(ReasonIn)
@gives(MeetingOut)
def call_off(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Call the meeting off."""
    planning.call_off(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/items/<int:item_id>/stances")
@needs("meeting.keep")
@writes(keyed=True)
@takes(StanceIn)
@gives(MeetingOut)
def take_stance(session: Session, meeting_id: int, item_id: int, **told: Told) -> MeetingView:
    """Write what one side says, and its votes."""
    holding.take_stance(
        session, actor=current_actor(), meeting_id=meeting_id, item_id=item_id, **told
    )
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/items/<int:item_id>/decisions")
@needs("meeting.keep")
@writes(keyed=True)
@takes(DecisionIn)
@gives(MeetingOut, status=201)
def decide(session: Session, meeting_id: int, item_id: int, **told: Told) -> MeetingView:
    """Write what was decided; a quorum is wanted."""
    holding.decide(session, actor=current_actor(), meeting_id=meeting_id, item_id=item_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/items/<int:item_id>/conclude")
@needs("meeting.keep")
@writes(keyed=True)
@takes(ConcludeIn)
@gives(MeetingOut)
def conclude(session: Session, meeting_id: int, item_id: int, **told: Told) -> MeetingView:
    """Say that an item is deferred or was only told of."""
    holding.conclude(session, actor=current_actor(), meeting_id=meeting_id, item_id=item_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/minutes")
@needs("meeting.keep")
@writes(keyed=True)
@takes(MinutesIn)
@gives(MeetingOut)
def write_minutes(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Write the minutes; earlier words are kept beside the later."""
    holding.write_minutes(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/sign")
@needs("meeting.sign")
@writes(keyed=True)
@takes(SignIn)
@gives(MeetingOut)
def sign(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Put the signed sheet to the record."""
    holding.sign(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/addenda")
@needs("meeting.keep")
@writes(keyed=True)
@takes(AddendumIn)
@gives(MeetingOut, status=201)
def add_addendum(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Add a correction to a signed record."""
    holding.add_addendum(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


@api.post("/meetings/<int:meeting_id>/publish")
@needs("meeting.sign")
@writes(keyed=True)
@takes(PublishIn)
@gives(MeetingOut)
def publish(session: Session, meeting_id: int, **told: Told) -> MeetingView:
    """Let everybody read what was decided."""
    holding.publish(session, actor=current_actor(), meeting_id=meeting_id, **told)
    return _seen(session, meeting_id)


def _rules(session: Session) -> dict[str, Any]:
    """Return the rules in force."""
    community_id = current_actor().community_id
    in_force = queries.rules_in_force(session, community_id)
    days, _ = opinion_queries.answer_term(session, community_id)
    return {"quorum": {kind.value: rule for kind, rule in in_force.items()}, "answer_days": days}


@api.get("/hall-rules")
@needs("meeting.read")
@reads
@gives(RulesOut)
def hall_rules(session: Session) -> dict[str, Any]:
    """The quorum of each kind of meeting, and the days to answer."""
    return _rules(session)


@api.post("/hall-rules/quorum")
@needs("meeting.sign")
@writes(keyed=True)
@takes(QuorumIn)
@gives(RulesOut)
def set_rule(session: Session, **told: Told) -> dict[str, Any]:
    """Set the quorum of a kind of meeting."""
    planning.set_rule(session, actor=current_actor(), **told)
    return _rules(session)


@api.post("/hall-rules/answer-days")
@needs("meeting.sign")
@writes(keyed=True)
@takes(TermIn)
@gives(RulesOut)
def set_term(session: Session, **told: Told) -> dict[str, Any]:
    """Set within how many days opinions are answered."""
    opinions.set_term(session, actor=current_actor(), **told)
    return _rules(session)
