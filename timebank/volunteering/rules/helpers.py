"""Who may help with what: age, skills, wishes about who comes; pure values."""

from dataclasses import dataclass
from datetime import date, datetime

from timebank.community.rules import Sex, age_years
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import tasks as errors
from timebank.volunteering.rules.admission import AdmissionState, check_cover, check_standing
from timebank.volunteering.rules.needs import Language, Risk, Skill, Wishes
from timebank.volunteering.rules.places import Far

ADULT_YEARS = 18


@dataclass(frozen=True, slots=True)
class Helper:
    """What is known of somebody who wants to take part."""

    person_id: int
    sex: Sex | None = None
    born_on: date | None = None
    skills: frozenset[Skill] = frozenset()
    languages: frozenset[Language] = frozenset()
    free_times: frozenset[str] = frozenset()
    building_id: int | None = None
    grid_id: int | None = None
    has_guardian_consent: bool = False
    far: Far = Far.COMMUNITY
    admission: AdmissionState | None = None
    covers: tuple[tuple[date, date], ...] = ()


def is_minor(born_on: date | None, *, on: date) -> bool:
    """Whether somebody is under age on a day; who has no birthday in the register is not."""
    return born_on is not None and age_years(born_on, on=on) < ADULT_YEARS


def check_age(helper: Helper, *, risk: Risk, starts_at: datetime) -> None:
    """Refuse minors without a guardian's consent, and all but adults where there is risk.

    Raises:
        AgeUnknownError, MinorRiskyError, GuardianConsentMissingError: as they say.
    """
    if helper.born_on is None and risk is not Risk.LOW:
        raise errors.AgeUnknownError
    if not is_minor(helper.born_on, on=clock.day_of(starts_at)):
        return
    if risk is not Risk.LOW:
        raise errors.MinorRiskyError
    if not helper.has_guardian_consent:
        raise errors.GuardianConsentMissingError


def check_may(helper: Helper, *, risk: Risk, starts_at: datetime) -> None:
    """Refuse whoever may not go at all: by age, not admitted, or not insured where there is risk.

    Raises:
        NotAdmittedError, NotInsuredError: as they say.
        DomainError: about age.
    """
    check_age(helper, risk=risk, starts_at=starts_at)
    check_standing(helper.admission)
    on = clock.day_of(starts_at)
    check_cover(risk=risk, is_covered=any(first <= on <= last for first, last in helper.covers))


def may_go(helper: Helper | None, *, risk: Risk, starts_at: datetime) -> bool:
    """Whether somebody may go at all; who has left the register may not."""
    if helper is None:
        return False
    try:
        check_may(helper, risk=risk, starts_at=starts_at)
    except DomainError:
        return False
    return True


def missing_skills(wanted: tuple[Skill, ...], helper: Helper) -> tuple[Skill, ...]:
    """Return what the task wants done and the volunteer has not said to be able to do."""
    return tuple(skill for skill in wanted if skill not in helper.skills)


def is_sex_wanted(wishes: Wishes, helper: Helper) -> bool:
    """Whether a wish about who comes is met."""
    return wishes.sex is None or wishes.sex == helper.sex
