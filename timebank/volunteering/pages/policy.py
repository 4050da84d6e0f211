"""The rules for hours: versions, drafts, what a draft does, what applies to oneself."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import expiry, own_rules
from timebank.volunteering.queries import policy as reads_of
from timebank.volunteering.queries.policy import VersionView
from timebank.volunteering.rules import policy as rules
from timebank.volunteering.rules import presets
from timebank.volunteering.rules.policy import Policy
from timebank.volunteering.schemas.policy import (
    DraftFormIn,
    NewDraftQuery,
    OtherIn,
    OutcomesIn,
    PolicyFormIn,
)
from timebank.volunteering.service import policy as verbs
from timebank.web.api import PageIn
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


@bp.get("/policy")
@needs("policy.read")
@reads
def policy_versions(session: Session) -> ResponseReturnValue:
    """Show every version, newest first, and what is in force today."""
    actor = current_actor()
    page = reads_of.versions(session, actor=actor, **query(PageIn(unknown="exclude")))
    next_url = page.next_cursor and url_for(".policy_versions", cursor=page.next_cursor)
    return render_template(
        "volunteering/policy_versions.html",
        versions=page.items,
        now=reads_of.calendar(session, actor.community_id).on(clock.today()),
        next_url=next_url,
    )


@bp.get("/policy/presets")
@needs("policy.read")
@reads
def policy_presets(_session: Session) -> ResponseReturnValue:
    """Show the rules of three cities, each value with its source."""
    return render_template("volunteering/policy_presets.html", presets=presets.PRESETS.values())


def _form(session: Session, template: str, policy: Policy, **more: object) -> str:
    """Render the form of a draft."""
    kinds = reads_of.kinds(session, current_actor().community_id, only_active=True)
    return render_template(
        template, policy=policy, kinds=kinds, ranges=rules.ranges(), today=clock.today(), **more
    )


@bp.get("/policy/new")
@needs("policy.draft")
@reads
def new_policy(session: Session) -> ResponseReturnValue:
    """Show the form of a draft, filled from a version, a preset, or what is in force."""
    actor = current_actor()
    asked = query(NewDraftQuery())
    now = reads_of.calendar(session, actor.community_id).on(clock.today())
    if asked["version"] is not None:
        now = reads_of.version(session, actor=actor, number=asked["version"]).policy
    preset = presets.preset(asked["preset"]) if asked["preset"] else None
    said = now if preset is None else preset.on(now)
    return _form(session, "volunteering/policy_new.html", said, preset=preset)


@bp.post("/policy/new")
@needs("policy.draft")
@returns_to(new_policy)
@writes
def create_policy(session: Session) -> ResponseReturnValue:
    """Write a draft and show it."""
    number = verbs.draft_policy(session, actor=current_actor(), **body(DraftFormIn()))
    return see_other(url_for(".policy_version", number=number), _("草稿记下了，先试算一遍。"))


def _seen(session: Session, number: int) -> VersionView:
    """Return a version of the actor's community."""
    return reads_of.version(session, actor=current_actor(), number=number)


@bp.get("/policy/<int:number>")
@needs("policy.read")
@reads
def policy_version(session: Session, number: int) -> ResponseReturnValue:
    """Show what a version says, what it would have done, and what can be done with it now."""
    actor = current_actor()
    seen = _seen(session, number)
    found = reads_of.simulation(session, seen.id)
    asked = query(OutcomesIn())
    outcomes = found and reads_of.outcomes(session, simulation_id=found.id, **asked)
    cursor = outcomes and outcomes.next_cursor
    return render_template(
        "volunteering/policy_version.html",
        version=seen,
        kinds=reads_of.kinds(session, actor.community_id),
        simulation=found,
        outcomes=outcomes.items if outcomes else [],
        next_url=cursor and url_for(".policy_version", number=number, cursor=cursor),
        acts=reads_of.acts_now(actor, seen),
    )


@bp.get("/policy/<int:number>/change")
@needs("policy.draft")
@reads
def policy_form(session: Session, number: int) -> ResponseReturnValue:
    """Show the form that says a draft anew."""
    seen = _seen(session, number)
    return _form(session, "volunteering/policy_change.html", seen.policy, version=seen)


@bp.post("/policy/<int:number>/change")
@needs("policy.draft")
@returns_to(policy_form)
@writes
def change_policy(session: Session, number: int) -> ResponseReturnValue:
    """Say a draft anew."""
    told = body(PolicyFormIn())
    verbs.change_draft(session, actor=current_actor(), number=number, **told)
    return see_other(url_for(".policy_version", number=number), _("改好了，要再试算一遍。"))


@bp.post("/policy/<int:number>/simulate")
@needs("policy.draft")
@returns_to(policy_version)
@writes
def simulate_policy(session: Session, number: int) -> ResponseReturnValue:
    """Reckon last year by a draft."""
    verbs.simulate_policy(session, actor=current_actor(), number=number)
    address = url_for(".policy_version", number=number, _anchor="simulation")
    return see_other(address, _("试算好了。"))


@bp.post("/policy/<int:number>/approve")
@needs("policy.approve")
@returns_to(policy_version)
@writes
def approve_policy(session: Session, number: int) -> ResponseReturnValue:
    """Bring a version into force from its day on."""
    verbs.approve_policy(session, actor=current_actor(), number=number)
    return see_other(url_for(".policy_version", number=number), _("批准了，到日子就按它算。"))


@bp.post("/policy/<int:number>/discard")
@needs("policy.draft")
@returns_to(policy_version)
@writes
def discard_policy(session: Session, number: int) -> ResponseReturnValue:
    """Lay a draft aside."""
    verbs.discard_draft(session, actor=current_actor(), number=number)
    return see_other(url_for(".policy_versions"), _("草稿作废了。"))


@bp.get("/policy/<int:number>/compare")
@needs("policy.read")
@reads
def compare_policies(session: Session, number: int) -> ResponseReturnValue:
    """Show what a version says differently from another, or from what is in force."""
    actor = current_actor()
    seen, other = reads_of.pair(session, actor=actor, number=number, **query(OtherIn()))
    return render_template(
        "volunteering/policy_compare.html",
        version=seen,
        other=other,
        changes=rules.differences(other.policy, seen.policy),
        kinds=reads_of.kinds(session, actor.community_id),
        choices=[
            (one.version, _("第 %(version)s 版", version=one.version))
            for one in reads_of.versions(session, actor=actor).items
            if one.version != number
        ],
    )


@bp.get("/me/policy")
@needs("hours.read")
@reads
def my_policy(session: Session) -> ResponseReturnValue:
    """Tell a member in one paragraph what applies to them."""
    actor = current_actor()
    found = actor.person_id and own_rules.my_rules(
        session, community_id=actor.community_id, person_id=actor.person_id
    )
    return render_template(
        "volunteering/policy_mine.html",
        mine=found,
        expiring=expiry.my_expiry(
            session, community_id=actor.community_id, person_id=actor.person_id
        ),
        kinds=reads_of.kinds(session, actor.community_id, only_active=True),
    )


def expiry_panel(session: Session, actor: Actor) -> Markup:
    """Return the warning of minutes that expire soon, for the first screen; empty without any."""
    found = expiry.my_expiry(session, community_id=actor.community_id, person_id=actor.person_id)
    warned = [due for due in found if due.is_warned]
    if not warned:
        return Markup()
    return Markup(  # noqa: S704 - a template of ours, escaped by Jinja
        render_template("volunteering/policy_expiry_panel.html", expiring=warned)
    )
