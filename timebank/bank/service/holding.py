"""Lines that wait: raised by the program with a reason, set aside by people until a day."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from timebank.bank import errors
from timebank.bank.models.claims import BankUnclaimed
from timebank.bank.rules import claims as rules
from timebank.bank.rules.claims import Reason
from timebank.bank.service.claiming import locked_line, reason_of, told
from timebank.kernel import clock
from timebank.kernel.actor import Actor

DUE_DAYS_MAX = 366


def raise_reasons(session: Session, reasons: Mapping[int, Reason]) -> None:
    """Note why lines wait that a program could not match; what people set aside stays as it is."""
    by_reason: dict[Reason, list[int]] = {}
    for line_id, reason in reasons.items():
        by_reason.setdefault(reason, []).append(line_id)
    for reason, line_ids in by_reason.items():
        session.execute(
            update(BankUnclaimed)
            .where(
                BankUnclaimed.line_id.in_(line_ids),
                BankUnclaimed.unallocated_fen > 0,
                BankUnclaimed.is_held.is_(False),
                BankUnclaimed.reason.is_distinct_from(reason.value),
            )
            .values(
                reason=reason.value,
                raised_at=func.coalesce(BankUnclaimed.raised_at, clock.now()),
                due_on=func.coalesce(BankUnclaimed.due_on, rules.due_of(clock.today())),
                version=BankUnclaimed.version + 1,
            )
            .execution_options(synchronize_session=False)
        )


def hold(
    session: Session,
    *,
    actor: Actor,
    line_id: int,
    reason: Reason,
    note: str,
    expected_version: int,
    due_on: date | None = None,
) -> None:
    """Set a line aside with a reason, a day, and the actor as who looks after it.

    Raises:
        BankLineNotFoundError, LineChangedError, NothingLeftError, DueDayError: it cannot be.
        ReasonMissingError: there is no word of why.
    """
    row = _changing(session, actor, line_id, expected_version)
    until = rules.due_of(clock.today()) if due_on is None else due_on
    if not clock.today() <= until <= clock.today() + timedelta(days=DUE_DAYS_MAX):
        raise errors.DueDayError(field="due_on")
    row.reason, row.note, row.is_held = reason.value, reason_of(note, field="note"), True
    row.raised_at = row.raised_at or clock.now()
    row.due_on, row.owner_user_id, row.owner_name = until, actor.user_id, actor.name
    row.version += 1
    session.flush()
    told(session, actor, line_id, "line_held", {"reason": reason.value})


def release(session: Session, *, actor: Actor, line_id: int, expected_version: int) -> None:
    """Take a line up again that was set aside.

    Raises:
        BankLineNotFoundError, LineChangedError, NothingLeftError: it cannot be.
    """
    row = _changing(session, actor, line_id, expected_version)
    row.reason, row.note, row.is_held, row.raised_at, row.due_on = None, "", False, None, None
    row.owner_user_id, row.owner_name = None, ""
    row.version += 1
    session.flush()
    told(session, actor, line_id, "line_released", {})


def _changing(session: Session, actor: Actor, line_id: int, expected_version: int) -> BankUnclaimed:
    """Return what is left of a line, locked and as the reader saw it.

    Raises:
        BankLineNotFoundError, LineChangedError, NothingLeftError: it is not.
    """
    line = locked_line(session, actor=actor, line_id=line_id, expected_version=expected_version)
    if line.unallocated_fen == 0:
        raise errors.NothingLeftError
    return session.get_one(BankUnclaimed, line_id, populate_existing=True)
