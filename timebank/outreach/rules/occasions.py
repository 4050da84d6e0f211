"""What the community holds: of which kind, for whom, and what is noted of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

TITLE_CHARS_MAX = 60
SEATS_MAX = 2_000
COUNT_MAX = 100_000


class Line(StrEnum):
    """With whom the community does it: the four lines of 'community and …'."""

    SECURITY = "security"
    MEDICAL = "medical"
    ELDER_CARE = "elder_care"
    EDUCATION = "education"


class Audience(StrEnum):
    """On whose list of services it stands."""

    OLD = "old"
    YOUNG = "young"
    OTHERS = "others"


class OccasionKind(StrEnum):
    """What is held."""

    FREE_CLINIC = "free_clinic"
    MEDICINE_HOME = "medicine_home"
    ELDER_VISIT = "elder_visit"
    MEAL = "meal"
    SCHOOL_GUARD = "school_guard"
    SCIENCE = "science"
    PARENT_CHILD = "parent_child"
    HOLIDAY_CAMP = "holiday_camp"
    JOB_FAIR = "job_fair"
    SKILLS = "skills"
    POLICE_ROOM = "police_room"
    POPULATION_CHECK = "population_check"
    MEDIATION = "mediation"
    HAZARD_CHECK = "hazard_check"
    PUBLICITY = "publicity"
    CLEAN_UP = "clean_up"


class OccasionState(StrEnum):
    """Where it stands."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class GuestState(StrEnum):
    """Where somebody stands who signed up."""

    SIGNED_UP = "signed_up"
    ATTENDED = "attended"
    ABSENT = "absent"
    WITHDRAWN = "withdrawn"


# Who signs up for it beforehand; the rest is done by those who work.
OPEN_KINDS = frozenset(
    {
        OccasionKind.FREE_CLINIC,
        OccasionKind.MEAL,
        OccasionKind.SCIENCE,
        OccasionKind.PARENT_CHILD,
        OccasionKind.HOLIDAY_CAMP,
        OccasionKind.JOB_FAIR,
        OccasionKind.SKILLS,
    }
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned; ``micro_grid_id`` None is the whole community."""

    kind: OccasionKind
    title: str
    on_day: date
    line: Line | None = None
    audience: Audience | None = None
    time_text: str = ""
    place: str = ""
    micro_grid_id: int | None = None
    seats: int | None = None
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went; each of the later facts belongs to one kind."""

    walk_in_count: int = 0
    report: str = ""
    checked_count: int | None = None
    found_count: int | None = None
    copy_count: int | None = None
    hazard: str = ""
    recheck_on: date | None = None
    parties: str = ""
    agreement: str = ""


# The facts of an outcome that belong to one kind only.
FACTS_OF: Mapping[OccasionKind, tuple[str, ...]] = {
    OccasionKind.POPULATION_CHECK: ("checked_count", "found_count"),
    OccasionKind.PUBLICITY: ("copy_count",),
    OccasionKind.HAZARD_CHECK: ("hazard", "recheck_on"),
    OccasionKind.MEDIATION: ("parties", "agreement"),
}


def misplaced_fact(kind: OccasionKind, outcome: Outcome) -> str | None:
    """Return a fact that does not belong to the kind, None when all do."""
    own = FACTS_OF.get(kind, ())
    for names in FACTS_OF.values():
        for name in names:
            if name not in own and getattr(outcome, name) not in {None, ""}:
                return name
    return None


@dataclass(frozen=True, slots=True)
class GuestLine:
    """Somebody who signed up."""

    id: int
    person_id: int
    name: str
    place_label: str
    state: GuestState


@dataclass(frozen=True, slots=True)
class OccasionLine:
    """Something held or planned, in a list."""

    id: int
    kind: OccasionKind
    title: str
    on_day: date
    time_text: str
    place: str
    line: Line | None
    audience: Audience | None
    state: OccasionState
    seats: int | None
    attended_count: int | None
    recheck_on: date | None
    rechecked_on: date | None
    is_recheck_late: bool


@dataclass(frozen=True, slots=True)
class OccasionView:
    """Something held or planned, with who comes and how it went."""

    about: OccasionLine
    grid_id: int | None
    task_id: int | None
    outcome: Outcome
    is_cleared: bool | None
    cancel_reason: str
    guests: Sequence[GuestLine]

    @property
    def is_open(self) -> bool:
        """Whether people may sign up for it."""
        return self.about.kind in OPEN_KINDS and self.about.state is OccasionState.PLANNED

    @property
    def coming_count(self) -> int:
        """How many have a seat."""
        return sum(one.state is not GuestState.WITHDRAWN for one in self.guests)


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was held in a year and how many came; the keys narrow its list."""

    key: StrEnum
    count: int
    people: int


@dataclass(frozen=True, slots=True)
class YearView:
    """The figures of a year: each is the number of rows its list shows."""

    year: int
    lines: Sequence[Tally]
    audiences: Sequence[Tally]
    kinds: Sequence[Tally]
    total: int


@dataclass(frozen=True, slots=True)
class OwnOccasion:
    """Something one may sign up for, and whether one has."""

    about: OccasionLine
    seats_left: int | None
    is_coming: bool
