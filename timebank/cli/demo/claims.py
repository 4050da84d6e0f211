"""The claiming desk over the year: old lines are claimed, last month's wait for somebody to look."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.bank.queries import claims as lines
from timebank.bank.queries.claims import WaitingLine
from timebank.bank.rules.claims import Reason, plain_of
from timebank.bank.service import claiming, holding
from timebank.cli.demo.cast import Cast
from timebank.cofund.queries import desk, standing
from timebank.cofund.queries import receivables as receivable_reads
from timebank.cofund.rules.matching import TargetKind
from timebank.cofund.service import match_runs, matching
from timebank.cofund.service.meetings import Wanted
from timebank.community.models import Person
from timebank.kernel import clock

ASKED_TITLE = "7号楼北侧电动自行车充电棚"
_SURE = 50
_BY_HAND = frozenset({TargetKind.RECORDED, TargetKind.PAID, TargetKind.REFUND, *standing.KINDS})


@dataclass(frozen=True, slots=True)
class Paying:
    """How a household pays: days after it was asked, what it writes, a name, fen more or less."""

    days: int
    said: str
    who: str = ""
    more_fen: int = 0


# {code}, {b}, {u}, {r}: the household's payment code, building, unit and room.
PAYING = (
    Paying(1, "{code}"),
    Paying(1, "{code} 充电棚"),
    Paying(2, "{b}-{u}-{r}充电棚款"),
    Paying(2, "{b}栋{u}单元{r}室", "宋晓梅"),
    Paying(3, "{code} {b}-{u}-{r}"),
    Paying(3, "{code} {b}-{u}-{r}"),
    Paying(4, "充电棚", "于洋"),
    Paying(4, "{b}号楼{r}", "潘海燕"),
    Paying(5, "{code}", "", -5_000),
    Paying(6, "{code} 多的算下次", "", 2_000),
    Paying(6, "转账", "孙伟"),
)


class ClaimsOfTheYear:
    """What the finance officer does at the desk after each statement."""

    def __init__(self, cast: Cast) -> None:
        """Work for this cast."""
        self.cast = cast

    def paid_by_homes(
        self, session: Session, project_id: int | None, begin: date, end: date
    ) -> list[tuple[date, int, str, str]]:
        """Return what households paid between two days: day, fen, who, what they wrote."""
        if project_id is None:
            return []
        owed = receivable_reads.receivables(session, project_id=project_id, only_open=True).items
        homes = [one.household_id for one in owed]
        people = select(Person.household_id, Person.name).where(Person.household_id.in_(homes))
        owners = dict(session.execute(people.order_by(Person.id.desc())).tuples().all())
        found = []
        for one, paying in zip(owed, PAYING, strict=False):
            day = begin + timedelta(days=20 + paying.days)
            if begin <= day <= end:
                said = paying.said.format(
                    code=one.payment_code, b=one.building, u=one.unit, r=one.room_no
                )
                who = paying.who or owners.get(one.household_id, "住户")
                found.append((day, one.amount_fen + paying.more_fen, who, said))
        if found:
            found.append((found[-1][0], 199_280, "财付通支付科技有限公司", "商户结算款"))
            found.append((found[-1][0], 63_000, "宏达机电公司", "退汇 户名不符"))
        return found

    def look_through(self, session: Session, *, is_last: bool) -> None:
        """Claim what a statement brought: all that is known, but of the last one not everything."""
        waiting = lines.waiting_lines(session, community_id=self.cast.community_id, limit=200).items
        kept = {one.id for one in waiting[-6:]} if is_last else set()
        for line in waiting:
            if line.id not in kept:
                self._claim(session, line)

    def run(self, session: Session) -> None:
        """Let the program match what is sure, and let somebody have asked about one of the rest."""
        rest = lines.waiting_lines(session, community_id=self.cast.community_id, limit=200)
        match_runs.match_lines(session, actor=self.cast.finance, batch=list(rest.items))
        self._set_aside(session)

    def _claim(self, session: Session, line: WaitingLine) -> None:
        plain = plain_of(kind=line.kind, amount_fen=line.amount_fen, text=line.text)
        if plain is not None:
            claiming.claim_plain(
                session, actor=self.cast.finance, line_id=line.id, purpose=plain,
                expected_version=line.version,
            )  # fmt: skip
            return
        found = desk.candidates(session, self.cast.community_id, line)
        best = found[0] if found else None
        second = found[1].score if len(found) > 1 else 0
        if best is None or best.target.kind not in _BY_HAND or best.is_contradicted:
            return
        if best.score >= _SURE and best.score > second:
            matching.match_line(
                session,
                actor=self.cast.finance,
                line_id=line.id,
                wanted=[Wanted(best.target.key)],
                expected_version=line.version,
            )

    def _set_aside(self, session: Session) -> None:
        """Let somebody have asked about one of the lines already."""
        for line in lines.waiting_lines(
            session, community_id=self.cast.community_id, reason=Reason.NO_CANDIDATE, limit=1
        ).items:
            holding.hold(
                session, actor=self.cast.finance, line_id=line.id, reason=Reason.PAYER_UNKNOWN,
                note="问过7号楼楼长，等回话", expected_version=line.version,
                due_on=clock.today() + timedelta(days=2),
            )  # fmt: skip
