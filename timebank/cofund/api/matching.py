"""Matching lines of the bank, for programs."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.bank.queries import claims as lines
from timebank.bank.queries.claims import Shown, WaitingLine
from timebank.bank.rules.claims import Purpose, Reason
from timebank.bank.service import claiming, holding
from timebank.cofund.api.frame import api
from timebank.cofund.queries import desk, matches
from timebank.cofund.queries.matches import ClaimView, RunView
from timebank.cofund.rules.matching import Candidate
from timebank.cofund.schemas.matching import (
    CandidateOut,
    ClaimPartOut,
    CreditIn,
    HoldIn,
    MatchIn,
    MatchRunOut,
    PairIn,
    PlainIn,
    ReleaseIn,
    UndoIn,
    WaitingLineOut,
    WaitingQuery,
)
from timebank.cofund.service import match_runs, matching
from timebank.cofund.service.meetings import Wanted
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/bank-lines/waiting")
@needs("bank.match")
@reads
@takes(WaitingQuery, where="query")
@gives_page(WaitingLineOut)
def waiting_lines(
    session: Session, *, shown: Shown, reason: Reason | None, limit: int, cursor: str | None = None
) -> Page[WaitingLine]:
    """The lines of which something is unclaimed, with what holds them up."""
    return lines.waiting_lines(
        session,
        community_id=current_actor().community_id,
        shown=shown,
        reason=reason,
        limit=limit,
        cursor=cursor,
    )


@api.get("/bank-lines/<int:line_id>")
@needs("bank.match")
@reads
@gives(WaitingLineOut)
def bank_line(session: Session, line_id: int) -> WaitingLine:
    """One line with what is left of it."""
    return _line(session, line_id)


@api.get("/bank-lines/<int:line_id>/candidates")
@needs("bank.match")
@reads
@gives(CandidateOut, many=True)
def candidates(session: Session, line_id: int) -> Sequence[Candidate]:
    """What the line could be, best first, with everything that speaks for and against it."""
    return list(desk.candidates(session, current_actor().community_id, _line(session, line_id)))


@api.get("/bank-lines/<int:line_id>/claims")
@needs("bank.match")
@reads
@gives(ClaimPartOut, many=True)
def line_claims(session: Session, line_id: int) -> list[ClaimView]:
    """What was claimed of the line, newest first, with what was undone."""
    community_id = current_actor().community_id
    return matches.claims_of_line(
        session, community_id=community_id, line_id=_line(session, line_id).id
    )


@api.post("/bank-lines/<int:line_id>/match")
@needs("bank.match")
@writes(keyed=True)
@takes(MatchIn)
@gives(ClaimPartOut, many=True)
def match_line(
    session: Session,
    line_id: int,
    *,
    wanted: list[Wanted],
    expected_version: int,
    withheld_fen: int,
    is_rest_credit: bool,
) -> list[ClaimView]:
    """Let the line meet one or more obligations; receipts and payments are booked by it."""
    claim_id = matching.match_line(
        session,
        actor=current_actor(),
        line_id=line_id,
        wanted=wanted,
        expected_version=expected_version,
        withheld_fen=withheld_fen,
        is_rest_credit=is_rest_credit,
        key=request_key(),
    )
    return _claim(session, claim_id)


@api.post("/bank-lines/<int:line_id>/claim")
@needs("bank.match")
@writes(keyed=True)
@takes(PlainIn)
@gives(ClaimPartOut, many=True)
def claim_plain(
    session: Session, line_id: int, *, purpose: Purpose, expected_version: int
) -> list[ClaimView]:
    """Claim the line as a fee, as interest, or as what the account held before."""
    claimed = claiming.claim_plain(
        session,
        actor=current_actor(),
        line_id=line_id,
        purpose=purpose,
        expected_version=expected_version,
        key=request_key(),
    )
    return _claim(session, claimed.claim_id)


@api.post("/bank-lines/<int:line_id>/pair")
@needs("bank.match")
@writes(keyed=True)
@takes(PairIn)
@gives(ClaimPartOut, many=True)
def pair_lines(
    session: Session, line_id: int, *, other_line_id: int, expected_version: int
) -> list[ClaimView]:
    """Set the line against another: between own accounts, or a payment that came back."""
    claim_id = claiming.pair(
        session,
        actor=current_actor(),
        line_id=line_id,
        other_line_id=other_line_id,
        expected_version=expected_version,
        key=request_key(),
    )
    return _claim(session, claim_id)


@api.post("/bank-lines/<int:line_id>/credit")
@needs("bank.match")
@writes(keyed=True)
@takes(CreditIn)
@gives(ClaimPartOut, many=True)
def credit_household(
    session: Session, line_id: int, *, household_id: int, expected_version: int
) -> list[ClaimView]:
    """Keep what is left of the line as a household's credit; of money out, give credit back."""
    claim_id = matching.give_credit(
        session,
        actor=current_actor(),
        line_id=line_id,
        household_id=household_id,
        expected_version=expected_version,
        key=request_key(),
    )
    return _claim(session, claim_id)


@api.post("/bank-lines/<int:line_id>/hold")
@needs("bank.match")
@writes(keyed=True)
@takes(HoldIn)
@gives(WaitingLineOut)
def hold_line(
    session: Session,
    line_id: int,
    *,
    reason: Reason,
    note: str,
    due_on: date | None,
    expected_version: int,
) -> WaitingLine:
    """Set the line aside with a reason and a day."""
    holding.hold(
        session,
        actor=current_actor(),
        line_id=line_id,
        reason=reason,
        note=note,
        due_on=due_on,
        expected_version=expected_version,
    )
    return _line(session, line_id)


@api.post("/bank-lines/<int:line_id>/release")
@needs("bank.match")
@writes(keyed=True)
@takes(ReleaseIn)
@gives(WaitingLineOut)
def release_line(session: Session, line_id: int, *, expected_version: int) -> WaitingLine:
    """Take the line up again."""
    holding.release(
        session, actor=current_actor(), line_id=line_id, expected_version=expected_version
    )
    return _line(session, line_id)


@api.get("/bank-claims")
@needs("bank.match")
@reads
@takes(PageIn, where="query")
@gives_page(ClaimPartOut)
def recent_claims(session: Session, *, limit: int, cursor: str | None = None) -> Page[ClaimView]:
    """Who claimed what, newest first."""
    return matches.recent(
        session, community_id=current_actor().community_id, limit=limit, cursor=cursor
    )


@api.get("/bank-claims/<uuid:claim_id>")
@needs("bank.match")
@reads
@gives(ClaimPartOut, many=True)
def bank_claim(session: Session, claim_id: UUID) -> list[ClaimView]:
    """The parts of one claim with why it was made."""
    return _claim(session, claim_id)


@api.post("/bank-claims/<uuid:claim_id>/undo")
@needs("bank.match")
@writes(keyed=True)
@takes(UndoIn)
@gives(ClaimPartOut, many=True)
def undo_claim(session: Session, claim_id: UUID, *, reason: str) -> list[ClaimView]:
    """Undo a claim as a whole by reversals; what it booked is taken back with it."""
    matching.undo_claim(
        session, actor=current_actor(), claim_id=claim_id, reason=reason, key=request_key()
    )
    return _claim(session, claim_id)


@api.post("/match-runs")
@needs("bank.match")
@writes(keyed=True)
@gives(MatchRunOut, status=201)
def start_match_run(session: Session) -> RunView:
    """Let the program match what is sure among the lines that wait."""
    return match_runs.start_run(session, actor=current_actor())


@api.get("/match-runs")
@needs("bank.match")
@reads
@gives(MatchRunOut, many=True)
def match_run_list(session: Session) -> list[RunView]:
    """The latest run and how far it is; nothing when there was none."""
    found = matches.last_run(session, current_actor().community_id)
    return [] if found is None else [found]


def _line(session: Session, line_id: int) -> WaitingLine:
    """Return one of the community's lines."""
    return lines.line(session, community_id=current_actor().community_id, line_id=line_id)


def _claim(session: Session, claim_id: UUID) -> list[ClaimView]:
    """Return the parts of a claim."""
    return matches.claim(session, community_id=current_actor().community_id, claim_id=claim_id)
