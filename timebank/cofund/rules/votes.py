"""A vote of owners: by area and by heads, with the arithmetic that anybody can do again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.cofund.rules.policy import Matter


class VoteKind(StrEnum):
    """How owners voted: household by household here, or in a meeting whose result is recorded."""

    ROLL = "roll"
    RECORDED = "recorded"


class VoteState(StrEnum):
    """Where a vote stands."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"


class Choice(StrEnum):
    """What a household says."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Channel(StrEnum):
    """By what way a ballot came."""

    PAGE = "page"
    PAPER = "paper"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class Tally:
    """Area, in hundredths of a square metre, and heads: of all, of those who took part, of ayes."""

    area_total: int
    heads_total: int
    area_part: int
    heads_part: int
    area_yes: int
    heads_yes: int


@dataclass(frozen=True, slots=True)
class Bar:
    """What the law asks, as the vote keeps it."""

    quorum_numerator: int
    quorum_denominator: int
    pass_numerator: int
    pass_denominator: int
    is_strict: bool
    is_of_all: bool


@dataclass(frozen=True, slots=True)
class SumLine:
    """One line of arithmetic: ``left`` of ``base`` against a part of it."""

    what: str
    left: int
    base: int
    numerator: int
    denominator: int
    is_strict: bool
    is_met: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """One household of the roll, as it stood when the vote opened."""

    id: int
    household_id: int
    building: int
    unit: int
    room_no: str
    area_hundredths: int
    owner_name: str
    owner_person_id: int | None


@dataclass(frozen=True, slots=True)
class VoteView:
    """A vote with the law it goes by and, once counted, its sums."""

    id: int
    community_id: int
    project_id: int
    kind: VoteKind
    matter: Matter
    question: str
    total_fen: int
    law_code: str
    law_source: str
    bar: Bar
    opens_on: date
    closes_on: date
    state: VoteState
    tally: Tally
    digest: str
    counted_at: datetime | None
    document_file_id: int | None
    entered_by: int | None
    entered_name: str
    confirmed_name: str


def reaches(left: int, base: int, numerator: int, denominator: int, *, is_strict: bool) -> bool:
    """Whether a part of a whole reaches a fraction of it, without dividing anything."""
    one, other = left * denominator, base * numerator
    return one > other if is_strict else one >= other


def arithmetic(tally: Tally, bar: Bar) -> list[SumLine]:
    """Return the four sums that decide: quorum and ayes, each by area and by heads."""
    quorum = (bar.quorum_numerator, bar.quorum_denominator, False)
    ayes = (bar.pass_numerator, bar.pass_denominator, bar.is_strict)
    area_base = tally.area_total if bar.is_of_all else tally.area_part
    heads_base = tally.heads_total if bar.is_of_all else tally.heads_part
    asked = (
        ("area_quorum", tally.area_part, tally.area_total, quorum),
        ("heads_quorum", tally.heads_part, tally.heads_total, quorum),
        ("area_yes", tally.area_yes, area_base, ayes),
        ("heads_yes", tally.heads_yes, heads_base, ayes),
    )
    return [
        SumLine(
            what,
            left,
            base,
            numerator,
            denominator,
            is_strict,
            reaches(left, base, numerator, denominator, is_strict=is_strict),
        )
        for what, left, base, (numerator, denominator, is_strict) in asked
    ]


def is_passed(tally: Tally, bar: Bar) -> bool:
    """Whether every one of the four sums is reached, and somebody said aye."""
    return tally.heads_yes > 0 and all(line.is_met for line in arithmetic(tally, bar))


def tally_of(owners: Sequence[tuple[int, Choice | None]]) -> Tally:
    """Return the sums of a roll: each household's area, and what it said, if it did."""
    cast = [(area, choice) for area, choice in owners if choice is not None]
    ayes = [area for area, choice in cast if choice is Choice.YES]
    return Tally(
        area_total=sum(area for area, _ in owners),
        heads_total=len(owners),
        area_part=sum(area for area, _ in cast),
        heads_part=len(cast),
        area_yes=sum(ayes),
        heads_yes=len(ayes),
    )


def vote_digest(
    view: VoteView, tally: Tally, *, ballots: Sequence[tuple[int, int, str, str]]
) -> str:
    """Return the SHA-256 that names a result: question, law, sums, and every ballot behind them.

    ``ballots`` are household, area, choice, channel, by household.
    """
    content = {
        "ballots": [list(one) for one in ballots],
        "closes_on": view.closes_on.isoformat(),
        "law": view.law_code,
        "matter": view.matter.value,
        "opens_on": view.opens_on.isoformat(),
        "question": view.question,
        "sums": [
            *(tally.area_total, tally.heads_total, tally.area_part),
            *(tally.heads_part, tally.area_yes, tally.heads_yes),
        ],
        "total_fen": view.total_fen,
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
