"""The three worked cases: a blocked fire lane, restaurant fumes, a broken ring road."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy.orm import Session

from timebank.cases.rules.flow import Answer, Category, Method, Outcome, Source
from timebank.cases.service import feedback, intake, steps
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake
from timebank.cli.demo import papers, teamwork
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.hours import HoursOfTheYear
from timebank.cli.demo.timeline import Act, Timeline, done, moment
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.volunteering.rules.records import ServiceFacts
from timebank.volunteering.service import proofs, records, review


@dataclass(frozen=True, slots=True)
class Told:
    """One line of a worked case's history: when, counted from its first minute, and what."""

    after: timedelta
    step: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Worked:
    """A worked case: where it began, and everything that was done."""

    name: str
    days_ago: int
    hour: int
    building: int
    source: Source
    category: Category
    title: str
    description: str
    history: tuple[Told, ...]
    helpers: int = 0


def _after(days: int = 0, hours: int = 0, minutes: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes)


WORKED = (
    Worked(
        "环路破损路面修复", 358, 9, 20, Source.REPORTED, Category.FACILITIES,
        "环路东段路面坑洼，老人推车难走",
        "从 20 号楼到东门一段，下雨积水，推车、轮椅颠得厉害。",
        (
            Told(_after(minutes=18), "respond", "上午就去沿路看一遍，请您带我看最难走的几处。"),
            Told(_after(minutes=34), "claim"),
            Told(_after(hours=5), "note", "沿环路走了一遍，记下 21 处破损，东段 13 处、北段 8 处，都拍了照。"),
            Told(_after(hours=5, minutes=10), "survey"),
            Told(_after(days=1, hours=1), "note", "和物业、维修队定了修法：先修居民点名的 6 处。"),
            Told(_after(days=2, hours=6), "mended"),
            Told(_after(days=2, hours=7), "resolve", "点名的 6 处已先修好；其余列入三方共筹项目一起修。"),
            Told(_after(days=3, hours=2), "feed_back", "推轮椅走了一遍，比以前好走，等着全修完。"),
        ),
    ),
    Worked(
        "7号楼北侧电动自行车充电棚", 126, 19, 7, Source.PATROL, Category.FIRE_SAFETY,
        "7号楼楼道有人飞线充电，居民担心着火", "三个单元都有，晚上最多的时候 9 辆。",
        (
            Told(_after(minutes=9), "respond", "今晚先挨户提醒，线先收回去。"),
            Told(_after(minutes=15), "claim"),
            Told(_after(days=1), "note", "收了 7 根线；住户说楼下没有地方充。"),
            Told(_after(days=2, hours=16), "resolve", "临时充电点已开；北侧充电棚立项，走三方共筹。"),
            Told(_after(days=3), "feed_back", "楼道里没有车充电了。"),
        ),
    ),
    Worked(
        "消防通道堆垃圾", 61, 8, 7, Source.REPORTED, Category.FIRE_SAFETY,
        "7号楼消防通道堆满杂物", "纸壳、旧家具堆了十来米，消防车进不去，还有味。",
        (
            Told(_after(minutes=20), "respond", "半小时内到，先请住户别锁通道的门。"),
            Told(_after(minutes=31), "claim"),
            Told(_after(hours=2), "note", "到现场看过，与物业管家确认主要是一户囤积的东西。"),
            Told(_after(hours=9), "escalate", "一户囤积，单元里说不动，报给网格长牵头。"),
            Told(_after(hours=10), "deliberate", "约了派出所、执法队和住户到红色议事厅一起议。"),
            Told(_after(days=1, hours=3), "decide", "议定：明天联合清理，给住户留三天分拣值钱的。"),
            Told(_after(days=2, hours=6), "note", "物业、执法队和志愿者一起清出通道，装了两车。"),
            Told(_after(days=2, hours=9), "resolve", "通道清空，补画黄线；每周回看一次。"),
            Told(_after(days=3, hours=2), "feed_back", "通了，味道也没有了。"),
        ),
        helpers=6,
    ),
    Worked(
        "餐饮油烟", 33, 18, 2, Source.REPORTED, Category.FUMES_NOISE,
        "2号楼下餐馆油烟进屋", "每天中午晚上油烟往二楼三楼窗户里灌，老人咳嗽。",
        (
            Told(_after(minutes=26), "respond", "今晚饭点过去看，您在家的话请开一下窗。"),
            Told(_after(minutes=58), "claim"),
            Told(_after(hours=16), "whistle", "请城管执法和市场监管饭点一起到店。"),
            Told(_after(hours=16, minutes=24), "arrived", "到店了。"),
            Told(_after(hours=17), "accepted", "按各自职责查。"),
            Told(_after(days=1, hours=18), "note", "三家联合看过：净化器老化，烟道锈穿，地面有油。"),
            Told(_after(days=2, hours=1), "note", "跟店主讲清规定和处罚，限期整改，店主签了字。"),
            Told(_after(days=2, hours=19), "released", "整改查过了，可以走。"),
            Told(_after(days=2, hours=20), "resolve", "净化器换新、烟道补好，饭点复测达标。"),
            Told(_after(days=3, hours=20), "feed_back", "开窗没味了，过几天再看看。"),
        ),
    ),
)  # fmt: skip


class WorkedCases:
    """Plays the worked cases and the clean-up that came with one of them."""

    def __init__(self, cast: Cast, timeline: Timeline, hours: HoursOfTheYear) -> None:
        """Play for this cast on this timeline; ``hours`` knows the kinds of service."""
        self.cast, self.timeline, self.hours = cast, timeline, hours
        self.case_ids: dict[str, int] = {}

    def plan(self) -> None:
        """Put the worked cases on the timeline."""
        today = clock.day_of(self.timeline.until)
        for worked in WORKED:
            at = moment(today - timedelta(days=worked.days_ago), worked.hour, 31)
            self.timeline.add(at, self._beginning(worked))

    def _beginning(self, worked: Worked) -> Callable[[Session], Iterable[Act]]:
        def begin(session: Session) -> Iterable[Act]:
            place = next(p for p in self.cast.places if p.building_no == worked.building)
            officer = self.cast.officers[place.grid_id]
            is_told = worked.source is Source.REPORTED
            reporter = self.cast.neighbours(place.grid_id)[0]
            case = intake.register_case(
                session,
                actor=officer,
                intake=Intake(
                    source=worked.source,
                    category=worked.category,
                    title=worked.title,
                    description=worked.description,
                    micro_grid_id=place.id,
                    reporter_person_id=reporter.id if is_told else None,
                ),
                photos=[_photo(place.label, is_after=False, hue=worked.building)],
            )
            self.case_ids[worked.name] = case.id
            begun = clock.now()
            acts = [
                self.timeline.act(begun + told.after, self._telling(case.id, worked, told))
                for told in worked.history
            ]
            if worked.helpers:
                day = clock.day_of(begun) + timedelta(days=2)
                acts.append(
                    self.timeline.act(
                        moment(day, 17), self._helping(case.id, worked, place.id, day)
                    )
                )
            return acts

        return begin

    def _telling(self, case_id: int, worked: Worked, told: Told) -> Callable[[Session], None]:
        place = next(p for p in self.cast.places if p.building_no == worked.building)
        officer = self.cast.officers[place.grid_id]

        def tell(session: Session) -> None:
            photo = _photo(place.label, is_after=told.step == "resolve", hue=len(told.words))
            method = Method.VISIT if worked.source is Source.REPORTED else Method.SITE_CHECK
            verbs: dict[str, Callable[..., object]] = {
                "respond": partial(steps.respond, words=told.words),
                "claim": steps.claim,
                "note": partial(steps.add_note, words=told.words, photos=[photo]),
                "resolve": partial(
                    steps.resolve, outcome=Outcome.SOLVED, words=told.words, photos=[photo]
                ),
                "feed_back": partial(
                    feedback.feed_back, method=method, answer=Answer.SOLVED, words=told.words
                ),
                **teamwork.verbs(told.words),
            }
            verbs[told.step](session, actor=officer, case_id=case_id)

        return tell

    def _helping(
        self, case_id: int, worked: Worked, micro_grid_id: int, day: date
    ) -> Callable[[Session], Iterable[Act]]:
        """The volunteers' hours at the clean-up, recorded with the case."""
        helpers = self.cast.volunteers[-worked.helpers :]
        clerk = self.cast.admin

        def record(session: Session) -> Iterable[Act]:
            made = []
            for number, helper in enumerate(helpers):
                record_id = records.record_service(
                    session,
                    actor=clerk,
                    volunteer_id=helper.id,
                    facts=ServiceFacts(
                        kind_id=self.hours.kind_ids["tidy"],
                        started_at=moment(day, 14),
                        ended_at=moment(day, 15, 30),
                        activity="清理消防通道",
                        place="7号楼北侧通道",
                        micro_grid_id=micro_grid_id,
                        case_id=case_id,
                        notes="和物业、执法队一起清的",
                    ),
                )
                proofs.confirm_by_slip(
                    session, actor=clerk, record_id=record_id, slip_number=f"Q{case_id:04d}{number}"
                )
                made.append(record_id)
            officer = self.cast.officers[
                next(p for p in self.cast.places if p.id == micro_grid_id).grid_id
            ]
            return [
                self.timeline.act(
                    clock.now() + timedelta(hours=16),
                    lambda s: done(
                        review.approve_many(s, actor=officer, record_ids=made, key=new_id())
                    ),
                )
            ]

        return record


def _photo(place: str, *, is_after: bool, hue: int) -> Photo:
    content = papers.place_photo(place, "现场", is_after=is_after, hue=hue)
    return Photo(name="现场.jpg", content=content)
