"""Giving minutes away: to a pool, from a pool to somebody in need, to one's own people."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.volunteering.errors import gifts as errors
from timebank.volunteering.rules.policy import Circle, Policy, circle_kinds

GIFT_MAX = 60_000
ONE_TAP_MINUTES = (30, 60, 120)


class Source(StrEnum):
    """From which of a member's accounts a gift comes."""

    OWN = "own"
    DONATION = "donation"


class Need(StrEnum):
    """What a grant is to help with: the five helps, company, and what else there is."""

    MEAL = "meal"
    BATH = "bath"
    CLEANING = "cleaning"
    EMERGENCY = "emergency"
    MEDICAL = "medical"
    COMPANY = "company"
    OTHER = "other"


class GrantState(StrEnum):
    """Where a grant stands; minutes are set aside in the pool while it is requested."""

    REQUESTED = "requested"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Consent(StrEnum):
    """By what the receiver agreed to a wallet."""

    LOGIN = "login"
    SLIP = "slip"


@dataclass(frozen=True, slots=True)
class Kin:
    """What somebody is to the giver, and whether the proof was seen."""

    kind: str
    is_verified: bool


def check_circle(policy: Policy, kin: Kin | None) -> None:
    """Refuse a receiver outside the circle of the rules; kin count when their proof was seen.

    Raises:
        GiftsNotAllowedError, OutsideCircleError
    """
    if not policy.allows_gifts or policy.circle is Circle.NOBODY:
        raise errors.GiftsNotAllowedError
    kinds = circle_kinds(policy.circle)
    if kinds is None:
        return
    if kin is None or not kin.is_verified or kin.kind not in kinds:
        raise errors.OutsideCircleError


def check_month(*, have_minutes: int, minutes: int, limit_minutes: int) -> None:
    """Refuse more in a month than the two agreed on.

    Raises:
        MonthLimitError
    """
    if have_minutes + minutes > limit_minutes:
        raise errors.MonthLimitError(limit=limit_minutes, have=have_minutes, minutes=minutes)


def check_ground(*, has_case: bool, reason: str) -> str:
    """Return the reason of a grant without blanks around it; a case speaks for itself.

    Raises:
        GrantGroundMissingError
    """
    kept = reason.strip()
    if not has_case and not kept:
        raise errors.GrantGroundMissingError(field="reason")
    return kept


def check_second(
    *,
    requester: tuple[int | None, int | None],
    decider: tuple[int | None, int | None],
    recipient_id: int,
    kin_ids: Collection[int],
) -> None:
    """Refuse whoever asked, by account and by person, and whoever is near the recipient.

    Raises:
        ApprovesOwnGrantError, GrantToOwnError
    """
    if decider[0] is None or decider[0] == requester[0]:
        raise errors.ApprovesOwnGrantError
    if decider[1] is not None and decider[1] == requester[1]:
        raise errors.ApprovesOwnGrantError
    check_near(person_id=decider[1], recipient_id=recipient_id, kin_ids=kin_ids)


def check_near(*, person_id: int | None, recipient_id: int, kin_ids: Collection[int]) -> None:
    """Refuse who is the recipient or kin.

    Raises:
        GrantToOwnError
    """
    if person_id == recipient_id or recipient_id in kin_ids:
        raise errors.GrantToOwnError


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool with what is in it and what is free; minutes."""

    id: int
    name: str
    purpose: str
    is_open: bool
    posted_minutes: int
    available_minutes: int


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant: to whom, what for, who asked, who decided."""

    id: int
    pool_id: int
    pool_name: str
    person_id: int
    person_name: str
    minutes: int
    need: Need
    case_id: int | None
    case_number: str
    reason: str
    state: GrantState
    requested_at: datetime
    requested_by_name: str
    requested_by_user_id: int | None
    decided_at: datetime | None
    decided_by_name: str
    decision_reason: str


@dataclass(frozen=True, slots=True)
class HelpedView:
    """What became of gifts to one pool since the giver's first: numbers, no names."""

    pool_id: int
    pool_name: str
    given_minutes: int
    since_on: date
    people: int
    minutes: int
    needs: tuple[tuple[Need, int], ...]


@dataclass(frozen=True, slots=True)
class WalletView:
    """An agreement between two people: who may give whom how much in a month."""

    id: int
    giver_id: int
    giver_name: str
    receiver_id: int
    receiver_name: str
    month_minutes_max: int
    month_given_minutes: int
    opened_at: datetime
    agreed_at: datetime | None
    ended_at: datetime | None
    may_spend: bool = False

    @property
    def is_open(self) -> bool:
        """Whether minutes may be given by it."""
        return self.agreed_at is not None and self.ended_at is None

    @property
    def is_waiting(self) -> bool:
        """Whether the receiver has still to agree."""
        return self.agreed_at is None and self.ended_at is None

    @property
    def left_minutes(self) -> int:
        """What may still be given this month."""
        return max(self.month_minutes_max - self.month_given_minutes, 0)


@dataclass(frozen=True, slots=True)
class UseView:
    """What a relative spent of somebody's minutes: when, who, for what."""

    used_at: datetime
    relative_name: str
    what: str
    minutes: int
    is_returned: bool
