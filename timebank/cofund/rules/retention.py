"""What is kept back from builders, and when it may go; the final account of a project."""

import hashlib
import json
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

PERMILLE = 1000
REMIND_DAYS = (30, 7, 0)


class MoveKind(StrEnum):
    """What becomes of withheld money."""

    RELEASE = "release"
    DEDUCT = "deduct"


class MoveState(StrEnum):
    """Where such a move stands."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class MoveView:
    """Withheld money on its way to the builder, or back to those who paid."""

    id: int
    project_id: int
    kind: MoveKind
    amount_fen: int
    payee: str
    reason: str
    is_early: bool
    early_reason: str
    state: MoveState
    asked_by: int
    asked_name: str
    asked_at: datetime
    decided_name: str
    moved_on: date | None


@dataclass(frozen=True, slots=True)
class SettlementView:
    """The final account of a project as it was settled."""

    project_id: int
    settled_on: date
    settled_name: str
    facts: Mapping[str, Any]
    digest: str
    document_file_id: int | None


def withheld_of(amount_fen: int, permille: int) -> int:
    """Return what is kept back of a bill, rounded down, fen."""
    return amount_fen * permille // PERMILLE


def defects_end(accepted_on: date, months: int) -> date:
    """Return the last day of the defects period: the same day some months later, or the last."""
    at = accepted_on.month - 1 + months
    year, month = accepted_on.year + at // 12, at % 12 + 1
    return date(year, month, min(accepted_on.day, monthrange(year, month)[1]))


def settlement_digest(facts: Mapping[str, Any]) -> str:
    """Return the SHA-256 that names exactly what was settled, in hex."""
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
