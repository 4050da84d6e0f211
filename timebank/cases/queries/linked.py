"""What hangs on a case in the rooms below: service given, time redeemed, projects, with totals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from timebank.care.queries.redemptions import redemptions_of_case
from timebank.care.rules.desk import RedemptionView
from timebank.cases.queries import details
from timebank.cofund.queries.projects import projects_of_case
from timebank.cofund.rules.projects import ProjectView
from timebank.kernel.actor import Actor
from timebank.volunteering.queries.needs import needs_of_case
from timebank.volunteering.queries.records import hours_of_case
from timebank.volunteering.queries.tasks import tasks_of_case
from timebank.volunteering.rules.needs import NeedView
from timebank.volunteering.rules.records import RecordView
from timebank.volunteering.rules.tasks import TaskView


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """One thing of another room that hangs on a case: a meeting, a visit."""

    title: str
    on: date
    url: str


@dataclass(frozen=True, slots=True)
class LinkedGroup:
    """The things of one kind."""

    title: str
    lines: Sequence[LinkedLine]


# Rooms that are no neighbours of this one say what they have by the id of the case; the
# application fills this in: title (lazy words) and reader.
_readers: dict[str, Callable[[Session, int], Sequence[LinkedLine]]] = {}


def register(title: str, read: Callable[[Session, int], Sequence[LinkedLine]]) -> None:
    """Let a room show what it has on a case, under a title in lazily translated words."""
    _readers[title] = read


def _others(session: Session, case_id: int) -> list[LinkedGroup]:
    """Return what registered rooms have on a case."""
    found = [LinkedGroup(title, read(session, case_id)) for title, read in _readers.items()]
    return [group for group in found if group.lines]


@dataclass(frozen=True, slots=True)
class Linked:
    """Everything linked to a case; the totals count what is approved, not undone, agreed."""

    needs: Sequence[NeedView]
    tasks: Sequence[TaskView]
    records: Sequence[RecordView]
    volunteer_count: int
    earned_minutes: int
    redemptions: Sequence[RedemptionView]
    redeemed_minutes: int
    projects: Sequence[ProjectView]
    agreed_fen: int
    spent_fen: int
    others: Sequence[LinkedGroup] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is linked yet."""
        below = self.needs or self.tasks or self.records or self.redemptions or self.projects
        return not (below or self.others)


def linked(session: Session, *, actor: Actor, case_id: int) -> Linked:
    """Return what is linked to a case within reach.

    Raises:
        CaseNotFoundError: there is no such case within reach.
    """
    details.case(session, actor=actor, case_id=case_id)
    hours = hours_of_case(session, case_id)
    redeemed = redemptions_of_case(session, case_id)
    projects = projects_of_case(session, case_id)
    return Linked(
        needs=needs_of_case(session, case_id),
        tasks=tasks_of_case(session, actor=actor, case_id=case_id),
        records=hours.records,
        volunteer_count=len({record.volunteer_id for record in hours.records}),
        earned_minutes=hours.total_minutes,
        redemptions=redeemed.items,
        redeemed_minutes=redeemed.total_minutes,
        projects=projects.items,
        agreed_fen=projects.totals.agreed_fen,
        spent_fen=projects.totals.spent_fen,
        others=_others(session, case_id),
    )
