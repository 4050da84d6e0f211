"""What elders ask for by phone in the last weeks, what volunteers offer, and how it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cli.demo.tasks import TasksOfTheYear
from timebank.cli.demo.timeline import Act, moment
from timebank.community.queries import PersonView
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.queries import limits, sign_ups
from timebank.volunteering.rules.admission import CoverFacts
from timebank.volunteering.rules.changes import TaskEdit
from timebank.volunteering.rules.feedback import FeedbackFacts, Satisfaction
from timebank.volunteering.rules.needs import Channel, NeedFacts, Risk, Wishes
from timebank.volunteering.rules.offers import OfferFacts
from timebank.volunteering.rules.places import Far
from timebank.volunteering.rules.tasks import SignUpState
from timebank.volunteering.service import (
    admission,
    changes,
    feedback,
    needs,
    offers,
    rosters,
    signups,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something an elder asks for: what, when, how long, in what words, and what becomes of it."""

    kind: str
    days_ahead: int
    hour: int
    minutes: int
    words: str
    fate: str = "posted"
    is_urgent: bool = False
    is_risky: bool = False
    is_weekly: bool = False


AT_CENTRE = (
    Wanted("errand", 1, 16, 60, "女儿出差，想请人买菜、取快递", is_urgent=True),
    Wanted("chat", 3, 15, 60, "老伴走了以后一个人，想有人来坐坐"),
    Wanted("clinic", 2, 8, 150, "去区医院做透析前检查，轮椅要人推", "taken_up", is_risky=True),
    Wanted("chat", 4, 10, 60, "每周来陪着读读报", "joined", is_weekly=True),
    Wanted("errand", 5, 9, 120, "想请人搬冰箱下楼", "declined"),
    Wanted("clinic", 6, 9, 120, "去口腔医院，儿子后来请到假了", "withdrawn"),
)
IN_GRIDS = (
    Wanted("chat", 2, 14, 60, "手机不会用视频，想请人教教", "joined"),
    Wanted("errand", 1, 10, 60, "药吃完了，想请人去社区医院取药", "taken_up", is_urgent=True),
    Wanted("chat", 3, 16, 60, "眼睛不好，想请人念念信"),
)
PAST = (
    Wanted("errand", -6, 10, 60, "买米买油，提不动", "served"),
    Wanted("chat", -9, 15, 60, "想找人下下棋", "served"),
    Wanted("clinic", -12, 8, 120, "去医院复查，没人陪", "served"),
)
SAID = (
    FeedbackFacts(Satisfaction.GOOD, is_solved=True, may_refer=True, words="手脚勤快，还陪我聊天"),
    FeedbackFacts(Satisfaction.FAIR, is_solved=True, words="来得晚了一刻钟"),
    FeedbackFacts(Satisfaction.GOOD, is_solved=True, words="挂号、取药都办好了，谢谢"),
)
OFFERS = (
    ("chat", "会下象棋，也能陪着读报，周三下午都有空", Far.GRID),
    ("errand", "骑三轮车，能帮着搬东西、买米", Far.COMMUNITY),
    ("clinic", "退休护士，能陪着看病、看化验单", Far.COMMUNITY),
)


class AskingOfTheWeeks:
    """Plans what elders ask for by phone, what volunteers offer, and what both sides say."""

    def __init__(self, year: TasksOfTheYear) -> None:
        """Plan beside the tasks of the year, among the same people."""
        self.year, self.cast, self.timeline = year, year.cast, year.timeline

    def plan(self, *, today: date) -> None:
        """Plan the last two weeks and what is still open today."""
        at = self.timeline.add
        at(moment(today - timedelta(days=60), 9), self._insure)
        at(moment(today - timedelta(days=20), 11), self._offer)
        elders = iter(self.cast.elders[5:])
        for number, wanted in enumerate(PAST):
            day = today + timedelta(days=wanted.days_ahead)
            self._plan_past(day, wanted, next(elders), SAID[number])
        for number, wanted in enumerate(AT_CENTRE):
            posted = moment(today - timedelta(days=1), 9 + number, 10)
            self._plan_asked(posted, wanted, self.cast.manager, next(elders))
        for number, officer in enumerate(self.cast.officers.values()):
            wanted = IN_GRIDS[number % len(IN_GRIDS)]
            grid_id = [*self.cast.officers][number]
            elder = next((one for one in self.cast.elders[12:] if one.grid_id == grid_id), None)
            if elder is not None:
                posted = moment(today - timedelta(days=1), 10, 5 * number)
                self._plan_asked(posted, wanted, officer, elder)
        at(moment(today - timedelta(days=2), 16), self._apply)
        at(moment(today - timedelta(days=1), 17), self._for_case)
        at(moment(today - timedelta(days=1), 18), self._move_clinic)

    def _insure(self, session: Session) -> None:
        """The community has insured all volunteers for this year and the next."""
        today = clock.today()
        facts = CoverFacts(
            "PEAC202637021100458", "人保财险青岛分公司", today, today + timedelta(days=364)
        )
        admission.note_cover(session, actor=self.cast.manager, facts=facts)

    def _offer(self, session: Session) -> None:
        """Some volunteers say of their own accord what they can help with."""
        until_on = clock.today() + timedelta(days=150)
        for member, (kind, words, far) in zip(self.cast.members[1:], OFFERS, strict=False):
            kind_id = self.year.hours.kind_ids[kind]
            facts = OfferFacts(kind_id, words, until_on, ("3a", "6m"), far)
            offers.post_offer(session, actor=member, facts=facts)

    def _facts(self, wanted: Wanted, day: date, elder: PersonView) -> NeedFacts:
        """Return what an elder asks for."""
        weeks = timedelta(weeks=6)
        return NeedFacts(
            kind_id=self.year.hours.kind_ids[wanted.kind],
            starts_at=moment(day, wanted.hour),
            minutes=wanted.minutes,
            recipient_id=elder.id,
            is_urgent=wanted.is_urgent,
            channel=Channel.PHONE,
            details=wanted.words,
            wishes=Wishes(risk=Risk.RAISED if wanted.is_risky else Risk.LOW),
            weekdays=str(day.isoweekday()) if wanted.is_weekly else "",
            repeat_until_on=day + weeks if wanted.is_weekly else None,
        )

    def _plan_asked(
        self, posted: datetime, wanted: Wanted, staff: Actor, elder: PersonView
    ) -> None:
        """Plan a phone call to staff, and what they make of it."""
        day = clock.day_of(self.timeline.until) + timedelta(days=wanted.days_ahead)
        facts = self._facts(wanted, day, elder)
        self.timeline.add(posted, lambda session: self._asked(session, wanted, facts, staff))

    def _asked(self, session: Session, wanted: Wanted, facts: NeedFacts, staff: Actor) -> None:
        """Post it by phone, and answer it."""
        need_id = needs.post_need(session, actor=staff, facts=facts)
        if wanted.fate == "declined":
            words = "搬大件家具不是志愿服务，给您联系了物业师傅"
            needs.decline_need(session, actor=staff, need_id=need_id, reason=words)
        if wanted.fate == "withdrawn":
            words = "儿子请到假了，不用了"
            needs.withdraw_need(session, actor=staff, need_id=need_id, reason=words)
        if wanted.fate in {"taken_up", "joined"}:
            made = needs.take_up(session, actor=staff, need_id=need_id)
            if wanted.fate == "joined":
                self._join(session, made, facts, staff)

    def _join(
        self, session: Session, task_ids: Iterable[int], facts: NeedFacts, staff: Actor
    ) -> list[PersonView]:
        """Let somebody sign up by phone for the first of its times."""
        first = next(iter(task_ids))
        chosen = self.year.free(clock.day_of(facts.starts_at), self.cast.volunteers[60:], 1)
        for one in chosen:
            signups.sign_up(session, actor=staff, task_id=first, volunteer_id=one.id)
        return chosen

    def _plan_past(self, day: date, wanted: Wanted, elder: PersonView, said: FeedbackFacts) -> None:
        """Plan what was asked for, given, and told about afterwards."""
        facts = self._facts(wanted, day, elder)
        chosen = self.year.free(day, self.cast.volunteers[60:], 1)
        self.timeline.add(
            moment(day - timedelta(days=2), 11),
            lambda session: self._given(session, facts, chosen, said),
        )

    def _given(
        self,
        session: Session,
        facts: NeedFacts,
        chosen: list[PersonView],
        said: FeedbackFacts,
    ) -> list[Act]:
        """Arrange it; what follows is that it is given."""
        staff = self.cast.manager
        need_id = needs.post_need(session, actor=staff, facts=facts)
        (task_id,) = needs.take_up(session, actor=staff, need_id=need_id)
        ids = [one.id for one in chosen]
        for one in ids:
            signups.sign_up(session, actor=staff, task_id=task_id, volunteer_id=one)
        after = facts.starts_at + timedelta(minutes=facts.minutes + 30)
        return [self.timeline.act(after, lambda session: self._told(session, task_id, ids, said))]

    def _told(
        self, session: Session, task_id: int, ids: list[int], said: FeedbackFacts
    ) -> list[Act]:
        """The counter notes that it was given, and calls to ask how it was."""
        if not ids:
            return []
        rosters.tick_roster(session, actor=self.cast.counter, task_id=task_id, volunteer_ids=ids)
        for one in sign_ups.sign_ups(session, task_id):
            if one.state is SignUpState.SERVED:
                feedback.tell(session, actor=self.cast.counter, sign_up_id=one.id, facts=said)
        return []

    def _apply(self, session: Session) -> None:
        """Two residents want to help: one was seen already, one has yet to come by."""
        words = ("退休三年，会修家电", "孩子上大学了，周末有空")
        for one, said in zip(self.cast.elders[-2:], words, strict=True):
            admission.apply(session, actor=self.cast.counter, person_id=one.id, words=said)
        admission.check_identity(
            session,
            actor=self.cast.counter,
            person_id=self.cast.elders[-1].id,
            identity_note="身份证原件，本人到场",
        )

    def _for_case(self, session: Session) -> None:
        """A matter of the grid ends in somebody being helped: need and case cite each other."""
        case_id = session.scalar(
            select(limits.CASE.c.id)
            .where(limits.CASE.c.community_id == self.cast.community_id)
            .order_by(limits.CASE.c.id.desc())
            .limit(1)
        )
        elder = self.cast.elders[4]
        staff = self.cast.officers.get(elder.grid_id or 0, self.cast.admin)
        day = clock.today() + timedelta(days=3)
        facts = NeedFacts(
            kind_id=self.year.hours.kind_ids["errand"],
            starts_at=moment(day, 9),
            minutes=90,
            recipient_id=elder.id,
            helpers=2,
            details="楼道里堆的旧物清掉以后，请人帮着把家里归置归置",
            case_id=case_id,
        )
        need_id = needs.post_need(session, actor=staff, facts=facts)
        needs.take_up(session, actor=staff, need_id=need_id)

    def _move_clinic(self, session: Session) -> None:
        """The doctors come half an hour later: who holds a place reads both times."""
        task = self.year.next_clinic(session)
        if task is None:
            return
        edit = TaskEdit(
            starts_at=task.starts_at + timedelta(minutes=30),
            ends_at=task.ends_at + timedelta(minutes=30),
            places=task.places,
            activity=task.activity,
            place=task.place,
            details=task.details,
        )
        changes.change_task(
            session, actor=self.cast.manager, task_id=task.id, edit=edit, reason="医生晚半小时到"
        )
