"""Needs and tasks of the last weeks: a clinic every Saturday, company for an elder, what waits."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.hours import HoursOfTheYear
from timebank.cli.demo.organisations import care_body
from timebank.cli.demo.timeline import Act, Timeline, moment
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import presence as presence_reads
from timebank.volunteering.queries import sign_ups
from timebank.volunteering.queries import tasks as task_reads
from timebank.volunteering.rules.matching import DayPart
from timebank.volunteering.rules.needs import Channel, Language, NeedFacts, Skill
from timebank.volunteering.rules.presence import Given
from timebank.volunteering.rules.tasks import TaskFacts, TaskState, TaskView
from timebank.volunteering.service import (
    checkins,
    closing,
    needs,
    profiles,
    review,
    rosters,
    signups,
    tasks,
)

SATURDAY = 5
CLINICS = 5
CLINIC_HELPERS = 11
VISITS = 3
PEOPLE_WITH_PROFILE = 40


class TasksOfTheYear:
    """Plans needs, tasks and who comes, beside the hours that are told without a task."""

    def __init__(
        self, cast: Cast, timeline: Timeline, random: Random, hours: HoursOfTheYear
    ) -> None:
        """Plan for this cast on this timeline, around the hours planned before."""
        self.cast, self.timeline, self.random, self.hours = cast, timeline, random, hours

    def plan(self, *, today: date) -> None:
        """Plan the last weeks and what is to come in the next days."""
        self._at(moment(today - timedelta(days=45), 9), self._tell_profiles)
        to_saturday = timedelta(days=(SATURDAY - today.weekday()) % 7 or 7)
        for weeks in range(CLINICS):
            self._plan_clinic(today + to_saturday - timedelta(weeks=weeks))
        for weeks in range(1, VISITS + 1):
            self._plan_visit(today - timedelta(days=7 * weeks - 2), is_forgotten=weeks == 1)
        self._plan_tomorrow(today)
        self._at(moment(today - timedelta(days=1), 15, 20), self._post_by_phone)
        self._at(self.timeline.until - timedelta(minutes=1), self._close)

    def _close(self, session: Session) -> None:
        """Do what the jobs do at night."""
        closing.close_past_tasks(session, {})
        needs.continue_needs(session, {})

    def _at(self, at: datetime, work: Callable[[Session], Iterable[Act] | None]) -> None:
        """Plan an act."""
        self.timeline.add(at, work)

    def free(self, day: date, people: list[PersonView], count: int) -> list[PersonView]:
        """Choose some who have nothing else that day, and keep the day for them."""
        free = [one for one in people if (one.id, day) not in self.hours.busy]
        chosen = self.random.sample(free, min(count, len(free)))
        self.hours.busy |= {(one.id, day) for one in chosen}
        return chosen

    def _tell_profiles(self, session: Session) -> None:
        """Volunteers have said what they can do and when they have time; staff wrote for some."""
        for person in self.cast.volunteers[:PEOPLE_WITH_PROFILE]:
            days = self.random.sample(range(1, 8), 3)
            profiles.tell_profile(
                session,
                actor=self.cast.counter,
                person_id=person.id,
                skills=self.random.sample(list(Skill), 2),
                languages=[Language.QINGDAO] if self.random.random() < 0.7 else [],
                free_times=[f"{day}{part}" for day in days for part in DayPart][:6],
            )

    def _plan_clinic(self, day: date) -> None:
        """A free clinic at the centre; who came is ticked on the roster and approved."""
        facts = TaskFacts(
            kind_id=self.hours.kind_ids["event"],
            activity="周六义诊",
            starts_at=moment(day, 9),
            ends_at=moment(day, 11),
            places=20,
            place="社区活动室",
            details="量血压、测血糖，帮老人排队、填表",
            centre_id=self.cast.centre_id,
        )
        coming = self.free(day, self.cast.volunteers[:60], CLINIC_HELPERS)
        posted_at = moment(day - timedelta(days=9), 10)
        self._at(posted_at, lambda session: self._post_clinic(session, facts, coming))

    def _post_clinic(
        self, session: Session, facts: TaskFacts, coming: list[PersonView]
    ) -> list[Act]:
        """Post the clinic in the centre's name; most sign up by phone with the centre."""
        facts = replace(facts, organisation_id=care_body(session, self.cast.community_id))
        task_id = tasks.post_activity(session, actor=self.cast.manager, facts=facts)
        for person in coming:
            signups.sign_up(
                session, actor=self.cast.counter, task_id=task_id, volunteer_id=person.id
            )
        came = coming[:-1]
        return [
            self.timeline.act(
                facts.ends_at + timedelta(minutes=20),
                lambda session: self._tick(session, task_id, came),
            )
        ]

    def next_clinic(self, session: Session) -> TaskView | None:
        """Return the clinic that comes next."""
        ahead = task_reads.tasks(
            session, actor=self.cast.manager, state=TaskState.OPEN, from_at=clock.now()
        )
        return next((one for one in ahead.items if one.activity), None)

    def _tick(self, session: Session, task_id: int, came: list[PersonView]) -> list[Act]:
        """The counter ticks who came; the manager approves two days later."""
        ids = [person.id for person in came]
        rosters.tick_roster(session, actor=self.cast.counter, task_id=task_id, volunteer_ids=ids)
        at = clock.now() + timedelta(days=2, hours=3)
        return [self.timeline.act(at, lambda session: self._approve(session, task_id))]

    def _approve(self, session: Session, task_id: int) -> None:
        """Approve what a task's roster made."""
        listed = sign_ups.sign_ups(session, task_id)
        records = [one.record_id for one in listed if one.record_id is not None]
        review.approve_many(session, actor=self.cast.admin, record_ids=records, key=new_id())

    def _member(self, day: date) -> Actor | None:
        """Choose a volunteer with an account who has nothing else that day."""
        ids = {actor.person_id for actor in self.cast.members}
        people = [one for one in self.cast.volunteers if one.id in ids]
        chosen = self.free(day, people, 1)
        return next(
            (one for one in self.cast.members if chosen and one.person_id == chosen[0].id), None
        )

    def _need(self, kind: str, starts_at: datetime, minutes: int, details: str) -> NeedFacts:
        """Return what the elder asks for."""
        return NeedFacts(
            kind_id=self.hours.kind_ids[kind],
            starts_at=starts_at,
            minutes=minutes,
            details=details,
        )

    def _officer(self) -> Actor:
        """Return the officer of the grid in which the elder with an account lives."""
        return self.cast.officers.get(self.cast.elders[0].grid_id or 0, self.cast.admin)

    def _plan_visit(self, day: date, *, is_forgotten: bool) -> None:
        """Company for the elder: asked for, taken up, and proved by the code on her screen."""
        facts = self._need("chat", moment(day, 14), 60, "想有人陪着说说话，喝口茶")
        volunteer = self._member(day)
        if volunteer is None:
            return
        self._at(
            moment(day - timedelta(days=3), 10),
            lambda session: self._post_visit(session, facts, volunteer, is_forgotten=is_forgotten),
        )

    def _post_visit(
        self, session: Session, facts: NeedFacts, volunteer: Actor, *, is_forgotten: bool
    ) -> list[Act]:
        """The elder asks, the officer arranges, the volunteer signs up."""
        task_id = self._arrange(session, facts, volunteer)
        leave = self._forget if is_forgotten else self._leave
        ended_at = facts.starts_at + timedelta(minutes=facts.minutes)
        left_at = ended_at + timedelta(hours=1, minutes=5) if is_forgotten else ended_at
        return [
            self.timeline.act(
                facts.starts_at, lambda session: self._come(session, task_id, volunteer)
            ),
            self.timeline.act(left_at, lambda session: leave(session, task_id, volunteer)),
        ]

    def _arrange(self, session: Session, facts: NeedFacts, volunteer: Actor) -> int:
        """Return the task of a need of the elder with one volunteer on its list."""
        assert self.cast.elder is not None
        need_id = needs.post_need(session, actor=self.cast.elder, facts=facts)
        (task_id,) = needs.take_up(session, actor=self._officer(), need_id=need_id)
        signups.sign_up(session, actor=volunteer, task_id=task_id)
        return task_id

    def _come(self, session: Session, task_id: int, volunteer: Actor) -> None:
        """The volunteer scans the elder's screen."""
        given = Given(stamp=presence_reads.stamp_now(task_id))
        checkins.check_in(session, actor=volunteer, task_id=task_id, given=given)

    def _leave(self, session: Session, task_id: int, volunteer: Actor) -> list[Act]:
        """The volunteer scans once more; the record is approved two days later."""
        given = Given(stamp=presence_reads.stamp_now(task_id))
        checkins.check_out(session, actor=volunteer, task_id=task_id, given=given)
        at = clock.now() + timedelta(days=2)
        return [self.timeline.act(at, lambda session: self._approve(session, task_id))]

    def _forget(self, session: Session, _task_id: int, _volunteer: Actor) -> list[Act]:
        """Nobody checked out; the job ends what was forgotten."""
        checkins.close_forgotten(session, {})
        return []

    def _plan_tomorrow(self, today: date) -> None:
        """Company to the doctor tomorrow, so that the first screen has a next task."""
        day = today + timedelta(days=1)
        volunteer = self.cast.members[0]
        facts = self._need("clinic", moment(day, 8, 30), 150, "去区医院复查，帮着挂号、取药")
        self._at(
            moment(today - timedelta(days=1), 9, 40),
            lambda session: self._post_tomorrow(session, facts, volunteer),
        )

    def _post_tomorrow(self, session: Session, facts: NeedFacts, volunteer: Actor) -> None:
        """Arrange it."""
        self._arrange(session, facts, volunteer)

    def _post_by_phone(self, session: Session) -> None:
        """An elder of the third grid has phoned: it waits for an answer."""
        officer = next(
            one for grid, one in self.cast.officers.items() if self._elder_of(grid) is not None
        )
        grid_id = next(grid for grid, one in self.cast.officers.items() if one is officer)
        elder = self._elder_of(grid_id)
        assert elder is not None
        facts = NeedFacts(
            kind_id=self.hours.kind_ids["errand"],
            starts_at=moment(clock.today() + timedelta(days=2), 10),
            minutes=60,
            recipient_id=elder.id,
            is_urgent=True,
            channel=Channel.PHONE,
            details="腿摔了，家里没有米了，想请人买菜",
        )
        needs.post_need(session, actor=officer, facts=facts)

    def _elder_of(self, grid_id: int) -> PersonView | None:
        """Return an elder of a grid, not the one with an account."""
        return next((one for one in self.cast.elders[1:] if one.grid_id == grid_id), None)
