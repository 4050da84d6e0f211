"""An organisation's desk: who belongs to it, and what may be told of those who served for it.

Hours stay with who served (志愿服务条例). An organisation sees sums, and of people only those who
agreed: what they served for this organisation, never their other hours, balance, phone or address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from timebank.community.rules import OrganisationKind
from timebank.volunteering.rules.figures import TELLABLE_MIN, month_after, month_begin

MONTHS_SHOWN = 12
ACTIVITIES_SHOWN = 20
# Who declined or left is left in peace for so long.
ASK_AGAIN_AFTER = timedelta(days=90)


class MemberState(StrEnum):
    """Where somebody stands with an organisation that asked them."""

    ASKED = "asked"
    AGREED = "agreed"
    DECLINED = "declined"
    LEFT = "left"


OPEN_STATES = (MemberState.ASKED, MemberState.AGREED)
ENDED_STATES = (MemberState.DECLINED, MemberState.LEFT)
ANSWERED_STATES = (MemberState.AGREED, MemberState.DECLINED)
MEMBER_ARROWS = (
    (MemberState.ASKED, MemberState.AGREED),  # their own consent
    (MemberState.ASKED, MemberState.DECLINED),  # their own refusal
    (MemberState.ASKED, MemberState.LEFT),  # the ask was taken back, or they are gone
    (MemberState.AGREED, MemberState.LEFT),  # they left, a leader ended it, or they are gone
)


@dataclass(frozen=True, slots=True)
class LeaderView:
    """Somebody who leads an organisation."""

    id: int
    organisation_id: int
    person_id: int
    person_name: str
    named_at: datetime


@dataclass(frozen=True, slots=True)
class LedView:
    """An organisation with who leads it."""

    id: int
    kind: OrganisationKind
    name: str
    leaders: Sequence[LeaderView] = ()


@dataclass(frozen=True, slots=True)
class MembershipView:
    """How one person stands with an organisation, as that person sees it."""

    id: int
    organisation_id: int
    organisation_name: str
    state: MemberState
    asked_at: datetime
    asked_by_name: str
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member who agreed, as leaders see them: what was served for this organisation."""

    id: int
    person_name: str
    agreed_at: datetime
    year_minutes: int
    last_on: date | None


@dataclass(frozen=True, slots=True)
class AskView:
    """An ask without an answer; whom it is about is not named before they agreed."""

    id: int
    asked_at: datetime
    asked_by_name: str


@dataclass(frozen=True, slots=True)
class ActivityView:
    """An activity of an organisation: when, where, how many take part of how many places."""

    id: int
    activity: str
    starts_at: datetime
    ends_at: datetime
    place: str
    places: int
    taken: int


@dataclass(frozen=True, slots=True)
class Served:
    """What was served for an organisation in a month by its members, or by those who are not."""

    month_on: date
    is_by_members: bool
    minutes: int
    people: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the desk: minutes that may be told; ``is_partial`` when some are left out."""

    month_on: date
    minutes: int
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """What may be told of the service for an organisation; ``is_partial`` when some is left out."""

    months: Sequence[Month]
    year: int
    year_minutes: int
    year_people: int
    is_partial: bool


@dataclass(frozen=True, slots=True)
class DeskView:
    """An organisation's desk, its members aside."""

    id: int
    name: str
    figures: DeskFigures
    members: int
    coming: Sequence[ActivityView]
    past: Sequence[ActivityView]
    asks: Sequence[AskView]


def months_shown(today: date) -> tuple[date, ...]:
    """Return the first days of the months of a desk, this one last."""
    this = month_begin(today)
    return tuple(month_after(this, count) for count in range(1 - MONTHS_SHOWN, 1))


def is_tellable(served: Served) -> bool:
    """Whether a month's sum points at nobody: members agreed, others must be enough."""
    return served.is_by_members or served.people >= TELLABLE_MIN


def month_sums(served: Sequence[Served], *, months: Sequence[date]) -> tuple[Month, ...]:
    """Return the minutes of each month that may be told."""
    sums: dict[date, int] = dict.fromkeys(months, 0)
    for one in served:
        if one.month_on in sums and is_tellable(one):
            sums[one.month_on] += one.minutes
    partial = {one.month_on for one in served if one.minutes and not is_tellable(one)}
    return tuple(
        Month(month_on, minutes, month_on in partial) for month_on, minutes in sums.items()
    )


def figures(served: Sequence[Served], *, today: date, people: Mapping[bool, int]) -> DeskFigures:
    """Return what may be told; ``people`` are those of the year, by whether they are members."""
    months = month_sums(served, months=months_shown(today))
    return DeskFigures(
        months=months,
        year=today.year,
        year_minutes=sum(one.minutes for one in months if one.month_on.year == today.year),
        year_people=sum(people.values()),
        is_partial=any(one.is_partial for one in months),
    )
