"""Deaths, moves away and what members choose for the end of the account, for programs."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import leaving as reads_of
from timebank.volunteering.rules.leaving import (
    DispositionView,
    LeavingKind,
    LeavingState,
    LeavingView,
    Outcome,
    Wish,
)
from timebank.volunteering.schemas.leaving import (
    DispositionOut,
    LeavingIn,
    LeavingListIn,
    LeavingOut,
    OutcomeIn,
    WishIn,
)
from timebank.volunteering.schemas.records import ReasonIn
from timebank.volunteering.service import dispositions, leaving
from timebank.web.api import gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes

_NOTHING: Mapping[str, object] = {
    "outcome": None,
    "kin_id": None,
    "kin_name": "",
    "pool_id": None,
    "pool_name": "",
    "chosen_at": None,
}


def _leaving(session: Session, leaving_id: int) -> LeavingView:
    """Return a leaving as it is now."""
    return reads_of.leaving(session, actor=current_actor(), leaving_id=leaving_id)


def _chosen(session: Session) -> DispositionView | Mapping[str, object]:
    """Return what the sender has chosen."""
    return reads_of.disposition(session, person_id=current_actor().person_id) or _NOTHING


@api.get("/account-leavings")
@needs("account.end")
@reads
@takes(LeavingListIn, where="query")
@gives_page(LeavingOut)
def list_leavings(
    session: Session, *, limit: int, cursor: str | None = None, state: LeavingState | None = None
) -> Page[LeavingView]:
    """Deaths and moves away at the sender's places, newest first."""
    states = tuple(LeavingState) if state is None else (state,)
    return reads_of.leavings(
        session, actor=current_actor(), states=states, cursor=cursor, limit=limit
    )


@api.post("/account-leavings")
@needs("account.end")
@writes(keyed=True)
@takes(LeavingIn)
@gives(LeavingOut, status=201)
def report_leaving(
    session: Session,
    *,
    person_id: int,
    kind: LeavingKind,
    happened_on: date,
    evidence: str,
) -> LeavingView:
    """Report a death or a move away; the account is frozen at once."""
    leaving_id = leaving.report_leaving(
        session,
        actor=current_actor(),
        key=request_key(),
        person_id=person_id,
        kind=kind,
        happened_on=happened_on,
        evidence=evidence,
    )
    return _leaving(session, leaving_id)


@api.post("/account-leavings/<int:leaving_id>/propose")
@needs("account.end")
@writes(keyed=True)
@takes(OutcomeIn)
@gives(LeavingOut)
def propose_outcome(
    session: Session,
    leaving_id: int,
    *,
    outcome: Outcome,
    reason: str,
    kin_id: int | None = None,
    pool_id: int | None = None,
) -> LeavingView:
    """Propose what becomes of the minutes."""
    leaving.propose_outcome(
        session,
        actor=current_actor(),
        leaving_id=leaving_id,
        wish=Wish(outcome, kin_id, pool_id),
        reason=reason,
    )
    return _leaving(session, leaving_id)


@api.post("/account-leavings/<int:leaving_id>/send-back")
@needs("account.approve")
@writes(keyed=True)
@takes(ReasonIn)
@gives(LeavingOut)
def send_back_leaving(session: Session, leaving_id: int, *, reason: str) -> LeavingView:
    """Ask for more before agreeing."""
    leaving.send_back(session, actor=current_actor(), leaving_id=leaving_id, reason=reason)
    return _leaving(session, leaving_id)


@api.post("/account-leavings/<int:leaving_id>/settle")
@needs("account.approve")
@writes(keyed=True)
@gives(LeavingOut)
def settle_leaving(session: Session, leaving_id: int) -> LeavingView:
    """Settle as proposed, as a second person."""
    leaving.settle(session, actor=current_actor(), leaving_id=leaving_id)
    return _leaving(session, leaving_id)


@api.post("/account-leavings/<int:leaving_id>/undo")
@needs("account.end")
@writes(keyed=True)
@takes(ReasonIn)
@gives(LeavingOut)
def undo_leaving(session: Session, leaving_id: int, *, reason: str) -> LeavingView:
    """Undo a report that was a mistake."""
    leaving.undo_leaving(session, actor=current_actor(), leaving_id=leaving_id, reason=reason)
    return _leaving(session, leaving_id)


@api.get("/me/disposition")
@needs("hours.give")
@reads
@gives(DispositionOut)
def my_disposition(session: Session) -> DispositionView | Mapping[str, object]:
    """What the sender chose for the end of the account."""
    return _chosen(session)


@api.post("/me/disposition")
@needs("hours.give")
@writes(keyed=True)
@takes(WishIn)
@gives(DispositionOut)
def choose_disposition(
    session: Session, *, outcome: Outcome, kin_id: int | None = None, pool_id: int | None = None
) -> DispositionView | Mapping[str, object]:
    """Choose what becomes of one's minutes."""
    dispositions.choose(session, actor=current_actor(), wish=Wish(outcome, kin_id, pool_id))
    return _chosen(session)


@api.post("/me/disposition/withdraw")
@needs("hours.give")
@writes(keyed=True)
@gives(DispositionOut)
def withdraw_disposition(session: Session) -> DispositionView | Mapping[str, object]:
    """Take the choice back."""
    dispositions.withdraw(session, actor=current_actor())
    return _chosen(session)
