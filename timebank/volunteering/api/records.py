"""Hours for programs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from timebank.kernel.paging import Page
from timebank.ledger.rules.values import Balance
from timebank.volunteering.api.frame import api
from timebank.volunteering.queries import passbook, policy
from timebank.volunteering.queries import records as reads_of
from timebank.volunteering.queries.passbook import PassbookLine
from timebank.volunteering.queries.policy import KindView
from timebank.volunteering.queries.records import EventView
from timebank.volunteering.rules.records import RecordState, RecordView, ServiceFacts
from timebank.volunteering.schemas.records import (
    BalanceOut,
    ChosenIn,
    CodeIn,
    CorrectionIn,
    CountOut,
    EventOut,
    KindOut,
    ReasonIn,
    RecordIn,
    RecordListIn,
    RecordOut,
    SlipIn,
    StatementLineOut,
    WithdrawalIn,
    WordsIn,
)
from timebank.volunteering.service import proofs, records, review
from timebank.web.api import PageIn, gives, gives_page, takes
from timebank.web.doors import current_actor, needs, reads, request_key, writes


def _record(session: Session, record_id: int) -> RecordView:
    """Return a record as the actor sees it now."""
    return reads_of.record(session, actor=current_actor(), record_id=record_id)


@api.get("/service-kinds")
@needs("hours.read")
@reads
@gives(KindOut, many=True)
def list_kinds(session: Session) -> Sequence[KindView]:
    """The kinds of service that can be recorded."""
    return policy.kinds(session, current_actor().community_id, only_active=True)


@api.get("/me/balance")
@needs("hours.read")
@reads
@gives(BalanceOut)
def my_balance(session: Session) -> Balance:
    """One's own minutes: in all, set aside, and free to use."""
    actor = current_actor()
    return passbook.balance(session, community_id=actor.community_id, person_id=actor.person_id)


@api.get("/me/statement")
@needs("hours.read")
@reads
@takes(PageIn, where="query")
@gives_page(StatementLineOut)
def my_statement(session: Session, *, limit: int, cursor: str | None = None) -> Page[PassbookLine]:
    """One's own statement, newest first, each line with the service behind it."""
    actor = current_actor()
    return passbook.passbook(
        session,
        community_id=actor.community_id,
        person_id=actor.person_id,
        cursor=cursor,
        limit=limit,
    )


@api.get("/service-records")
@needs("hours.read")
@reads
@takes(RecordListIn, where="query")
@gives_page(RecordOut)
def list_records(
    session: Session,
    *,
    limit: int,
    cursor: str | None = None,
    state: RecordState | None = None,
    person_id: int | None = None,
) -> Page[RecordView]:
    """Records within reach, newest first."""
    return reads_of.records(
        session,
        actor=current_actor(),
        state=state,
        person_id=person_id,
        cursor=cursor,
        limit=limit,
    )


@api.get("/service-records/to-confirm")
@needs("hours.confirm")
@reads
@gives(RecordOut, many=True)
def list_to_confirm(session: Session) -> Sequence[RecordView]:
    """What waits for the sender to say that it was so."""
    return reads_of.to_confirm(session, person_id=current_actor().person_id)


@api.get("/service-records/to-review")
@needs("hours.approve")
@reads
@takes(PageIn, where="query")
@gives_page(RecordOut)
def list_to_review(session: Session, *, limit: int, cursor: str | None = None) -> Page[RecordView]:
    """What the sender may approve, oldest first."""
    return reads_of.review_queue(session, actor=current_actor(), cursor=cursor, limit=limit)


@api.post("/service-records")
@needs("hours.record")
@writes(keyed=True)
@takes(RecordIn)
@gives(RecordOut, status=201)
def create_record(session: Session, **told: Any) -> RecordView:  # noqa: ANN401 - as RecordIn loads
    """Record service; the slip number of staff confirms at once."""
    return _record(session, records.record_service(session, actor=current_actor(), **told))


@api.get("/service-records/<int:record_id>")
@needs("hours.read")
@reads
@gives(RecordOut)
def show_record(session: Session, record_id: int) -> RecordView:
    """One record."""
    return _record(session, record_id)


@api.get("/service-records/<int:record_id>/history")
@needs("hours.read")
@reads
@gives(EventOut, many=True)
def show_history(session: Session, record_id: int) -> Sequence[EventView]:
    """What happened to a record, newest first."""
    return reads_of.history(session, _record(session, record_id).id)


@api.post("/service-records/<int:record_id>/correct")
@needs("hours.record")
@writes(keyed=True)
@takes(CorrectionIn)
@gives(RecordOut)
def correct_record(
    session: Session, record_id: int, *, facts: ServiceFacts, reason: str
) -> RecordView:
    """Tell a record anew before it counts; history keeps both values."""
    records.correct_service(
        session, actor=current_actor(), record_id=record_id, facts=facts, reason=reason
    )
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/withdraw")
@needs("hours.record")
@writes(keyed=True)
@takes(WithdrawalIn)
@gives(RecordOut)
def withdraw_record(session: Session, record_id: int, *, reason: str) -> RecordView:
    """Take a record back before it counts."""
    records.withdraw_service(session, actor=current_actor(), record_id=record_id, reason=reason)
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/confirm")
@needs("hours.confirm")
@writes(keyed=True)
@gives(RecordOut)
def confirm_record(session: Session, record_id: int) -> RecordView:
    """Confirm as the one who was served."""
    proofs.confirm_service(session, actor=current_actor(), record_id=record_id)
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/confirm-by-code")
@needs("hours.record")
@writes(keyed=True)
@takes(CodeIn)
@gives(RecordOut)
def confirm_record_by_code(session: Session, record_id: int, *, code: str) -> RecordView:
    """Confirm with the six digits that the one who was served was shown."""
    proofs.confirm_by_code(session, actor=current_actor(), record_id=record_id, code=code)
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/confirm-by-slip")
@needs("hours.record")
@writes(keyed=True)
@takes(SlipIn)
@gives(RecordOut)
def confirm_record_by_slip(session: Session, record_id: int, *, slip_number: str) -> RecordView:
    """Confirm with the number of a signed slip, as staff of the place."""
    proofs.confirm_by_slip(
        session, actor=current_actor(), record_id=record_id, slip_number=slip_number
    )
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/approve")
@needs("hours.approve")
@writes(keyed=True)
@gives(RecordOut)
def approve_record(session: Session, record_id: int) -> RecordView:
    """Approve, and post the minutes unless a second approval is needed."""
    review.approve_service(session, actor=current_actor(), record_id=record_id, key=request_key())
    return _record(session, record_id)


@api.post("/service-records/approve")
@needs("hours.approve")
@writes(keyed=True)
@takes(ChosenIn)
@gives(CountOut)
def approve_records(session: Session, *, record_ids: list[int]) -> dict[str, int]:
    """Approve all of these or none; post at once what needs no second approval."""
    done = review.approve_many(
        session, actor=current_actor(), record_ids=record_ids, key=request_key()
    )
    return {"approved": done.posted, "awaiting_second": done.waiting}


@api.post("/service-records/<int:record_id>/reject")
@needs("hours.approve")
@writes(keyed=True)
@takes(ReasonIn)
@gives(RecordOut)
def reject_record(session: Session, record_id: int, *, reason: str) -> RecordView:
    """Send a record back with the reason."""
    review.reject_service(session, actor=current_actor(), record_id=record_id, reason=reason)
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/unapprove")
@needs("hours.unapprove")
@writes(keyed=True)
@takes(ReasonIn)
@gives(RecordOut)
def unapprove_record(session: Session, record_id: int, *, reason: str) -> RecordView:
    """Take back what was posted, by a reversal."""
    review.unapprove_service(
        session, actor=current_actor(), record_id=record_id, reason=reason, key=request_key()
    )
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/object")
@needs("hours.read")
@writes(keyed=True)
@takes(WordsIn)
@gives(RecordOut)
def object_to_record(session: Session, record_id: int, *, text: str) -> RecordView:
    """Say that a record is wrong, as the one who served or was served."""
    review.object_to_record(session, actor=current_actor(), record_id=record_id, text=text)
    return _record(session, record_id)


@api.post("/service-records/<int:record_id>/answer")
@needs("hours.approve")
@writes(keyed=True)
@takes(WordsIn)
@gives(RecordOut)
def answer_objection(session: Session, record_id: int, *, text: str) -> RecordView:
    """Answer whoever said that a record is wrong."""
    review.answer_objection(session, actor=current_actor(), record_id=record_id, text=text)
    return _record(session, record_id)
