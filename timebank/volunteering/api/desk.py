"""The review desk, for programs: the ranked queue, its rules, spot checks, appeals."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.models.spot_checks import SpotDraw
from timebank.volunteering.queries import desk as desk_reads
from timebank.volunteering.queries import desk_rules as rules_reads
from timebank.volunteering.queries import disputes as dispute_reads
from timebank.volunteering.queries import spot_checks as check_reads
from timebank.volunteering.queries.desk import DeskLine
from timebank.volunteering.queries.desk_rules import DeskRulesView
from timebank.volunteering.rules.disputes import DisputeView
from timebank.volunteering.rules.exhibits import Paper
from timebank.volunteering.rules.risk import RiskCode
from timebank.volunteering.rules.spot_checks import CheckState, MonthChecks, SpotCheckView
from timebank.volunteering.schemas.desk import (
    ArbitrationIn,
    CheckListIn,
    CheckResultIn,
    DecisionIn,
    DeskLineOut,
    DeskListIn,
    DeskRulesIn,
    DeskRulesOut,
    DisputeOut,
    DrawOut,
    MonthChecksOut,
    SpotCheckOut,
    TakeIn,
)
from timebank.volunteering.schemas.exhibits import SaidWithPapersIn
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import desk_rules as rules_verbs
from timebank.volunteering.service import disputes as dispute_verbs
from timebank.volunteering.service import spot_checks as check_verbs
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/review-desk")
@needs("hours.approve")
@reads
@takes(DeskListIn, where="query")
@gives_page(DeskLineOut)
def list_desk(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    code: RiskCode | None = None,
    is_second: bool = False,
) -> Page[DeskLine]:
    """What the sender may decide over, the riskiest first, each with its reasons."""
    return desk_reads.desk_queue(
        session, actor=current_actor(), code=code, is_second=is_second, cursor=cursor, limit=limit
    )


@api.get("/review-desk/<int:record_id>")
@needs("hours.approve")
@reads
@gives(DeskLineOut)
def show_desk_record(session: Session, record_id: int) -> DeskLine:
    """One waiting record with its reasons."""
    return desk_reads.desk_record(session, actor=current_actor(), record_id=record_id)


@api.get("/desk-rules")
@needs("hours.approve")
@reads
@gives(DeskRulesOut, many=True)
def list_desk_rules(session: Session) -> Sequence[DeskRulesView]:
    """Every version of what the desk goes by, the latest first; empty: as in a new community."""
    return rules_reads.versions(session, current_actor().community_id)


@api.post("/desk-rules")
@needs("desk.rules")
@writes(keyed=True)
@takes(DeskRulesIn)
@gives(DeskRulesOut, status=201)
def set_desk_rules(session: Session, **told: Any) -> DeskRulesView:  # noqa: ANN401 - as DeskRulesIn loads
    """Set a new version, in force from a day."""
    rules_verbs.set_desk_rules(session, actor=current_actor(), **told)
    return rules_reads.versions(session, current_actor().community_id)[0]


@api.get("/spot-checks")
@needs("check.read")
@reads
@takes(CheckListIn, where="query")
@gives_page(SpotCheckOut)
def list_checks(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    state: CheckState | None = None,
    month_on: date | None = None,
    is_wrong: bool = False,
) -> Page[SpotCheckView]:
    """Spot checks within reach, newest first."""
    return check_reads.checks(
        session,
        actor=current_actor(),
        state=state,
        month_on=month_on,
        is_wrong=is_wrong,
        cursor=cursor,
        limit=limit,
    )


@api.get("/spot-checks/by-month")
@needs("check.read")
@reads
@gives(MonthChecksOut, many=True)
def list_check_months(session: Session) -> Sequence[MonthChecks]:
    """How many were drawn and what was found in each of the last twelve months."""
    return check_reads.months(session, actor=current_actor())


@api.get("/spot-draws")
@needs("check.read")
@reads
@gives(DrawOut, many=True)
def list_draws(session: Session) -> Sequence[SpotDraw]:
    """The latest draws with the seeds by which anybody can draw again."""
    return check_reads.draws(session, current_actor().community_id)


def _check(session: Session, check_id: int) -> SpotCheckView:
    """Return a check as it is now."""
    return check_reads.check(session, actor=current_actor(), check_id=check_id)


@api.get("/spot-checks/<int:check_id>")
@needs("check.read")
@reads
@gives(SpotCheckOut)
def show_check(session: Session, check_id: int) -> SpotCheckView:
    """One spot check."""
    return _check(session, check_id)


@api.post("/spot-checks/<int:check_id>/take")
@needs("check.work")
@writes(keyed=True)
@takes(TakeIn)
@gives(SpotCheckOut)
def take_check(session: Session, check_id: int, *, user_id: int | None) -> SpotCheckView:
    """Take a check on, or hand it to a colleague."""
    check_verbs.take_check(session, actor=current_actor(), check_id=check_id, user_id=user_id)
    return _check(session, check_id)


@api.post("/spot-checks/<int:check_id>/result")
@needs("check.work")
@writes(keyed=True)
@takes(CheckResultIn)
@gives(SpotCheckOut)
def finish_check(
    session: Session,
    check_id: int,
    **told: Any,  # noqa: ANN401 - as CheckResultIn loads
) -> SpotCheckView:
    """Write what a check found, once."""
    check_verbs.finish_check(session, actor=current_actor(), check_id=check_id, **told)
    return _check(session, check_id)


@api.post("/spot-checks/<int:check_id>/take-back")
@needs("hours.unapprove")
@writes(keyed=True)
@takes(ReasonIn)
@gives(SpotCheckOut)
def take_back_after_check(session: Session, check_id: int, *, reason: str) -> SpotCheckView:
    """Take back the approval of what a check found wrong, by a reversal."""
    check_verbs.take_back_after_check(
        session, actor=current_actor(), check_id=check_id, reason=reason, key=request_key()
    )
    return _check(session, check_id)


def _dispute(session: Session, dispute_id: int) -> DisputeView:
    """Return a dispute as it is now."""
    return dispute_reads.dispute(session, actor=current_actor(), dispute_id=dispute_id)


@api.get("/me/disputes")
@needs("hours.read")
@reads
@gives(DisputeOut, many=True)
def my_disputes(session: Session) -> Sequence[DisputeView]:
    """What the sender can disagree with until when, and what became of it."""
    return dispute_reads.own(session, person_id=current_actor().person_id)


@api.get("/disputes")
@needs("dispute.decide")
@reads
@takes(PageIn, where="query")
@gives_page(DisputeOut)
def list_disputes(session: Session, *, limit: int, cursor: str | None = None) -> Page[DisputeView]:
    """What waits for a decision that the sender may give, the first due first."""
    return dispute_reads.waiting(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.get("/disputes/<int:dispute_id>")
@needs("hours.appeal")
@reads
@gives(DisputeOut)
def show_dispute(session: Session, dispute_id: int) -> DisputeView:
    """One dispute."""
    return _dispute(session, dispute_id)


@api.post("/service-records/<int:record_id>/appeal")
@needs("hours.appeal")
@writes(keyed=True)
@takes(SaidWithPapersIn)
@gives(DisputeOut, status=201)
def appeal(session: Session, record_id: int, *, words: str, papers: Sequence[Paper]) -> DisputeView:
    """Disagree with a rejection or with an approval taken back."""
    dispute_id = dispute_verbs.appeal(
        session, actor=current_actor(), record_id=record_id, words=words, papers=papers
    )
    return _dispute(session, dispute_id)


@api.post("/disputes/<int:dispute_id>/decide")
@needs("dispute.decide")
@writes(keyed=True)
@takes(DecisionIn)
@gives(DisputeOut)
def decide_appeal(
    session: Session, dispute_id: int, *, is_granted: bool, words: str, approves: bool
) -> DisputeView:
    """Decide an appeal, in words."""
    dispute_verbs.decide_appeal(
        session,
        actor=current_actor(),
        dispute_id=dispute_id,
        is_granted=is_granted,
        words=words,
        approves=approves,
        key=request_key(),
    )
    return _dispute(session, dispute_id)


@api.post("/disputes/<int:dispute_id>/arbitration")
@needs("hours.appeal")
@writes(keyed=True)
@takes(SaidWithPapersIn)
@gives(DisputeOut)
def ask_arbitration(
    session: Session, dispute_id: int, *, words: str, papers: Sequence[Paper]
) -> DisputeView:
    """Ask for arbitration after an appeal was not granted."""
    dispute_verbs.ask_arbitration(
        session, actor=current_actor(), dispute_id=dispute_id, words=words, papers=papers
    )
    return _dispute(session, dispute_id)


@api.post("/disputes/<int:dispute_id>/arbitrate")
@needs("dispute.decide")
@writes(keyed=True)
@takes(ArbitrationIn)
@gives(DisputeOut)
def arbitrate(session: Session, dispute_id: int, *, is_granted: bool, words: str) -> DisputeView:
    """Give one's word in arbitration: one who may decides alone, of others two must agree."""
    dispute_verbs.arbitrate(
        session,
        actor=current_actor(),
        dispute_id=dispute_id,
        is_granted=is_granted,
        words=words,
        key=request_key(),
    )
    return _dispute(session, dispute_id)
