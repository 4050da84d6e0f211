"""Between communities, for programs: terms, transfers, sheets, settlements."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import clearing as reads_of
from timebank.volunteering.queries import clearing_sheets as sheet_reads
from timebank.volunteering.rules.clearing import PairView, TermsView
from timebank.volunteering.rules.clearing_sheets import LineView, SettlementView, SheetView
from timebank.volunteering.schemas.clearing import (
    GroundIn,
    MonthIn,
    PairOut,
    SettlementIn,
    SettlementOut,
    SheetLineOut,
    SheetOut,
    TermsIn,
    TermsOut,
)
from timebank.volunteering.service import clearing as verbs
from timebank.volunteering.service import clearing_settling as settling
from timebank.volunteering.service import clearing_sheets as sheets
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, writes


def _of_ours(pair_id: int) -> dict[str, int]:
    """Return what names a pair of the sender's community."""
    return {"community_id": current_actor().community_id, "pair_id": pair_id}


@api.get("/clearing-pairs")
@needs("clearing.read")
@reads
@gives(PairOut, many=True)
def list_pairs(session: Session) -> Sequence[PairView]:
    """How the community stands with each of the others."""
    return reads_of.pairs(session, current_actor().community_id)


@api.get("/clearing-pairs/<int:pair_id>/terms")
@needs("clearing.read")
@reads
@gives(TermsOut, many=True)
def list_terms(session: Session, pair_id: int) -> Sequence[TermsView]:
    """Every version of what the two agreed on, latest first."""
    return reads_of.terms_history(session, **_of_ours(pair_id))


@api.post("/clearing-terms")
@needs("clearing.agree")
@writes(keyed=True)
@takes(TermsIn)
@gives(PairOut, status=201)
def propose_terms(
    session: Session,
    *,
    other_id: int,
    we_may_owe_minutes: int,
    they_may_owe_minutes: int,
    is_automatic: bool,
    from_on: date,
) -> PairView:
    """Propose, and sign for one's own side, how far each may owe the other."""
    verbs.propose_terms(
        session,
        actor=current_actor(),
        other_id=other_id,
        we_may_owe_minutes=we_may_owe_minutes,
        they_may_owe_minutes=they_may_owe_minutes,
        is_automatic=is_automatic,
        from_on=from_on,
    )
    known = reads_of.pairs(session, current_actor().community_id)
    return next(one for one in known if one.other_id == other_id)


@api.post("/clearing-terms/<int:terms_id>/sign")
@needs("clearing.agree")
@writes(keyed=True)
@gives(status=204)
def sign_terms(session: Session, terms_id: int) -> None:
    """Sign what the other side proposed."""
    verbs.sign_terms(session, actor=current_actor(), terms_id=terms_id)


@api.post("/clearing-terms/<int:terms_id>/withdraw")
@needs("clearing.agree")
@writes(keyed=True)
@gives(status=204)
def withdraw_terms(session: Session, terms_id: int) -> None:
    """Take back or decline what waits for a signature."""
    verbs.withdraw_terms(session, actor=current_actor(), terms_id=terms_id)


@api.post("/clearing-pairs/<int:pair_id>/freeze")
@needs("clearing.agree")
@writes(keyed=True)
@takes(GroundIn)
@gives(PairOut)
def freeze_clearing(session: Session, pair_id: int, *, reason: str) -> PairView:
    """Stop new transfers, with the reason."""
    verbs.freeze(session, actor=current_actor(), pair_id=pair_id, reason=reason)
    return reads_of.pair(session, **_of_ours(pair_id))


@api.post("/clearing-pairs/<int:pair_id>/lift")
@needs("clearing.agree")
@writes(keyed=True)
@gives(PairOut)
def lift_clearing(session: Session, pair_id: int) -> PairView:
    """Lift the stop that one's own side has put on."""
    verbs.lift(session, actor=current_actor(), pair_id=pair_id)
    return reads_of.pair(session, **_of_ours(pair_id))


@api.get("/clearing-pairs/<int:pair_id>/sheets")
@needs("clearing.read")
@reads
@gives(SheetOut, many=True)
def list_sheets(session: Session, pair_id: int) -> Sequence[SheetView]:
    """The netting sheets of a pair, latest first."""
    return sheet_reads.sheets(session, **_of_ours(pair_id))


@api.post("/clearing-pairs/<int:pair_id>/sheets")
@needs("clearing.agree")
@writes(keyed=True)
@takes(MonthIn)
@gives(SheetOut, status=201)
def make_sheet(session: Session, pair_id: int, *, month: date) -> SheetView:
    """Make the sheet of a month that is over; the one that is there stays as it is."""
    sheet_id = sheets.make_sheet(session, actor=current_actor(), pair_id=pair_id, month=month)
    return _sheet(session, sheet_id)


@api.get("/clearing-sheets/<int:sheet_id>")
@needs("clearing.read")
@reads
@gives(SheetOut)
def get_sheet(session: Session, sheet_id: int) -> SheetView:
    """One netting sheet."""
    return _sheet(session, sheet_id)


@api.get("/clearing-sheets/<int:sheet_id>/lines")
@needs("clearing.read")
@reads
@gives(SheetLineOut, many=True)
def list_sheet_lines(session: Session, sheet_id: int) -> Sequence[LineView]:
    """Each move of a sheet, with its entry in either book."""
    return sheet_reads.sheet_lines(
        session, community_id=current_actor().community_id, sheet_id=sheet_id
    )


@api.post("/clearing-sheets/<int:sheet_id>/sign")
@needs("clearing.agree")
@writes(keyed=True)
@gives(SheetOut)
def sign_sheet(session: Session, sheet_id: int) -> SheetView:
    """Sign a sheet for one's own side."""
    sheets.sign_sheet(session, actor=current_actor(), sheet_id=sheet_id)
    return _sheet(session, sheet_id)


@api.get("/clearing-sheets/<int:sheet_id>/settlements")
@needs("clearing.read")
@reads
@gives(SettlementOut, many=True)
def list_settlements(session: Session, sheet_id: int) -> Sequence[SettlementView]:
    """What was settled on a sheet, or is proposed to be."""
    return sheet_reads.settlements(
        session, community_id=current_actor().community_id, sheet_id=sheet_id
    )


@api.post("/clearing-sheets/<int:sheet_id>/settlements")
@needs("clearing.agree")
@writes(keyed=True)
@takes(SettlementIn)
@gives(SettlementOut, status=201)
def propose_settlement(
    session: Session, sheet_id: int, *, minutes: int, how: str
) -> SettlementView:
    """Propose that so much of what is owed was settled, and how."""
    settlement_id = settling.propose_settlement(
        session, actor=current_actor(), sheet_id=sheet_id, minutes=minutes, how=how
    )
    found = sheet_reads.settlements(
        session, community_id=current_actor().community_id, sheet_id=sheet_id
    )
    return next(one for one in found if one.id == settlement_id)


@api.post("/clearing-settlements/<int:settlement_id>/sign")
@needs("clearing.agree")
@writes(keyed=True)
@gives(status=204)
def sign_settlement(session: Session, settlement_id: int) -> None:
    """Sign what the other side proposed; both books are written."""
    settling.sign_settlement(session, actor=current_actor(), settlement_id=settlement_id)


@api.post("/clearing-settlements/<int:settlement_id>/withdraw")
@needs("clearing.agree")
@writes(keyed=True)
@gives(status=204)
def withdraw_settlement(session: Session, settlement_id: int) -> None:
    """Take back or decline what waits for a signature."""
    settling.withdraw_settlement(session, actor=current_actor(), settlement_id=settlement_id)


def _sheet(session: Session, sheet_id: int) -> SheetView:
    """Return a sheet of the sender's community as it is now."""
    return sheet_reads.sheet(session, community_id=current_actor().community_id, sheet_id=sheet_id)
