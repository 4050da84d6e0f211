"""Builders for figures: two grids, some volunteers, and months of service between them."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.community import make_micro_grid, make_person
from tests.make.volunteering import NOW, Street, at, make_street
from timebank.community.models import MicroGrid, Person
from timebank.kernel import clock, ids
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import proofs, records, review

TODAY = date(2026, 11, 18)
BIRTHS = (date(1958, 3, 1), date(1990, 5, 5), None)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A street with a second grid, three volunteers more, and those who read figures."""

    street: Street
    far: MicroGrid
    people: tuple[Person, ...]
    auditor: Actor
    steward: Actor
    finance: Actor
    kind_ids: tuple[int, int]

    @property
    def community_id(self) -> int:
        """The community."""
        return self.street.community.id


def make_quarter(session: Session) -> Quarter:
    """Return two grids and three volunteers who have done nothing yet."""
    street = make_street(session)
    community_id = street.community.id
    far = make_micro_grid(session, community_id, grid_no=2, building_no=9, unit_no=1)
    people = [
        make_person(session, community_id=community_id, name=name, born_on=born_on)
        for name, born_on in zip(("王建国", "李敏", "赵刚"), BIRTHS, strict=True)
    ]
    kinds = limits.kinds(session, community_id)
    return Quarter(
        street,
        far,
        tuple(people),
        make_actor(session, community_id=community_id, roles=(("auditor", "community", None),)),
        make_actor(
            session, community_id=community_id, roles=(("steward", "grid", street.place.grid_id),)
        ),
        make_actor(session, community_id=community_id, roles=(("finance", "community", None),)),
        (kinds[0].id, kinds[1].id),
    )


def serve(
    session: Session,
    quarter: Quarter,
    *,
    who: int,
    day: date,
    minutes: int = 60,
    kind: int = 0,
    is_far: bool = False,
    start: str = "09:00",
) -> int:
    """Return the record of service on a day, approved in the evening of that day."""
    started_at = at(start, day)
    with clock.fixed_at(at("22:00", day)):
        record_id = records.record_service(
            session,
            actor=quarter.street.admin,
            facts=ServiceFacts(
                kind_id=quarter.kind_ids[kind],
                started_at=started_at,
                ended_at=started_at + timedelta(minutes=minutes),
                recipient_id=quarter.street.elder_person.id,
                micro_grid_id=(quarter.far if is_far else quarter.street.place).id,
            ),
            volunteer_id=quarter.people[who].id,
        )
        proofs.confirm_service(session, actor=quarter.street.elder, record_id=record_id)
        approver = make_actor(session, community_id=quarter.community_id)
        review.approve_many(session, actor=approver, record_ids=[record_id], key=ids.new_id())
    return record_id


def live_a_year(session: Session, quarter: Quarter) -> None:
    """Let the three serve: one all the time, one only lately, one only long ago."""
    for month in (1, 5, 9, 10, 11):
        serve(session, quarter, who=0, day=date(2026, month, 7), minutes=120)
    serve(session, quarter, who=1, day=date(2026, 11, 9), kind=1, is_far=True)
    serve(session, quarter, who=2, day=date(2026, 2, 3), minutes=90)
    assert NOW.date() >= TODAY
