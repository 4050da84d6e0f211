"""Leave of those who work cases: from today on, with somebody who stands in; never in the past."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from timebank.cases.errors import routing as errors

ABSENCE_DAYS_MAX = 180


@dataclass(frozen=True, slots=True)
class Absence:
    """One leave as it is read; ``back_on`` is the first day at work when it was cut."""

    id: int
    user_id: int
    user_name: str
    deputy_user_id: int
    deputy_name: str
    first_on: date
    planned_last_on: date
    back_on: date | None
    note: str
    made_by_name: str
    made_at: datetime

    @property
    def last_on(self) -> date:
        """The last day away; the day before the first when it was taken back before it began."""
        if self.back_on is None:
            return self.planned_last_on
        return min(self.planned_last_on, self.back_on - timedelta(days=1))

    def holds_on(self, day: date) -> bool:
        """Whether somebody is away on a day."""
        return self.first_on <= day <= self.last_on


def check_days(*, first_on: date, last_on: date, today: date) -> None:
    """Refuse days in the past or in the wrong order.

    Raises:
        AbsencePastError: it would begin before today.
        AbsenceOrderError: it would end before it begins, or last too long.
    """
    if first_on < today:
        raise errors.AbsencePastError(field="first_on")
    if not first_on <= last_on <= first_on + timedelta(days=ABSENCE_DAYS_MAX - 1):
        raise errors.AbsenceOrderError(field="last_on", days=ABSENCE_DAYS_MAX)


def check_back(absence: Absence, *, back_on: date, today: date) -> None:
    """Refuse to end what is over, or to end it in the past.

    Raises:
        AbsencePastError: the day is past.
        AbsenceOverError: the last day away is past, or it was ended before.
        AbsenceOrderError: it would last longer than was planned.
    """
    if absence.back_on is not None or absence.last_on < today:
        raise errors.AbsenceOverError
    if back_on < today:
        raise errors.AbsencePastError(field="back_on")
    if back_on > absence.planned_last_on:
        raise errors.AbsenceOrderError(field="back_on", days=ABSENCE_DAYS_MAX)
