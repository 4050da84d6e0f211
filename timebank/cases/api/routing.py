"""Routing and leave for programs."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.cases.api.cases import api, seen
from timebank.cases.queries import routing as queries
from timebank.cases.queries import staff
from timebank.cases.queries.routing import RouteView, TrialLine, VersionView
from timebank.cases.rules.absences import Absence
from timebank.cases.rules.routing import Rule
from timebank.cases.schemas.routing import (
    AbsenceIn,
    AbsenceOut,
    BackIn,
    RouteOut,
    RoutingNoteIn,
    RoutingOut,
    RuleIn,
    TrialLineOut,
)
from timebank.cases.service import absences as leave
from timebank.cases.service import routing as verbs
from timebank.kernel import clock
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/cases/<int:case_id>/route")
@needs("case.read")
@reads
@gives(RouteOut)
def route(session: Session, case_id: int) -> RouteView | None:
    """Who was given a case when it came in, and why."""
    return queries.route(session, seen(session, case_id).id)


def _version(session: Session, number: int) -> VersionView:
    """Return a version as the caller sees it after the act."""
    return queries.version(session, actor=current_actor(), number=number)


@api.get("/routing-versions")
@needs("routing.read")
@reads
@gives(RoutingOut, many=True)
def routing_versions(session: Session) -> Sequence[VersionView]:
    """The versions of the rules, newest first, without their rules."""
    return queries.versions(session, actor=current_actor())


@api.post("/routing-versions")
@needs("routing.draft")
@writes(keyed=True)
@takes(RoutingNoteIn)
@gives(RoutingOut, status=201)
def draft_routing(session: Session, *, note: str) -> VersionView:
    """Begin a version with the rules that act now."""
    return _version(session, verbs.draft_routing(session, actor=current_actor(), note=note))


@api.get("/routing-versions/<int:number>")
@needs("routing.read")
@reads
@gives(RoutingOut)
def routing_version(session: Session, number: int) -> VersionView:
    """One version with its rules."""
    return _version(session, number)


@api.get("/routing-versions/<int:number>/trial")
@needs("routing.read")
@reads
@gives(TrialLineOut, many=True)
def routing_trial(session: Session, number: int) -> Sequence[TrialLine]:
    """Who would get the last 200 cases by a version, beside who gets them as things are."""
    return queries.trial(session, actor=current_actor(), number=number)


@api.post("/routing-versions/<int:number>/rules")
@needs("routing.draft")
@writes(keyed=True)
@takes(RuleIn)
@gives(RoutingOut, status=201)
def add_rule(session: Session, number: int, *, rule: Rule) -> VersionView:
    """Put a rule into a draft."""
    verbs.add_rule(session, actor=current_actor(), number=number, rule=rule)
    return _version(session, number)


@api.post("/routing-versions/<int:number>/rules/<int:rule_id>/remove")
@needs("routing.draft")
@writes(keyed=True)
@gives(RoutingOut)
def remove_rule(session: Session, number: int, rule_id: int) -> VersionView:
    """Take a rule out of a draft."""
    verbs.remove_rule(session, actor=current_actor(), number=number, rule_id=rule_id)
    return _version(session, number)


@api.post("/routing-versions/<int:number>/rules/<int:rule_id>/up")
@needs("routing.draft")
@writes(keyed=True)
@gives(RoutingOut)
def move_rule_up(session: Session, number: int, rule_id: int) -> VersionView:
    """Let a rule be asked earlier."""
    verbs.move_rule_up(session, actor=current_actor(), number=number, rule_id=rule_id)
    return _version(session, number)


@api.post("/routing-versions/<int:number>/try")
@needs("routing.draft")
@writes(keyed=True)
@gives(RoutingOut)
def try_routing(session: Session, number: int) -> VersionView:
    """Try a draft on the last cases."""
    verbs.try_routing(session, actor=current_actor(), number=number)
    return _version(session, number)


@api.post("/routing-versions/<int:number>/switch-on")
@needs("routing.approve")
@writes(keyed=True)
@gives(RoutingOut)
def switch_on_routing(session: Session, number: int) -> VersionView:
    """Let a draft hand out cases from now on; never its drafter."""
    verbs.switch_on(session, actor=current_actor(), number=number)
    return _version(session, number)


@api.post("/routing-versions/<int:number>/discard")
@needs("routing.draft")
@writes(keyed=True)
@gives(RoutingOut)
def discard_routing(session: Session, number: int) -> VersionView:
    """Lay a draft aside for good."""
    verbs.discard_routing(session, actor=current_actor(), number=number)
    return _version(session, number)


@api.get("/absences")
@needs("routing.read")
@reads
@gives(AbsenceOut, many=True)
def worker_absences(session: Session) -> Sequence[Absence]:
    """Leave that runs, is to come, or ended within a month."""
    return staff.absences(session, current_actor().community_id, today=clock.today())


@api.post("/absences")
@needs("absence.write")
@writes(keyed=True)
@takes(AbsenceIn)
@gives(AbsenceOut, status=201)
def take_leave(
    session: Session,
    *,
    user_id: int,
    deputy_user_id: int,
    first_on: date,
    last_on: date,
    note: str,
) -> Absence:
    """Write down a leave and its deputy, from today on."""
    return leave.take_leave(
        session,
        actor=current_actor(),
        user_id=user_id,
        deputy_user_id=deputy_user_id,
        first_on=first_on,
        last_on=last_on,
        note=note,
    )


@api.post("/absences/<int:absence_id>/end")
@needs("absence.write")
@writes(keyed=True)
@takes(BackIn)
@gives(AbsenceOut)
def end_leave(session: Session, absence_id: int, *, back_on: date | None = None) -> Absence:
    """End a leave early."""
    return leave.end_leave(session, actor=current_actor(), absence_id=absence_id, back_on=back_on)
