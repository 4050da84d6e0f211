"""What the demo makes public of its money: the charging shelter so far, and a month of the books."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.claims import ASKED_TITLE
from timebank.cli.demo.timeline import Act, Timeline, moment
from timebank.cofund.rules.disclosures import DisclosureView
from timebank.cofund.service import disclosures

# A statement of a month is brought in on the third of the next one, and its lines are claimed.
MONTH_DAY = 5
PROJECT_DAYS_AGO = 9


class DisclosuresOfTheYear:
    """One of finance freezes, the other looks through it and releases it the day after."""

    def __init__(self, cast: Cast, timeline: Timeline, numbers: Mapping[str, int]) -> None:
        """Plan for this cast on this timeline; ``numbers`` are the projects' ids by title."""
        self.cast, self.timeline, self.numbers = cast, timeline, numbers

    def plan(self, *, last: date) -> None:
        """Put the last whole month that could be looked through, and the project, on the line."""
        this_month = last.replace(day=MONTH_DAY)
        day = this_month if this_month < last else _month_before(this_month)
        self.timeline.add(moment(day, 15), lambda s: self._month(s, _month_before(day)))
        self.timeline.add(moment(last - timedelta(days=PROJECT_DAYS_AGO), 15), self._project)

    def _month(self, session: Session, month_on: date) -> Iterable[Act]:
        """Freeze a month of the owners' money."""
        return self._releasing(
            disclosures.freeze(session, actor=self.cast.second_finance, month_on=month_on)
        )

    def _project(self, session: Session) -> Iterable[Act]:
        """Freeze the project that households pay for now, if it has begun."""
        project_id = self.numbers.get(ASKED_TITLE)
        if project_id is None:
            return []
        return self._releasing(
            disclosures.freeze(session, actor=self.cast.second_finance, project_id=project_id)
        )

    def _releasing(self, made: DisclosureView) -> list[Act]:
        """Let the other one of finance release it the day after."""
        at = moment((made.made_at + timedelta(days=1)).date(), 10)
        return [self.timeline.act(at, lambda s: self._release(s, made.id))]

    def _release(self, session: Session, disclosure_id: int) -> None:
        disclosures.decide(
            session, actor=self.cast.finance, disclosure_id=disclosure_id, is_released=True
        )


def _month_before(day: date) -> date:
    """Return the same day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=day.day)
