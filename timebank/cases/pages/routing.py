"""Pages of routing and leave: versions of the rules, the trial on the last cases, who is away."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.cases.pages.cases import bp
from timebank.cases.queries import routing as queries
from timebank.cases.queries import staff
from timebank.cases.schemas.routing import AbsenceIn, BackIn, RoutingNoteIn, RuleIn
from timebank.cases.service import absences as leave
from timebank.cases.service import routing as verbs
from timebank.community import queries as community_queries
from timebank.kernel import clock
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    reads,
    returns_to,
    see_other,
    writes,
)


@bp.get("/routing")
@needs("routing.read")
@reads
def routing_versions(session: Session) -> ResponseReturnValue:
    """Show the versions of the rules, and which of them acts."""
    return render_template(
        "cases/routing_versions.html", versions=queries.versions(session, actor=current_actor())
    )


@bp.post("/routing")
@needs("routing.draft")
@returns_to(routing_versions)
@writes
def draft_routing(session: Session) -> ResponseReturnValue:
    """Begin a version with the rules that act now."""
    number = verbs.draft_routing(session, actor=current_actor(), **body(RoutingNoteIn()))
    return see_other(url_for(".routing_version", number=number), _("起草好了，改好再试。"))


@bp.get("/routing/<int:number>")
@needs("routing.read")
@reads
def routing_version(session: Session, number: int) -> ResponseReturnValue:
    """Show one version: its rules, and what may be done with it."""
    actor = current_actor()
    places = community_queries.micro_grids(session, actor.community_id)
    return render_template(
        "cases/routing_version.html",
        version=queries.version(session, actor=actor, number=number),
        grids=list(dict.fromkeys((one.grid_id, one.grid_name) for one in places)),
        places=[(one.id, f"{one.grid_name} {one.label}") for one in places],
        workers=[(one.user_id, one.name) for one in staff.choices(session, actor.community_id)],
    )


@bp.get("/routing/<int:number>/trial")
@needs("routing.read")
@reads
def routing_trial(session: Session, number: int) -> ResponseReturnValue:
    """Show who would get the last cases by a version, what differs first."""
    actor = current_actor()
    lines = queries.trial(session, actor=actor, number=number)
    return render_template(
        "cases/routing_trial.html",
        version=queries.version(session, actor=actor, number=number),
        others=[line for line in lines if line.is_other],
        count=len(lines),
    )


def _version_of_rule(number: int, rule_id: int) -> ResponseReturnValue:
    """Show the version in which a rule stands."""
    del rule_id
    shown: ResponseReturnValue = routing_version(number)
    return shown


@bp.post("/routing/<int:number>/rules")
@needs("routing.draft")
@returns_to(routing_version)
@writes
def add_rule(session: Session, number: int) -> ResponseReturnValue:
    """Put a rule into a draft."""
    verbs.add_rule(session, actor=current_actor(), number=number, **body(RuleIn()))
    return see_other(url_for(".routing_version", number=number), _("加好了。"))


@bp.post("/routing/<int:number>/rules/<int:rule_id>/remove")
@needs("routing.draft")
@returns_to(_version_of_rule)
@writes
def remove_rule(session: Session, number: int, rule_id: int) -> ResponseReturnValue:
    """Take a rule out of a draft."""
    verbs.remove_rule(session, actor=current_actor(), number=number, rule_id=rule_id)
    return see_other(url_for(".routing_version", number=number), _("拿掉了。"))


@bp.post("/routing/<int:number>/rules/<int:rule_id>/up")
@needs("routing.draft")
@returns_to(_version_of_rule)
@writes
def move_rule_up(session: Session, number: int, rule_id: int) -> ResponseReturnValue:
    """Let a rule be asked earlier."""
    verbs.move_rule_up(session, actor=current_actor(), number=number, rule_id=rule_id)
    return see_other(url_for(".routing_version", number=number), _("挪好了。"))


@bp.post("/routing/<int:number>/try")
@needs("routing.draft")
@returns_to(routing_version)
@writes
def try_routing(session: Session, number: int) -> ResponseReturnValue:
    """Try a draft on the last cases."""
    count, others = verbs.try_routing(session, actor=current_actor(), number=number)
    words = _("拿最近 %(count)s 件试过，%(others)s 件会交给别人。", count=count, others=others)
    return see_other(url_for(".routing_trial", number=number), words)


@bp.post("/routing/<int:number>/switch-on")
@needs("routing.approve")
@returns_to(routing_version)
@writes
def switch_on_routing(session: Session, number: int) -> ResponseReturnValue:
    """Let a draft hand out cases from now on."""
    verbs.switch_on(session, actor=current_actor(), number=number)
    return see_other(url_for(".routing_version", number=number), _("从现在起按这一版分派。"))


@bp.post("/routing/<int:number>/discard")
@needs("routing.draft")
@returns_to(routing_version)
@writes
def discard_routing(session: Session, number: int) -> ResponseReturnValue:
    """Lay a draft aside for good."""
    verbs.discard_routing(session, actor=current_actor(), number=number)
    return see_other(url_for(".routing_versions"), _("草稿不要了。"))


@bp.get("/absences")
@needs("routing.read")
@reads
def worker_absences(session: Session) -> ResponseReturnValue:
    """Show who is away and who stands in, and the form for a leave."""
    actor = current_actor()
    workers = [(one.user_id, one.name) for one in staff.choices(session, actor.community_id)]
    keeps_all = actor.reach("absence.write").is_wide
    return render_template(
        "cases/absences.html",
        absences=staff.absences(session, actor.community_id, today=clock.today()),
        workers=workers,
        own=[one for one in workers if keeps_all or one[0] == actor.user_id],
        keeps_all=keeps_all,
    )


@bp.post("/absences")
@needs("absence.write")
@returns_to(worker_absences)
@writes
def take_leave(session: Session) -> ResponseReturnValue:
    """Write down a leave and its deputy."""
    taken = leave.take_leave(session, actor=current_actor(), **body(AbsenceIn()))
    words = _("记下了，这几天新的事和提醒都给%(name)s。", name=taken.deputy_name)
    return see_other(url_for(".worker_absences"), words)


def _all_absences(absence_id: int) -> ResponseReturnValue:
    """Show the list in which a leave stands."""
    del absence_id
    shown: ResponseReturnValue = worker_absences()
    return shown


@bp.post("/absences/<int:absence_id>/end")
@needs("absence.write")
@returns_to(_all_absences)
@writes
def end_leave(session: Session, absence_id: int) -> ResponseReturnValue:
    """End a leave early."""
    leave.end_leave(session, actor=current_actor(), absence_id=absence_id, **body(BackIn()))
    return see_other(url_for(".worker_absences"), _("销假了，新的事又归本人。"))
