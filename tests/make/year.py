"""A year of statements of three banks: one layout that is real, two that no bank has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.make.bank import csv_file, yuan
from timebank.cli.demo.bank import Movement, split_rows

PLATFORM = "财付通支付科技有限公司"
# What the platform keeps of each payment, in thousandths.
KEPT_PERMILLE = 6


@dataclass(frozen=True, slots=True)
class Home:
    """A household of the year: what it owes, and what it would write into a transfer."""

    receivable_id: int
    fen: int
    code: str
    building: int
    unit: int
    room_no: str
    owner: str

    @property
    def room(self) -> str:
        """The dwelling as people write it."""
        return f"{self.building}栋{self.unit}单元{self.room_no}室"

    @property
    def target(self) -> str:
        """What the desk calls its bill."""
        return f"receivable:{self.receivable_id}"


def kept(homes: Sequence[Home]) -> int:
    """Return what the platform keeps of the payments of some households, each rounded down."""
    return sum(home.fen * KEPT_PERMILLE // 1000 for home in homes)


def net(day: date, homes: Sequence[Home]) -> Movement:
    """Return the one line in which a day's payments through the platform arrive."""
    gross = sum(home.fen for home in homes)
    return Movement(day, gross - kept(homes), PLATFORM, f"商户结算款 {len(homes)}笔 已扣手续费")


def month_after(day: date, months: int = 1) -> date:
    """Return the first day of a month so many after a day's own."""
    at = day.year * 12 + day.month - 1 + months
    return date(at // 12, at % 12 + 1, 1)


def month_end(day: date) -> date:
    """Return the last day of a day's month."""
    return month_after(day) - timedelta(days=1)


def commercial(moved: Sequence[Movement], opening_fen: int) -> bytes:
    """A layout that is real: titles, padded cells, newest first, a sum below, in GB18030."""
    return csv_file(split_rows(moved, opening_fen), encoding="gb18030")


def rural(moved: Sequence[Movement], month: date) -> bytes:
    """An invented layout in words of its own: days without a year, balances hidden, GB18030.

    Nothing in its header is a word that the reader knows; the year stands in the title alone.
    """
    header = ["账务日", "传票", "往来单位", "往来账户", "增加", "减少", "结存", "事由"]
    rows = [
        [
            f"{one.day:%m-%d}   ", f"C{at:04}\t", f"{one.who}        ", f"9013****0{at:02}",
            f"  {yuan(one.fen)}" if one.fen > 0 else "        ",
            f"  {yuan(-one.fen)}" if one.fen < 0 else "        ",
            "***,***.**", f"{one.said}     ",
        ]
        for at, one in enumerate(moved)
    ]  # fmt: skip
    brought = sum(one.fen for one in moved if one.fen > 0)
    spent = -sum(one.fen for one in moved if one.fen < 0)
    titles = [
        ["黄海农村商业银行单位账户对账单"],
        ["户名：九龙社区业主共有资金", "账号：9013****3321"],
        [f"对账期间：{month:%Y年%m月%d日} 至 {month_end(month):%Y年%m月%d日}"],
        [""],
    ]
    footer = [["本月合计", "", "", "", yuan(brought), yuan(spent)], [""], ["—— 以下无正文 ——"]]
    return csv_file([*titles, header, *rows, *footer], encoding="gb18030")


def coastal(moved: Sequence[Movement], opening_fen: int) -> bytes:
    """An invented layout in words that are known: one signed column, day and time, newest first."""
    header = ["交易时间", "交易单号", "收支金额(元)", "账户余额", "交易对手", "商品说明"]
    rows, running = [], opening_fen
    for at, one in enumerate(moved):
        running += one.fen
        when = f"{one.day:%Y/%m/%d} 18:{at:02}:07"
        number = f"HB{one.day:%Y%m%d}{at:03}"
        rows.append([when, number, yuan(one.fen, plus="+"), yuan(running), one.who, one.said])
    return csv_file([header, *rows[::-1]], encoding="utf-8-sig")
