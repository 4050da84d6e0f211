"""Decisions for programs."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.deliberation.api.opinions import api
from timebank.deliberation.queries import decisions as queries
from timebank.deliberation.queries.decisions import DecisionFilter
from timebank.deliberation.rules.decisions import DecisionView
from timebank.deliberation.schemas.meetings import (
    DecisionFilterIn,
    FinishIn,
    ProjectIn,
    TaskIn,
)
from timebank.deliberation.schemas.opinions import ReasonIn
from timebank.deliberation.schemas.shown import DecisionOut
from timebank.deliberation.service import following
from timebank.kernel.paging import Page
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes

# What a verb is told is checked by the schema beside it.
Told = Any


def _seen(session: Session, decision_id: int) -> DecisionView:
    """Return the decision as it is after the act."""
    return queries.decision(session, actor=current_actor(), decision_id=decision_id)


@api.get("/decisions")
@needs("meeting.read")
@reads
@takes(DecisionFilterIn, where="query")
@gives_page(DecisionOut)
def decisions(
    session: Session, *, wanted: DecisionFilter, limit: int, cursor: str | None = None
) -> Page[DecisionView]:
    """Decisions by deadline: what is overdue comes first."""
    return queries.decisions(
        session, actor=current_actor(), wanted=wanted, cursor=cursor, limit=limit
    )


@api.get("/decisions/<int:decision_id>")
@needs("meeting.read")
@reads
@gives(DecisionOut)
def decision(session: Session, decision_id: int) -> DecisionView:
    """One decision."""
    return _seen(session, decision_id)


@api.post("/decisions/<int:decision_id>/finish")
@needs("meeting.keep")
@writes(keyed=True)
@takes(FinishIn)
@gives(DecisionOut)
def finish(session: Session, decision_id: int, **told: Told) -> DecisionView:
    """Say what came of it, with what proves it."""
    following.finish(session, actor=current_actor(), decision_id=decision_id, **told)
    return _seen(session, decision_id)


@api.get("/my-decisions")
@needs("opinion.give")
@reads
@gives(DecisionOut, many=True)
def own_decisions(session: Session) -> list[DecisionView]:
    """What the caller owes of what was decided, and is not closed yet."""
    return queries.own(session, actor=current_actor())


@api.post("/my-decisions/<int:decision_id>/finish")
@needs("opinion.give")
@writes(keyed=True)
@takes(FinishIn)
@gives(DecisionOut)
def finish_own(session: Session, decision_id: int, **told: Told) -> DecisionView:
    """Let its owner say what came of it."""
    following.finish_own(session, actor=current_actor(), decision_id=decision_id, **told)
    return queries.own_decision(session, actor=current_actor(), decision_id=decision_id)


@api.post("/decisions/<int:decision_id>/close")
@needs("meeting.keep")
@writes(keyed=True)
@gives(DecisionOut)
def close(session: Session, decision_id: int) -> DecisionView:
    """Close what somebody else has done."""
    following.close(session, actor=current_actor(), decision_id=decision_id)
    return _seen(session, decision_id)


@api.post("/decisions/<int:decision_id>/send-back")
@needs("meeting.keep")
@writes(keyed=True)
@takes(ReasonIn)
@gives(DecisionOut)
def send_back(session: Session, decision_id: int, **told: Told) -> DecisionView:
    """Say that it is not done yet."""
    following.send_back(session, actor=current_actor(), decision_id=decision_id, **told)
    return _seen(session, decision_id)


@api.post("/decisions/<int:decision_id>/project")
@needs("cofund.propose")
@writes(keyed=True)
@takes(ProjectIn)
@gives(DecisionOut, status=201)
def start_project(session: Session, decision_id: int, **told: Told) -> DecisionView:
    """Let it go on as a co-funding project."""
    following.start_project(session, actor=current_actor(), decision_id=decision_id, **told)
    return _seen(session, decision_id)


@api.post("/decisions/<int:decision_id>/task")
@needs("task.manage")
@writes(keyed=True)
@takes(TaskIn)
@gives(DecisionOut, status=201)
def post_task(session: Session, decision_id: int, **told: Told) -> DecisionView:
    """Let it go on as a task for volunteers."""
    following.post_task(session, actor=current_actor(), decision_id=decision_id, **told)
    return _seen(session, decision_id)
