"""OFX, version 1 (SGML without end tags) and 2 (XML): a small reader of one bank statement.

Source: OFX 1.6 and 2.2, sections 11.4 (statements), 3.2.9 (amounts: a dot or a comma for decimals).
The ledger balance counts as the closing one only when its day lies within the statement.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from timebank.bank import errors
from timebank.bank.rules import chain
from timebank.bank.rules.amounts import FEN_MAX
from timebank.bank.rules.values import ReadLine, SkippedRow, SkipReason, Statement

DEPTH_MAX = 40
LINES_MAX = 20_000
_TOKEN = re.compile(r"<(/?)([A-Za-z0-9_.]{1,40})>([^<\n\r]*)")
_AMOUNT = re.compile(r"([+-]?)(\d{1,12})(?:[.,](\d{1,6}))?", re.ASCII)
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?.*", re.ASCII | re.DOTALL)
_YUAN = {"CNY", "RMB", "CNH", ""}
# Elements that hold others; version 1 leaves the end tags of all others out.
_GROUPS = {"STMTTRN", "LEDGERBAL", "AVAILBAL", "BANKACCTFROM", "BANKTRANLIST", "BANKACCTTO"}
_OUTER = {"OFX", "STMTRS", "STMTTRNRS", "BANKMSGSRSV1", "SIGNONMSGSRSV1", "SONRS", "STATUS", "FI"}
_Fields = dict[str, tuple[int, str]]


def looks_like(text: str) -> bool:
    """Whether a text is an OFX file."""
    head = text[:2000].upper()
    return "OFXHEADER" in head or "<OFX>" in head


def read(text: str) -> Statement:
    """Return the statement in an OFX file.

    Raises:
        StatementHasDtdError: it declares a DTD or entities.
        StatementUnreadableError, StatementTooDeepError: it is not as OFX has it.
        SeveralAccountsError: it speaks of more than one account.
    """
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise errors.StatementHasDtdError(field="file")
    if "</OFX>" not in text.upper():
        raise errors.StatementUnreadableError(field="file", where="</OFX>")
    said = _Heard()
    for group, fields in _groups(text):
        said.take(group, fields)
    if len(said.accounts) > 1:
        raise errors.SeveralAccountsError(field="file")
    return _statement(said)


@dataclass(slots=True)
class _Heard:
    """What the groups of a file have said."""

    accounts: set[str] = field(default_factory=set)
    lines: list[ReadLine] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    ledger: tuple[date, int] | None = None
    ends_on: date | None = None

    def take(self, group: str, fields: _Fields) -> None:
        """Take the next group."""
        if group == "BANKACCTFROM":
            self.accounts.add(_said(fields, "ACCTID"))
        elif group == "LEDGERBAL":
            self.ledger = (_day(fields, "DTASOF"), _fen(fields, "BALAMT"))
        elif group == "STMTTRN":
            self._take_line(_line(fields))
        elif group == "BANKTRANLIST" and "DTEND" in fields:
            self.ends_on = _day(fields, "DTEND")
        elif _said(fields, "CURDEF").upper() not in _YUAN:
            raise errors.CurrencyOtherError(field="file", given=_said(fields, "CURDEF")[:3])

    def _take_line(self, line: ReadLine) -> None:
        """Take one transaction."""
        if line.amount_fen:
            self.lines.append(line)
        else:
            self.skipped.append(SkippedRow(line.row, SkipReason.ZERO, line.text))
        if len(self.lines) > LINES_MAX:
            raise errors.StatementTooDeepError(field="file")


def _closing(said: _Heard) -> int | None:
    """Return the closing balance, unless it is of a day beyond the statement's end."""
    if said.ledger is None or not said.lines:
        return None
    as_of, fen = said.ledger
    last = max(line.day for line in said.lines)
    return fen if last <= as_of <= (said.ends_on or last) else None


def _statement(said: _Heard) -> Statement:
    """Return the statement, its balances reckoned backward from the last."""
    lines, closing, opening = chain.in_order(said.lines), _closing(said), None
    if closing is not None:
        opening = closing - sum(line.amount_fen for line in lines)
        lines = chain.with_balances(lines, opening)
    return Statement(
        lines=lines,
        skipped=said.skipped,
        opening_fen=opening,
        closing_fen=closing,
        account_number="".join(said.accounts),
    )


def _groups(text: str) -> Iterator[tuple[str, _Fields]]:
    """Yield each group with its own fields when it ends, and what stands outside of all."""
    open_groups: list[tuple[str, _Fields]] = [("", {})]
    at, row = 0, 1
    for found in _TOKEN.finditer(text):
        row += text.count("\n", at, found.start())
        at = found.start()
        name, said = found[2].upper(), html.unescape(found[3]).strip()
        if name in _OUTER:
            continue
        if found[1]:
            if name == open_groups[-1][0]:
                yield open_groups.pop()
        elif name in _GROUPS:
            open_groups.append((name, {}))
            if len(open_groups) > DEPTH_MAX:
                raise errors.StatementTooDeepError(field="file")
        else:
            open_groups[-1][1].setdefault(name, (row, said))
    if len(open_groups) > 1:
        raise errors.StatementUnreadableError(field="file", where=open_groups[-1][0])
    yield open_groups[0]


def _said(fields: _Fields, name: str) -> str:
    return fields.get(name, (0, ""))[1]


def _line(fields: _Fields) -> ReadLine:
    """Return a transaction as a movement."""
    row = min((at for at, _ in fields.values()), default=0)
    found = _DAY.fullmatch(_said(fields, "DTPOSTED"))
    time = ":".join(found.groups()[3:]) if found and found[4] else ""
    return ReadLine(
        row=row,
        day=_day(fields, "DTPOSTED"),
        amount_fen=_fen(fields, "TRNAMT"),
        time=time,
        party_name=_said(fields, "NAME")[:200],
        party_account=_said(fields, "ACCTID")[:64],
        text=_said(fields, "MEMO")[:200],
        reference=_said(fields, "FITID")[:64],
    )


def _day(fields: _Fields, name: str) -> date:
    """Return the day of a field such as ``20251103120000[+8:CST]``."""
    found = _DAY.fullmatch(_said(fields, name))
    try:
        if found is not None:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise errors.StatementUnreadableError(field="file", where=f"{name} {_said(fields, name)[:20]}")


def _fen(fields: _Fields, name: str) -> int:
    """Return the signed fen of a field of amounts."""
    found = _AMOUNT.fullmatch(_said(fields, name))
    decimals = (found[3] or "").rstrip("0") if found else "x" * 9
    if found is None or len(decimals) > 2:
        raise errors.StatementUnreadableError(
            field="file", where=f"{name} {_said(fields, name)[:20]}"
        )
    fen = int(found[2]) * 100 + int(decimals.ljust(2, "0"))
    if fen > FEN_MAX:
        raise errors.StatementUnreadableError(field="file", where=name)
    return -fen if found[1] == "-" else fen
