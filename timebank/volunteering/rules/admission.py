"""How somebody becomes a volunteer: asked, looked at by one, admitted by another; pure values.

Source: 慈善法 (2023) art. 66 (real-name registration) and art. 69 (accident insurance before
service that may endanger volunteers); two-level review as in Nanjing-Gulou.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.community.rules import Sex
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import admission as errors
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.places import Far

COVER_YEARS_MAX = 3
HISTORY_MONTHS = 6  # how long it is remembered that somebody did not come


class AdmissionState(StrEnum):
    """Where somebody stands who wants to help."""

    APPLIED = "applied"
    CHECKED = "checked"
    ADMITTED = "admitted"
    REFUSED = "refused"
    SUSPENDED = "suspended"


class AdmissionCommand(StrEnum):
    """What staff can do about it."""

    APPLY = "apply"
    CHECK = "check"
    ADMIT = "admit"
    REFUSE = "refuse"
    SUSPEND = "suspend"


class AdmissionEvent(StrEnum):
    """What happened, as the trail tells it."""

    APPLIED = "volunteer_applied"
    CHECKED = "volunteer_checked"
    ADMITTED = "volunteer_admitted"
    REFUSED = "volunteer_refused"
    SUSPENDED = "volunteer_suspended"
    COVERED = "volunteer_covered"


@dataclass(frozen=True, slots=True)
class AdmissionArrow:
    """Where a command leads, and why it may."""

    to: AdmissionState
    why: str


_S, _C = AdmissionState, AdmissionCommand
ADMISSION_ARROWS: Mapping[tuple[AdmissionState, AdmissionCommand], AdmissionArrow] = {
    (_S.APPLIED, _C.CHECK): AdmissionArrow(_S.CHECKED, "the identity was seen with own eyes"),
    (_S.APPLIED, _C.REFUSE): AdmissionArrow(_S.REFUSED, "who asks is owed a reason"),
    (_S.CHECKED, _C.ADMIT): AdmissionArrow(_S.ADMITTED, "a second one agrees"),
    (_S.CHECKED, _C.REFUSE): AdmissionArrow(_S.REFUSED, "a second one does not agree"),
    (_S.ADMITTED, _C.SUSPEND): AdmissionArrow(_S.SUSPENDED, "something must be cleared up first"),
    (_S.SUSPENDED, _C.CHECK): AdmissionArrow(_S.CHECKED, "cleared up; a second one decides again"),
    (_S.REFUSED, _C.APPLY): AdmissionArrow(_S.APPLIED, "who was refused may ask again"),
}
_WHERE_IT_STANDS: Mapping[AdmissionState, type[DomainError]] = {
    _S.APPLIED: errors.NotCheckedError,
    _S.CHECKED: errors.AlreadyCheckedError,
    _S.ADMITTED: errors.AlreadyAdmittedError,
    _S.REFUSED: errors.AlreadyRefusedError,
    _S.SUSPENDED: errors.SuspendedError,
}


def next_admission_state(state: AdmissionState, command: AdmissionCommand) -> AdmissionState:
    """Return the state to which a command leads.

    Raises:
        DomainError: the command is not possible now; its class says where it stands.
    """
    arrow = ADMISSION_ARROWS.get((state, command))
    if arrow is None:
        raise _WHERE_IT_STANDS[state]
    return arrow.to


def admission_commands_from(state: AdmissionState) -> frozenset[AdmissionCommand]:
    """Return the commands that have an arrow from a state."""
    return frozenset(command for at, command in ADMISSION_ARROWS if at == state)


def check_standing(state: AdmissionState | None) -> None:
    """Refuse a place to who has asked to be a volunteer and is not admitted.

    Who never had to ask, because the register knew them as a volunteer before, stands as admitted.
    """
    if state not in {None, AdmissionState.ADMITTED}:
        raise errors.NotAdmittedError


def check_cover(*, risk: Risk, is_covered: bool) -> None:
    """Refuse service that may endanger a volunteer whom no accident insurance covers that day.

    Source: 慈善法 (2023) art. 69.
    """
    if risk is not Risk.LOW and not is_covered:
        raise errors.NotInsuredError


@dataclass(frozen=True, slots=True)
class CoverFacts:
    """An accident insurance: of one volunteer, or of all when nobody is named."""

    policy_number: str
    insurer: str
    from_on: date
    until_on: date
    person_id: int | None = None


def check_days(facts: CoverFacts) -> None:
    """Refuse days in wrong order, and a contract beyond reason."""
    last = date(facts.from_on.year + COVER_YEARS_MAX, 12, 31)
    if not facts.from_on <= facts.until_on <= last:
        raise errors.CoverDaysError(field="until_on", years=COVER_YEARS_MAX)


@dataclass(frozen=True, slots=True)
class AdmissionView:
    """Where somebody stands who wants to help, and who has looked at it."""

    person_id: int
    person_name: str
    place_label: str
    state: AdmissionState
    words: str
    reason: str
    applied_at: datetime
    applied_by_name: str
    identity_note: str
    checked_at: datetime | None
    checked_by_name: str
    decided_at: datetime | None
    decided_by_name: str


@dataclass(frozen=True, slots=True)
class CoverView:
    """An accident insurance as staff see it."""

    id: int
    person_id: int | None
    person_name: str
    policy_number: str
    insurer: str
    from_on: date
    until_on: date


@dataclass(frozen=True, slots=True)
class VolunteerView:
    """A volunteer as staff of the place see them."""

    person_id: int
    name: str
    place_label: str
    card_no: str
    grid_id: int | None
    sex: Sex | None
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    free_times: tuple[str, ...]
    far: Far
    state: AdmissionState | None
