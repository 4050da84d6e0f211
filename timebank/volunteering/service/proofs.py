"""How the one who was served says that it was so: own login, six digits, or a signed slip."""

from functools import partial
from hmac import compare_digest

from sqlalchemy import update
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.trail import service as trail
from timebank.volunteering.errors import records as errors
from timebank.volunteering.models.records import ServiceRecord
from timebank.volunteering.queries.records import confirmation_code
from timebank.volunteering.rules import records as rules
from timebank.volunteering.rules.records import Command, Proof, RecordState
from timebank.volunteering.service.history import locked
from timebank.volunteering.service.records import check_slip, may_prove_by_slip, prove


def confirm_service(session: Session, *, actor: Actor, record_id: int) -> None:
    """Confirm as the one who was served.

    Raises:
        NotRecipientError: somebody else was served.
        DomainError: the record does not wait for confirmation.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.read")
    if actor.person_id is None or actor.person_id != row.recipient_id:
        raise errors.NotRecipientError
    prove(session, actor=actor, row=row, how=Proof.LOGIN)


def confirm_by_code(session: Session, *, actor: Actor, record_id: int, code: str) -> None:
    """Confirm with the six digits that only the one who was served has been shown.

    A wrong try is counted although it is refused; after a few the digits no longer serve.

    Raises:
        CodeLockedError: too many wrong tries.
        WrongCodeError: these are not the digits.
        DomainError: the record does not wait for confirmation.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.read")
    rules.next_state(RecordState(row.state), Command.CONFIRM)
    tries_left = rules.CODE_TRIES_MAX - row.code_tries
    if row.recipient_id is None or tries_left <= 0:
        raise errors.CodeLockedError(field="code")
    if not compare_digest(code.encode(), confirmation_code(row).encode()):
        raise errors.WrongCodeError(
            field="code", tries_left=tries_left - 1, aftermath=partial(_count_try, row_id=row.id)
        )
    prove(session, actor=actor, row=row, how=Proof.CODE)


def _count_try(session: Session, *, row_id: int) -> None:
    """Count one wrong try."""
    session.execute(
        update(ServiceRecord)
        .where(ServiceRecord.id == row_id)
        .values(code_tries=ServiceRecord.code_tries + 1)
    )


def confirm_by_slip(session: Session, *, actor: Actor, record_id: int, slip_number: str) -> None:
    """Confirm with the number of the slip that the one who was served has signed.

    Raises:
        ConfirmsOwnServiceError: the actor is the volunteer, or not staff of the place.
        SlipUsedError: the slip proves another record.
        DomainError: the record does not wait for confirmation.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.record")
    if not may_prove_by_slip(actor, row):
        raise errors.ConfirmsOwnServiceError
    number = rules.required(slip_number, field="slip_number")
    check_slip(session, row, number)
    row.slip_number = number
    prove(session, actor=actor, row=row, how=Proof.SLIP)


def print_code(session: Session, *, actor: Actor, record_id: int) -> str:
    """Return the six digits for the paper that staff hand to the one who was served.

    Raises:
        ConfirmsOwnServiceError: the actor is the volunteer, or not staff of the place.
        CodeLockedError: nobody was served who could use them.
        DomainError: the record does not wait for confirmation.
    """
    row = locked(session, actor=actor, record_id=record_id, permission="hours.record")
    if not may_prove_by_slip(actor, row):
        raise errors.ConfirmsOwnServiceError
    rules.next_state(RecordState(row.state), Command.CONFIRM)
    if row.recipient_id is None:
        raise errors.CodeLockedError
    trail.record(
        session,
        actor=actor,
        action="volunteering.print_code",
        subject_type="service_record",
        subject_id=row.id,
    )
    return confirmation_code(row)
