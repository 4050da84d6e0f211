"""Serving without network, for programs: devices, tokens, uploads, decisions, printed slips."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from timebank.care.api.frame import api
from timebank.care.queries import desk as desk_queries
from timebank.care.queries import offline as queries
from timebank.care.rules.desk import RedemptionView
from timebank.care.rules.offline import DeviceView, SlipView, TokenView, Use, UseView
from timebank.care.schemas.desk import ReasonIn, RedemptionOut
from timebank.care.schemas.till_answers import (
    BundleOut,
    DeviceOut,
    RegisteredOut,
    SlipOut,
    TokenOut,
    UseOut,
)
from timebank.care.schemas.tills import (
    DeviceIn,
    NoteIn,
    PaperIn,
    PrintIn,
    SheetIn,
    SlipCodeIn,
    TokenIn,
    UploadIn,
)
from timebank.care.service import (
    offline_decisions,
    offline_devices,
    offline_tokens,
    offline_uses,
    paper_slips,
)
from timebank.care.service.offline_devices import Bundle, Registered
from timebank.kernel.paging import Page
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


@api.get("/care-centres/<int:centre_id>/offline-devices")
@needs("care.manage")
@reads
@gives(DeviceOut, many=True)
def devices(session: Session, centre_id: int) -> Sequence[DeviceView]:
    """The devices of a centre that one manages."""
    actor = current_actor()
    known = offline_devices.managed_centre(session, actor=actor, centre_id=centre_id)
    return queries.devices(session, actor=actor, centre_id=known)


@api.post("/offline-devices")
@needs("care.manage")
@writes(keeps_answer=False)
@takes(DeviceIn)
@gives(RegisteredOut, status=201)
def register_device(session: Session, **facts: Any) -> Registered:  # noqa: ANN401 - shaped by the schema
    """Let a device serve without network; its secret is shown this once."""
    return offline_devices.register_device(session, actor=current_actor(), **facts)


@api.post("/offline-devices/<int:device_id>/revoke")
@needs("care.manage")
@writes(keyed=True)
@gives(DeviceOut)
def revoke_device(session: Session, device_id: int) -> DeviceView:
    """Let a device serve no more."""
    return offline_devices.revoke_device(session, actor=current_actor(), device_id=device_id)


@api.get("/offline-devices/<int:device_id>/bundle")
@needs("care.redeem")
@reads
@gives(BundleOut)
def bundle(session: Session, device_id: int) -> Bundle:
    """What a device keeps for when the network is gone."""
    return offline_devices.bundle(session, actor=current_actor(), device_id=device_id)


@api.post("/offline-tokens")
@needs("care.redeem")
@writes(keeps_answer=False)
@takes(TokenIn)
@gives(TokenOut, status=201)
def issue_token(session: Session, **facts: Any) -> TokenView:  # noqa: ANN401 - shaped by the schema
    """Sign a paper for one use, by the elder's own proof."""
    return offline_tokens.issue_token(session, actor=current_actor(), **facts)


@api.post("/offline-tokens/of-bookings")
@needs("care.redeem")
@writes(keyed=True, keeps_answer=False)
@takes(SheetIn)
@gives(TokenOut, status=201, many=True)
def issue_for_bookings(session: Session, *, centre_id: int, on_day: date) -> Sequence[TokenView]:
    """Sign a paper for every booking of a day."""
    return offline_tokens.issue_for_bookings(
        session, actor=current_actor(), centre_id=centre_id, on_day=on_day
    )


@api.post("/offline-tokens/<int:token_id>/revoke")
@needs("care.redeem")
@writes(keyed=True)
@takes(ReasonIn)
@gives(TokenOut)
def revoke_token(session: Session, token_id: int, *, reason: str) -> TokenView:
    """Let a paper hold no longer."""
    return offline_tokens.revoke_token(
        session, actor=current_actor(), token_id=token_id, reason=reason
    )


@api.post("/offline-uses")
@needs("care.redeem")
@writes(keeps_answer=False)
@takes(UploadIn)
@gives(UseOut, many=True)
def take_in(session: Session, *, device_id: int, uses: Sequence[Use]) -> Sequence[UseView]:
    """Take in what a device served without network; each use once, however often it comes."""
    return offline_uses.take_in(session, actor=current_actor(), device_id=device_id, uses=uses)


@api.get("/offline-uses")
@needs("care.redeem")
@reads
@takes(PageIn, where="query")
@gives_page(UseOut)
def list_uses(session: Session, *, limit: int, cursor: str | None = None) -> Page[UseView]:
    """What devices brought, newest first."""
    return queries.uses(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/offline-uses/<int:use_id>/owe")
@needs("care.manage")
@writes(keyed=True)
@takes(NoteIn)
@gives(UseOut)
def owe(session: Session, use_id: int, *, note: str) -> UseView:
    """Make a debt by the elder's name of a conflict."""
    return offline_decisions.owe(session, actor=current_actor(), use_id=use_id, note=note)


@api.post("/offline-uses/<int:use_id>/write-off")
@needs("care.manage")
@writes(keyed=True)
@takes(NoteIn)
@gives(UseOut)
def propose_write_off(session: Session, use_id: int, *, note: str) -> UseView:
    """Propose that the centre bears a conflict."""
    return offline_decisions.propose_write_off(
        session, actor=current_actor(), use_id=use_id, note=note
    )


@api.post("/offline-uses/<int:use_id>/agree")
@needs("care.manage")
@writes(keyed=True)
@gives(UseOut)
def agree_write_off(session: Session, use_id: int) -> UseView:
    """Agree, as a second person, that the centre bears it."""
    return offline_decisions.agree_write_off(session, actor=current_actor(), use_id=use_id)


@api.post("/offline-uses/<int:use_id>/decline")
@needs("care.manage")
@writes(keyed=True)
@gives(UseOut)
def decline_write_off(session: Session, use_id: int) -> UseView:
    """Do not agree that the centre bears it."""
    return offline_decisions.decline_write_off(session, actor=current_actor(), use_id=use_id)


@api.get("/care-centres/<int:centre_id>/paper-slips")
@needs("care.redeem")
@reads
@gives(SlipOut, many=True)
def slips(session: Session, centre_id: int) -> Sequence[SlipView]:
    """The printed slips of a centre, newest first."""
    actor = current_actor()
    centre = desk_queries.desk_centre(session, actor, centre_id)
    return queries.paper_slips(session, actor=actor, centre_id=centre.id)


@api.post("/paper-slips")
@needs("care.redeem")
@writes(keyed=True)
@takes(PrintIn)
@gives(SlipOut, status=201, many=True)
def print_slips(session: Session, *, centre_id: int, count: int) -> Sequence[SlipView]:
    """Give out the next numbers of a centre's paper slips."""
    return paper_slips.print_slips(session, actor=current_actor(), centre_id=centre_id, count=count)


@api.post("/paper-slips/enter")
@needs("care.redeem")
@writes(keyed=True)
@takes(PaperIn)
@gives(RedemptionOut, status=201)
def enter_slip(session: Session, **facts: Any) -> RedemptionView:  # noqa: ANN401 - shaped by the schema
    """Redeem what a signed paper slip says, once for its number."""
    return paper_slips.enter_slip(session, actor=current_actor(), key=request_key(), **facts)


@api.post("/paper-slips/spoil")
@needs("care.redeem")
@writes(keyed=True)
@takes(SlipCodeIn)
@gives(status=204)
def spoil_slip(session: Session, *, code: str, reason: str) -> None:
    """Note that a printed slip will never be entered."""
    paper_slips.spoil_slip(session, actor=current_actor(), code=code, reason=reason)
