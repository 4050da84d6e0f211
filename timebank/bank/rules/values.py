"""The bank's values: lines as they are read, and what was wrong with the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from timebank.kernel.errors import DomainError


class ImportState(StrEnum):
    """Where an uploaded statement stands."""

    STAGED = "staged"
    CONFIRMED = "confirmed"
    DISCARDED = "discarded"


class StatementKind(StrEnum):
    """In which form a bank handed the statement out."""

    TABLE = "table"
    MT940 = "mt940"
    CAMT053 = "camt053"
    OFX = "ofx"


class LineKind(StrEnum):
    """What a line in the books is: what the account began with, or a movement of it."""

    OPENING = "opening"
    MOVEMENT = "movement"


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One movement as a file tells it; ``amount_fen`` is above zero when money came in."""

    row: int
    day: date
    amount_fen: int
    balance_fen: int | None = None
    time: str = ""
    party_name: str = ""
    party_account: str = ""
    text: str = ""
    reference: str = ""

    @property
    def words(self) -> str:
        """What a line says beside its figures, by which it is known again without a balance."""
        said = (self.party_name, self.party_account, self.text, self.reference)
        return "\x1f".join("".join(part.split()) for part in said)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be believed, and why; nothing is booked while there is one."""

    row: int
    error: DomainError


class SkipReason(StrEnum):
    """Why a row is no movement of the account."""

    FOOTER = "footer"
    HEADER = "header"
    ZERO = "zero"
    NEUTRAL = "neutral"
    VOID = "void"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row below the header that is not booked, with its first words."""

    row: int
    reason: SkipReason
    said: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as it was read: its lines in the order in which they happened."""

    lines: Sequence[ReadLine]
    problems: Sequence[RowProblem] = ()
    skipped: Sequence[SkippedRow] = ()
    opening_fen: int | None = None
    closing_fen: int | None = None
    account_number: str = ""

    @property
    def is_chained(self) -> bool:
        """Whether every line carries the balance after it."""
        return bool(self.lines) and all(line.balance_fen is not None for line in self.lines)
