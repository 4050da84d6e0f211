"""Needs of the last half year: asked for by phone, met by neighbours, a few of them not."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.hours import HoursOfTheYear
from timebank.cli.demo.timeline import Act, Timeline, moment
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import sign_ups
from timebank.volunteering.rules.needs import Channel, NeedFacts
from timebank.volunteering.service import needs, review, rosters, signups

NEEDS = 18
DAYS = 170
# What is asked for, how long it takes, and in which words.
WISHES = (
    ("chat", 60, "一个人在家，想有人说说话"),
    ("clinic", 150, "去医院复查，想有人陪着"),
    ("errand", 45, "腿脚不便，请人代买菜和药"),
    ("haircut", 40, "下不了楼，想在家理个发"),
)
# What becomes of every tenth, eleventh and seventh of them, in this order; the rest are met.
DECLINED, WITHDRAWN, NOBODY = 10, 11, 7


class NeedsOfTheYear:
    """Plans who phones, who comes, and what comes to nothing."""

    def __init__(
        self, cast: Cast, timeline: Timeline, random: Random, hours: HoursOfTheYear
    ) -> None:
        """Plan for this cast on this timeline, around the hours planned before."""
        self.cast, self.timeline, self.random, self.hours = cast, timeline, random, hours

    def plan(self, *, today: date) -> None:
        """Spread the needs over the half year before this week."""
        for number in range(1, NEEDS + 1):
            day = today - timedelta(days=10 + self.random.randrange(DAYS))
            asked_on = day - timedelta(days=self.random.choice((2, 3, 5)))
            at = moment(asked_on, self.random.randrange(8, 17), self.random.randrange(60))
            self.timeline.add(at, partial(self._ask, day=day, number=number))

    def _ask(self, session: Session, *, day: date, number: int) -> Iterable[Act]:
        """The officer notes a phone call, and some hours later what becomes of it."""
        elder = self.random.choice([one for one in self.cast.elders if one.grid_id])
        officer = self.cast.officers.get(elder.grid_id or 0, self.cast.admin)
        kind, minutes, details = self.random.choice(WISHES)
        facts = NeedFacts(
            kind_id=self.hours.kind_ids[kind],
            starts_at=moment(day, self.random.randrange(9, 16)),
            minutes=minutes,
            recipient_id=elder.id,
            channel=Channel.PHONE,
            details=details,
        )
        need_id = needs.post_need(session, actor=officer, facts=facts)
        at = clock.now() + timedelta(minutes=self.random.randrange(15, 300))
        return [
            self.timeline.act(
                at, lambda session: self._answer(session, need_id, officer, elder, number)
            )
        ]

    def _answer(
        self, session: Session, need_id: int, officer: Actor, elder: PersonView, number: int
    ) -> Iterable[Act]:
        """Take it up, or say why not."""
        if number % DECLINED == 0:
            reason = "要专业护理，已转社区卫生站"
            needs.decline_need(session, actor=officer, need_id=need_id, reason=reason)
            return []
        if number % WITHDRAWN == 0:
            reason = "女儿回来了，不用了"
            needs.withdraw_need(session, actor=officer, need_id=need_id, reason=reason)
            return []
        (task_id,) = needs.take_up(session, actor=officer, need_id=need_id)
        if number % NOBODY == 0:
            return []
        at = clock.now() + timedelta(minutes=self.random.randrange(20, 1500))
        return [
            self.timeline.act(at, lambda session: self._promise(session, task_id, officer, elder))
        ]

    def _promise(
        self, session: Session, task_id: int, officer: Actor, elder: PersonView
    ) -> Iterable[Act]:
        """A neighbour who has nothing else that day says yes on the phone."""
        task = session.get_one(Task, task_id)
        ends_at, day = task.ends_at, clock.day_of(task.starts_at)
        volunteer = self._free(session, day, elder)
        if volunteer is None:
            return []
        signups.sign_up(session, actor=officer, task_id=task_id, volunteer_id=volunteer.id)
        at = ends_at + timedelta(minutes=30)
        return [
            self.timeline.act(
                at, lambda session: self._tick(session, task_id, officer, volunteer.id)
            )
        ]

    def _free(self, session: Session, day: date, elder: PersonView) -> PersonView | None:
        """Choose somebody who has nothing else that day and is no kin, and keep the day."""
        for volunteer in self.random.sample(self.cast.volunteers, 12):
            is_free = (volunteer.id, day) not in self.hours.busy and volunteer.id != elder.id
            if is_free and not community_queries.are_kin(session, volunteer.id, elder.id):
                self.hours.busy.add((volunteer.id, day))
                return volunteer
        return None

    def _tick(
        self, session: Session, task_id: int, officer: Actor, volunteer_id: int
    ) -> Iterable[Act]:
        """The officer notes who came; somebody else approves the day after."""
        rosters.tick_roster(session, actor=officer, task_id=task_id, volunteer_ids=[volunteer_id])
        at = clock.now() + timedelta(days=1)
        return [self.timeline.act(at, lambda session: self._approve(session, task_id))]

    def _approve(self, session: Session, task_id: int) -> None:
        """Approve what the visit made."""
        listed = sign_ups.sign_ups(session, task_id)
        records = [one.record_id for one in listed if one.record_id is not None]
        review.approve_many(session, actor=self.cast.admin, record_ids=records, key=new_id())
