"""What hangs on a case in the rooms below: service given, time redeemed, projects, with totals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from timebank.care.queries.redemptions import redemptions_of_case
from timebank.care.rules.desk import RedemptionView
from timebank.cases.queries import details
from timebank.cofund.queries import disclosures, votes
from timebank.cofund.queries.projects import projects_of_case
from timebank.cofund.rules.projects import ProjectView
from timebank.deliberation.queries import decisions as hall_decisions
from timebank.deliberation.queries import opinions as hall_opinions
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.outreach.queries import routes as visit_queries
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
    """The things of one kind, under Chinese words that the faces translate."""

    title: str
    lines: Sequence[LinkedLine]


def _others(session: Session, case_id: int) -> list[LinkedGroup]:
    """Return what the hall and the visits have on a case."""
    found = [
        LinkedGroup("会上议过", _meetings(session, case_id)),
        LinkedGroup("议定的事", _decisions(session, case_id)),
        LinkedGroup("来自民意", _opinions(session, case_id)),
        LinkedGroup("走访时发现", _visits(session, case_id)),
        LinkedGroup("对这些账目公示的意见", _disclosures(session, case_id)),
        LinkedGroup("对这个项目的异议", _objected_projects(session, case_id)),
    ]
    return [group for group in found if group.lines]


def _meetings(session: Session, case_id: int) -> list[LinkedLine]:
    """Return the meetings on whose agenda a case stands."""
    rows = hall_decisions.meetings_of_case(session, case_id)
    return [LinkedLine(name, clock.day_of(at), f"/meetings/{row_id}") for row_id, name, at in rows]


def _decisions(session: Session, case_id: int) -> list[LinkedLine]:
    """Return the decisions about a case, and the one it came from."""
    rows = hall_decisions.of_case(session, case_id)
    return [LinkedLine(one.words, one.due_on, f"/decisions/{one.id}") for one in rows]


def _opinions(session: Session, case_id: int) -> list[LinkedLine]:
    """Return the opinions that became a case."""
    rows = hall_opinions.of_case(session, case_id)
    return [LinkedLine(one.title, clock.day_of(one.said_at), f"/opinions/{one.id}") for one in rows]


def _visits(session: Session, case_id: int) -> list[LinkedLine]:
    """Return the visit on which a case was found."""
    rows = visit_queries.visits_of_case(session, case_id)
    return [LinkedLine(label, on, f"/visits/{visit_id}") for visit_id, label, on in rows]


def _disclosures(session: Session, case_id: int) -> list[LinkedLine]:
    """Return the figures made public that a case objects to."""
    rows = disclosures.objected_by(session, case_id)
    return [
        LinkedLine(
            f"{one.number} {one.title}", clock.day_of(one.made_at), f"/public/disclosures/{one.id}"
        )
        for one in rows
    ]


def _objected_projects(session: Session, case_id: int) -> list[LinkedLine]:
    """Return the project that a case objects to."""
    rows = votes.objected_by(session, case_id)
    return [
        LinkedLine(title, clock.day_of(at), f"/projects/{row_id}") for row_id, title, at in rows
    ]


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
