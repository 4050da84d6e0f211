"""A year of monthly visits, and the old and the young who are looked after."""

from datetime import date, timedelta
from random import Random

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.community import queries as community_queries
from timebank.community.models import Household, Person
from timebank.community.queries import MicroGridView
from timebank.kernel import clock
from timebank.outreach.models.key_people import KeyContact, KeyPerson
from timebank.outreach.models.visits import UnitVisit, VisitDoor
from timebank.outreach.rules.key_people import Contact, KeyGroup, Reason, due_after
from timebank.outreach.rules.visits import ChangeKind, DoorResult, Month, VisitState, month_of
from timebank.outreach.service import findings

MONTHS = 12
OLD, YOUNG = 38, 14
_WORDS = (
    "三楼感应灯不亮，老人上下楼看不清",
    "地下室门口堆了纸箱和旧沙发",
    "顶楼平台门锁坏了，孩子能上去",
    "一楼墙皮被水泡开，往下掉",
)
_DOOR_NOTES = ("问了医保缴费", "孙子放寒假回来住", "想学用手机挂号", "家里装了扶手", "")
_OLD_REASONS = (
    Reason.LIVES_ALONE,
    Reason.EMPTY_NEST,
    Reason.VERY_OLD,
    Reason.FRAIL,
    Reason.CHRONIC_ILLNESS,
)
_YOUNG_REASONS = (Reason.PARENTS_AWAY, Reason.SINGLE_PARENT, Reason.HARDSHIP)
_SEEN_WORDS = ("精神不错，药按时吃", "说夜里睡不好", "帮着交了电费", "刚从女儿家回来", "")


class VisitsOfTheYear:
    """Officers walk every unit each month; some people are seen more often."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Take part in a year."""
        self._cast, self._timeline, self._random = cast, timeline, random
        # Visits are written down some minutes before now, and yet are those of a month just begun.
        self._today = clock.day_of(timeline.until)

    def plan(self, *, scale: float) -> None:
        """Plan that all of it is written down by now; ``scale`` shortens the year for tests."""
        self._months = max(2, round(MONTHS * scale))
        self._homes_kept = 1 if scale >= 1 else 3
        now = self._timeline.until
        self._timeline.add(now - timedelta(minutes=4), self._walk)
        self._timeline.add(now - timedelta(minutes=3), self._look_after)
        self._timeline.add(now - timedelta(minutes=2), self._find)

    def _walk(self, session: Session) -> None:
        """Write down the visits of the months up to now, in two statements."""
        homes: dict[int, list[int]] = {}
        for home_id, place_id in session.execute(
            select(Household.id, Household.micro_grid_id)
            .where(Household.community_id == self._cast.community_id)
            .order_by(Household.id)
        ):
            homes.setdefault(place_id, []).append(home_id)
        now = month_of(self._today)
        months = [now.shifted(-back) for back in range(self._months)]
        rows = [
            self._visit(place, month, number)
            for month in reversed(months)
            for number, place in enumerate(self._cast.places)
        ]
        made = session.execute(
            insert(UnitVisit).returning(
                UnitVisit.id, UnitVisit.micro_grid_id, UnitVisit.visited_on
            ),
            rows,
        ).all()
        doors = [
            self._door(visit_id, home_id, visited_on)
            for visit_id, place_id, visited_on in made
            if visited_on is not None
            for home_id in homes.get(place_id, [])[:: self._homes_kept]
        ]
        if doors:
            session.execute(insert(VisitDoor), doors)

    def _visit(self, place: MicroGridView, month: Month, number: int) -> dict[str, object]:
        """Return the visit of a unit: made between the 3rd and the 24th, a few left over now."""
        today = self._today
        on = month.first + timedelta(days=2 + number * 22 // len(self._cast.places))
        is_left = month == month_of(today) and number % 12 == 7
        is_done = on < today and not is_left
        officer = self._cast.officers.get(place.grid_id)
        return {
            "community_id": self._cast.community_id,
            "micro_grid_id": place.id,
            "year": month.year,
            "month": month.number,
            "state": VisitState.DONE if is_done else VisitState.PLANNED,
            "visitor_id": officer.person_id if officer else None,
            "due_on": month.first + timedelta(days=24),
            "visited_on": on if is_done else None,
            "done_by_user_id": officer.user_id if officer and is_done else None,
        }

    def _door(self, visit_id: int, home_id: int, on: date) -> dict[str, object]:
        """Return what happened at a door: mostly somebody was there."""
        chance = self._random.random()
        result = DoorResult.MET if chance < 0.87 else DoorResult.NOT_MET
        if chance > 0.985:
            result = DoorResult.DECLINED
        # Sealing a note for each of ten thousand doors would take seconds.
        note = self._random.choice(_DOOR_NOTES) if chance < 0.02 else ""
        return {
            "community_id": self._cast.community_id,
            "visit_id": visit_id,
            "household_id": home_id,
            "result": result,
            "note": note or None,
            "again_on": on + timedelta(days=5) if result is DoorResult.NOT_MET else None,
            "recorded_at": moment(on, 16),
        }

    def _look_after(self, session: Session) -> None:
        """Put some of the old and the young on the list and let them be seen."""
        today = clock.today()
        young = session.scalars(
            select(Person.id)
            .where(
                Person.community_id == self._cast.community_id,
                Person.is_active,
                Person.micro_grid_id.is_not(None),
                Person.born_on > today - timedelta(days=14 * 365),
            )
            .order_by(Person.id)
            .limit(YOUNG * 9)
        ).all()[::9]
        people = community_queries.persons(session, young)
        for number, elder in enumerate(self._cast.elders[:OLD]):
            self._list(session, elder, number, KeyGroup.OLD)
        for number, child in enumerate(people.values()):
            self._list(session, child, number, KeyGroup.YOUNG)
        session.flush()

    def _list(
        self,
        session: Session,
        person: community_queries.PersonView,
        number: int,
        group: KeyGroup,
    ) -> None:
        """Put one person on the list, seen at their pace; every eighth of late not in time."""
        officer = self._cast.officers.get(person.grid_id or 0)
        if officer is None or officer.person_id is None:
            return
        today = clock.today()
        every = (7, 15, 30)[number % 3]
        since = today - timedelta(days=300 - number)
        last = today - timedelta(days=every + 3 if number % 8 == 5 else number % every)
        reasons = _OLD_REASONS if group is KeyGroup.OLD else _YOUNG_REASONS
        row = KeyPerson(
            community_id=self._cast.community_id,
            person_id=person.id,
            key_group=group,
            reason=reasons[number % len(reasons)].value,
            every_days=every,
            visitor_id=officer.person_id,
            consent_on=since,
            since_on=since,
            last_seen_on=last,
            due_on=due_after(last, every),
        )
        session.add(row)
        session.flush()
        session.add_all(
            KeyContact(
                community_id=row.community_id,
                key_person_id=row.id,
                contact=Contact.PHONE if turn % 3 == 2 else Contact.HOME,
                seen_on=last - timedelta(days=every * turn),
                note=_SEEN_WORDS[(number + turn) % len(_SEEN_WORDS)] or None,
                recorded_at=moment(last - timedelta(days=every * turn), 17),
                recorded_by_user_id=officer.user_id,
            )
            for turn in reversed(range(4))
        )

    def _find(self, session: Session) -> None:
        """Let some visits bring something home: what is to be done, and new numbers."""
        visits = session.execute(
            select(UnitVisit.id, UnitVisit.micro_grid_id)
            .where(
                UnitVisit.community_id == self._cast.community_id,
                UnitVisit.state == VisitState.DONE,
            )
            .order_by(UnitVisit.id.desc())
            .limit(len(_WORDS) * 3)
        ).all()
        places = {place.id: place.grid_id for place in self._cast.places}
        living = self._living(session, [place_id for _, place_id in visits])
        for number, (visit_id, place_id) in enumerate(visits[::3]):
            officer = self._cast.officers.get(places[place_id])
            if officer is None:
                continue
            findings.note_finding(session, actor=officer, visit_id=visit_id, words=_WORDS[number])
            if place_id in living:
                findings.note_change(
                    session,
                    actor=officer,
                    visit_id=visit_id,
                    person_id=living[place_id],
                    kind=ChangeKind.PHONE,
                    value=f"1530532{number:04d}",
                    has_consent=True,
                )

    def _living(self, session: Session, place_ids: list[int]) -> dict[int, int]:
        """Return somebody of each unit who has no part in the year."""
        taken = {one.id for one in (*self._cast.elders, *self._cast.volunteers)}
        rows = session.execute(
            select(Person.micro_grid_id, Person.id)
            .where(
                Person.micro_grid_id.in_(place_ids),
                Person.is_active,
                Person.household_id.is_not(None),
                Person.born_on < clock.today() - timedelta(days=30 * 365),
            )
            .order_by(Person.id)
        )
        return {place: one for place, one in rows if place is not None and one not in taken}
