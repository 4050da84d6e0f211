"""Appeal and arbitration for people: what one may do until when, and what waits for a decision."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import desk as desk_reads
from timebank.volunteering.queries import disputes as reads_of
from timebank.volunteering.queries import exhibits as exhibit_reads
from timebank.volunteering.queries import records as record_reads
from timebank.volunteering.queries import spot_checks as check_reads
from timebank.volunteering.queries.desk_rules import rules_in_force
from timebank.volunteering.queries.merging import merged_into
from timebank.volunteering.rules.disputes import VOLUNTEERS_TURN, DisputeState
from timebank.volunteering.rules.exhibits import Paper
from timebank.volunteering.schemas.desk import (
    ArbitrationFormIn,
    DecisionFormIn,
    SaidFormIn,
)
from timebank.volunteering.service import disputes as verbs
from timebank.web.api import PageIn
from timebank.web.doors import (
    body,
    current_actor,
    needs,
    query,
    reads,
    request_key,
    returns_to,
    see_other,
    writes,
)


def papers() -> list[Paper]:
    """Return the photos and papers of the form; an empty file field sends a nameless file."""
    return [
        Paper(name=file.filename, content=file.read())
        for file in request.files.getlist("papers")
        if file.filename
    ]


def around_record(session: Session, actor: Actor, record_id: int) -> dict[str, Any]:
    """Return what a record's page tells of second approval, disputes and, to staff, checks."""
    return {
        "exhibits": exhibit_reads.of_record(session, record_id),
        "disputes": reads_of.of_record(session, record_id),
        "restored_from": reads_of.restored_from(session, record_id),
        "first": desk_reads.first_approval(session, record_id),
        "spot_check": check_reads.of_record(session, actor=actor, record_id=record_id),
    }


def rights_panel(session: Session, actor: Actor) -> Markup:
    """Return what one can disagree with or waits for, for the first screen; empty when nothing."""
    to_act, due = reads_of.open_rights(session, person_id=actor.person_id)
    if not (to_act or due):
        return Markup()
    return Markup(  # noqa: S704 - a template of ours, escaped by Jinja
        render_template("volunteering/rights_panel.html", to_act=to_act, due=due)
    )


@bp.get("/me/appeals")
@needs("hours.read")
@reads
def my_appeals(session: Session) -> ResponseReturnValue:
    """Show what one can disagree with until when, and what became of one's appeals."""
    actor = current_actor()
    return render_template(
        "volunteering/my_appeals.html",
        disputes=reads_of.own(session, person_id=actor.person_id),
        mine=VOLUNTEERS_TURN,
        rules=rules_in_force(session, actor.community_id),
    )


@bp.get("/records/<int:record_id>/appeal")
@needs("hours.appeal")
@reads
def appeal_form(session: Session, record_id: int) -> ResponseReturnValue:
    """Show the decision and the form that disagrees with it."""
    actor = current_actor()
    seen = record_reads.record(session, actor=actor, record_id=record_id)
    found = reads_of.of_record(session, record_id)
    return render_template(
        "volunteering/appeal.html",
        record=seen,
        dispute=next((one for one in found if one.state is DisputeState.OPEN), None),
        is_own=actor.person_id == merged_into(session, seen.volunteer_id),
        rules=rules_in_force(session, actor.community_id),
    )


@bp.post("/records/<int:record_id>/appeal")
@needs("hours.appeal")
@returns_to(appeal_form)
@writes
def appeal(session: Session, record_id: int) -> ResponseReturnValue:
    """Disagree."""
    said = body(SaidFormIn()) | {"papers": papers()}
    dispute_id = verbs.appeal(session, actor=current_actor(), record_id=record_id, **said)
    return see_other(
        url_for(".dispute", dispute_id=dispute_id), _("申诉记下了，会由没经手过的人来看。")
    )


@bp.get("/disputes/<int:dispute_id>")
@needs("hours.appeal")
@reads
def dispute(session: Session, dispute_id: int) -> ResponseReturnValue:
    """Show one dispute from its decision to its end, and what the reader may do now."""
    actor = current_actor()
    seen = reads_of.dispute(session, actor=actor, dispute_id=dispute_id)
    return render_template(
        "volunteering/dispute.html",
        dispute=seen,
        exhibits=exhibit_reads.of_record(session, seen.record_id),
        is_own=actor.person_id == merged_into(session, seen.volunteer_id),
        may_judge=reads_of.may_judge(session, actor=actor, view=seen),
        decides_alone=actor.may("dispute.arbitrate"),
    )


@bp.post("/disputes/<int:dispute_id>/arbitration")
@needs("hours.appeal")
@returns_to(dispute)
@writes
def ask_arbitration(session: Session, dispute_id: int) -> ResponseReturnValue:
    """Ask for arbitration."""
    said = body(SaidFormIn()) | {"papers": papers()}
    verbs.ask_arbitration(session, actor=current_actor(), dispute_id=dispute_id, **said)
    return _to_dispute(dispute_id, _("仲裁申请记下了，仲裁的决定是最后的。"))


@bp.post("/disputes/<int:dispute_id>/decide")
@needs("dispute.decide")
@returns_to(dispute)
@writes
def decide_appeal(session: Session, dispute_id: int) -> ResponseReturnValue:
    """Decide an appeal."""
    verbs.decide_appeal(
        session,
        actor=current_actor(),
        dispute_id=dispute_id,
        key=request_key(),
        **body(DecisionFormIn()),
    )
    return _to_dispute(dispute_id, _("决定记下了，对方看得到。"))


@bp.post("/disputes/<int:dispute_id>/arbitrate")
@needs("dispute.decide")
@returns_to(dispute)
@writes
def arbitrate(session: Session, dispute_id: int) -> ResponseReturnValue:
    """Give one's word in arbitration."""
    ended = verbs.arbitrate(
        session,
        actor=current_actor(),
        dispute_id=dispute_id,
        key=request_key(),
        **body(ArbitrationFormIn()),
    )
    notice = _("意见记下了，还要另一位。") if ended is None else _("仲裁有了最后决定。")
    return _to_dispute(dispute_id, notice)


def _to_dispute(dispute_id: int, notice: str) -> ResponseReturnValue:
    """Go back to a dispute with a notice."""
    return see_other(url_for(".dispute", dispute_id=dispute_id), notice)


@bp.get("/disputes")
@needs("dispute.decide")
@reads
def disputes(session: Session) -> ResponseReturnValue:
    """Show what waits for a decision, the first due first, and what was settled."""
    actor = current_actor()
    page = reads_of.waiting(session, actor=actor, **query(PageIn(unknown="exclude")))
    cursor = page.next_cursor
    return render_template(
        "volunteering/disputes.html",
        disputes=page.items,
        next_url=cursor and url_for(".disputes", cursor=cursor),
        late=reads_of.late(session, actor=actor),
        settled=reads_of.settled(session, actor=actor),
    )
