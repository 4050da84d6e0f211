"""What moved accounts within some days, as others see it."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SpanLine:
    """A line of an account: which transfer of which entry, when, how much on its normal side."""

    transfer_id: int
    entry_id: UUID
    number: int
    kind: str
    effective_on: date
    recorded_at: datetime
    amount: int
    memo: str
    counter_code: str


@dataclass(frozen=True, slots=True)
class KindSum:
    """What entries of one kind moved onto (positive) or off (negative) an account."""

    account_id: int
    kind: str
    amount: int
    entries: int
