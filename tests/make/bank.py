"""Builders for the bank: accounts, and statements in layouts that banks use and that none does."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import xlsxwriter
from sqlalchemy.orm import Session

from timebank.bank.service import accounts, imports
from timebank.bank.service.imports import Preview
from timebank.kernel.actor import Actor

NUMBER = "6222000011114417"
FIRST = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class Moved:
    """One invented movement, with the balance after it."""

    day: date
    fen: int
    balance: int
    who: str = "王建民"
    said: str = "充电棚 7-2-301"


def moves(*fens: int, opening: int = 1_000_000, first: date = FIRST) -> list[Moved]:
    """Return movements on days that follow, each with the balance after it."""
    made, running = [], opening
    for at, fen in enumerate(fens):
        running += fen
        made.append(Moved(first + timedelta(days=at // 2), fen, running))
    return made


def yuan(fen: int, *, plus: str = "") -> str:
    """Return an amount as most banks write it."""
    sign = "-" if fen < 0 else plus
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def signed_rows(made: Sequence[Moved]) -> list[list[str]]:
    """One signed column, the day without hyphens, the balance beside it."""
    header = [
        "交易日期",
        "交易时间",
        "交易摘要",
        "交易金额",
        "本次余额",
        "对手信息",
        "日志号",
        "交易附言",
    ]
    rows = [
        [
            f"{one.day:%Y%m%d}", "093000", "转存", yuan(one.fen, plus="+"), yuan(one.balance),
            one.who, f"9{at:05}", one.said,
        ]
        for at, one in enumerate(made)
    ]  # fmt: skip
    return [["   "], header, *rows]


def split_rows(made: Sequence[Moved], *, balance: str | None = None) -> list[list[str]]:
    """Titles, padded cells, income and expense apart, a sum at the end; newest first."""
    header = [
        "交易日期", "摘要", "交易金额(收入)", "交易金额(支出)", "记账金额(收入)", "记账金额(支出)",
        "记账币种", "余额", "对方户名",
    ]  # fmt: skip
    rows = [
        [
            f"{one.day.isoformat()}     \t", f"{one.said}      ", "-    ", "-    ",
            f"{yuan(one.fen)}    " if one.fen > 0 else "      ",
            f"{yuan(-one.fen)}    " if one.fen < 0 else "      ",
            "人民币  ", balance or f"{yuan(one.balance)}   ", f"\t{one.who}       ",
        ]
        for one in reversed(made)
    ]  # fmt: skip
    total = ["人民币合计", "", "", "", yuan(sum(m.fen for m in made if m.fen > 0)), ""]
    return [
        [""],
        ["明细查询文件下载"],
        ["卡号: 1234****9876", "卡别名: "],
        [""],
        header,
        *rows,
        [" "],
        total,
    ]


def marked_rows(made: Sequence[Moved], *, credit: str = "贷", debit: str = "借") -> list[list[str]]:
    """An amount without a sign beside a mark of credit and debit."""
    header = [
        "记账日期",
        "借贷标志",
        "发生额",
        "账户余额",
        "对方户名",
        "对方账号",
        "用途",
        "流水号",
    ]
    rows = [
        [
            f"{one.day:%Y/%m/%d}", credit if one.fen > 0 else debit, yuan(abs(one.fen)),
            yuan(one.balance), one.who, "6217****0042", one.said, f"LS{at}",
        ]
        for at, one in enumerate(made)
    ]  # fmt: skip
    return [header, *rows]


def csv_file(rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", sign: str = ",") -> bytes:
    """Return rows as a text."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=sign).writerows(rows)
    return buffer.getvalue().encode(encoding)


def xlsx_file(rows: Sequence[Sequence[object]]) -> bytes:
    """Return rows as a workbook; numbers and days stay what they are."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        page = book.add_worksheet()
        as_day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(rows):
            for place, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(at, place, cell, as_day)
                else:
                    page.write(at, place, cell)
    return buffer.getvalue()


def mt940_file(made: Sequence[Moved], *, closing: int | None = None) -> bytes:
    """Return movements as an MT940."""
    opening = made[0].balance - made[0].fen
    said = [
        "{1:F01BANKCNBJXXXX0000000000}{2:I940CLIENTXXXXN}{4:", ":20:STARTUMS", f":25:{NUMBER}",
        ":28C:3/1", f":60F:{_swift(opening, made[0].day)}",
    ]  # fmt: skip
    for at, one in enumerate(made):
        side = "C" if one.fen > 0 else "D"
        amount = f"{abs(one.fen) // 100},{abs(one.fen) % 100:02d}"
        said.append(f":61:{one.day:%y%m%d}{one.day:%m%d}{side}{amount}NTRFNONREF//B{at}")
        said.append(f":86:166?00转账?20{one.said}?32{one.who}?31621700000042")
    end = made[-1].balance if closing is None else closing
    return "\r\n".join([*said, f":62F:{_swift(end, made[-1].day)}", "-}"]).encode()


def _swift(fen: int, day: date) -> str:
    return f"{'C' if fen >= 0 else 'D'}{day:%y%m%d}CNY{abs(fen) // 100},{abs(fen) % 100:02d}"


def camt_file(made: Sequence[Moved], *, closing: int | None = None, head: str = "") -> bytes:
    """Return movements as a CAMT.053."""
    opening, end = made[0].balance - made[0].fen, made[-1].balance if closing is None else closing

    def balance(code: str, fen: int) -> str:
        side = "CRDT" if fen >= 0 else "DBIT"
        return (
            f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
            f'<Amt Ccy="CNY">{abs(fen) / 100:.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd></Bal>'
        )

    def entry(one: Moved) -> str:
        side, party = ("CRDT", "Dbtr") if one.fen > 0 else ("DBIT", "Cdtr")
        return (
            f'<Ntry><Amt Ccy="CNY">{abs(one.fen) / 100:.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
            f"<Sts>BOOK</Sts><BookgDt><Dt>{one.day}</Dt></BookgDt><NtryDtls><TxDtls><RltdPties>"
            f"<{party}><Nm>{one.who}</Nm></{party}></RltdPties><RmtInf><Ustrd>{one.said}</Ustrd>"
            "</RmtInf></TxDtls></NtryDtls></Ntry>"
        )

    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<Document xmlns="{space}"><BkToCstmrStmt>'
        f"<Stmt><Acct><Id><Othr><Id>{NUMBER}</Id></Othr></Id></Acct>{balance('OPBD', opening)}"
        f"{balance('CLBD', end)}{''.join(entry(one) for one in made)}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def ofx_file(made: Sequence[Moved]) -> bytes:
    """Return movements as an OFX of the first version, whose elements have no end."""
    entries = "\n".join(
        f"<STMTTRN>\n<TRNTYPE>OTHER\n<DTPOSTED>{one.day:%Y%m%d}120000[+8:CST]\n"
        f"<TRNAMT>{one.fen / 100:.2f}\n<FITID>F{at}\n<NAME>{one.who}\n<MEMO>{one.said}\n</STMTTRN>"
        for at, one in enumerate(made)
    )
    last = made[-1]
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\n\n<OFX>\n<BANKMSGSRSV1>\n"
        f"<STMTTRNRS>\n<STMTRS>\n<CURDEF>CNY\n<BANKACCTFROM>\n<ACCTID>{NUMBER}\n</BANKACCTFROM>\n"
        f"<BANKTRANLIST>\n<DTSTART>{made[0].day:%Y%m%d}\n<DTEND>{last.day:%Y%m%d}\n{entries}\n"
        f"</BANKTRANLIST>\n<LEDGERBAL>\n<BALAMT>{last.balance / 100:.2f}\n"
        f"<DTASOF>{last.day:%Y%m%d}\n"
        "</LEDGERBAL>\n</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n</OFX>\n"
    ).encode()


def make_account(session: Session, actor: Actor, *, number: str = NUMBER) -> int:
    """Return the id of a new account of the owners."""
    return accounts.open_account(
        session, actor=actor, bank_name="工商银行", label="共筹专户", number=number
    )


def bring_in(
    session: Session, actor: Actor, account_id: int, content: bytes, name: str = "流水.csv"
) -> Preview:
    """Stage a statement and confirm it."""
    staged = imports.stage(
        session, actor=actor, account_id=account_id, content=content, file_name=name
    )
    return imports.confirm(session, actor=actor, import_id=staged.id)
