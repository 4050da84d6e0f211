"""The reserve for programs: the view with its parameters, what came in, what was taken back."""

from datetime import date

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import reserve as queries
from timebank.care.rules.reserve import ReserveView
from timebank.care.rules.reserve_receipts import ReceiptView
from timebank.care.schemas.reserve import (
    ReceiptIn,
    ReceiptOut,
    ReserveIn,
    ReserveOut,
    UndoReceiptIn,
)
from timebank.care.service import reserve as service
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/care-reserve")
@needs("reserve.read")
@reads
@takes(ReserveIn, where="query")
@gives(ReserveOut)
def get_reserve(
    session: Session, *, percent: int, years: int, price_on: date | None = None
) -> ReserveView:
    """What the reserve may have to pay, and for how long its money lasts."""
    return queries.view(
        session,
        community_id=current_actor().community_id,
        percent=percent,
        years=years,
        price_on=price_on,
    )


@api.get("/care-reserve-receipts")
@needs("reserve.read")
@reads
@takes(PageIn, where="query")
@gives_page(ReceiptOut)
def list_receipts(session: Session, *, limit: int, cursor: str | None = None) -> Page[ReceiptView]:
    """What came into the reserve, newest note first."""
    return queries.receipts(
        session, community_id=current_actor().community_id, cursor=cursor, limit=limit
    )


@api.post("/care-reserve-receipts")
@needs("reserve.keep")
@writes(keyed=True)
@takes(ReceiptIn)
@gives(ReceiptOut, status=201)
def add_receipt(
    session: Session, *, received_on: date, amount_fen: int, source: str, document: str
) -> ReceiptView:
    """Note money that the reserve's bank account received."""
    return service.receive(
        session,
        actor=current_actor(),
        key=request_key(),
        received_on=received_on,
        amount_fen=amount_fen,
        source=source,
        document=document,
    )


@api.post("/care-reserve-receipts/<int:receipt_id>/undo")
@needs("reserve.keep")
@writes(keyed=True)
@takes(UndoReceiptIn)
@gives(ReceiptOut)
def undo_receipt(session: Session, receipt_id: int, *, reason: str) -> ReceiptView:
    """Take back what another noted wrongly."""
    return service.undo_receipt(
        session, actor=current_actor(), receipt_id=receipt_id, reason=reason
    )
