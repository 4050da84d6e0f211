"""Which column of an unknown table means what, recognised by the words of its header."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

from timebank.bank.rules.amounts import plain

HEADER_ROWS_MAX = 60


class Column(StrEnum):
    """What a column of a statement can mean."""

    DAY = "day"
    TIME = "time"
    AMOUNT = "amount"
    INCOME = "income"
    EXPENSE = "expense"
    SIDE = "side"
    BALANCE = "balance"
    PARTY_NAME = "party_name"
    PARTY_ACCOUNT = "party_account"
    TEXT = "text"
    REFERENCE = "reference"
    STATUS = "status"
    CURRENCY = "currency"


# Titles by what they mean, the better ones first; blanks, case and units in brackets do not count.
_TITLES: Mapping[Column, str] = {
    Column.DAY: (
        "交易日期 记账日期 入账日期 交易日 记账日 日期 交易日期时间 交易时间日期 发生日期 过账日期"
        " 会计日期 transactiondate bookingdate postingdate postdate posteddate transdate txndate"
        " trandate date 交易时间 记账时间 入账时间 起息日期 起息日 valuedate"
    ),
    Column.TIME: "交易时间 时间 交易时刻 入账时间 记账时间 time transactiontime",
    Column.AMOUNT: (
        "交易金额 发生额 发生金额 金额 交易额 收支金额 入账金额 记账金额 交易发生额"
        " transactionamount txnamount amount"
    ),
    Column.INCOME: (
        "记账金额(收入) 收入 收入金额 收入额 贷方发生额 贷方金额 贷方发生额(收入) 贷方 贷 存入"
        " 存入金额 转入金额 转入 收款金额 汇入 收方发生额 贷方发生额/收入 交易金额(收入) 收方金额"
        " creditamount credit credits deposit deposits moneyin paidin amountin in"
    ),
    Column.EXPENSE: (
        "记账金额(支出) 支出 支出金额 支出额 借方发生额 借方金额 借方发生额(支出) 借方 借 支取"
        " 支取金额 转出金额 转出 付款金额 汇出 付方发生额 借方发生额/支出 交易金额(支出) 付方金额"
        " debitamount debit debits withdrawal withdrawals moneyout paidout amountout out"
    ),
    Column.SIDE: (
        "借贷标志 借贷标识 借贷 借/贷 借贷方向 借贷类型 收/支 收支 收支类型 收支标志 收付标志"
        " 收/付 方向 交易方向 资金方向 收支方向 dr/cr d/c cr/dr c/d debit/credit credit/debit"
        " direction"
    ),
    Column.BALANCE: (
        "余额 账户余额 本次余额 交易后余额 当前余额 账面余额 联机余额 结余 可用余额"
        " balance runningbalance accountbalance balanceafter closingbalance"
    ),
    Column.PARTY_NAME: (
        "对方户名 对方名称 对方账户名称 对方账户名 对方单位名称 对方单位 对方姓名 交易对方 交易对手"
        " 对手信息 对手户名 对手名称 对方信息 收(付)方名称 收付方名称 收/付方名称 对方 付款人"
        " 付款人名称 counterpartyname counterparty payer payee payername name beneficiary"
    ),
    Column.PARTY_ACCOUNT: (
        "对方账号 对方账户 对方帐号 对方卡号 对手账号 收(付)方账号 收付方账号 付款人账号"
        " counterpartyaccount payeraccount payeeaccount"
    ),
    Column.TEXT: (
        "摘要 交易摘要 附言 交易附言 用途 备注 交易类型 商品说明 交易说明 交易详情 交易场所 说明"
        " 商品 摘要说明 description details narrative memo remarks remark particulars purpose note"
    ),
    Column.REFERENCE: (
        "交易流水号 流水号 日志号 交易订单号 业务编号 交易参考号 回单编号 交易单号 柜员流水号"
        " 凭证号 凭证号码 referencenumber reference ref transactionid id chequeno"
    ),
    Column.STATUS: "交易状态 当前状态 状态 status",
    Column.CURRENCY: "记账币种 币种 交易币种 货币 currency ccy",
}
_RANKS = {column: words.split() for column, words in _TITLES.items()}
_UNIT = re.compile(r"\((?:元|人民币|人民币元|cny|rmb|rmb元|单位:?元)\)|[*:]")


def bare(title: str) -> str:
    """Return a title without blanks, stars, colons and units, in small narrow letters."""
    return _UNIT.sub("", plain(title).lower().strip("\"'"))


def meanings(title: str) -> dict[Column, int]:
    """Return what a title may mean, with its rank among the titles of each meaning."""
    said = bare(title)
    return {column: ranks.index(said) for column, ranks in _RANKS.items() if said in ranks}


def header_at(rows: Sequence[Sequence[str]]) -> int | None:
    """Return which row is the header: of the first, the one that names most, with day and sum."""
    best, best_score = None, 0
    for at, row in enumerate(rows[:HEADER_ROWS_MAX]):
        found = {column for title in row for column in meanings(title)}
        is_header = Column.DAY in found and found & {Column.AMOUNT, Column.INCOME, Column.EXPENSE}
        if is_header and len(found) > best_score:
            best, best_score = at, len(found)
    return best


def likely_header(rows: Sequence[Sequence[str]]) -> int:
    """Return the row to offer as header when none is recognised: the first with most cells."""
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:HEADER_ROWS_MAX]]
    return max(range(len(filled)), key=lambda at: (filled[at], -at)) if filled else 0


def columns_of(titles: Sequence[str], filled: Sequence[int]) -> dict[Column, tuple[int, ...]]:
    """Return which columns mean what; ``filled`` counts the cells below each that say something.

    Where several could, one that says something goes before an empty one, then the better title.
    Every column of text is taken; a column serves one meaning only.
    """
    found: dict[Column, tuple[int, ...]] = {}
    taken: set[int] = set()
    for column in _TAKING_ORDER:
        ranked = sorted(
            (not filled[at], rank, at)
            for at, title in enumerate(titles)
            if at not in taken and (rank := meanings(title).get(column)) is not None
        )
        places = [at for _, _, at in ranked]
        if places:
            found[column] = tuple(sorted(places)) if column is Column.TEXT else (places[0],)
            taken.update(found[column])
    return found


# A title such as 交易时间 is the day where there is no better one, and the time where there is.
_TAKING_ORDER = (Column.DAY, *(column for column in Column if column is not Column.DAY))


def fingerprint(titles: Sequence[str]) -> str:
    """Return the digest by which a layout is known again: its titles in their order."""
    return hashlib.sha256("\x1f".join(bare(title) for title in titles).encode()).hexdigest()
