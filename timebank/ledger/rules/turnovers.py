"""What moved accounts within some days, line by line and in sums, as others see it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.ledger.rules.values import Side


@dataclass(frozen=True, slots=True)
class Turnover:
    """An account's debits and credits; ``before`` is debits less credits of what came before."""

    account_id: int
    code: str
    name: str
    normal: Side
    before: int
    debits: int
    credits: int

    @property
    def after(self) -> int:
        """Debits less credits of all up to the end."""
        return self.before + self.debits - self.credits


@dataclass(frozen=True, slots=True)
class VoucherNumber:
    """The number of a voucher in its month."""

    month: date
    number: int


@dataclass(frozen=True, slots=True)
class SideLine:
    """One side of a transfer, with its entry and, once the month is closed, its voucher."""

    transfer_id: int
    entry_id: UUID
    effective_on: date
    memo: str
    kind: str
    account_id: int
    code: str
    name: str
    counter_name: str
    debit: int
    credit: int
    voucher: VoucherNumber | None


@dataclass(frozen=True, slots=True)
class MonthMove:
    """What entries of one kind moved onto (debits, positive) or off an account in a month."""

    month: date
    kind: str
    counter_code: str
    debits: int
    entries: int
