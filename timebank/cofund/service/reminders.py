"""Telling households what they are asked for, and again before and after the last day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cofund.models.projects import Project
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.rules.notices import PaymentAsked, PaymentDue
from timebank.cofund.rules.projects import ENDED, ProjectState
from timebank.community.models import Person
from timebank.kernel import clock
from timebank.kernel.actor import Actor, program
from timebank.notices.rules.telling import Draft
from timebank.notices.service import telling

# Days before the last day, and after it, on which a household is reminded once.
REMIND_AT = (7, 0, -7, -30)
_URL = "/me/contributions"


def tell_raised(session: Session, *, actor: Actor, project: Project, first: int) -> int:
    """Tell those who live behind each door what it is asked for, from an instalment on."""
    rows = session.scalars(
        select(Receivable).where(
            Receivable.project_id == project.id,
            Receivable.instalment >= first,
            Receivable.cancelled_at.is_(None),
        )
    ).all()
    people = _adults(session, [row.household_id for row in rows])
    drafts = [
        Draft(
            person_id,
            PaymentAsked(
                title=project.title,
                amount_fen=row.amount_fen,
                due_on=row.due_on,
                payment_code=row.payment_code,
            ),
            f"cofund.raised:{row.id}",
            _URL,
        )
        for row in rows
        for person_id in people[row.household_id]
    ]
    return telling.tell_all(session, actor=actor, drafts=drafts)


def remind_everywhere(session: Session, _payload: Mapping[str, Any]) -> None:
    """Remind households whose last day is near or over, each time once; the job's work."""
    today = clock.today()
    rows = session.execute(
        select(Receivable, Project.title)
        .join(Project, Project.id == Receivable.project_id)
        .where(
            Receivable.outstanding_fen > 0,
            Receivable.cancelled_at.is_(None),
            Receivable.due_on <= today + timedelta(days=max(REMIND_AT)),
            Receivable.due_on >= today + timedelta(days=min(REMIND_AT) - 7),
            Project.state.not_in([*ENDED, ProjectState.SETTLED, ProjectState.RETENTION]),
        )
        .order_by(Receivable.id)
        .limit(10_000)
    ).all()
    people = _adults(session, [row.household_id for row, _ in rows])
    by_community: dict[int, list[Draft]] = defaultdict(list)
    for row, title in rows:
        left = (row.due_on - today).days
        at = min(days for days in REMIND_AT if left <= days)
        notice = PaymentDue(
            title=title,
            outstanding_fen=row.outstanding_fen,
            due_on=row.due_on,
            payment_code=row.payment_code,
        )
        by_community[row.community_id] += [
            Draft(person_id, notice, f"cofund.due:{row.id}:{at}", _URL)
            for person_id in people[row.household_id]
        ]
    for community_id, drafts in by_community.items():
        actor = program(community_id=community_id, name="cofund.remind")
        telling.tell_all(session, actor=actor, drafts=drafts)


def _adults(session: Session, household_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return who of age lives behind each door."""
    of_age = clock.today().replace(day=1)
    born_before = of_age.replace(year=of_age.year - 18)
    found: dict[int, list[int]] = defaultdict(list)
    rows = session.execute(
        select(Person.household_id, Person.id).where(
            Person.household_id.in_(household_ids),
            Person.is_active,
            (Person.born_on.is_(None)) | (Person.born_on <= born_before),
        )
    )
    for household_id, person_id in rows:
        if household_id is not None:
            found[household_id].append(person_id)
    return found
