"""Services and activities for programs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.outreach.api.frame import api
from timebank.outreach.queries import occasions as queries
from timebank.outreach.queries.occasions import OccasionFilter
from timebank.outreach.rules.occasions import (
    OccasionLine,
    OccasionView,
    Outcome,
    OwnOccasion,
    Plan,
    YearView,
)
from timebank.outreach.schemas import occasions as shapes
from timebank.outreach.schemas.visits import CreatedOut
from timebank.outreach.service import helpers
from timebank.outreach.service import occasions as service
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, writes


@api.get("/occasions")
@needs("occasion.read")
@reads
@takes(shapes.OccasionFilterIn, where="query")
@gives_page(shapes.OccasionLineOut)
def occasions(
    session: Session, *, wanted: OccasionFilter, limit: int, cursor: str | None = None
) -> Page[OccasionLine]:
    """What the community holds, the latest day first."""
    return queries.occasions(
        session, actor=current_actor(), wanted=wanted, cursor=cursor, limit=limit
    )


@api.get("/occasions/year")
@needs("occasion.read")
@reads
@takes(shapes.YearIn, where="query")
@gives(shapes.OccasionYearOut)
def occasion_year(session: Session, *, year: int | None = None) -> YearView:
    """The figures of a year."""
    return queries.year(session, actor=current_actor(), year=year or clock.today().year)


@api.post("/occasions")
@needs("occasion.work")
@writes(keyed=True)
@takes(shapes.PlanOccasionIn)
@gives(CreatedOut, status=201)
def plan_occasion(session: Session, *, plan: Plan) -> dict[str, int]:
    """Plan something."""
    return {"id": service.plan_occasion(session, actor=current_actor(), plan=plan)}


def _seen(session: Session, occasion_id: int) -> OccasionView:
    """Return something held as the actor sees it."""
    return queries.occasion(session, actor=current_actor(), occasion_id=occasion_id)


@api.get("/occasions/<int:occasion_id>")
@needs("occasion.read")
@reads
@gives(shapes.OccasionOut)
def occasion(session: Session, occasion_id: int) -> OccasionView:
    """Something held or planned; who comes only for those who work at it."""
    return _seen(session, occasion_id)


@api.post("/occasions/<int:occasion_id>/guests")
@needs("occasion.work")
@writes(keyed=True)
@takes(shapes.GuestIn)
@gives(CreatedOut, status=201)
def add_guest(
    session: Session, occasion_id: int, *, person_id: int | None = None
) -> dict[str, int]:
    """Give somebody a seat."""
    made = service.sign_up(
        session, actor=current_actor(), occasion_id=occasion_id, person_id=person_id
    )
    return {"id": made}


@api.post("/occasions/<int:occasion_id>/guests/<int:guest_id>/tick")
@needs("occasion.work")
@writes(keyed=True)
@takes(shapes.TickIn)
@gives(shapes.OccasionOut)
def tick_guest(
    session: Session, occasion_id: int, guest_id: int, *, has_come: bool
) -> OccasionView:
    """Say whether somebody came."""
    service.tick(
        session,
        actor=current_actor(),
        occasion_id=occasion_id,
        guest_id=guest_id,
        has_come=has_come,
    )
    return _seen(session, occasion_id)


@api.post("/occasions/<int:occasion_id>/hold")
@needs("occasion.work")
@writes(keyed=True)
@takes(shapes.OutcomeIn)
@gives(shapes.OccasionOut)
def hold_occasion(session: Session, occasion_id: int, *, outcome: Outcome) -> OccasionView:
    """Say that it was held and how it went."""
    service.hold(session, actor=current_actor(), occasion_id=occasion_id, outcome=outcome)
    return _seen(session, occasion_id)


@api.post("/occasions/<int:occasion_id>/helpers")
@needs("task.manage")
@writes(keyed=True)
@takes(shapes.HelpersIn)
@gives(CreatedOut, status=201)
def ask_for_helpers(session: Session, occasion_id: int, **told: Any) -> dict[str, int]:  # noqa: ANN401 - checked by the schema
    """Post the task that finds volunteers for it; the answer is the task's id."""
    made = helpers.ask_for_helpers(session, actor=current_actor(), occasion_id=occasion_id, **told)
    return {"id": made}


@api.post("/occasions/<int:occasion_id>/recheck")
@needs("occasion.work")
@writes(keyed=True)
@takes(shapes.RecheckIn)
@gives(shapes.OccasionOut)
def recheck_hazard(session: Session, occasion_id: int, *, is_cleared: bool) -> OccasionView:
    """Say whether a hazard is gone."""
    service.recheck(session, actor=current_actor(), occasion_id=occasion_id, is_cleared=is_cleared)
    return _seen(session, occasion_id)


@api.post("/occasions/<int:occasion_id>/cancel")
@needs("occasion.work")
@writes(keyed=True)
@takes(shapes.CancelOccasionIn)
@gives(shapes.OccasionOut)
def cancel_occasion(session: Session, occasion_id: int, *, reason: str) -> OccasionView:
    """Say that it is not held."""
    service.cancel_occasion(session, actor=current_actor(), occasion_id=occasion_id, reason=reason)
    return _seen(session, occasion_id)


@api.get("/me/occasions")
@needs("occasion.join")
@reads
@gives(shapes.OwnOccasionOut, many=True)
def my_occasions(session: Session) -> Sequence[OwnOccasion]:
    """What one may sign up for."""
    return queries.open_to_me(session, actor=current_actor())


@api.post("/me/occasions/<int:occasion_id>/sign-up")
@needs("occasion.join")
@writes(keyed=True)
@gives(CreatedOut, status=201)
def join_occasion(session: Session, occasion_id: int) -> dict[str, int]:
    """Take a seat."""
    return {"id": service.sign_up(session, actor=current_actor(), occasion_id=occasion_id)}


@api.post("/me/occasions/<int:occasion_id>/withdraw")
@needs("occasion.join")
@writes(keyed=True)
@gives(status=204)
def leave_occasion(session: Session, occasion_id: int) -> None:
    """Give one's seat back."""
    service.withdraw(session, actor=current_actor(), occasion_id=occasion_id)
