"""Owners, votes and households of the demo: what is being decided, and who has paid."""

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cli.demo import papers
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Act, Timeline, moment
from timebank.cofund.models.receivables import Receivable
from timebank.cofund.queries import receivables as reads
from timebank.cofund.queries import votes as vote_reads
from timebank.cofund.rules.policy import Matter, ProjectPolicy
from timebank.cofund.rules.projects import CostLine, Method, Party
from timebank.cofund.rules.receivables import Instalment, LaidBy
from timebank.cofund.rules.votes import Choice
from timebank.cofund.service import (
    ballots,
    income,
    money,
    policy,
    projects,
    publicity,
    receivables,
    register,
    sources,
    steps,
    votes,
)
from timebank.community.models import Household, Person
from timebank.kernel import clock
from timebank.kernel.ids import new_id

BUILDINGS = (7, 9)
AREAS = ("62.80", "79.46", "89.50", "89.50", "104.32", "118.75")
PAID_PERCENT = 76


class Households:
    """Enters the register of owners and lets households pay by their codes."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Decide for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random

    def plan(self) -> None:
        """Set the rules, enter the register, and begin what is being decided today."""
        first = clock.day_of(self.timeline.until) - timedelta(days=360)
        today = clock.day_of(self.timeline.until)
        self.timeline.add(moment(first, 9), self._open)
        self.timeline.add(moment(today - timedelta(days=21), 10), self._propose_lift)
        self.timeline.add(moment(today - timedelta(days=3), 10), self._propose_parking)
        self.timeline.add(moment(today - timedelta(days=95), 10), self._open_sources)

    def paying(self, project_id: int, building: int, signed_on: date) -> list[Act]:
        """Lay the residents' share on a building, and let most of its households pay."""
        at = moment(signed_on + timedelta(days=2), 10)

        def lay(session: Session) -> Iterable[Act]:
            due = clock.today() + timedelta(days=45)
            receivables.raise_for_households(
                session,
                actor=self.cast.finance,
                project_id=project_id,
                laid_by=LaidBy.FLOOR_AREA,
                instalments=[Instalment(1000, due)],
                buildings=[building],
            )
            days = range(3, 18, 3)
            return [
                self.timeline.act(
                    clock.now() + timedelta(days=day),
                    partial(self._pay, project_id=project_id, part=part, parts=len(days)),
                )
                for part, day in enumerate(days)
            ]

        return [self.timeline.act(at, lay)]

    def _pay(self, session: Session, *, project_id: int, part: int, parts: int) -> None:
        """Let some households pay all that they owe, by their code."""
        rows = session.execute(
            select(Receivable.payment_code, Receivable.outstanding_fen)
            .where(Receivable.project_id == project_id, Receivable.outstanding_fen > 0)
            .order_by(Receivable.id)
        ).all()
        count = len(rows) * PAID_PERCENT // 100 // max(1, parts - part)
        for code, fen in self.random.sample(rows, min(count, len(rows))):
            money.receive_contribution(
                session,
                actor=self.cast.finance,
                project_id=project_id,
                party=Party.RESIDENTS,
                amount_fen=fen,
                received_on=clock.today(),
                payer_name=f"住户 {code.split('-', 1)[1].rsplit('-', 1)[0]}",
                method=self.random.choice((Method.BANK, Method.TRANSFER)),
                payment_code=code,
                key=new_id(),
            )

    def _open(self, session: Session) -> None:
        """Set the rules and enter the owners of two buildings."""
        policy.set_policy(
            session,
            actor=self.cast.admin,
            values=ProjectPolicy(second_from_fen=15_000_000),
            note="业主大会同意：15 万元以上两个人批",
        )
        found = reads.dwellings(session, community_id=self.cast.community_id, buildings=BUILDINGS)
        names = dict(
            session.execute(
                select(Household.id, Person.name)
                .join(Person, Person.household_id == Household.id)
                .where(Household.id.in_([one.household_id for one in found]))
                .order_by(Person.born_on.desc())
            )
            .tuples()
            .all()
        )
        lines = [
            f"{one.building}-{one.unit}-{one.room_no}, {self.random.choice(AREAS)},"
            f" {names.get(one.household_id, '王建国')}"
            for one in found
        ]
        register.keep_register(session, actor=self.cast.admin, text="\n".join(lines))

    def _propose_lift(self, session: Session) -> Iterable[Act]:
        """A lift that one building votes about now."""
        made = projects.propose_project(
            session,
            actor=self.cast.manager,
            title="9号楼加装无障碍升降平台",
            description="三个单元入口各一台，老人和推车不用再抬上台阶",
            place_text="9号楼",
        )
        projects.cost_project(
            session,
            actor=self.cast.finance,
            project_id=made.id,
            lines=[CostLine("设备", 16_840_000), CostLine("土建和电源", 5_260_000)],
        )
        publicity.publicise_project(session, actor=self.cast.finance, project_id=made.id)
        at = clock.now() + timedelta(days=9)
        return [self.timeline.act(at, lambda s: self._vote_lift(s, made.id))]

    def _vote_lift(self, session: Session, project_id: int) -> Iterable[Act]:
        vote = votes.open_vote(
            session,
            actor=self.cast.admin,
            project_id=project_id,
            matter=Matter.GRAVE,
            closes_on=clock.today() + timedelta(days=21),
            question="同意9号楼三个单元加装无障碍升降平台，造价 22.1 万元",
            buildings=[9],
        )
        at = clock.now() + timedelta(days=6)
        return [self.timeline.act(at, lambda s: self._papers(s, vote.id))]

    def _papers(self, session: Session, vote_id: int) -> None:
        """Two people enter the paper ballots that the building's head has collected."""
        lines = vote_reads.roll(session, vote_id, limit=200).items
        for line in lines[: len(lines) * 7 // 10]:
            choice = self.random.choices(list(Choice), (86, 10, 4))[0]
            for actor in (self.cast.finance, self.cast.second_finance):
                ballots.enter_paper(
                    session,
                    actor=actor,
                    vote_id=vote_id,
                    owner_id=line.owner.id,
                    choice=choice,
                    collected_on=clock.today(),
                )
        for actor, choice in (
            (self.cast.finance, Choice.YES),
            (self.cast.second_finance, Choice.NO),
        ):
            ballots.enter_paper(
                session,
                actor=actor,
                vote_id=vote_id,
                owner_id=lines[-1].owner.id,
                choice=choice,
                collected_on=clock.today(),
            )

    def _propose_parking(self, session: Session) -> None:
        """A project whose costing hangs at the doors now."""
        made = projects.propose_project(
            session,
            actor=self.cast.manager,
            title="5号楼东侧透水停车位",
            description="踩秃的绿地改成 26 个透水砖车位，四周补种树篱",
            place_text="5号楼东侧",
        )
        quote = papers.paper("报价单", ["透水砖和基层", "93,600.00 元"], seal="海滨市政工程公司")
        quote_id = steps.keep_document(
            session, actor=self.cast.finance, content=quote, name="透水砖报价单.jpg"
        )
        lines = [CostLine("透水砖和基层", 9_360_000, quote_id), CostLine("树篱", 1_450_000)]
        projects.cost_project(session, actor=self.cast.finance, project_id=made.id, lines=lines)
        publicity.publicise_project(session, actor=self.cast.finance, project_id=made.id)

    def _open_sources(self, session: Session) -> Iterable[Act]:
        """A sponsor matches what residents pay; a charger earns for the owners."""
        pot = sources.open_pot(
            session,
            actor=self.cast.admin,
            name="街道共筹配捐",
            sponsor="灵山卫街道",
            party=Party.PROPERTY_FIRM,
            permille=200,
            project_cap_fen=1_000_000,
        )
        sources.fill_pot(
            session,
            actor=self.cast.finance,
            pot_id=pot.id,
            amount_fen=5_000_000,
            received_on=clock.today(),
            reference="街道拨款",
        )
        content = papers.paper(
            "收益分成协议", ["东门充电桩", "业主 49% 共富公司 51%"], seal="九龙社区"
        )
        document = steps.keep_document(
            session, actor=self.cast.admin, content=content, name="充电桩收益分成协议.jpg"
        )
        source = income.open_source(
            session,
            actor=self.cast.admin,
            name="东门电动汽车充电桩",
            other_party=Party.COMPANY,
            owners_permille=490,
            document_file_id=document,
        )
        return [
            self.timeline.act(
                clock.now() + timedelta(days=30 * month),
                lambda s: self._earn(s, source.id),
            )
            for month in (1, 2, 3)
        ]

    def _earn(self, session: Session, source_id: int) -> None:
        income.book_income(
            session,
            actor=self.cast.finance,
            source_id=source_id,
            amount_fen=self.random.randint(280_000, 420_000),
            received_on=clock.today(),
            reference=f"{clock.today():%Y年%m月} 充电收益",
            key=new_id(),
        )
