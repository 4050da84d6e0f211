"""The owners' account: a year of statements in two layouts, out of what the projects moved."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.bank.queries import closings
from timebank.bank.service import accounts, closing, imports
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.claims import ASKED_TITLE, ClaimsOfTheYear
from timebank.cli.demo.disclosing import DisclosuresOfTheYear
from timebank.cli.demo.projects import PAYERS
from timebank.cli.demo.timeline import Timeline, moment
from timebank.cofund.models.projects import Contribution, Project, ProjectRefund, SpendingRequest
from timebank.cofund.models.sources import Income, IncomeSource
from timebank.cofund.rules.projects import Method, Party
from timebank.kernel import clock, units

NUMBER = "3803027109200134417"
OPENING_FEN = 3_651_280
FEE_FEN = 1_000
INTEREST_FEN = (2_914, 3_107, 2_866, 3_342)
# Residents who paid a charger's fee into the account, as they write it.
CHARGES = (
    ("王建民", "7-2-301充电棚", 126_000),
    ("刘芳", "转账", 126_000),
    ("周海", "七号楼充电桩款 赵", 126_000),
    ("孙伟", "", 30_000),
)


@dataclass(frozen=True, slots=True)
class Movement:
    """What a statement says of one movement."""

    day: date
    fen: int
    who: str
    said: str


class BankOfTheYear:
    """Brings in last month's statement on the third of each month; the present one is staged."""

    def __init__(self, cast: Cast, timeline: Timeline, numbers: Mapping[str, int]) -> None:
        """Plan for this cast on this timeline; ``numbers`` are the projects' ids by title."""
        self.cast, self.timeline, self.numbers = cast, timeline, numbers
        self.desk = ClaimsOfTheYear(cast)
        self.account_id = 0
        self.balance_fen = OPENING_FEN

    def open(self, session: Session) -> None:
        """Add the owners' account."""
        self.account_id = accounts.open_account(
            session, actor=self.cast.admin, bank_name="工商银行", label="共筹专户", number=NUMBER
        )

    def plan(self, *, first: date, last: date) -> None:
        """Put the statements on the timeline, and what is made public of them."""
        DisclosuresOfTheYear(self.cast, self.timeline, self.numbers).plan(last=last)
        begin, number = first, 0
        while begin < last:
            following = (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
            end, at = following - timedelta(days=1), moment(following + timedelta(days=2), 9)
            if at > self.timeline.until:
                # What there is of the present month has just been uploaded and waits for a look.
                end, at = min(end, last - timedelta(days=1)), self.timeline.until
            if begin <= end:
                self._put(at, begin, end, number)
            begin, number = following, number + 1

    def _put(self, at: datetime, begin: date, end: date, number: int) -> None:
        def bring_in(session: Session) -> None:
            found = self._moved(session, begin, end, number)
            is_last = at < self.timeline.until <= at + timedelta(days=31)
            if is_last:
                homes = self.desk.paid_by_homes(session, self.numbers.get(ASKED_TITLE), begin, end)
                found = sorted(
                    [*found, *(Movement(*one) for one in homes)], key=lambda one: one.day
                )
            rows = (split_rows if number < 6 else marked_rows)(found, self.balance_fen)
            encoding = "gb18030" if number < 6 else "utf-8"
            staged = imports.stage(
                session,
                actor=self.cast.finance,
                account_id=self.account_id,
                content=_csv(rows, encoding),
                file_name=f"共筹专户 {begin:%Y%m%d}-{end:%Y%m%d}.csv",
            )
            if at < self.timeline.until:
                imports.confirm(session, actor=self.cast.finance, import_id=staged.id)
                self.balance_fen += sum(one.fen for one in found)
                self.desk.look_through(session, is_last=is_last)
                if is_last:
                    self.timeline.add(self.timeline.until - timedelta(days=3), self.desk.run)
                else:
                    self.timeline.add(at + timedelta(days=6), partial(self._close, through_on=end))

        self.timeline.add(at, bring_in)

    def _close(self, session: Session, *, through_on: date) -> None:
        """Close the months of every book of money by a day."""
        for book in closings.books(session, self.cast.community_id):
            self._close_book(session, book.id, through_on)

    def _close_book(self, session: Session, book_id: int, through_on: date) -> None:
        """Close the months of a book; what is asked about stays open by name."""
        of, month = self.cast.community_id, closings.month_to_close(session, book_id)
        while month is not None and month <= through_on:
            found = closings.open_month(session, community_id=of, book_id=book_id)
            for one in found.obstacles:
                if not one.is_waived:
                    closing.waive_line(
                        session, actor=self.cast.admin, book_id=book_id, line_id=one.line_id,
                        month=month, reason="付款人还在问，下个月接着办",
                    )  # fmt: skip
            closing.close_month(session, actor=self.cast.admin, book_id=book_id, month=month)
            month = closings.month_to_close(session, book_id)

    def _moved(self, session: Session, begin: date, end: date, number: int) -> list[Movement]:
        """Return what moved the account between two days, in the order of days."""
        found = [*_received(session, begin, end), *_paid(session, begin, end)]
        found += [*_given_back(session, begin, end), *_earned(session, begin, end)]
        found.append(Movement(end, -FEE_FEN, "工商银行", "账户管理费"))
        if end.month % 3 == 0:
            found.append(Movement(end, INTEREST_FEN[number % 4], "工商银行", "结息"))
        if number >= 10:
            found += [
                Movement(begin + timedelta(days=at), fen, who, said)
                for at, (who, said, fen) in enumerate(CHARGES)
                if begin + timedelta(days=at) <= end
            ]
        return sorted(found, key=lambda one: one.day)


def _received(session: Session, begin: date, end: date) -> list[Movement]:
    rows = session.execute(
        select(Contribution.received_on, Contribution.amount_fen, Contribution.payer_name, Project)
        .join(Project, Project.id == Contribution.project_id)
        .where(
            Contribution.received_on.between(begin, end),
            Contribution.method == Method.BANK,
            Contribution.undone_at.is_(None),
        )
        .order_by(Contribution.id)
    )
    return [
        Movement(day, fen, who, f"{project.number} {project.title}")
        for day, fen, who, project in rows
    ]


def _paid(session: Session, begin: date, end: date) -> list[Movement]:
    rows = session.execute(
        select(
            SpendingRequest.paid_on,
            SpendingRequest.amount_fen - SpendingRequest.withheld_fen,
            SpendingRequest.payee,
            SpendingRequest.purpose,
        )
        .where(SpendingRequest.paid_on.between(begin, end))
        .order_by(SpendingRequest.id)
    )
    return [Movement(day, -fen, who, said) for day, fen, who, said in rows if day is not None]


def _given_back(session: Session, begin: date, end: date) -> list[Movement]:
    rows = session.execute(
        select(Project.ended_at, ProjectRefund.amount_fen, ProjectRefund.party, Project.title)
        .join(Project, Project.id == ProjectRefund.project_id)
        .order_by(ProjectRefund.id)
    )
    return [
        Movement(day, -fen, PAYERS[Party(party)], f"{title} 余款退回")
        for ended_at, fen, party, title in rows
        if ended_at is not None and begin <= (day := clock.day_of(ended_at)) <= end
    ]


def _earned(session: Session, begin: date, end: date) -> list[Movement]:
    rows = session.execute(
        select(Income.received_on, Income.owners_fen, IncomeSource.name)
        .join(IncomeSource, IncomeSource.id == Income.source_id)
        .where(Income.received_on.between(begin, end), Income.owners_fen > 0)
        .order_by(Income.id)
    )
    return [Movement(day, fen, "智充科技有限公司", f"{name} 分成") for day, fen, name in rows]


def split_rows(found: Sequence[Movement], opening_fen: int) -> list[list[str]]:
    """Return a statement with titles, padded cells, income and expense apart, newest first."""
    header = [
        "交易日期",
        "摘要",
        "交易场所",
        "记账金额(收入)",
        "记账金额(支出)",
        "记账币种",
        "余额",
        "对方户名",
    ]
    rows, running = [], opening_fen
    for one in found:
        running += one.fen
        income, expense = _yuan(one.fen), _yuan(-one.fen)
        rows.append(
            [f"{one.day.isoformat()}    \t", "转账     ", one.said, income, expense, "人民币   ",
             f"{units.yuan_text(running)}   ", f"{one.who}     "]
        )  # fmt: skip
    total = ["人民币合计", "", "", units.yuan_text(sum(max(one.fen, 0) for one in found))]
    return [["明细查询文件下载"], ["卡号: 3803****4417"], [""], header, *rows[::-1], [""], total]


def marked_rows(found: Sequence[Movement], opening_fen: int) -> list[list[str]]:
    """Return a statement whose amounts stand beside a mark of credit and debit."""
    header = ["记账日期", "借贷标志", "发生额", "账户余额", "对方户名", "用途", "流水号"]
    rows, running = [], opening_fen
    for at, one in enumerate(found):
        running += one.fen
        mark, amount = ("贷" if one.fen > 0 else "借"), units.yuan_text(abs(one.fen))
        balance, number = units.yuan_text(running), f"{one.day:%Y%m%d}{at:04}"
        rows.append([f"{one.day:%Y/%m/%d}", mark, amount, balance, one.who, one.said, number])
    return [header, *rows]


def _yuan(fen: int) -> str:
    """Return an amount in its own column, nothing where the money went the other way."""
    return f"{units.yuan_text(fen)}    " if fen > 0 else "      "


def _csv(rows: Sequence[Sequence[str]], encoding: str) -> bytes:
    """Return rows as the text of a file."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)
