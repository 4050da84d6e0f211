"""Which obligation a line of the bank meets: what speaks for it, in points and in plain words.

A program decides only when the points reach `AUTO_POINTS`, lie `AUTO_MARGIN` above the next
candidate and nothing contradicts. Two that are equal are always for a person to tell apart.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz import fuzz

from timebank.bank.rules.claims import Reason, Term
from timebank.cofund.rules.rooms import Room

AUTO_POINTS, AUTO_MARGIN = 85, 15
# Below this a candidate is a guess: not worth a tie, nor the word "part paid".
SERIOUS_POINTS = 40
LATE_DAYS = 30


class TargetKind(StrEnum):
    """What a line can meet."""

    RECEIVABLE = "receivable"  # what a household owes
    SHARE = "share"  # what a party still owes by the agreement
    RECORDED = "recorded"  # a contribution that was entered by hand before its line came
    SPENDING = "spending"  # an approved bill that waits for payment
    PAID = "paid"  # a bill that was entered as paid before its line came
    REFUND = "refund"  # what a party gets back
    RELEASED = "released"  # withheld money that was released to the builder
    COMMON_INCOME = "common_income"  # income of common parts that was entered by hand


class MatchKind(StrEnum):
    """What a part of a line was matched with: a target, or a household's credit."""

    RECEIVABLE = "receivable"
    SHARE = "share"
    RECORDED = "recorded"
    SPENDING = "spending"
    PAID = "paid"
    REFUND = "refund"
    RELEASED = "released"
    COMMON_INCOME = "common_income"
    CREDIT = "credit"
    CREDIT_BACK = "credit_back"


class RunState(StrEnum):
    """Where a run over many lines stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class Code(StrEnum):
    """What can speak for a candidate, and what can contradict it."""

    PAYMENT_CODE = "payment_code"
    KNOWN_PAYER = "known_payer"
    KNOWN_NAME = "known_name"
    AMOUNT = "amount"
    AMOUNT_SHARED = "amount_shared"
    ROOM = "room"
    ROOM_SHARED = "room_shared"
    PROJECT = "project"
    NAME = "name"
    NAME_LIKE = "name_like"
    DAY = "day"
    OTHER_CODE = "other_code"
    OTHER_ROOM = "other_room"
    OTHER_PAYER = "other_payer"
    PART = "part"
    OVER = "over"


POINTS: Mapping[Code, int] = {
    Code.PAYMENT_CODE: 60,
    Code.KNOWN_PAYER: 30,
    Code.KNOWN_NAME: 15,  # a name without a number: others may bear it
    Code.AMOUNT: 20,
    Code.AMOUNT_SHARED: 8,
    Code.ROOM: 25,
    Code.ROOM_SHARED: 8,
    Code.PROJECT: 25,
    Code.NAME: 15,
    Code.NAME_LIKE: 8,
    Code.DAY: 5,
}
AGAINST = frozenset({Code.OTHER_CODE, Code.OTHER_ROOM, Code.OTHER_PAYER, Code.PART, Code.OVER})
_PLAIN = {code: Term(code.value, POINTS.get(code, 0), {}) for code in Code}
# These cannot be met by a part: a bill is paid, a record stands or falls as a whole.
WHOLE_KINDS = frozenset(TargetKind) - {TargetKind.RECEIVABLE, TargetKind.SHARE}


@dataclass(frozen=True, slots=True)
class Target:
    """An open obligation; ``subject`` is whom payers are remembered for, ``label`` for people.

    Between ``from_on`` and ``until_on`` a payment is no surprise. ``key`` is the name by which a
    form asks for it.
    """

    kind: TargetKind
    id: int
    amount_fen: int
    subject: str
    label: str
    names: tuple[str, ...] = ()
    payment_code: str = ""
    room: Room | None = None
    project_id: int = 0
    project_number: str = ""
    project_title: str = ""
    from_on: date = date.min
    until_on: date = date.max
    key: str = field(init=False, default="")

    def __post_init__(self) -> None:
        """Name it once; it is asked for again and again."""
        object.__setattr__(self, "key", f"{self.kind.value}:{self.id}")


@dataclass(frozen=True, slots=True)
class Said:
    """What a line says, read once; ``amount_fen`` is what of it is still unclaimed.

    ``payer`` is the index of the other party's number and name, ``payer_name`` of the name alone.
    """

    line_id: int
    amount_fen: int
    day: date
    name: str
    payer: str
    payer_name: str
    codes: tuple[str, ...]
    rooms: tuple[Room, ...]
    projects: tuple[str, ...]
    text: str
    is_platform: bool
    is_return: bool


class Around(NamedTuple):
    """What has to be known beside a line and a target: who else has what."""

    is_amount_shared: bool
    is_room_shared: bool
    payer_subjects: frozenset[str]
    name_subjects: frozenset[str]


class Candidate(NamedTuple):
    """A target with its points and everything that speaks for and against it."""

    target: Target
    score: int
    terms: tuple[Term, ...]

    @property
    def is_contradicted(self) -> bool:
        """Whether something speaks against it."""
        return any(term.code in AGAINST for term in self.terms)

    def has(self, code: Code) -> bool:
        """Whether one thing is among its terms."""
        return any(term.code == code for term in self.terms)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a program may do with a line: match it, or leave it to a person for a reason."""

    chosen: Candidate | None
    reason: Reason | None = None
    candidates: Sequence[Candidate] = field(default=())


def weigh(said: Said, target: Target, around: Around) -> Candidate:
    """Return a target with its points for a line and each term of them."""
    terms = [
        *_by_code(said, target),
        *_by_payer(target, around),
        *_by_amount(said, target, around),
        *_by_room(said, target, around),
        *_by_project(said, target),
        *_by_name(said, target),
        *_by_day(said, target),
    ]
    return Candidate(target, sum([term.points for term in terms]), tuple(terms))


def ranked(candidates: Collection[Candidate]) -> list[Candidate]:
    """Return candidates, best first; those alike in their points keep a fixed order."""
    return sorted(candidates, key=lambda one: (-one.score, one.target.kind, one.target.id))


def judge(said: Said, found: Sequence[Candidate], *, is_code_settled: bool) -> Verdict:
    """Return what a program may do with a line, given its candidates, best first.

    ``is_code_settled``: the line names a payment code of which nothing is owed any more.
    """
    best = found[0] if found else None
    second = found[1].score if len(found) > 1 else 0
    is_clear = best is not None and best.score - second >= AUTO_MARGIN
    is_plain = is_clear and not (said.is_return or is_code_settled)
    if best is not None and is_plain and best.score >= AUTO_POINTS and not best.is_contradicted:
        return Verdict(best, None, found)
    if said.is_return:
        return Verdict(None, Reason.RETURNED, found)
    if is_code_settled:
        return Verdict(None, Reason.DUPLICATE_SUSPECT, found)
    return Verdict(None, _doubt(said, best, is_clear=is_clear), found)


def _doubt(said: Said, best: Candidate | None, *, is_clear: bool) -> Reason:
    """Return why a line is for a person that has a best candidate, or none."""
    if best is None or best.score < SERIOUS_POINTS:
        if said.is_platform:
            return Reason.PLATFORM_NET
        return Reason.PAYER_UNKNOWN if best is not None and said.name else Reason.NO_CANDIDATE
    if not is_clear:
        return Reason.TIE
    if best.has(Code.OVER):
        return Reason.OVER
    return Reason.PARTIAL if best.has(Code.PART) else Reason.UNSURE


def _for(kind: Code, /, **facts: str | int) -> Term:
    """Return a term with the points of its code."""
    return Term(kind.value, POINTS.get(kind, 0), facts) if facts else _PLAIN[kind]


def _by_code(said: Said, target: Target) -> list[Term]:
    if not said.codes or not target.payment_code:
        return []
    others = [code for code in said.codes if code != target.payment_code]
    terms = [_for(Code.OTHER_CODE, code=others[0])] if others else []
    if len(others) < len(said.codes):
        terms.append(_for(Code.PAYMENT_CODE, code=target.payment_code))
    return terms


def _by_payer(target: Target, around: Around) -> list[Term]:
    known = around.payer_subjects
    if target.subject in known:
        return [_for(Code.KNOWN_PAYER)]
    terms = [_for(Code.KNOWN_NAME)] if target.subject in around.name_subjects else []
    if known and target.kind is TargetKind.RECEIVABLE:
        terms.append(_for(Code.OTHER_PAYER))
    return terms


def _by_amount(said: Said, target: Target, around: Around) -> list[Term]:
    if said.amount_fen == target.amount_fen:
        return [_for(Code.AMOUNT_SHARED if around.is_amount_shared else Code.AMOUNT)]
    code = Code.PART if said.amount_fen < target.amount_fen else Code.OVER
    return [_for(code, owed_fen=target.amount_fen)]


def _by_room(said: Said, target: Target, around: Around) -> list[Term]:
    if target.room is None or not said.rooms:
        return []
    named = [room for room in said.rooms if room.is_like(target.room)]
    if not named:
        return [_for(Code.OTHER_ROOM, room=written(said.rooms[0]))]
    is_vague = around.is_room_shared and all(room.unit is None for room in named)
    return [_for(Code.ROOM_SHARED if is_vague else Code.ROOM, room=written(named[0]))]


def _by_project(said: Said, target: Target) -> list[Term]:
    """A project's number, or its whole title, in the text; receivables have their codes."""
    if target.kind is TargetKind.RECEIVABLE:
        return []
    is_named = target.project_number in said.projects or (
        len(target.project_title) > 3 and target.project_title in said.text
    )
    return (
        [_for(Code.PROJECT, number=target.project_number or target.project_title)]
        if is_named
        else []
    )


def _by_name(said: Said, target: Target) -> list[Term]:
    if not said.name:
        return []
    if said.name in target.names:
        return [_for(Code.NAME)]
    percent = max((alike(said.name, name) for name in target.names), default=0)
    points = POINTS[Code.NAME_LIKE] * percent // 100
    return [Term(Code.NAME_LIKE.value, points, {"percent": percent})] if percent else []


def _by_day(said: Said, target: Target) -> list[Term]:
    is_near = target.from_on <= said.day <= target.until_on
    return [_for(Code.DAY)] if is_near else []


def alike(said: str, name: str) -> int:
    """Return how alike two names are, in per cent, or 0 when they are not.

    A masked sign stands for any. Short names must have as many signs, and the same family name.
    """
    if "*" in said:
        fits = len(said) == len(name) and all(
            one in ("*", other) for one, other in zip(said, name, strict=True)
        )
        return 100 if fits and said.strip("*") else 0
    if min(len(said), len(name)) <= 4:
        is_near = len(said) == len(name) and said[0] == name[0] and len(said) > 1
        percent = int(fuzz.ratio(said, name)) if is_near else 0
        return percent if percent >= 50 else 0
    percent = int(max(fuzz.ratio(said, name), fuzz.partial_ratio(said, name)))
    return percent if percent >= 80 else 0


def written(room: Room) -> str:
    """Return a room as it is shown."""
    unit = "" if room.unit is None else f"{room.unit}-"
    return f"{room.building}-{unit}{room.room_no}"
