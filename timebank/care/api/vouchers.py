"""Vouchers for programs: issue, hand over, use, call off."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import vouchers as queries
from timebank.care.rules.desk import RedemptionView
from timebank.care.rules.vouchers import VoucherView
from timebank.care.schemas.desk import RedemptionOut
from timebank.care.schemas.vouchers import (
    HandIn,
    ShownOut,
    VoucherIn,
    VoucherOut,
    VoucherReasonIn,
    VoucherShownIn,
    VoucherUseIn,
)
from timebank.care.service import voucher_uses, vouchers
from timebank.web.api import gives, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/vouchers")
@needs("care.book")
@reads
@gives(VoucherOut, many=True)
def list_vouchers(session: Session) -> Sequence[VoucherView]:
    """The vouchers that are one's own or in one's hand."""
    return queries.vouchers_of(session, actor=current_actor())


@api.get("/vouchers/<int:voucher_id>")
@needs("care.book")
@reads
@gives(VoucherOut)
def voucher(session: Session, voucher_id: int) -> VoucherView:
    """One voucher within reach."""
    return queries.voucher(session, actor=current_actor(), voucher_id=voucher_id)


@api.post("/vouchers")
@needs("care.book")
@writes(keyed=True, keeps_answer=False)
@takes(VoucherIn)
@gives(VoucherOut, status=201)
def issue_voucher(session: Session, **facts: Any) -> VoucherView:  # noqa: ANN401 - shaped by the schema
    """Set so many uses of a service aside; at a counter by the elder's own proof."""
    return vouchers.issue(session, actor=current_actor(), key=request_key(), **facts)


@api.post("/vouchers/<int:voucher_id>/hand-over")
@needs("care.book")
@writes(keyed=True)
@takes(HandIn)
@gives(VoucherOut)
def hand_voucher_over(session: Session, voucher_id: int, *, to_id: int) -> VoucherView:
    """Give a voucher into another hand of the family."""
    return vouchers.hand_over(session, actor=current_actor(), voucher_id=voucher_id, to_id=to_id)


@api.post("/vouchers/<int:voucher_id>/cancel")
@needs("care.book")
@writes(keyed=True)
@takes(VoucherReasonIn)
@gives(VoucherOut)
def cancel_voucher(session: Session, voucher_id: int, *, reason: str) -> VoucherView:
    """Call a voucher off; what was not used goes back."""
    return vouchers.cancel(session, actor=current_actor(), voucher_id=voucher_id, reason=reason)


@api.post("/voucher-uses/look")
@needs("care.redeem")
@writes
@takes(VoucherShownIn)
@gives(ShownOut)
def look_at_voucher(session: Session, *, code: str) -> VoucherView:
    """What a shown voucher is for; nothing is taken."""
    return queries.shown(session, actor=current_actor(), text=code)


@api.post("/voucher-uses")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(VoucherUseIn)
@gives(RedemptionOut, status=201)
def use_voucher(session: Session, **facts: Any) -> RedemptionView:  # noqa: ANN401 - shaped by the schema
    """Hand over one use of a voucher; the same key charges once."""
    return voucher_uses.use(session, actor=current_actor(), key=request_key(), **facts)
