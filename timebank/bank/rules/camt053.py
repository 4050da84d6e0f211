"""ISO 20022 CAMT.053: a strict reader that refuses every DTD before it reads on.

Source: ISO 20022 camt.053.001.02 to .10, BankToCustomerStatement. ``CdtDbtInd`` is the direction of
an entry, also where ``RvslInd`` calls it a reversal. Only booked entries count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.parsers import expat

from timebank.bank import errors
from timebank.bank.rules import chain
from timebank.bank.rules.amounts import FEN_MAX
from timebank.bank.rules.values import (
    ReadLine,
    RowProblem,
    SkippedRow,
    SkipReason,
    Statement,
)
from timebank.kernel.errors import InvalidError

DEPTH_MAX = 40
_ACCOUNT_IDS = (["Acct", "Id", "IBAN"], ["Id", "Othr", "Id"])
TEXT_CHARS_MAX = 2_000
LINES_MAX = 20_000
_FIRST_BALANCES, _LAST_BALANCES = ("OPBD", "PRCD"), ("CLBD",)


@dataclass(slots=True)
class _Node:
    """An element of a statement: its words by path, the row in which it began."""

    row: int
    said: dict[str, str] = field(default_factory=dict)

    def first(self, *paths: str) -> str:
        """Return the first of these paths that says something."""
        return next((self.said[path] for path in paths if self.said.get(path)), "")


@dataclass(slots=True)
class _Reader:
    """Takes the elements apart; only what is inside one entry or balance is held at a time."""

    parser: expat.XMLParserType
    path: list[str] = field(default_factory=list)
    text: str = ""
    part: _Node | None = None
    depth_of_part: int = 0
    accounts: set[str] = field(default_factory=set)
    balances: list[tuple[str, int, _Node]] = field(default_factory=list)
    lines: list[ReadLine] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.path.append(name.rpartition("|")[2])
        if len(self.path) > DEPTH_MAX:
            raise errors.StatementTooDeepError(field="file")
        self.text = ""
        if self.part is None and self.path[-1] in {"Ntry", "Bal"}:
            self.part, self.depth_of_part = _Node(self.parser.CurrentLineNumber), len(self.path)
        if self.part is not None and "Ccy" in attributes:
            self.part.said.setdefault(f"{self._inside()}@Ccy", attributes["Ccy"])

    def say(self, text: str) -> None:
        """Words of the innermost element."""
        if len(self.text) < TEXT_CHARS_MAX:
            self.text += text

    def end(self, _name: str) -> None:
        """An element ends."""
        said = " ".join(self.text[:TEXT_CHARS_MAX].split())
        if self.part is not None:
            if said:
                self.part.said.setdefault(self._inside(), said)
            if len(self.path) == self.depth_of_part:
                self._take(self.path[-1], self.part)
                self.part = None
        elif said and "Acct" in self.path and self.path[-3:] in _ACCOUNT_IDS:
            self.accounts.add(said)
        self.text = ""
        self.path.pop()

    def _inside(self) -> str:
        return "/".join(self.path[self.depth_of_part :])

    def _take(self, name: str, node: _Node) -> None:
        """Take a whole balance or entry."""
        if name == "Bal":
            self.balances.append((node.first("Tp/CdOrPrtry/Cd"), _signed(node), node))
            return
        status = node.first("Sts/Cd", "Sts")
        if status and status != "BOOK":
            self.skipped.append(SkippedRow(node.row, SkipReason.PENDING, status))
            return
        self.lines.append(_line(node))
        if len(self.lines) > LINES_MAX:
            raise errors.StatementTooDeepError(field="file")


def looks_like(text: str) -> bool:
    """Whether a text is a CAMT.053."""
    return "BkToCstmrStmt" in text[:20_000]


def read(content: bytes) -> Statement:
    """Return the statement in a CAMT.053.

    Raises:
        StatementHasDtdError: it declares a DTD or entities.
        StatementUnreadableError, StatementTooDeepError: it is no sound XML of a statement.
        SeveralAccountsError: it speaks of more than one account.
    """
    parser = expat.ParserCreate(namespace_separator="|")
    reader = _Reader(parser)
    parser.StartDoctypeDeclHandler = _refuse_dtd
    parser.EntityDeclHandler = _refuse_dtd
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.say
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        where = f"{error.lineno}:{error.offset}"
        raise errors.StatementUnreadableError(field="file", where=where) from error
    if len(reader.accounts) > 1:
        raise errors.SeveralAccountsError(field="file")
    return _statement(reader)


def _refuse_dtd(*_: object) -> None:
    raise errors.StatementHasDtdError(field="file")


def _statement(reader: _Reader) -> Statement:
    """Return the statement of what was read, its balances reckoned from the first."""
    first = [said for code, said, _ in reader.balances if code in _FIRST_BALANCES]
    last = [said for code, said, _ in reader.balances if code in _LAST_BALANCES]
    lines = chain.in_order(reader.lines)
    problems: list[RowProblem] = []
    opening = first[0] if first else None
    if opening is not None:
        lines = chain.with_balances(lines, opening)
        reckoned = lines[-1].balance_fen if lines else opening
        if last and reckoned is not None and reckoned != last[-1]:
            error: InvalidError = errors.StatementSumError(reckoned=reckoned, given=last[-1])
            problems.append(RowProblem(lines[-1].row if lines else 1, error))
    return Statement(
        lines=lines,
        problems=problems,
        skipped=reader.skipped,
        opening_fen=opening,
        closing_fen=last[-1] if last else None,
        account_number="".join(reader.accounts),
    )


def _signed(node: _Node) -> int:
    """Return the amount of a balance or entry, above zero on the credit side."""
    currency = node.first("Amt@Ccy")
    if currency not in {"CNY", "RMB", "CNH"}:
        raise errors.CurrencyOtherError(field="file", given=currency[:3])
    written, side = node.first("Amt"), node.first("CdtDbtInd")
    try:
        fen = Decimal(written) * 100
    except InvalidOperation as error:
        raise errors.StatementUnreadableError(field="file", where=written[:30]) from error
    is_sound = fen.is_finite() and 0 <= fen <= FEN_MAX and fen == fen.to_integral_value()
    if not is_sound or side not in {"CRDT", "DBIT"}:
        raise errors.StatementUnreadableError(field="file", where=f"{written[:30]} {side[:10]}")
    return int(fen) if side == "CRDT" else -int(fen)


def _line(node: _Node) -> ReadLine:
    """Return an entry as a movement."""
    written = node.first("BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm")
    try:
        day = date.fromisoformat(written[:10])
    except ValueError as error:
        raise errors.StatementUnreadableError(
            field="file", where=f"BookgDt {written[:20]}"
        ) from error
    amount = _signed(node)
    other, parties = ("Dbtr" if amount > 0 else "Cdtr"), "NtryDtls/TxDtls/RltdPties"
    return ReadLine(
        row=node.row,
        day=day,
        amount_fen=amount,
        time=written[11:19],
        party_name=node.first(f"{parties}/{other}/Nm", f"{parties}/{other}/Pty/Nm")[:200],
        party_account=node.first(
            f"{parties}/{other}Acct/Id/IBAN", f"{parties}/{other}Acct/Id/Othr/Id"
        )[:64],
        text=node.first(
            "NtryDtls/TxDtls/RmtInf/Ustrd", "NtryDtls/TxDtls/AddtlTxInf", "AddtlNtryInf"
        )[:200],
        reference=node.first("AcctSvcrRef", "NtryDtls/TxDtls/Refs/AcctSvcrRef", "NtryRef")[:64],
    )
