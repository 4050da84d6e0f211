"""Whether the books of each bank account equal its statement, and what is unclaimed its lines."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from timebank.bank.models.claims import BankUnclaimed
from timebank.bank.models.statements import BankLine
from timebank.bank.queries import statements


@dataclass(frozen=True, slots=True)
class AccountGap:
    """What the books and the bank say of one account, in fen."""

    account_id: int
    label: str
    number_tail: str
    books_fen: int
    statement_fen: int
    unclaimed_books_fen: int
    unclaimed_lines_fen: int
    lines_open: int

    @property
    def gap_fen(self) -> int:
        """How far books and bank are apart; zero when they agree in both ways."""
        return abs(self.books_fen - self.statement_fen) + abs(
            self.unclaimed_books_fen - self.unclaimed_lines_fen
        )


def account_gaps(session: Session, community_id: int) -> list[AccountGap]:
    """Return for each of a community's accounts what its books and its statement say."""
    accounts = statements.accounts(session, community_id)
    said = {
        row[0]: int(row[1])
        for row in session.execute(
            select(BankLine.account_id, func.sum(BankLine.amount_fen))
            .where(BankLine.community_id == community_id)
            .group_by(BankLine.account_id)
        )
    }
    sign = case((BankLine.amount_fen > 0, 1), else_=-1)
    rest = func.sum(BankUnclaimed.unallocated_fen * sign)
    left = {
        row[0]: (int(row[1]), int(row[2]))
        for row in session.execute(
            select(BankLine.account_id, rest, func.count())
            .join(BankUnclaimed, BankUnclaimed.line_id == BankLine.id)
            .where(BankUnclaimed.community_id == community_id, BankUnclaimed.unallocated_fen > 0)
            .group_by(BankLine.account_id)
        )
    }
    return [
        AccountGap(
            account_id=one.id,
            label=one.label,
            number_tail=one.number_tail,
            books_fen=one.balance_fen,
            statement_fen=said.get(one.id, 0),
            unclaimed_books_fen=one.unclaimed_fen,
            unclaimed_lines_fen=left.get(one.id, (0, 0))[0],
            lines_open=left.get(one.id, (0, 0))[1],
        )
        for one in accounts
    ]
