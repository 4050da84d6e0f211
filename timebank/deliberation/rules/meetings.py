"""Meetings: sides, states, the arithmetic of a quorum, and every move with its reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.deliberation.errors import meetings as errors

TITLE_MAX, WORDS_MAX, MINUTES_MAX = 80, 1000, 8000
SEATS_MAX, ITEMS_MAX = 200, 40


class Kind(StrEnum):
    """Which sort of meeting."""

    HALL = "hall"
    JOINT = "joint"
    HEARING = "hearing"


class Side(StrEnum):
    """For whom somebody sits at the table."""

    PARTY_COMMITTEE = "party_committee"
    OWNERS_COMMITTEE = "owners_committee"
    PROPERTY_FIRM = "property_firm"
    RESIDENTS = "residents"
    DEPARTMENTS = "departments"
    EXPERTS = "experts"


class State(StrEnum):
    """How far a meeting is."""

    DRAFT = "draft"
    INVITED = "invited"
    HELD = "held"
    SIGNED = "signed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Command(StrEnum):
    """What can be done with a meeting."""

    PLAN = "plan"
    INVITE = "invite"
    SIGN_IN = "sign_in"
    HOLD = "hold"
    DISCUSS = "discuss"
    WRITE = "write"
    SIGN = "sign"
    ADD = "add"
    PUBLISH = "publish"
    CANCEL = "cancel"


class Conclusion(StrEnum):
    """What became of an agenda item."""

    DECIDED = "decided"
    DEFERRED = "deferred"
    INFORMED = "informed"


class NoteKind(StrEnum):
    """A correction before the signature keeps both values; after it only words are added."""

    CORRECTION = "correction"
    ADDENDUM = "addendum"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a command leads, and why it may."""

    to: State
    why: str


_C, _S = Command, State
ARROWS: Mapping[tuple[State, Command], Arrow] = {
    (_S.DRAFT, _C.PLAN): Arrow(_S.DRAFT, "people and matters are gathered"),
    (_S.INVITED, _C.PLAN): Arrow(_S.INVITED, "somebody or something is added before it begins"),
    (_S.DRAFT, _C.INVITE): Arrow(_S.INVITED, "the quorum rule is stamped, people are told"),
    (_S.INVITED, _C.SIGN_IN): Arrow(_S.INVITED, "people arrive"),
    (_S.HELD, _C.SIGN_IN): Arrow(_S.HELD, "somebody comes late"),
    (_S.INVITED, _C.HOLD): Arrow(_S.HELD, "the chair opens; a quorum is wanted only to decide"),
    (_S.HELD, _C.DISCUSS): Arrow(_S.HELD, "stances, votes and conclusions are written down"),
    (_S.HELD, _C.WRITE): Arrow(_S.HELD, "the minutes are a draft until they are signed"),
    (_S.HELD, _C.SIGN): Arrow(_S.SIGNED, "the signed sheet is there: nothing changes any more"),
    (_S.SIGNED, _C.ADD): Arrow(_S.SIGNED, "a correction is added, the record stays"),
    (_S.PUBLISHED, _C.ADD): Arrow(_S.PUBLISHED, "likewise"),
    (_S.SIGNED, _C.PUBLISH): Arrow(_S.PUBLISHED, "residents read what was decided"),
    (_S.DRAFT, _C.CANCEL): Arrow(_S.CANCELLED, "it will not take place"),
    (_S.INVITED, _C.CANCEL): Arrow(_S.CANCELLED, "it will not take place; who was invited is told"),
}
SEALED = (State.SIGNED, State.PUBLISHED)


def possible(state: State) -> list[Command]:
    """Return what can be done in a state."""
    return [command for command in Command if (state, command) in ARROWS]


def moved(state: State, command: Command) -> State:
    """Return where a command leads.

    Raises:
        MeetingSignedError: the record is signed.
        MeetingMoveError: the table has no such arrow; ``possible`` lists what it has.
    """
    arrow = ARROWS.get((state, command))
    if arrow is not None:
        return arrow.to
    kind = errors.MeetingSignedError if state in SEALED else errors.MeetingMoveError
    raise kind(state=state.value, possible=[one.value for one in possible(state)])


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """How many must be there: a share of the votes invited, so many heads, so many sides."""

    share_permille: int
    heads_min: int
    sides_min: int
    version: int = 0


# In force until the community sets its own: half of those with a vote, three of them, two sides.
USUAL = {
    Kind.HALL: QuorumRule(500, 3, 2),
    Kind.JOINT: QuorumRule(500, 2, 2),
    Kind.HEARING: QuorumRule(667, 5, 2),
}


def check_rule(rule: QuorumRule) -> None:
    """Refuse a rule that says nothing.

    Raises:
        QuorumRuleError
    """
    if not 1 <= rule.share_permille <= 1000 or rule.heads_min < 1 or rule.sides_min < 1:
        raise errors.QuorumRuleError(field="share_permille")


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody invited, as the arithmetic sees them."""

    side: Side
    has_vote: bool
    is_there: bool


@dataclass(frozen=True, slots=True)
class Quorum:
    """The arithmetic, with every number it is made of."""

    rule: QuorumRule
    invited: int
    by_share: int
    needed: int
    present: int
    sides: int

    @property
    def is_met(self) -> bool:
        """Whether the meeting may decide."""
        return self.present >= self.needed and self.sides >= self.rule.sides_min


def quorum(rule: QuorumRule, seats: Sequence[Seat]) -> Quorum:
    """Return who must be there and who is; only seats with a vote count."""
    voting = [seat for seat in seats if seat.has_vote]
    there = [seat for seat in voting if seat.is_there]
    by_share = -(-len(voting) * rule.share_permille // 1000)
    return Quorum(
        rule=rule,
        invited=len(voting),
        by_share=by_share,
        needed=max(by_share, rule.heads_min),
        present=len(there),
        sides=len({seat.side for seat in there}),
    )


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What is planned."""

    title: str
    kind: Kind
    place: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class SeatFacts:
    """Who is invited for which side."""

    side: Side
    name: str
    person_id: int | None = None
    has_vote: bool = True


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What is to be talked about, and out of what it grew."""

    title: str
    description: str = ""
    choices: str = ""
    opinion_id: int | None = None
    case_id: int | None = None
    project_id: int | None = None


@dataclass(frozen=True, slots=True)
class StanceFacts:
    """What one side says, and its votes where they are counted."""

    side: Side
    words: str = ""
    yes: int = 0
    no: int = 0
    abstained: int = 0


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What was decided, who sees to it, until when."""

    words: str
    owner_seat_id: int
    due_on: date


def veiled(words: str, names: Collection[str]) -> str:
    """Return words in which nothing but the family name is left of each of some people."""
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            words = words.replace(name, f"{name[0]}{'*' * (len(name) - 1)}")
    return words
