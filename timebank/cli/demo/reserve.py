"""The demo's reserve: what the subdistrict and the company paid in over the year."""

from datetime import date, timedelta
from functools import partial

from sqlalchemy.orm import Session

from timebank.care.service import reserve
from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock
from timebank.kernel.ids import new_id

# So many days ago, who paid, fen.
PAID_IN = (
    (334, "灵山卫街道养老服务补贴", 250_000),
    (244, "共富公司年度收益提取", 200_000),
    (64, "灵山卫街道养老服务补贴", 180_000),
)
WRONG = (63, "灵山卫街道养老服务补贴", 1_800_000)


class ReserveOfTheYear:
    """Plans what came into the reserve, one of it keyed in with a nought too many and undone."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline
        self.last_id = 0

    def plan(self, *, last: date) -> None:
        """Note each on its day."""
        for number, (days, source, fen) in enumerate((*PAID_IN, WRONG), start=1):
            at = moment(last - timedelta(days=days), 10)
            self.timeline.add(at, partial(self._receive, number, source, fen))
        self.timeline.add(moment(last - timedelta(days=WRONG[0]), 15), self._undo)

    def _receive(self, number: int, source: str, fen: int, session: Session) -> None:
        made = reserve.receive(
            session,
            actor=self.cast.finance,
            key=new_id(),
            received_on=clock.today(),
            amount_fen=fen,
            source=source,
            document=f"回单 {clock.today():%Y%m%d}-{number:02d}",
        )
        self.last_id = made.id

    def _undo(self, session: Session) -> None:
        reserve.undo_receipt(
            session,
            actor=self.cast.second_finance,
            receipt_id=self.last_id,
            reason="多写了一个零，这笔补贴前一天已经记过",
        )
