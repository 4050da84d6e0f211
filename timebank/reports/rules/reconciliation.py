"""The bank reconciliation and the voucher, as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from timebank.bank.queries.proofs import AccountGap
from timebank.cofund.rules.proofs import OnTheWay
from timebank.kernel.capitals import in_capitals
from timebank.ledger.rules.turnovers import VoucherNumber
from timebank.ledger.rules.values import EntryView


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Each account with its books and its statement, and what was recorded ahead of the bank."""

    accounts: Sequence[AccountGap]
    receipts: OnTheWay
    payments: OnTheWay

    @property
    def is_even(self) -> bool:
        """Whether books and bank agree for every account."""
        return not any(one.gap_fen for one in self.accounts)


@dataclass(frozen=True, slots=True)
class VoucherView:
    """An entry of money as a voucher, with its number once its month is closed."""

    entry: EntryView
    book_name: str
    number: VoucherNumber | None

    @property
    def total_fen(self) -> int:
        """What all its lines move together."""
        return sum(line.amount for line in self.entry.transfers)

    @property
    def in_words(self) -> str:
        """The total in capital figures."""
        return in_capitals(self.total_fen)
