"""Reminding visitors of what is overdue, once for each time it was due."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import Role
from timebank.community.models import Building, MicroGrid, Person
from timebank.community.rules import micro_grid_label
from timebank.kernel import clock
from timebank.kernel.actor import program
from timebank.notices.rules.telling import Draft
from timebank.notices.service.telling import tell_all
from timebank.outreach.models.key_people import KeyPerson
from timebank.outreach.models.occasions import Occasion
from timebank.outreach.models.visits import UnitVisit
from timebank.outreach.rules.notices import HazardDue, KeyVisitOverdue, VisitOverdue
from timebank.outreach.rules.occasions import OccasionState
from timebank.outreach.rules.visits import VisitState

JOB = "outreach.remind"
_ROWS_MAX = 10_000


def remind_everywhere(session: Session, _payload: Mapping[str, object]) -> None:
    """Do the job of that name: tell of units, people and hazards that nobody has seen in time."""
    drafts = _of_visits(session)
    for community_id, some in _of_key_people(session).items():
        drafts[community_id] += some
    for community_id, some in _of_hazards(session).items():
        drafts[community_id] += some
    for community_id, some in sorted(drafts.items()):
        tell_all(session, actor=program(community_id=community_id, name=JOB), drafts=some)


def _of_visits(session: Session) -> defaultdict[int, list[Draft]]:
    rows = session.execute(
        select(UnitVisit, Building.number, MicroGrid.unit_no)
        .join(MicroGrid, MicroGrid.id == UnitVisit.micro_grid_id)
        .join(Building, Building.id == MicroGrid.building_id)
        .where(
            UnitVisit.state == VisitState.PLANNED,
            UnitVisit.due_on < clock.today(),
            UnitVisit.visitor_id.is_not(None),
        )
        .order_by(UnitVisit.id.desc())
        .limit(_ROWS_MAX)
    )
    drafts: defaultdict[int, list[Draft]] = defaultdict(list)
    for row, building_no, unit_no in rows:
        label = micro_grid_label(building_no=building_no, unit_no=unit_no)
        drafts[row.community_id].append(
            Draft(
                row.visitor_id or 0,
                VisitOverdue(label, row.due_on),
                f"visit:{row.id}:{row.due_on}",
                f"/visits/{row.id}",
            )
        )
    return drafts


def _of_key_people(session: Session) -> defaultdict[int, list[Draft]]:
    rows = session.execute(
        select(KeyPerson, Building.number, MicroGrid.unit_no)
        .join(Person, Person.id == KeyPerson.person_id)
        .outerjoin(MicroGrid, MicroGrid.id == Person.micro_grid_id)
        .outerjoin(Building, Building.id == MicroGrid.building_id)
        .where(KeyPerson.ended_on.is_(None), KeyPerson.due_on < clock.today(), Person.is_active)
        .order_by(KeyPerson.due_on, KeyPerson.id)
        .limit(_ROWS_MAX)
    )
    drafts: defaultdict[int, list[Draft]] = defaultdict(list)
    for row, building_no, unit_no in rows:
        placed = building_no is not None and unit_no is not None
        # A message may go out by SMS: the place is enough, the name is on the page.
        label = micro_grid_label(building_no=building_no, unit_no=unit_no) if placed else ""
        drafts[row.community_id].append(
            Draft(
                row.visitor_id,
                KeyVisitOverdue(label, row.due_on),
                f"key:{row.id}:{row.due_on}",
                f"/key-people/{row.id}",
            )
        )
    return drafts


def _of_hazards(session: Session) -> defaultdict[int, list[Draft]]:
    """Return whom to tell of hazards that are to be looked at again: the place's officers.

    Of what belongs to no grid, or to one without an officer, the administrators are told.
    """
    rows = session.scalars(
        select(Occasion)
        .where(
            Occasion.state == OccasionState.HELD,
            Occasion.recheck_on <= clock.today(),
            Occasion.rechecked_on.is_(None),
        )
        .order_by(Occasion.recheck_on, Occasion.id)
        .limit(_ROWS_MAX)
    ).all()
    officers = {
        community_id: _officers(session, community_id)
        for community_id in {row.community_id for row in rows}
    }
    drafts: defaultdict[int, list[Draft]] = defaultdict(list)
    for row in rows:
        known = officers[row.community_id]
        for person_id in sorted(known.get(row.grid_id or 0) or known[0]):
            drafts[row.community_id].append(
                Draft(
                    person_id,
                    HazardDue(row.title, row.recheck_on or clock.today()),
                    f"hazard:{row.id}:{row.recheck_on}",
                    f"/occasions/{row.id}",
                )
            )
    return drafts


def _officers(session: Session, community_id: int) -> dict[int, set[int]]:
    """Return the persons who look after each grid; under 0 the administrators."""
    found: dict[int, set[int]] = {0: set()}
    roles = (Role.GRID_OFFICER, Role.COMMUNITY_ADMIN)
    for grant, _, person_id in access_queries.holders(session, community_id, roles):
        if person_id is not None:
            place = grant.scope_id or 0 if grant.role is Role.GRID_OFFICER else 0
            found.setdefault(place, set()).add(person_id)
    return found
