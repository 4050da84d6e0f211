"""Statements of a period and months, for programs."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import advice, own_rules
from timebank.volunteering.queries import month_summaries as month_reads
from timebank.volunteering.queries import statements as reads_of
from timebank.volunteering.rules.advice import Tip
from timebank.volunteering.rules.month_summaries import MonthSummary, month_from
from timebank.volunteering.rules.statements import Statement
from timebank.volunteering.schemas.statements import (
    MonthOut,
    MonthsOut,
    PeriodIn,
    ReasonToLookIn,
    StaffPeriodIn,
    StatementOut,
    TipOut,
)
from timebank.volunteering.service import statement_files
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/me/statement-of-period")
@needs("hours.read")
@reads
@takes(PeriodIn, where="query")
@gives(StatementOut)
def my_period(session: Session, **asked: Any) -> Statement:  # noqa: ANN401 - as PeriodIn loads
    """One's statement of a period: balances at both ends, and the lines between that add up."""
    actor = current_actor()
    return reads_of.statement(
        session, community_id=actor.community_id, person_id=actor.person_id or 0, **asked
    )


@api.post("/people/<int:person_id>/statement-of-period")
@needs("paper.serve")
@writes(keyed=True)
@takes(StaffPeriodIn)
@gives(StatementOut)
def member_period(
    session: Session,
    person_id: int,
    *,
    reason: str,
    **asked: Any,  # noqa: ANN401 - as StaffPeriodIn loads
) -> Statement:
    """The same of somebody whom the sender serves; the look is noted with its reason."""
    actor = current_actor()
    statement_files.look_at(session, actor=actor, person_id=person_id, reason=reason)
    return reads_of.statement(
        session, community_id=actor.community_id, person_id=person_id, **asked
    )


@api.get("/me/months")
@needs("hours.read")
@reads
@gives(MonthsOut)
def my_months(session: Session) -> dict[str, list[date]]:
    """The months of which there is a page."""
    actor = current_actor()
    found = month_reads.months(session, community_id=actor.community_id, person_id=actor.person_id)
    return {"months": found}


@api.get("/me/months/<month>")
@needs("hours.read")
@reads
@gives(MonthOut)
def my_month(session: Session, month: str) -> MonthSummary:
    """One's month, such as 2026-10."""
    actor = current_actor()
    return month_reads.month_summary(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id or 0,
        month=month_from(month),
    )


@api.post("/people/<int:person_id>/months/<month>")
@needs("paper.serve")
@writes(keyed=True)
@takes(ReasonToLookIn)
@gives(MonthOut)
def member_month(session: Session, person_id: int, month: str, *, reason: str) -> MonthSummary:
    """A month of somebody whom the sender serves; the look is noted with its reason."""
    actor = current_actor()
    statement_files.look_at(session, actor=actor, person_id=person_id, reason=reason)
    return month_reads.month_summary(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        month=month_from(month),
    )


@api.get("/me/tips")
@needs("hours.read")
@reads
@gives(TipOut, many=True)
def my_tips(session: Session) -> Sequence[Tip]:
    """What to do before minutes end or a cap bites, the most pressing first."""
    actor = current_actor()
    if actor.person_id is None:
        return []
    return advice.my_tips(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id,
        mine=own_rules.my_rules(
            session, community_id=actor.community_id, person_id=actor.person_id
        ),
    )
