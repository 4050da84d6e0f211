"""The trial balance of a book: accounts by subject, and sums that must be equal on both sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from timebank.ledger.rules.turnovers import Turnover


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the trial balance, fen; balances stand on the side on which they are."""

    subject: str
    name: str
    account_id: int | None
    opening_debit_fen: int
    opening_credit_fen: int
    debits_fen: int
    credits_fen: int
    closing_debit_fen: int
    closing_credit_fen: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """The trial balance of a book for a month."""

    book_id: int
    book_name: str
    month: date
    through_on: date
    is_closed: bool
    rows: Sequence[Row]
    total: Row

    @property
    def is_even(self) -> bool:
        """Whether debits equal credits before, within and after the month."""
        one = self.total
        return (
            one.opening_debit_fen == one.opening_credit_fen
            and one.debits_fen == one.credits_fen
            and one.closing_debit_fen == one.closing_credit_fen
        )


# Of these there is one account for each household: they are told as one row.
TOGETHER = frozenset({"credit"})


def row_of(subject: str, name: str, account_id: int | None, moved: Sequence[Turnover]) -> Row:
    """Return the row of one account, or of several that are told as one."""
    return Row(
        subject=subject,
        name=name,
        account_id=account_id,
        opening_debit_fen=sum(max(one.before, 0) for one in moved),
        opening_credit_fen=sum(max(-one.before, 0) for one in moved),
        debits_fen=sum(one.debits for one in moved),
        credits_fen=sum(one.credits for one in moved),
        closing_debit_fen=sum(max(one.after, 0) for one in moved),
        closing_credit_fen=sum(max(-one.after, 0) for one in moved),
    )


def rows_of(moved: Sequence[Turnover]) -> list[Row]:
    """Return the rows of a trial balance in the order of subjects."""
    rows: list[Row] = []
    together: dict[str, list[Turnover]] = {}
    for one in moved:
        subject = one.code.partition(":")[0]
        if subject in TOGETHER:
            together.setdefault(subject, []).append(one)
        else:
            rows.append(row_of(subject, one.name, one.account_id, [one]))
    rows += [row_of(subject, "", None, some) for subject, some in together.items()]
    return sorted(rows, key=lambda row: row.subject)
