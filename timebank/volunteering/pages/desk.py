"""The review desk for people: the ranked queue, one record with its reasons, the desk's rules."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.volunteering.pages.frame import bp
from timebank.volunteering.queries import desk as reads_of
from timebank.volunteering.queries import desk_rules as rules_reads
from timebank.volunteering.queries import disputes as dispute_reads
from timebank.volunteering.queries import exhibits as exhibit_reads
from timebank.volunteering.queries import records as record_reads
from timebank.volunteering.queries import spot_checks as check_reads
from timebank.volunteering.rules.desk import VALUES
from timebank.volunteering.rules.risk import RiskCode
from timebank.volunteering.schemas.desk import DeskQuery, DeskRulesFormIn
from timebank.volunteering.schemas.records import ChosenIn, ReasonIn
from timebank.volunteering.service import desk_rules as rules_verbs
from timebank.volunteering.service import review as decisions
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


def approved_words(done: decisions.Approvals) -> str:
    """Return what became of an approval: what was posted, what waits for a second pair of eyes."""
    parts = [
        _("%(count)s 条已入账。", count=done.posted) if done.posted else "",
        _("%(count)s 条核对过一遍，等另一位再核对。", count=done.waiting) if done.waiting else "",
    ]
    return "".join(str(part) for part in parts)


@bp.get("/review")
@needs("hours.approve")
@reads
def review(session: Session) -> ResponseReturnValue:
    """Show what waits for approval, what is worth a look first, and what needs a hand."""
    actor = current_actor()
    asked = query(DeskQuery())
    page = reads_of.desk_queue(session, actor=actor, **asked)
    return render_template(
        "volunteering/review.html",
        lines=page.items,
        codes=list(RiskCode),
        asked=asked,
        next_url=None
        if page.next_cursor is None
        else url_for(
            ".review",
            cursor=page.next_cursor,
            code=asked["code"],
            is_second=asked["is_second"] or None,
        ),
        others=reads_of.waiting_for_others(session, actor=actor),
        unconfirmed=record_reads.unconfirmed(session, actor=actor),
        objections=record_reads.objections(session, actor=actor),
        late=dispute_reads.late(session, actor=actor),
        own_checks=check_reads.own_checks(session, actor=actor),
        rules=rules_reads.rules_in_force(session, actor.community_id),
    )


@bp.post("/review/approve")
@needs("hours.approve")
@returns_to(review)
@writes
def approve_records(session: Session) -> ResponseReturnValue:
    """Approve all that were ticked, or none."""
    done = decisions.approve_many(
        session, actor=current_actor(), key=request_key(), **body(ChosenIn())
    )
    return see_other(url_for(".review"), approved_words(done))


@bp.get("/review/<int:record_id>")
@needs("hours.approve")
@reads
def desk_record(session: Session, record_id: int) -> ResponseReturnValue:
    """Show one waiting record: why it is worth a look, and the records that the reasons mean."""
    actor = current_actor()
    line = reads_of.desk_record(session, actor=actor, record_id=record_id)
    return render_template(
        "volunteering/review_record.html",
        line=line,
        record=line.record,
        spoken_of=reads_of.spoken_of(session, actor=actor, reasons=line.reasons),
        history=record_reads.history(session, record_id),
        exhibits=exhibit_reads.of_record(session, record_id),
        rules=rules_reads.rules_in_force(session, actor.community_id),
    )


@bp.post("/review/<int:record_id>/approve")
@needs("hours.approve")
@returns_to(desk_record)
@writes
def desk_approve(session: Session, record_id: int) -> ResponseReturnValue:
    """Approve one record and go on with the queue."""
    done = decisions.approve_service(
        session, actor=current_actor(), record_id=record_id, key=request_key()
    )
    return see_other(url_for(".review"), approved_words(done))


@bp.post("/review/<int:record_id>/reject")
@needs("hours.approve")
@returns_to(desk_record)
@writes
def desk_reject(session: Session, record_id: int) -> ResponseReturnValue:
    """Send one record back and go on with the queue."""
    decisions.reject_service(
        session, actor=current_actor(), record_id=record_id, **body(ReasonIn())
    )
    return see_other(url_for(".review"), _("退回了，对方会看到原因，也可以申诉。"))


@bp.get("/review/rules")
@needs("hours.approve")
@reads
def desk_rules(session: Session) -> ResponseReturnValue:
    """Show what the desk goes by, every version of it, and the form of a new one."""
    actor = current_actor()
    in_force = rules_reads.rules_in_force(session, actor.community_id)
    return render_template(
        "volunteering/desk_rules.html",
        rules=in_force,
        values={name: getattr(in_force, name) for name in VALUES},
        versions=rules_reads.versions(session, actor.community_id),
        today=clock.today(),
    )


@bp.post("/review/rules")
@needs("desk.rules")
@returns_to(desk_rules)
@writes
def set_desk_rules(session: Session) -> ResponseReturnValue:
    """Set a new version."""
    rules_verbs.set_desk_rules(session, actor=current_actor(), **body(DeskRulesFormIn()))
    return see_other(url_for(".desk_rules"), _("新的一版记下了。"))
