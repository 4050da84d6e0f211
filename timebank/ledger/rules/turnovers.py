"""What moved an account within some days, as others see it."""

from dataclasses import dataclass
from datetime import date

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
class MonthMove:
    """What entries of one kind moved onto (debits, positive) or off an account in a month."""

    month: date
    kind: str
    counter_code: str
    debits: int
    entries: int
