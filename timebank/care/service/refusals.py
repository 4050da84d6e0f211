"""Keeping what was refused at a counter, in a booking, for a voucher.

It is written after the act was rolled back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    CapacityFullError,
    DayLimitError,
    NotEnoughMinutesError,
    OwnServiceError,
)
from timebank.care.errors.slots import SlotFullError
from timebank.care.errors.tills import DayMinutesError
from timebank.care.errors.vouchers import VoucherEndedError
from timebank.care.models.refusals import CareRefusal
from timebank.care.rules.overview import Refused
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError

_REASONS = {
    OwnServiceError: Refused.OWN_OR_KIN,
    NotEnoughMinutesError: Refused.MINUTES,
    CapacityFullError: Refused.FULL,
    SlotFullError: Refused.FULL,
    DayLimitError: Refused.DAY_LIMIT,
    DayMinutesError: Refused.DAY_MINUTES,
    VoucherEndedError: Refused.VOUCHER,
}


@contextmanager
def noted(
    actor: Actor, *, centre_id: int, person_id: int, service_id: int | None
) -> Iterator[None]:
    """Let a refusal inside leave a row behind it, unless it leaves something else."""
    try:
        yield
    except DomainError as refusal:
        reason = _REASONS.get(type(refusal))
        if reason is not None and refusal.aftermath is None:
            row: dict[str, object] = {
                "community_id": actor.community_id,
                "centre_id": centre_id,
                "service_id": service_id,
                "person_id": person_id,
                "operator_user_id": actor.user_id,
                "operator_name": actor.name,
                "reason": reason.value,
                "on_day": clock.today(),
                "at": clock.now(),
            }
            refusal.aftermath = partial(_keep, row=row)
        raise


def _keep(session: Session, *, row: dict[str, object]) -> None:
    session.add(CareRefusal(**row))
