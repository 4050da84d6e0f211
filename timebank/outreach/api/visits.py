"""Visits for programs: a month, one unit, and every verb."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.outreach.api.frame import api
from timebank.outreach.queries import routes
from timebank.outreach.queries import visits as queries
from timebank.outreach.rules.visits import Coverage, Month, UnitLine, VisitView
from timebank.outreach.schemas import visits as shapes
from timebank.outreach.service import findings
from timebank.outreach.service import visits as service
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/household-visits")
@needs("visit.read")
@reads
@takes(shapes.VisitsIn, where="query")
@gives(shapes.UnitLineOut, many=True)
def visits(
    session: Session, *, month: Month, coverage: Coverage | None = None
) -> Sequence[UnitLine]:
    """Every unit within reach with how it stands in a month; never more than there are units."""
    found = queries.month(session, actor=current_actor(), month=month)
    return [unit for unit in found.units if coverage in {None, unit.coverage}]


@api.get("/household-visits/route")
@needs("visit.read")
@reads
@takes(shapes.RouteIn, where="query")
@gives(shapes.StopOut, many=True)
def visit_route(
    session: Session, *, month: Month, visitor_id: int | None = None
) -> Sequence[routes.Stop]:
    """What is still to be walked in a month, door by door."""
    return routes.route(session, actor=current_actor(), month=month, visitor_id=visitor_id).stops


@api.get("/household-visits/<int:visit_id>")
@needs("visit.read")
@reads
@gives(shapes.VisitOut)
def visit(session: Session, visit_id: int) -> VisitView:
    """One unit in one month, with its doors."""
    return queries.visit(session, actor=current_actor(), visit_id=visit_id)


@api.post("/household-visits/plan")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.PlanIn)
@gives(shapes.CountOut, status=201)
def plan_visits(session: Session, *, month: Month, due_on: date | None) -> dict[str, int]:
    """Plan a month for every unit within reach that is not planned yet."""
    count = service.plan_month(session, actor=current_actor(), month=month, due_on=due_on)
    return {"count": count}


@api.post("/household-visits/<int:visit_id>/assign")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.AssignIn)
@gives(shapes.VisitOut)
def assign_visit(session: Session, visit_id: int, *, visitor_id: int, due_on: date) -> VisitView:
    """Let somebody else go, or by another day."""
    actor = current_actor()
    service.assign_visit(
        session, actor=actor, visit_id=visit_id, visitor_id=visitor_id, due_on=due_on
    )
    return queries.visit(session, actor=actor, visit_id=visit_id)


@api.post("/household-visits/<int:visit_id>/doors")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.DoorIn)
@gives(shapes.VisitOut)
def record_door(session: Session, visit_id: int, **said: Any) -> VisitView:  # noqa: ANN401 - shaped by the schema
    """Write down what happened at a door."""
    actor = current_actor()
    service.record_door(session, actor=actor, visit_id=visit_id, **said)
    return queries.visit(session, actor=actor, visit_id=visit_id)


@api.post("/household-visits/<int:visit_id>/changes")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.ChangeIn)
@gives(shapes.CreatedOut, status=201)
def note_change(session: Session, visit_id: int, **said: Any) -> dict[str, int]:  # noqa: ANN401 - shaped by the schema
    """Correct what is registered of a resident who agreed."""
    made = findings.note_change(session, actor=current_actor(), visit_id=visit_id, **said)
    return {"id": made}


@api.post("/household-visits/<int:visit_id>/newcomers")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.NewcomerIn)
@gives(shapes.CreatedOut, status=201)
def note_newcomer(session: Session, visit_id: int, **said: Any) -> dict[str, int]:  # noqa: ANN401 - shaped by the schema
    """Register somebody who has moved in and agreed; answers the person's id."""
    made = findings.note_newcomer(session, actor=current_actor(), visit_id=visit_id, **said)
    return {"id": made}


@api.post("/household-visits/<int:visit_id>/findings")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.FindingIn)
@gives(shapes.CreatedOut, status=201)
def note_finding(session: Session, visit_id: int, *, words: str) -> dict[str, int]:
    """Write down what was found on the way."""
    made = findings.note_finding(session, actor=current_actor(), visit_id=visit_id, words=words)
    return {"id": made}


@api.post("/household-visits/<int:visit_id>/finish")
@needs("visit.work")
@writes(keyed=True)
@takes(shapes.FinishIn)
@gives(shapes.VisitOut)
def finish_visit(session: Session, visit_id: int, *, visited_on: date, note: str) -> VisitView:
    """Say that a unit was walked through."""
    actor = current_actor()
    service.finish_visit(session, actor=actor, visit_id=visit_id, visited_on=visited_on, note=note)
    return queries.visit(session, actor=actor, visit_id=visit_id)
