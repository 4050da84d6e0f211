"""What is made public of money: frozen figures with their digest, and what became of them since.

A frozen version is a document. Its digest is that of the document's bytes, so that a stranger
can reckon it from the exported file alone.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

# Of what a facts' section says in a list, this names each row.
NAME = "name"
SECTIONS = ("whole", "parties", "lines", "projects")
_FEN = "_fen"


class DisclosureKind(StrEnum):
    """What is made public: one project so far, or one month of the owners' money."""

    PROJECT = "project"
    MONTH = "month"


class DisclosureState(StrEnum):
    """Where a frozen version stands; it never changes, only what was decided about it is added."""

    WAITING = "waiting"
    RELEASED = "released"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Successor:
    """The later version that took a version's place."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class DisclosureView:
    """A frozen version with what was decided about it."""

    id: int
    community_id: int
    number: str
    version: int
    kind: DisclosureKind
    project_id: int | None
    month_on: date | None
    facts: Mapping[str, Any]
    digest: str
    seal_number: int
    seal_head: str
    days: int
    made_by: int
    made_name: str
    made_at: datetime
    state: DisclosureState
    decided_name: str
    decided_at: datetime | None
    reason: str
    from_on: date | None
    superseded_by: Successor | None
    objections: int = 0
    objections_answered: int = 0

    @property
    def until_on(self) -> date | None:
        """The last of the days that it is up at least."""
        return None if self.from_on is None else self.from_on + timedelta(days=self.days - 1)

    @property
    def title(self) -> str:
        """What it is of, in the words that were frozen."""
        return str(self.facts["title"])

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of what stands there."""
        return digest_of(document(self)) == self.digest


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is another one now; None where there was, or is, no such row."""

    section: str
    name: str
    what: str
    then_fen: int | None
    now_fen: int | None


@dataclass(frozen=True, slots=True)
class ObjectionRef:
    """An objection to a version: the number of its case, and whether it was answered."""

    case_id: int
    case_number: str
    is_answered: bool


def number_of(year: int, serial: int) -> str:
    """Return the number by which people call a version, such as ``GS-2026-031``."""
    return f"GS-{year}-{serial:03d}"


def document_of(
    *, number: str, version: int, facts: Mapping[str, Any], seal_number: int, seal_head: str
) -> bytes:
    """Return the document of a version, whose bytes the digest is of."""
    said = {
        "number": number,
        "version": version,
        "facts": facts,
        "seal": {"number": seal_number, "head": seal_head},
    }
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def document(view: DisclosureView) -> bytes:
    """Return the document of a version."""
    return document_of(
        number=view.number,
        version=view.version,
        facts=view.facts,
        seal_number=view.seal_number,
        seal_head=view.seal_head,
    )


def digest_of(content: bytes) -> str:
    """Return the SHA-256 of a document, in hex."""
    return hashlib.sha256(content).hexdigest()


def figures_of(facts: Mapping[str, Any]) -> dict[tuple[str, str, str], int]:
    """Return the sums of a document by section, row and what they are."""
    return {
        (section, str(row.get(NAME, "")), what): value
        for section in SECTIONS
        for row in _rows(facts.get(section))
        for what, value in row.items()
        if what.endswith(_FEN)
    }


def changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Return the figures that differ between two documents, in the order of the older one."""
    was, is_now = figures_of(then), figures_of(now)
    keys = [*was, *(key for key in is_now if key not in was)]
    return [
        Change(*key, was.get(key), is_now.get(key))
        for key in keys
        if was.get(key) != is_now.get(key)
    ]


def _rows(section: object) -> Iterable[Mapping[str, Any]]:
    """Return the rows of a section: it is one row, or a list of them."""
    if isinstance(section, Mapping):
        return [section]
    return section if isinstance(section, Sequence) else []
