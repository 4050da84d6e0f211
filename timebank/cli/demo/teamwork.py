"""What it takes several for: departments that are whistled, spots that are surveyed, hands that change.

The verbs that worked cases are told with, and the cases that wait for somebody just now.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from timebank.cases.models.cases import CaseFile
from timebank.cases.models.whistles import CaseCallLink
from timebank.cases.queries import call_links as links
from timebank.cases.queries import survey as surveys
from timebank.cases.queries import whistles as calls
from timebank.cases.queries.whistles import CalledView
from timebank.cases.rules.flow import Category, Level, Source
from timebank.cases.rules.survey import Priority
from timebank.cases.rules.whistling import Saying, Side
from timebank.cases.service import (
    call_links,
    deliberating,
    hands,
    intake,
    merging,
    steps,
    survey,
    whistles,
)
from timebank.cases.service.intake import Intake
from timebank.cases.service.survey import SpotFacts
from timebank.cases.service.whistles import DepartmentFacts
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Act, Timeline
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id

DEPARTMENTS = (
    DepartmentFacts("综合行政执法中队", "占道、违建、油烟、飞线", "曲队", "0532-80000001"),
    DepartmentFacts("市场监督管理所", "餐饮、食品、电梯", "于所", "0532-80000002"),
    DepartmentFacts("派出所", "治安、犬只、噪声", "栾警官", "0532-80000003"),
    DepartmentFacts("应急管理办公室", "消防、安全生产", "迟主任", "0532-80000004"),
)
SPOTS = (
    ("东门岗亭前", "1.6 平方米", Priority.FIRST, True),
    ("20号楼 2 单元门口", "0.8 平方米", Priority.FIRST, True),
    ("东段 3 号井旁", "1.2 平方米", Priority.FIRST, True),
    ("东段花坛拐角", "2.4 平方米", Priority.SOON, False),
    ("北段垃圾点前", "3 平方米", Priority.SOON, False),
    ("北段车棚口", "0.6 平方米", Priority.LATER, False),
    ("北段围墙根", "4 米长", Priority.LATER, False),
)


def departments(session: Session, actor: Actor) -> list[int]:
    """The community's departments, entered when they are not there yet."""
    known = {
        one.name: one.id for one in calls.departments(session, community_id=actor.community_id)
    }
    return [
        known.get(facts.name) or whistles.add_department(session, actor=actor, facts=facts)
        for facts in DEPARTMENTS
    ]


def verbs(words: str) -> dict[str, Callable[..., object]]:
    """What else a worked case is told with, each as a verb of session, actor and case."""
    return {
        "escalate": partial(_escalate, words=words),
        "deliberate": partial(_deliberate, note=words),
        "decide": partial(deliberating.note_decision, decision=words),
        "whistle": partial(_whistle, words=words),
        "arrived": partial(_note, saying=Saying.ARRIVED, words=words),
        "accepted": partial(_note, saying=Saying.ACCEPTED, words=words),
        "released": partial(_release, words=words),
        "survey": _survey,
        "mended": _mend,
    }


def _escalate(session: Session, *, actor: Actor, case_id: int, words: str) -> None:
    """The officer heads the grid and takes it on there."""
    hands.escalate(
        session,
        actor=actor,
        case_id=case_id,
        level=Level.COOPERATIVE,
        to_user_id=actor.user_id or 0,
        words=words,
    )


def _deliberate(session: Session, *, actor: Actor, case_id: int, note: str) -> None:
    """It is on the agenda of the next day."""
    on = clock.today() + timedelta(days=1)
    deliberating.deliberate(session, actor=actor, case_id=case_id, note=note, meeting_on=on)


def _whistle(session: Session, *, actor: Actor, case_id: int, words: str) -> None:
    """Two departments are called; the first leads."""
    ids = departments(session, actor)[:2]
    whistles.whistle(
        session, actor=actor, case_id=case_id, department_ids=ids, lead_id=ids[0], words=words
    )


def _note(session: Session, *, actor: Actor, case_id: int, saying: Saying, words: str) -> None:
    """All who were called say the same, each by its own link."""
    for one in calls.called(session, case_id):
        _say(session, actor, one, saying, words)


def _say(session: Session, actor: Actor, one: CalledView, saying: Saying, words: str) -> None:
    """A department says how far it is by its own hand."""
    link = _link(session, actor, one)
    call_links.say(session, link=link, saying=saying, answered_by=_speaker(one), words=words)


def _link(session: Session, actor: Actor, one: CalledView) -> CaseCallLink:
    """The link that the officer sends to a department."""
    made = call_links.make_link(
        session, actor=actor, case_id=one.case_id, whistle_id=one.id, key=new_id()
    )
    return links.by_token(session, made.token)


def _speaker(one: CalledView) -> str:
    """Who speaks for a department."""
    return next(facts.contact for facts in DEPARTMENTS if facts.name == one.name)


def _release(session: Session, *, actor: Actor, case_id: int, words: str) -> None:
    """All have finished, are let go, and both sides say how it went."""
    for one in calls.called(session, case_id):
        facts: dict[str, Any] = {"actor": actor, "case_id": case_id, "whistle_id": one.id}
        _say(session, actor, one, Saying.FINISHED, "整改到位。")
        whistles.release(session, words=words, **facts)
        whistles.assess(session, side=Side.CALLER, score=5, words="来得快，查得细。", **facts)
        link = _link(session, actor, one)
        call_links.assess(
            session, link=link, score=4, answered_by=_speaker(one), words="情况说得清楚。"
        )


def _survey(session: Session, *, actor: Actor, case_id: int) -> None:
    """Every damaged spot is written down."""
    for place, size, priority, is_named in SPOTS:
        facts = SpotFacts(place, size, priority=priority, is_named_by_resident=is_named)
        survey.add_spot(session, actor=actor, case_id=case_id, facts=facts)


def _mend(session: Session, *, actor: Actor, case_id: int) -> None:
    """What residents named is mended first."""
    for spot in surveys.survey(session, case_id).spots:
        if spot.is_named_by_resident:
            survey.finish_spot(session, actor=actor, case_id=case_id, spot_id=spot.id)


@dataclass(frozen=True, slots=True)
class Now:
    """One case that waits for somebody just now."""

    minutes_ago: int
    grid_number: int
    category: Category
    title: str
    description: str
    then: str


NOW = (
    Now(140, 3, Category.STREET_ORDER, "{place}外摆摊占了人行道", "早点摊一直摆到盲道上。", "whistle"),
    Now(300, 4, Category.FACILITIES, "{place}绿地里私自种菜", "围了三块，还浇粪水。", "return"),
    Now(95, 3, Category.SANITATION, "{place}垃圾桶满了没人收", "周末两天没有清。", ""),
    Now(60, 3, Category.SANITATION, "{place}垃圾堆在桶外面", "味道很大。", "merge"),
    Now(50, 2, Category.PARKING, "{place}门口车挡着轮椅坡道", "已经挡了两天。", "fixed"),
)  # fmt: skip


class TeamworkNow:
    """Plays these cases; who whistles and merges is the officer."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Play for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline
        self.case_ids: dict[str, int] = {}

    def plan(self) -> None:
        """Put the cases on the timeline."""
        for one in NOW:
            at = self.timeline.until - timedelta(minutes=one.minutes_ago)
            self.timeline.add(at, self._beginning(one))

    def _beginning(self, one: Now) -> Callable[[Session], Sequence[Act]]:
        place = next(at for at in self.cast.places if at.grid_number == one.grid_number)
        officer = self.cast.officers[place.grid_id]

        def begin(session: Session) -> Sequence[Act]:
            said = Intake(
                source=Source.REPORTED,
                category=one.category,
                title=one.title.format(place=place.label.replace(" ", "")),
                description=one.description,
                micro_grid_id=place.id,
                reporter_person_id=self.cast.neighbours(place.grid_id)[1].id,
            )
            case_id = intake.register_case(session, actor=officer, intake=said).id
            self.case_ids[one.title] = case_id
            if not one.then:
                return []
            at = clock.now() + timedelta(minutes=16)
            return [self.timeline.act(at, lambda s: self._go_on(s, case_id, one, officer))]

        return begin

    def _go_on(self, session: Session, case_id: int, one: Now, officer: Actor) -> Sequence[Act]:
        """What the officer does a quarter of an hour later."""
        if one.then == "merge":
            master = session.get_one(CaseFile, self.case_ids[NOW[2].title])
            merging.merge_into(
                session,
                actor=officer,
                case_id=case_id,
                master_number=master.number,
                words="和前面那件是同一处，一起清，清完也告诉您。",
            )
            return []
        if one.then == "fixed":
            hands.handle_now(
                session,
                actor=officer,
                case_id=case_id,
                words="联系车主当场挪走了，补画了禁停线。",
                no_photo_reason="车主在场，不方便拍",
            )
            return []
        steps.claim(session, actor=officer, case_id=case_id)
        if one.then == "return":
            hands.return_case(
                session, actor=officer, case_id=case_id, words="绿地归物业管，请指定给物业管家。"
            )
            return []
        verbs("早点摊占道，请一起来。")["whistle"](session, actor=officer, case_id=case_id)
        at = clock.now() + timedelta(minutes=22)
        return [self.timeline.act(at, lambda s: self._arrive(s, case_id, officer))]

    def _arrive(self, session: Session, case_id: int, officer: Actor) -> Sequence[Act]:
        """One department reports in in time; the other has not come yet."""
        first = calls.called(session, case_id)[0]
        _say(session, officer, first, Saying.ARRIVED, "两位队员到了。")
        return []
