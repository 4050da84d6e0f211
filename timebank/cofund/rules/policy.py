"""What a community has settled about its projects, in versions, and what the law asks of votes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from timebank.cofund.errors import policy as errors

PERMILLE = 1000


@dataclass(frozen=True, slots=True)
class ProjectPolicy:
    """Days, limits and parts that a community goes by; amounts in fen, parts in thousandths.

    ``vote_free_fen``: up to this sum, and without any money of the owners, no vote is needed.
    ``second_from_fen``: from this amount on a bill wants a second approval.
    ``before_acceptance_permille``: how much may be paid before the works are accepted.
    ``disclosure_days``: how long figures that were made public hang at least.
    """

    version: int = 0
    publicise_days: int = 7
    vote_free_fen: int = 3_000_000
    second_from_fen: int = 20_000_000
    payee_wait_hours: int = 24
    retention_permille: int = 30
    defect_months: int = 12
    before_acceptance_permille: int = 900
    overrun_permille: int = 100
    disclosure_days: int = 30


# Least and most of each value. Retention: at most 3 % (建质〔2017〕138 号第七条).
RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "publicise_days": (1, 90),
        "vote_free_fen": (0, 20_000_000),
        "second_from_fen": (1, 10**10),
        "payee_wait_hours": (24, 240),
        "retention_permille": (0, 30),
        "defect_months": (6, 24),
        "before_acceptance_permille": (100, 970),
        "overrun_permille": (0, 100),
        "disclosure_days": (7, 365),
    }
)
VALUES = tuple(RANGES)
DEFAULT_POLICY = ProjectPolicy()


def check_policy(policy: ProjectPolicy) -> None:
    """Refuse a value out of its range.

    Raises:
        PolicyRangeError: it names the first one.
    """
    for name, (least, most) in RANGES.items():
        if not least <= getattr(policy, name) <= most:
            raise errors.PolicyRangeError(field=name, least=least, most=most)


def may_skip_vote(policy: ProjectPolicy, *, total_fen: int, residents_fen: int) -> bool:
    """Whether a project needs no vote: it is small, and takes no money of the owners."""
    return residents_fen == 0 and total_fen <= policy.vote_free_fen


def most_of(policy: ProjectPolicy, approved_fen: int) -> int:
    """Return up to what sum an approval goes: with the overrun that the rules allow, fen."""
    return approved_fen * (PERMILLE + policy.overrun_permille) // PERMILLE


class Matter(StrEnum):
    """How grave what owners vote about is; Civil Code art. 278."""

    ORDINARY = "ordinary"
    GRAVE = "grave"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A part that area and heads must both reach, or exceed when it is strict."""

    numerator: int
    denominator: int
    is_strict: bool
    is_of_all: bool


@dataclass(frozen=True, slots=True)
class VoteLaw:
    """What the law asks of a vote that opens within its days."""

    code: str
    begins_on: date
    source: str
    quorum_numerator: int
    quorum_denominator: int
    thresholds: Mapping[Matter, Threshold]


# The latest whose days have begun holds; each vote keeps a copy of what held when it opened.
LAWS = (
    VoteLaw(
        "property_law_76",
        date(2007, 10, 1),
        "《物权法》第七十六条",
        0,
        1,
        {
            Matter.ORDINARY: Threshold(1, 2, is_strict=True, is_of_all=True),
            Matter.GRAVE: Threshold(2, 3, is_strict=False, is_of_all=True),
        },
    ),
    VoteLaw(
        "civil_code_278",
        date(2021, 1, 1),
        "《民法典》第二百七十八条",
        2,
        3,
        {
            Matter.ORDINARY: Threshold(1, 2, is_strict=True, is_of_all=False),
            Matter.GRAVE: Threshold(3, 4, is_strict=False, is_of_all=False),
        },
    ),
)


def law_on(day: date) -> VoteLaw:
    """Return the law that holds for a vote that opens on a day.

    Raises:
        NoLawError: none held yet.
    """
    held = [law for law in LAWS if law.begins_on <= day]
    if not held:
        raise errors.NoLawError(field="opens_on")
    return held[-1]
