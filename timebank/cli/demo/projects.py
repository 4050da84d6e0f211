"""The fifteen projects that three parties paid for together."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy.orm import Session

from timebank.cli.demo import papers
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.households import Households
from timebank.cli.demo.timeline import Act, Timeline, Work, done, moment
from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.projects import (
    Basis,
    CostLine,
    CostLineView,
    Method,
    Party,
    ProjectState,
    SpendingState,
)
from timebank.cofund.rules.votes import Tally
from timebank.cofund.service import (
    agreements,
    bills,
    endings,
    money,
    projects,
    publicity,
    steps,
    votes,
)
from timebank.kernel import clock, units
from timebank.kernel.ids import new_id

# What of a bill is paid before the works are accepted, percent.
MOST_BEFORE = 85

PAYERS = {
    Party.COMPANY: "九龙共富公司",
    Party.PROPERTY_FIRM: "安居物业服务公司",
    Party.RESIDENTS: "业主代表（代收）",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A project of the demo: when it began, what it costs, who pays, how far it is."""

    title: str
    description: str
    place: str
    days_ago: int
    lines: tuple[tuple[str, int], ...]
    weights: tuple[int, int, int]
    received_percent: tuple[int, int, int] = (100, 100, 100)
    paid_percent: int = 100
    end: str = "closed"
    retention: int = 0
    building: int | None = None


PLANS = (
    Plan("环路破损路面修复", "东段、北段共 21 处坑洼，先修居民点名的", "小区环路", 350,
         (("铣刨、摊铺", 57_348_000), ("路缘石更换", 8_658_000)), (40, 30, 30)),
    Plan("3号楼后路灯改造", "换 14 盏 LED 灯，埋地走线", "3号楼后", 338,
         (("灯具", 8_055_000), ("施工", 4_301_000)), (40, 30, 30)),
    Plan("东门电动汽车充电桩", "8 个慢充车位，带分时计费", "东门停车场", 320,
         (("设备", 29_592_000), ("电缆与配电", 15_686_000), ("划线", 1_342_000)), (50, 30, 20)),
    Plan("1至4号楼屋面防水", "四栋楼屋面重做防水", "1至4号楼", 305,
         (("材料", 25_893_000), ("人工", 22_248_000)), (35, 25, 40), retention=30),
    Plan("中心花园绿化补植", "补种灌木 1,200 株，换土、装喷灌", "中心花园", 290,
         (("苗木", 13_508_000), ("喷灌", 5_644_000)), (40, 40, 20), retention=30),
    Plan("儿童活动区地垫更换", "旧地垫开裂，换成安全地胶", "中心花园西侧", 268,
         (("地胶", 10_179_000),), (40, 30, 30)),
    Plan("11号楼电梯钢丝绳更换", "年检要求更换", "11号楼", 255,
         (("配件", 9_110_000), ("施工与检测", 3_123_000)), (30, 30, 40)),
    Plan("雨污分流管网清淤", "清淤 860 米，换井盖 32 个", "全小区", 236,
         (("清淤", 17_645_000), ("井盖", 4_603_000)), (45, 35, 20), retention=30),
    Plan("20号楼无障碍坡道", "入户坡道和扶手", "20号楼 1、2单元", 210,
         (("土建", 6_795_000), ("扶手", 1_739_000)), (50, 30, 20), retention=30),
    Plan("西围墙加固与监控", "加固 180 米，增设 12 路监控", "西围墙", 180,
         (("土建", 22_659_000), ("监控", 11_960_000)), (40, 40, 20), (100, 100, 100), 100, "accepted", 30),
    Plan("16号楼外墙渗水治理", "东山墙渗水，吊篮作业", "16号楼", 150,
         (("外墙修补", 30_688_000), ("吊篮", 4_932_000)), (40, 25, 35), (100, 100, 92), 78, "active", 30),
    Plan("7号楼北侧电动自行车充电棚", "38 个车位，带烟感和断电保护", "7号楼北侧", 118,
         (("棚体与桩", 25_482_000), ("配电", 9_864_000), ("消防", 3_836_000)), (40, 30, 30),
         (100, 70, 83), 48, "active", 30, 7),
    Plan("健身广场器材更新", "换 18 件，增 4 件适老器材", "健身广场", 84,
         (("器材", 19_536_000), ("基础", 4_027_000)), (50, 20, 30), (100, 100, 61), 35, "active"),
    Plan("23号楼加装门禁", "三个单元门禁和可视对讲", "23号楼", 46,
         (("设备", 12_124_000), ("布线", 3_219_000)), (40, 30, 30), (100, 0, 37), 0, "funding"),
    Plan("地下车库排水泵更换", "三台泵老化，汛期前换好", "地下车库", 16,
         (("水泵", 18_467_000), ("电控柜", 6_466_000)), (40, 35, 25), (0, 0, 0), 0, "agreed"),
)  # fmt: skip


class ProjectsOfTheYears:
    """Takes each plan through costing, agreement, money in and money out."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random
        self.numbers: dict[str, int] = {}
        self.households = Households(cast, timeline, random)

    def plan(self, case_ids: dict[str, int]) -> None:
        """Put every project on the timeline; ``case_ids`` names the cases some began with."""
        today = clock.day_of(self.timeline.until)
        self.households.plan()
        for plan in PLANS:
            first = today - timedelta(days=plan.days_ago)
            self.timeline.add(moment(first, 10), self._proposing(plan, first, case_ids))

    def _proposing(self, plan: Plan, first: date, case_ids: dict[str, int]) -> Work:
        def propose(session: Session) -> Iterable[Act]:
            made = projects.propose_project(
                session,
                actor=self.cast.manager if self.random.random() < 0.3 else self.cast.finance,
                title=plan.title,
                description=plan.description,
                place_text=plan.place,
                case_id=case_ids.get(plan.title),
                due_on=first + timedelta(days=150),
            )
            self.numbers[plan.title] = made.id
            projects.cost_project(
                session,
                actor=self.cast.finance,
                project_id=made.id,
                lines=[CostLine(label, fen) for label, fen in plan.lines],
            )
            return [
                self.timeline.act(
                    moment(first + timedelta(days=1), 9), lambda s: self._publicise(s, made.id)
                ),
                self.timeline.act(
                    moment(first + timedelta(days=9), 20), lambda s: self._vote(s, plan, made.id)
                ),
                self.timeline.act(
                    moment(first + timedelta(days=10), 15), lambda s: self._agree(s, plan, made.id)
                ),
            ]

        return propose

    def _file(self, session: Session, title: str, lines: list[str]) -> int:
        content = papers.paper(title, lines, seal="九龙社区")
        name = f"{lines[0]} {title}.jpg"
        return steps.keep_document(session, actor=self.cast.finance, content=content, name=name)

    def _publicise(self, session: Session, project_id: int) -> None:
        publicity.publicise_project(session, actor=self.cast.finance, project_id=project_id)

    def _vote(self, session: Session, plan: Plan, project_id: int) -> None:
        """The owners' meeting decides; two enter its signed result."""
        heads = 925
        part = heads * self.random.randint(72, 88) // 100
        yes = part * self.random.randint(78, 94) // 100
        tally = Tally(heads * 9_260, heads, part * 9_300, part, yes * 9_280, yes)
        document = self._file(
            session, "业主大会表决结果", [plan.title, f"参加 {part} 户", f"同意 {yes} 户"]
        )
        recorded = votes.record_vote(
            session,
            actor=self.cast.second_finance,
            project_id=project_id,
            matter=Matter.GRAVE if "充电" in plan.title else Matter.ORDINARY,
            voted_on=clock.today(),
            tally=tally,
            document_file_id=document,
        )
        votes.confirm_vote(session, actor=self.cast.admin, vote_id=recorded.id, tally=tally)

    def _agree(self, session: Session, plan: Plan, project_id: int) -> Iterable[Act]:
        """The three parties sign; the money that came in follows."""
        day = clock.today()
        total = sum(fen for _, fen in plan.lines)
        shares = [
            f"{PAYERS[party]} {weight}%" for party, weight in zip(Party, plan.weights, strict=True)
        ]
        document = self._file(
            session,
            "三方共筹协议",
            [plan.title, f"总价 ¥{units.yuan_text(total)}", *shares],
        )
        agreements.agree_project(
            session,
            actor=self.cast.admin,
            project_id=project_id,
            signed_on=day,
            basis=Basis.AGREEMENT,
            weights=dict(zip(Party, plan.weights, strict=True)),
            document_file_id=document,
            retention_permille=plan.retention,
        )
        figures = queries.figures(session, project_id)
        following: list[Act] = []
        if plan.building is not None:
            following += self.households.paying(project_id, plan.building, day)
        for party in Party:
            if party is Party.RESIDENTS and plan.building is not None:
                continue
            agreed = next(p.agreed_fen for p in figures.parties if p.party is party)
            percent = plan.received_percent[list(Party).index(party)]
            for number, amount in enumerate(self._instalments(party, agreed * percent // 100)):
                at = moment(day + timedelta(days=4 + number * 7 + list(Party).index(party)), 11)
                following.append(self._receiving(at, project_id, party, amount))
        if plan.paid_percent:
            for number, line in enumerate(queries.cost_lines(session, project_id)):
                amount = line.amount_fen * min(plan.paid_percent, MOST_BEFORE) // 100
                at = moment(day + timedelta(days=36 + number * 9), 14)
                following.append(self._spending(at, plan, project_id, line, amount))
        if plan.end in {"closed", "accepted"}:
            at = moment(day + timedelta(days=75), 9)
            following.append(self.timeline.act(at, lambda s: self._finish(s, plan, project_id)))
        return following

    def _instalments(self, party: Party, amount: int) -> list[int]:
        """Residents pay in three, the firms at once."""
        if amount <= 0:
            return []
        return units.split(amount, [5, 3, 2]) if party is Party.RESIDENTS else [amount]

    def _receiving(self, at: datetime, project_id: int, party: Party, amount: int) -> Act:
        def receive(session: Session) -> None:
            money.receive_contribution(
                session,
                actor=self.cast.finance,
                project_id=project_id,
                party=party,
                amount_fen=amount,
                received_on=clock.today(),
                payer_name=PAYERS[party],
                method=Method.CASH
                if party is Party.RESIDENTS and amount < 300_000
                else Method.BANK,
                reference=f"回单 {clock.today():%Y%m%d}-{self.random.randint(1000, 9999)}",
                key=new_id(),
            )

        return self.timeline.act(at, receive)

    def _spending(
        self, at: datetime, plan: Plan, project_id: int, line: CostLineView, amount: int
    ) -> Act:
        payee = self.random.choice(
            ("海滨市政工程公司", "鲁安消防设备公司", "绿洲园林公司", "宏达机电公司")
        )

        def request(session: Session) -> Iterable[Act]:
            document = self._file(
                session,
                "发票",
                [plan.title, line.label, payee, f"¥{units.yuan_text(amount)}"],
            )
            asked = bills.request_spending(
                session,
                actor=self.cast.second_finance,
                project_id=project_id,
                cost_line_id=line.id,
                amount_fen=amount,
                payee=payee,
                purpose=f"{line.label}进度款",
                document_file_id=document,
                contract_file_id=self._file(session, "施工合同", [plan.title, payee]),
            )
            approve_at = clock.now() + timedelta(days=1, hours=2)
            return [self.timeline.act(approve_at, lambda s: self._approve(s, asked.id))]

        return self.timeline.act(at, request)

    def _approve(self, session: Session, request_id: int) -> Iterable[Act]:
        seen = bills.approve_spending(
            session, actor=self.cast.admin, request_id=request_id, key=new_id()
        )
        if seen.state is SpendingState.ENDORSED:
            bills.approve_spending(
                session, actor=self.cast.deputy, request_id=request_id, key=new_id()
            )
        return [
            self.timeline.act(
                clock.now() + timedelta(days=2),
                lambda s: done(
                    bills.pay_spending(
                        s,
                        actor=self.cast.finance,
                        request_id=request_id,
                        paid_on=clock.today(),
                        key=new_id(),
                    )
                ),
            )
        ]

    def _finish(self, session: Session, plan: Plan, project_id: int) -> Iterable[Act]:
        endings.accept_project(
            session, actor=self.cast.admin, project_id=project_id, note="三方到场，逐项看过，合格"
        )
        rest = 100 - min(plan.paid_percent, MOST_BEFORE)
        following = [
            self._spending(
                clock.now() + timedelta(days=1, hours=number + 1),
                plan,
                project_id,
                line,
                line.amount_fen - line.amount_fen * (100 - rest) // 100,
            )
            for number, line in enumerate(queries.cost_lines(session, project_id))
            if plan.paid_percent == 100
        ]
        if plan.end == "closed":
            at = clock.now() + timedelta(days=9)
            following.append(self.timeline.act(at, lambda s: self._settle(s, project_id)))
        return following

    def _settle(self, session: Session, project_id: int) -> None:
        """Settle; what keeps nothing back from its builder is closed."""
        view = endings.settle_project(
            session, actor=self.cast.admin, project_id=project_id, key=new_id()
        )
        if view.state is ProjectState.SETTLED:
            endings.close_project(
                session, actor=self.cast.admin, project_id=project_id, key=new_id()
            )
