"""SWIFT MT940: a strict reader of customer statements, one account per file.

Source: SWIFT Standards MT, category 9, MT940 fields 20, 25, 28C, 60a, 61, 86, 62a. Amounts have a
decimal comma; ``RC`` takes a credit back, ``RD`` a debit. Balances after each line are reckoned
from the opening balance and held against the closing one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from timebank.bank import errors
from timebank.bank.rules.amounts import FEN_MAX
from timebank.bank.rules.values import ReadLine, RowProblem, Statement

LINES_MAX = 20_000
_FIELD = re.compile(r":(\d{2}[A-Z]?):(.*)", re.ASCII | re.DOTALL)
_BALANCE = re.compile(r"(?P<side>[CD])(?P<day>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[\d,]{1,15})")
_LINE = re.compile(
    r"(?P<day>\d{6})(?P<entry>\d{4})?(?P<side>R?[CD])(?P<funds>[A-Z])?(?P<amount>\d[\d,]{0,14})"
    r"(?P<kind>[A-Z][A-Z0-9]{3})(?P<reference>[^\n]*)(?:\n(?P<more>.*))?",
    re.ASCII | re.DOTALL,
)
_AMOUNT = re.compile(r"(\d{1,12}),(\d{0,2})", re.ASCII)
_SUBFIELD = re.compile(r"\?(\d{2})", re.ASCII)
_YUAN = {"CNY", "RMB", "CNH"}
_PARTY_FIELDS, _ACCOUNT_FIELDS = {"32", "33"}, {"31", "38"}


@dataclass(frozen=True, slots=True)
class _Field:
    """A field with the row in which it begins."""

    row: int
    tag: str
    text: str


def looks_like(text: str) -> bool:
    """Whether a text is an MT940."""
    return ":60F:" in text[:4000] or (":20:" in text[:4000] and ":61:" in text)


def read(text: str) -> Statement:
    """Return the statement in an MT940; its pages and days follow one another.

    Raises:
        StatementUnreadableError: a field is not as the standard has it, or the end is missing.
        SeveralAccountsError: it speaks of more than one account.
    """
    said = _Said()
    for one in _fields(text):
        said.take(one)
    if len(said.accounts) > 1:
        raise errors.SeveralAccountsError(field="file")
    if said.opening is None or said.is_open:
        raise errors.StatementUnreadableError(field="file", where=":62F:")
    return Statement(
        lines=said.lines,
        problems=said.problems,
        opening_fen=said.opening,
        closing_fen=said.running,
        account_number="".join(said.accounts),
    )


@dataclass(slots=True)
class _Said:
    """What the fields have said so far; ``running`` is the balance after the last of them."""

    accounts: set[str] = field(default_factory=set)
    lines: list[ReadLine] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    opening: int | None = None
    running: int | None = None
    is_open: bool = True

    def take(self, one: _Field) -> None:
        """Take the next field."""
        base = one.tag[:2]
        if base == "25":
            self.accounts.add(one.text.split("/")[-1].strip().removesuffix("CNY").strip())
        elif base in {"60", "62"}:
            self._take_balance(one, is_first=base == "60")
        elif base == "61":
            self._take_line(one)
        elif base == "86" and self.lines and self.is_open:
            self.lines[-1] = _with_words(self.lines[-1], one.text)

    def _take_balance(self, one: _Field, *, is_first: bool) -> None:
        """Hold a balance against what the lines before it make."""
        said = _balance(one)
        self.is_open = is_first
        if self.opening is None:
            if not is_first:
                raise errors.StatementUnreadableError(field="file", where=f":{one.tag}:")
            self.opening = said
        elif said != self.running:
            error = errors.StatementSumError(reckoned=self.running, given=said)
            self.problems.append(RowProblem(one.row, error))
        self.running = said

    def _take_line(self, one: _Field) -> None:
        """Take a movement; it stands between an opening and a closing balance."""
        if self.running is None or not self.is_open:
            raise errors.StatementUnreadableError(field="file", where=f":61:{one.text[:30]}")
        line = _line(one, self.running)
        self.running = line.balance_fen
        self.lines.append(line)
        if len(self.lines) > LINES_MAX:
            raise errors.StatementTooDeepError(field="file")


def _fields(text: str) -> Iterator[_Field]:
    """Yield the fields of every message in a file, with those lines that continue them."""
    row, tag, said = 0, "", ""
    for number, line in enumerate(text.splitlines(), start=1):
        found = _FIELD.fullmatch(line.rstrip())
        is_frame = line.startswith(("{", "-}")) or line.strip() == "-"
        if found is None and not is_frame:
            said += f"\n{line.rstrip()}" if tag else ""
            continue
        if tag:
            yield _Field(row, tag, said)
        row, tag, said = (number, found[1], found[2]) if found else (number, "", "")
    if tag:
        yield _Field(row, tag, said)


def _balance(one: _Field) -> int:
    """Return the balance in a field 60 or 62."""
    found = _BALANCE.fullmatch(one.text.strip())
    fen = found and _fen(found["amount"])
    if found is None or fen is None:
        raise errors.StatementUnreadableError(field="file", where=f":{one.tag}:{one.text[:30]}")
    if found["currency"] not in _YUAN:
        raise errors.CurrencyOtherError(field="file", given=found["currency"])
    return fen if found["side"] == "C" else -fen


def _line(one: _Field, running: int) -> ReadLine:
    """Return the movement in a field 61."""
    found = _LINE.fullmatch(one.text.strip())
    fen = found and _fen(found["amount"])
    day = found and _day(found["day"], found["entry"])
    if found is None or not fen or day is None:
        raise errors.StatementUnreadableError(field="file", where=f":61:{one.text[:30]}")
    amount = fen if found["side"] in {"C", "RD"} else -fen
    owners, _, banks = found["reference"].partition("//")
    reference = (banks or owners).strip()
    return ReadLine(
        row=one.row,
        day=day,
        amount_fen=amount,
        balance_fen=running + amount,
        text=" ".join((found["more"] or "").split())[:200],
        reference="" if reference == "NONREF" else reference[:64],
    )


def _day(value: str, entry: str | None) -> date | None:
    """Return the day on which a line was booked: month and day of the entry, near the value day."""
    try:
        valued = date(2000 + int(value[:2]), int(value[2:4]), int(value[4:]))
        if entry is None:
            return valued
        month, day = int(entry[:2]), int(entry[2:])
        years = (valued.year - 1, valued.year, valued.year + 1)
        days = [date(year, month, day) for year in years]
    except ValueError:
        return None
    return min(days, key=lambda one: abs((one - valued).days))


def _fen(amount: str) -> int | None:
    """Return the fen of an amount with a decimal comma."""
    found = _AMOUNT.fullmatch(amount)
    if found is None:
        return None
    fen = int(found[1]) * 100 + int(found[2].ljust(2, "0"))
    return fen if fen <= FEN_MAX else None


def _with_words(line: ReadLine, text: str) -> ReadLine:
    """Return a line with the words of its field 86, whose numbered parts name the other party."""
    flat = text.replace("\n", "")
    pieces = _SUBFIELD.split(flat)
    if len(pieces) == 1:
        return replace(line, text=f"{line.text} {' '.join(text.split())}".strip()[:200])
    parts = list(zip(pieces[1::2], pieces[2::2], strict=False))
    name = "".join(said for number, said in parts if number in _PARTY_FIELDS)
    account = "".join(said for number, said in parts if number in _ACCOUNT_FIELDS)
    rest = " ".join(
        said.strip()
        for number, said in parts
        if number not in _PARTY_FIELDS | _ACCOUNT_FIELDS | {"10", "30"}
    )
    return replace(
        line, party_name=name.strip()[:200], party_account=account.strip()[:64], text=rest[:200]
    )
