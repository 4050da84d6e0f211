"""What makes a waiting record worth a look: pure reckoning from the services around it.

A reason says what was found, in figures; it accuses nobody. Where a neighbourhood's ordinary life
looks the same (two who help each other, one officer for one grid) the reason needs more before it
speaks, for a false word costs more than a missed one. The same volunteer cannot be at two places
at once: the database refuses that at the door, so it is no reason here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from timebank.volunteering.rules.desk import DeskRules
from timebank.volunteering.rules.records import Proof

WINDOW_DAYS = 90
POINTS_MAX = 100
SHOWN_MAX = 6  # records that a reason opens to
PAIR_TIMES, PAIR_MINUTES = 3, 240
MUTUAL_TIMES = 2
REVIEWED_TIMES = 10
CONFIRMED_TIMES, CONFIRMED_PEOPLE = 8, 3
CORRECTED_TIMES = 3
# A reviewer who sees most of everybody's records is no reason: the others see few.
REVIEWER_ELSEWHERE_PERCENT = 50
CENT = 100


class RiskCode(StrEnum):
    """Which reason."""

    OVERLAP_RECIPIENT = "overlap_recipient"
    OVERLAP_SERVED = "overlap_served"
    RECIPROCAL = "reciprocal"
    PAIR_SHARE = "pair_share"
    RING = "ring"
    SPEED = "speed"
    REVIEWER = "reviewer"
    CONFIRMER = "confirmer"
    LONG_DAY = "long_day"
    LATE = "late"
    PAPER_CODE = "paper_code"
    OFFLINE = "offline"
    CORRECTED = "corrected"


# Why each weighs what it weighs: first what cannot both be true, last what is merely weak proof.
POINTS: Mapping[RiskCode, int] = {
    RiskCode.OVERLAP_RECIPIENT: 40,
    RiskCode.OVERLAP_SERVED: 40,
    RiskCode.RECIPROCAL: 30,
    RiskCode.PAIR_SHARE: 20,
    RiskCode.SPEED: 15,
    RiskCode.RING: 10,
    RiskCode.REVIEWER: 10,
    RiskCode.CONFIRMER: 10,
    RiskCode.LONG_DAY: 10,
    RiskCode.LATE: 5,
    RiskCode.PAPER_CODE: 5,
    RiskCode.OFFLINE: 5,
    RiskCode.CORRECTED: 5,
}


@dataclass(frozen=True, slots=True)
class Service:
    """A live record, as far as the reckoning looks at it."""

    record_id: int
    volunteer_id: int
    recipient_id: int | None
    started_at: datetime
    ended_at: datetime
    served_on: date
    minutes: int
    grid_id: int | None = None
    building_id: int | None = None
    confirmed_how: str | None = None
    confirmed_by_user_id: int | None = None
    approved_by_user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """How a record came to be told."""

    recorded_on: date
    revision: int = 1
    is_offline: bool = False
    has_paper_code: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason with its points, its figures, and the records that it speaks of."""

    code: RiskCode
    figures: Mapping[str, int] = field(default_factory=dict)
    record_ids: tuple[int, ...] = ()

    @property
    def points(self) -> int:
        """What it adds to a record's risk."""
        return POINTS[self.code]


class Around:
    """The live services of everybody in some records, and who approved lately in the community."""

    def __init__(
        self, services: Iterable[Service], recent_approvals: Mapping[int, int] | None = None
    ) -> None:
        """Sort services by who served and who was served; one told twice counts once."""
        self.by_volunteer: dict[int, list[Service]] = defaultdict(list)
        self.by_recipient: dict[int, list[Service]] = defaultdict(list)
        self.recent_approvals = recent_approvals or {}
        once = {one.record_id: one for one in services}
        for one in sorted(once.values(), key=lambda it: (it.started_at, it.record_id)):
            self.by_volunteer[one.volunteer_id].append(one)
            if one.recipient_id is not None:
                self.by_recipient[one.recipient_id].append(one)

    def of(self, volunteer_id: int, *, near: date) -> list[Service]:
        """Return somebody's services within the window around a day."""
        return [one for one in self.by_volunteer.get(volunteer_id, ()) if _is_near(one, near)]

    def for_(self, recipient_id: int, *, near: date) -> list[Service]:
        """Return the services that somebody received within the window around a day."""
        return [one for one in self.by_recipient.get(recipient_id, ()) if _is_near(one, near)]

    def elsewhere_percent(self, user_id: int) -> int:
        """Return the share of one reviewer in the latest approvals of the community."""
        total = sum(self.recent_approvals.values())
        return self.recent_approvals.get(user_id, 0) * CENT // total if total else CENT


def reasons(service: Service, told: Told, around: Around, rules: DeskRules) -> tuple[Reason, ...]:
    """Return why a record is worth a look, the heaviest reason first; none when nothing is."""
    found = [judge(service, told, around, rules) for judge in _JUDGES]
    kept = [reason for reason in found if reason is not None]
    return tuple(sorted(kept, key=lambda reason: (-reason.points, reason.code)))


def points(found: Iterable[Reason]) -> int:
    """Return the risk of a record: the sum of its reasons, at most a hundred."""
    return min(POINTS_MAX, sum(reason.points for reason in found))


def _is_near(one: Service, day: date) -> bool:
    return abs((one.served_on - day).days) <= WINDOW_DAYS


def _ids(services: Iterable[Service]) -> tuple[int, ...]:
    """Return the records to which a reason opens, the latest first."""
    return tuple(sorted((one.record_id for one in services), reverse=True)[:SHOWN_MAX])


def _common_minutes(one: Service, other: Service) -> int:
    """Return for how many minutes two services ran side by side."""
    begun, ended = max(one.started_at, other.started_at), min(one.ended_at, other.ended_at)
    return max(0, int((ended - begun).total_seconds()) // 60)


def _is_elsewhere(one: Service, other: Service) -> bool:
    """Whether two services are known to have been in different buildings."""
    places = (one.building_id, other.building_id)
    return None not in places and places[0] != places[1]


def _percent(part: int, whole: int) -> int:
    return part * CENT // whole if whole else 0


def _overlap_recipient(
    it: Service, _told: Told, around: Around, _rules: DeskRules
) -> Reason | None:
    """The one served was served at the same time in another building."""
    if it.recipient_id is None:
        return None
    found = {
        other: _common_minutes(it, other)
        for other in around.by_recipient.get(it.recipient_id, ())
        if other.record_id != it.record_id and _is_elsewhere(it, other)
    }
    return _overlap(RiskCode.OVERLAP_RECIPIENT, found)


def _overlap_served(it: Service, _told: Told, around: Around, _rules: DeskRules) -> Reason | None:
    """The volunteer was served at the same time."""
    found = {
        other: _common_minutes(it, other)
        for other in around.by_recipient.get(it.volunteer_id, ())
        if other.record_id != it.record_id
    }
    return _overlap(RiskCode.OVERLAP_SERVED, found)


def _overlap(code: RiskCode, found: Mapping[Service, int]) -> Reason | None:
    """Return the reason for services that share minutes with the record."""
    shared = {other: minutes for other, minutes in found.items() if minutes}
    if not shared:
        return None
    return Reason(code, {"minutes": max(shared.values()), "count": len(shared)}, _ids(shared))


def _pair_share(it: Service, _told: Told, around: Around, rules: DeskRules) -> Reason | None:
    """Most of the volunteer's month went to one person."""
    if it.recipient_id is None:
        return None
    month = [
        one
        for one in around.by_volunteer.get(it.volunteer_id, ())
        if (one.served_on.year, one.served_on.month) == (it.served_on.year, it.served_on.month)
    ]
    pair = [one for one in month if one.recipient_id == it.recipient_id]
    pair_minutes = sum(one.minutes for one in pair)
    percent = _percent(pair_minutes, sum(one.minutes for one in month))
    is_much = len(pair) >= PAIR_TIMES and pair_minutes >= PAIR_MINUTES
    if not is_much or percent < rules.pair_percent:
        return None
    figures = {"count": len(pair), "minutes": pair_minutes, "percent": percent}
    return Reason(RiskCode.PAIR_SHARE, figures, _ids(pair))


def _reciprocal(it: Service, _told: Told, around: Around, _rules: DeskRules) -> Reason | None:
    """Two serve each other again and again, and little else."""
    if it.recipient_id is None:
        return None
    own = around.of(it.volunteer_id, near=it.served_on)
    there = [one for one in own if one.recipient_id == it.recipient_id]
    back = [
        one
        for one in around.of(it.recipient_id, near=it.served_on)
        if one.recipient_id == it.volunteer_id
    ]
    percent = _percent(sum(one.minutes for one in there), sum(one.minutes for one in own))
    if min(len(there), len(back)) < MUTUAL_TIMES or percent < CENT // 2:
        return None
    figures = {
        "there": len(there),
        "back": len(back),
        "minutes": sum(one.minutes for one in (*there, *back)),
        "percent": percent,
    }
    return Reason(RiskCode.RECIPROCAL, figures, _ids((*there, *back)))


def _ring(it: Service, _told: Told, around: Around, _rules: DeskRules) -> Reason | None:
    """Three serve each other round: a → b → c → a. Longer rings are not looked for.

    In a house where everybody helps somebody, chance closes longer rings; three already needs
    two services on each of its sides.
    """
    if it.recipient_id is None:
        return None
    on = it.served_on
    first = [
        one for one in around.of(it.volunteer_id, near=on) if one.recipient_id == it.recipient_id
    ]
    out = _by_other(around.of(it.recipient_id, near=on), lambda one: one.recipient_id)
    home = _by_other(around.for_(it.volunteer_id, near=on), lambda one: one.volunteer_id)
    thirds = [
        third
        for third in sorted(out.keys() & home.keys() - {it.volunteer_id, it.recipient_id})
        if min(len(first), len(out[third]), len(home[third])) >= MUTUAL_TIMES
    ]
    if not thirds:
        return None
    sides = [one for third in thirds for one in (*out[third], *home[third])]
    return Reason(RiskCode.RING, {"count": len(thirds)}, _ids((*first, *sides)))


def _by_other(
    services: Iterable[Service], other_of: Callable[[Service], int | None]
) -> dict[int, list[Service]]:
    """Return services by the person on their other end."""
    found: dict[int, list[Service]] = defaultdict(list)
    for one in services:
        other = other_of(one)
        if other is not None:
            found[other].append(one)
    return found


def _speed(it: Service, _told: Told, around: Around, rules: DeskRules) -> Reason | None:
    """Two services followed each other faster than the way between their buildings takes.

    Places have no coordinates: all that is known is the building and the grid.
    """
    tight = {}
    for other in around.by_volunteer.get(it.volunteer_id, ()):
        if other.record_id == it.record_id or other.served_on != it.served_on:
            continue
        later, earlier = (it, other) if it.started_at >= other.started_at else (other, it)
        gap = int((later.started_at - earlier.ended_at).total_seconds()) // 60
        way = rules.travel_minutes if it.grid_id != other.grid_id else rules.travel_minutes // 2
        if _is_elsewhere(it, other) and 0 <= gap < way:
            tight[other] = gap
    if not tight:
        return None
    return Reason(RiskCode.SPEED, {"minutes": min(tight.values())}, _ids(tight))


def _reviewer(it: Service, _told: Told, around: Around, rules: DeskRules) -> Reason | None:
    """One reviewer approves nearly all of a volunteer's records, but not everybody's."""
    own = around.of(it.volunteer_id, near=it.served_on)
    seen = Counter(one.approved_by_user_id for one in own if one.approved_by_user_id is not None)
    if sum(seen.values()) < REVIEWED_TIMES:
        return None
    user_id, count = _most(seen)
    elsewhere = around.elsewhere_percent(user_id)
    percent = _percent(count, sum(seen.values()))
    if percent < rules.reviewer_percent or elsewhere > REVIEWER_ELSEWHERE_PERCENT:
        return None
    figures = {"count": count, "all": sum(seen.values()), "elsewhere": elsewhere}
    return Reason(
        RiskCode.REVIEWER, figures, _ids(one for one in own if one.approved_by_user_id == user_id)
    )


def _confirmer(it: Service, _told: Told, around: Around, rules: DeskRules) -> Reason | None:
    """One colleague entered nearly all signed slips of a volunteer, for several people."""
    slips = [
        one
        for one in around.of(it.volunteer_id, near=it.served_on)
        if one.confirmed_how == Proof.SLIP and one.confirmed_by_user_id is not None
    ]
    seen = Counter(one.confirmed_by_user_id or 0 for one in slips)
    if len(slips) < CONFIRMED_TIMES or len({one.recipient_id for one in slips}) < CONFIRMED_PEOPLE:
        return None
    user_id, count = _most(seen)
    all_own = len(around.of(it.volunteer_id, near=it.served_on))
    if _percent(count, all_own) < rules.reviewer_percent:
        return None
    if around.elsewhere_percent(user_id) > REVIEWER_ELSEWHERE_PERCENT:
        return None
    figures = {"count": count, "all": all_own}
    return Reason(
        RiskCode.CONFIRMER, figures, _ids(o for o in slips if o.confirmed_by_user_id == user_id)
    )


def _most(seen: Mapping[int, int]) -> tuple[int, int]:
    """Return who was counted most, the lower number of two; with the count."""
    return min(seen.items(), key=lambda pair: (-pair[1], pair[0]))


def _long_day(it: Service, _told: Told, around: Around, rules: DeskRules) -> Reason | None:
    """The volunteer served for long on that day."""
    day = [
        one for one in around.by_volunteer.get(it.volunteer_id, ()) if one.served_on == it.served_on
    ]
    minutes = sum(one.minutes for one in day)
    if minutes < rules.day_minutes:
        return None
    return Reason(RiskCode.LONG_DAY, {"minutes": minutes, "count": len(day)}, _ids(day))


def _late(it: Service, told: Told, _around: Around, rules: DeskRules) -> Reason | None:
    """It was told long afterwards."""
    days = (told.recorded_on - it.served_on).days
    return Reason(RiskCode.LATE, {"days": days}) if days > rules.late_days else None


def _paper_code(_it: Service, told: Told, _around: Around, _rules: DeskRules) -> Reason | None:
    """The digits stand on a paper that anybody may have read."""
    return Reason(RiskCode.PAPER_CODE) if told.has_paper_code else None


def _offline(_it: Service, told: Told, _around: Around, _rules: DeskRules) -> Reason | None:
    """The presence was told afterwards."""
    return Reason(RiskCode.OFFLINE) if told.is_offline else None


def _corrected(_it: Service, told: Told, _around: Around, _rules: DeskRules) -> Reason | None:
    """The record was changed again and again."""
    times = told.revision - 1
    return Reason(RiskCode.CORRECTED, {"count": times}) if times >= CORRECTED_TIMES else None


_Judge = Callable[[Service, Told, Around, DeskRules], Reason | None]
_JUDGES: Sequence[_Judge] = (
    _overlap_recipient,
    _overlap_served,
    _reciprocal,
    _pair_share,
    _ring,
    _speed,
    _reviewer,
    _confirmer,
    _long_day,
    _late,
    _paper_code,
    _offline,
    _corrected,
)
