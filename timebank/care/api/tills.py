"""The tills for programs: limits, tables, days that are closed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import day_close as close_queries
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import tills as queries
from timebank.care.queries import undo_requests
from timebank.care.rules.desk import Proven, RedemptionView, Wanted
from timebank.care.rules.tills import (
    CloseView,
    DayFigures,
    RulesView,
    Second,
    TillView,
    UndoRequestView,
)
from timebank.care.schemas.desk import ReasonIn, RedemptionOut
from timebank.care.schemas.proofs import SignIn
from timebank.care.schemas.till_answers import (
    CloseOut,
    FiguresOut,
    RulesOut,
    TillOut,
    UndoRequestOut,
)
from timebank.care.schemas.tills import CountIn, OnDayIn, RulesIn, TableOfIn, TellingIn, TillIn
from timebank.care.service import company, day_close, telling, tills
from timebank.care.service import undo_requests as requests
from timebank.care.service.tills import TillFacts
from timebank.kernel import clock
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/care-centres/<int:centre_id>/tills")
@needs("care.redeem")
@reads
@gives(TillOut, many=True)
def list_tills(session: Session, centre_id: int) -> Sequence[TillView]:
    """The tills of a centre where one works."""
    centre = desk_queries.desk_centre(session, current_actor(), centre_id)
    return queries.tills(session, centre_id=centre.id)


@api.post("/care-centres/<int:centre_id>/tills")
@needs("care.manage")
@writes(keyed=True)
@takes(TillIn)
@gives(TillOut, status=201)
def add_till(session: Session, centre_id: int, *, facts: TillFacts) -> TillView:
    """Put one more till into a centre."""
    return tills.add_till(session, actor=current_actor(), centre_id=centre_id, facts=facts)


@api.post("/care-tills/<int:till_id>/change")
@needs("care.manage")
@writes
@takes(TillIn)
@gives(status=204)
def change_till(session: Session, till_id: int, *, facts: TillFacts) -> None:
    """Say anew what a till is called, when it locks, and whether it is in use."""
    tills.change_till(session, actor=current_actor(), till_id=till_id, facts=facts)


@api.get("/care-centres/<int:centre_id>/counter-rules")
@needs("care.redeem")
@reads
@gives(RulesOut)
def counter_rules(session: Session, centre_id: int) -> RulesView:
    """What a centre allows at its tills."""
    centre = desk_queries.desk_centre(session, current_actor(), centre_id)
    return queries.rules_of(session, centre.id)


@api.post("/care-centres/<int:centre_id>/counter-rules")
@needs("care.manage")
@writes(keyed=True)
@takes(RulesIn)
@gives(RulesOut, status=201)
def set_rules(session: Session, centre_id: int, **facts: Any) -> RulesView:  # noqa: ANN401 - shaped by the schema
    """Say what a centre allows at its tills from now on."""
    return tills.set_rules(session, actor=current_actor(), centre_id=centre_id, **facts)


@api.post("/redemptions/table")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(TableOfIn)
@gives(RedemptionOut, status=201, many=True)
def redeem_table(
    session: Session, *, centre_id: int, wanted: Sequence[Wanted], proofs: Mapping[int, Proven]
) -> Sequence[RedemptionView]:
    """Redeem the same for everybody at a table, each by their own proof, or for nobody."""
    return company.redeem_table(
        session,
        actor=current_actor(),
        key=request_key(),
        centre_id=centre_id,
        wanted=wanted,
        proofs=proofs,
    )


@api.post("/members/<int:person_id>/telling")
@needs("care.redeem")
@writes
@takes(TellingIn)
@gives(status=204)
def choose_telling(
    session: Session, person_id: int, *, tells_self: bool, relative_id: int | None
) -> None:
    """Note whom a member wants told when minutes are taken."""
    telling.choose_telling(
        session,
        actor=current_actor(),
        person_id=person_id,
        tells_self=tells_self,
        relative_id=relative_id,
    )


@api.get("/care-tills/<int:till_id>/figures")
@needs("care.reverse")
@reads
@takes(OnDayIn, where="query")
@gives(FiguresOut)
def figures(session: Session, till_id: int, *, on_day: date | None) -> DayFigures:
    """What the service knows of a till's day."""
    actor = current_actor()
    till = day_close.till_within(session, actor=actor, till_id=till_id)
    return close_queries.figures(session, till_id=till.id, day=on_day or clock.today())


@api.post("/care-tills/<int:till_id>/count")
@needs("care.reverse")
@writes(keyed=True)
@takes(CountIn)
@gives(CloseOut, status=201)
def count_day(session: Session, till_id: int, **facts: Any) -> CloseView:  # noqa: ANN401 - shaped by the schema
    """Note what a till's drawer holds at the end of a day."""
    return day_close.count_day(session, actor=current_actor(), till_id=till_id, **facts)


@api.post("/day-closes/<int:close_id>/sign")
@needs("care.reverse")
@writes(keyed=True, keeps_answer=False)
@takes(SignIn)
@gives(CloseOut)
def sign_day(session: Session, close_id: int, *, second: Second | None) -> CloseView:
    """Sign a counted day; then it is closed for good."""
    return day_close.sign_day(session, actor=current_actor(), close_id=close_id, second=second)


@api.get("/day-closes")
@needs("care.reverse")
@reads
@takes(PageIn, where="query")
@gives_page(CloseOut)
def list_closes(session: Session, *, limit: int, cursor: str | None = None) -> Page[CloseView]:
    """How days were closed within reach, newest first."""
    return close_queries.closes(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.get("/day-closes/<int:close_id>")
@needs("care.reverse")
@reads
@gives(CloseOut)
def get_close(session: Session, close_id: int) -> CloseView:
    """One close of a till's day."""
    return close_queries.close(session, actor=current_actor(), close_id=close_id)


@api.get("/undo-requests")
@needs("care.reverse")
@reads
@gives(UndoRequestOut, many=True)
def list_all_undo_requests(session: Session) -> Sequence[UndoRequestView]:
    """What waits at any centre within reach for a second person to agree to its undoing."""
    return undo_requests.waiting_anywhere(session, actor=current_actor())


@api.get("/care-centres/<int:centre_id>/undo-requests")
@needs("care.reverse")
@reads
@gives(UndoRequestOut, many=True)
def list_undo_requests(session: Session, centre_id: int) -> Sequence[UndoRequestView]:
    """What waits at a centre for a second person to agree to its undoing."""
    return undo_requests.waiting(session, actor=current_actor(), centre_id=centre_id)


@api.post("/redemptions/<int:redemption_id>/undo-requests")
@needs("care.reverse")
@writes(keyed=True)
@takes(ReasonIn)
@gives(UndoRequestOut, status=201)
def ask_undo(session: Session, redemption_id: int, *, reason: str) -> UndoRequestView:
    """Ask that a redemption be undone; nothing moves until another agrees."""
    return requests.ask_undo(
        session, actor=current_actor(), redemption_id=redemption_id, reason=reason
    )


@api.post("/redemptions/<int:redemption_id>/undo-requests/<int:request_id>/agree")
@needs("care.reverse")
@writes(keyed=True)
@gives(RedemptionOut)
def agree_undo(session: Session, redemption_id: int, request_id: int) -> RedemptionView:
    """Agree, as the second person; the redemption is undone at once."""
    return requests.agree_undo(
        session, actor=current_actor(), redemption_id=redemption_id, request_id=request_id
    )


@api.post("/redemptions/<int:redemption_id>/undo-requests/<int:request_id>/drop")
@needs("care.reverse")
@writes(keyed=True)
@gives(UndoRequestOut)
def drop_undo(session: Session, redemption_id: int, request_id: int) -> UndoRequestView:
    """Leave the redemption as it is."""
    return requests.drop_request(
        session, actor=current_actor(), redemption_id=redemption_id, request_id=request_id
    )
