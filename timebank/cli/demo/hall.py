"""Six meetings of the year with their matters, and what people said meanwhile."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline
from timebank.deliberation.queries import meetings as queries
from timebank.deliberation.rules.meetings import (
    Conclusion,
    DecisionFacts,
    ItemFacts,
    Kind,
    MeetingFacts,
    SeatFacts,
    Side,
    StanceFacts,
)
from timebank.deliberation.rules.opinions import OpinionFacts, Source, Topic
from timebank.deliberation.service import following, holding, opinions, planning
from timebank.kernel import clock

T = Topic
# What is on the tables, each with what is decided; seven matters to a meeting.
MATTERS = (
    ("高空抛物要不要装仰拍摄像头", "7 号楼、9 号楼各装 3 个仰拍摄像头"),
    ("抛物的责任怎么讲清楚", "每个单元贴提示，楼长入户讲一遍"),
    ("门前草坪补种", "补种麦冬，志愿者每周浇两次"),
    ("地面停车位重新画线", "重画 46 个车位，留出消防通道"),
    ("外来车辆怎么收费", "两小时内免费，过夜每晚五元"),
    ("充电棚不够用", "3 号楼北侧加建 20 个充电口"),
    ("楼道充电怎么管", "物业每晚查一遍，劝到充电棚"),
    ("快递柜挪位置", "快递柜挪到东门岗亭旁"),
    ("广场舞几点结束", "晚上九点停，音量不超过 60 分贝"),
    ("垃圾桶清运次数", "夏天一天两次"),
    ("环路坑洼先修哪段", "先修老人常走的东段"),
    ("屋面漏雨三方共筹", "先做 5 号楼，三方按比例出"),
    ("遛狗牵绳", "立牌子，设两处宠物便袋箱"),
    ("电梯维保公司要不要换", "公示维保记录，年底前比选"),
    ("楼道灯常年不亮", "换成感应灯，先换 11 号楼到 14 号楼"),
    ("二次供水水箱多久洗一次", "半年洗一次，水质报告贴在单元门口"),
    ("快递车在步道上快", "步道两头装隔离桩，车走环路"),
    ("宠物伤人怎么赔", "请司法所来讲一次，登记犬只"),
    ("装修垃圾乱堆", "定一个堆放点，三天清一次"),
    ("老人助餐点想加晚餐", "食堂先试三个月，每天 60 份"),
    ("儿童滑梯边角磨手", "先包软边，换新的再议"),
    ("雨天单元门口积水", "8 号楼到 12 号楼门口改排水沟"),
    ("门禁卡收费不透明", "补卡每张十元，公示收支"),
    ("夏天空调外机滴水", "物业统一接排水管"),
    ("楼顶种菜", "限一个月内清掉，不再种"),
    ("志愿者的马甲旧了", "用公共收益买 60 件"),
    ("单元微信群谁来管", "楼长当群主，禁发广告"),
    ("非机动车登记上牌", "周六在西门集中办，志愿者帮忙"),
    ("广告位收入怎么用", "一半进维修资金，一半办活动"),
    ("配电房门口停车", "画黄线，装地锁"),
    ("烟道串味", "请厂家逐户查止回阀"),
    ("图书室开到几点", "周末开到晚上八点，志愿者值班"),
    ("保安夜里巡几趟", "夜里巡四趟，打卡记录每周公示"),
    ("快递包装回收", "东门西门各放一个回收箱"),
    ("老楼加装电梯", "16 号楼先做意向调查"),
    ("广场地砖松动", "健身广场北半边地砖重铺"),
    ("流浪猫多", "联系动物医院做一次绝育"),
    ("消防栓没水", "物业三天内修好，每月试水"),
    ("地下室租给人住", "查清楚，十五天内清退"),
    ("老年活动室冬天冷", "换两台暖风机，费用从公共收益出"),
    ("孩子放学没处去", "四点半课堂每周三次，志愿者轮班"),
    ("外墙保温层鼓包", "先围起来，等检测报告"),
)
SAID = (
    (T.SAFETY, "楼上往下扔烟头", "早上晒的被子烫了一个洞。"),
    (T.PARKING, "晚上回来没地方停车", "八点以后转三圈都停不下。"),
    (T.CHARGING, "充电口总是满的", "排到半夜才充上。"),
    (T.GREENING, "树枝挡了二楼的光", "大白天要开灯。"),
    (T.SANITATION, "桶边总有散落的垃圾", "夏天味道很大。"),
    (T.FACILITIES, "健身器材松了", "老人踩上去会晃。"),
    (T.PROPERTY, "报修没人接电话", "打了三次才接。"),
    (T.ELDERLY, "坡道太陡", "轮椅推不上去。"),
    (T.PARKING, "面包车长期占位", "一个月没动过。"),
    (T.SAFETY, "消防通道又堵了", "救护车进不来怎么办。"),
)
ANSWERS = (
    "物业已经处理，请您看看。",
    "已列入本月的整治，下周三前办好。",
    "网格员上门核实过，约好周末改。",
)
PLACES = ("", "北区", "东门口", "幼儿园旁", "小广场边", "南区")
OPINIONS, MEETINGS, PER_MEETING, EVERY_DAYS = 60, 6, 7, 52
SIDES = (
    (Side.PARTY_COMMITTEE, "高洁"),
    (Side.OWNERS_COMMITTEE, "孙立国"),
    (Side.OWNERS_COMMITTEE, "于秀琴"),
    (Side.PROPERTY_FIRM, "赵卫东"),
    (Side.DEPARTMENTS, "执法中队 王队长"),
)


@dataclass(frozen=True, slots=True)
class _Held:
    """One meeting of the year: its number, and the matters on its table."""

    number: int
    matters: tuple[tuple[str, str], ...]


class HallOfTheYear:
    """What people say, and the meetings that talk about it."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Take part in a year."""
        self._cast, self._timeline = cast, timeline

    def plan(self, *, scale: float = 1.0) -> None:
        """Put opinions and meetings on the timeline."""
        until = self._timeline.until
        count = max(int(OPINIONS * scale), 10)
        for number in range(count):
            at = until - timedelta(days=300 * (count - number) / count, hours=1)
            self._timeline.add(at, partial(self._say, number=number))
        for number in range(MEETINGS):
            at = until - timedelta(days=20 + EVERY_DAYS * (MEETINGS - 1 - number), hours=3)
            first = number * PER_MEETING
            matters = tuple(MATTERS[(first + one) % len(MATTERS)] for one in range(PER_MEETING))
            self._timeline.add(at, partial(self._meet, held=_Held(number, matters)))

    def _say(self, session: Session, *, number: int) -> None:
        """Let somebody say something; older ones are answered, some wait."""
        topic, title, words = SAID[number % len(SAID)]
        where = PLACES[number // len(SAID) % len(PLACES)]
        title = f"{where}{title}"
        place = self._cast.places[number * 7 % len(self._cast.places)]
        facts = OpinionFacts(title, words, topic, place.id)
        source = Source.PHONE if number % 3 else Source.PAPER
        made = opinions.enter_opinion(session, actor=self._cast.admin, source=source, facts=facts)
        opinions.sort(session, actor=self._cast.admin, opinion_id=made, topic=topic, is_public=True)
        for member in self._cast.members[: number % 5]:
            opinions.support(session, actor=member, opinion_id=made)
        if clock.now() < self._timeline.until - timedelta(days=20):
            answer = ANSWERS[number % len(ANSWERS)]
            opinions.answer(session, actor=self._cast.admin, opinion_id=made, words=answer)

    def _meet(self, session: Session, *, held: _Held) -> None:
        """Hold one meeting from the plan to its published record."""
        actor = self._cast.admin
        facts = MeetingFacts(
            f"第 {held.number + 1} 次红色议事会", Kind.HALL, "社区红色议事厅", clock.now()
        )
        meeting_id = planning.plan_meeting(session, actor=actor, facts=facts)
        seats = [
            planning.seat(session, actor=actor, meeting_id=meeting_id, facts=SeatFacts(side, name))
            for side, name in SIDES
        ]
        asked = self._cast.volunteers[held.number * 3 : held.number * 3 + 3]
        for person in {one.name: one for one in asked}.values():
            told = SeatFacts(Side.RESIDENTS, person.name, person.id)
            seats.append(planning.seat(session, actor=actor, meeting_id=meeting_id, facts=told))
        for title, _decided in held.matters:
            planning.add_item(session, actor=actor, meeting_id=meeting_id, facts=ItemFacts(title))
        planning.invite(session, actor=actor, meeting_id=meeting_id)
        for seat_id in seats[:-1]:
            holding.sign_in(session, actor=actor, meeting_id=meeting_id, seat_id=seat_id)
        holding.hold(session, actor=actor, meeting_id=meeting_id)
        self._talk(session, meeting_id, held, seats)
        words = "各方到齐，逐项议过，分歧记在各议题下。"
        holding.write_minutes(session, actor=actor, meeting_id=meeting_id, words=words)
        if held.number < MEETINGS - 1:
            holding.sign(
                session, actor=actor, meeting_id=meeting_id, scan=_scan(), file_name="签字.jpg"
            )
            holding.publish(
                session, actor=actor, meeting_id=meeting_id, summary="议定的事按期限办，过程公开。"
            )

    def _talk(self, session: Session, meeting_id: int, held: _Held, seats: list[int]) -> None:
        """Go through the agenda: most is decided, one item of each meeting is deferred."""
        actor = self._cast.admin
        view = queries.meeting(session, actor=actor, meeting_id=meeting_id)
        for number, (item, (_title, decided)) in enumerate(
            zip(view.items, held.matters, strict=True)
        ):
            told: dict[str, Any] = {"actor": actor, "meeting_id": meeting_id, "item_id": item.id}
            if number == PER_MEETING - 1:
                holding.conclude(
                    session, conclusion=Conclusion.DEFERRED, words="等报价，下次再议", **told
                )
                continue
            stance = StanceFacts(Side.RESIDENTS, "赞成，希望早点办")
            holding.take_stance(session, facts=stance, **told)
            due_on = clock.today() + timedelta(days=14 + number * 3)
            facts = DecisionFacts(decided, seats[(number + 1) % 5], due_on)
            made = holding.decide(session, facts=facts, **told)
            self._follow(session, made, held.number, number, decided)

    def _follow(
        self, session: Session, decision_id: int, meeting: int, number: int, decided: str
    ) -> None:
        """Let older decisions be done and closed; one in two meetings becomes a project."""
        if number == 0 and meeting % 2:
            following.start_project(
                session, actor=self._cast.admin, decision_id=decision_id, title=decided
            )
        if meeting < MEETINGS - 1 and (meeting, number) != (MEETINGS - 2, 3):
            following.finish(
                session, actor=self._cast.admin, decision_id=decision_id, outcome="照决定办好了"
            )
            following.close(session, actor=self._cast.deputy, decision_id=decision_id)


def _scan() -> bytes:
    """Return the picture of a signed sheet."""
    kept = BytesIO()
    Image.new("RGB", (32, 44), "white").save(kept, "PNG")
    return kept.getvalue()
