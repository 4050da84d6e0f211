"""Hours from an older system in the demo's year: one list is booked, a second one waits."""

import csv
import io
from datetime import date, timedelta

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock
from timebank.kernel.ids import new_id
from timebank.volunteering.service import brought, brought_sources

SOURCE = "纸质时间存折"
HEAD = ("卡号", "姓名", "分钟", "存入日期", "旧编号", "限定")
# Minutes and days before the list of what was written into the paper books.
BOOKED = ((1260, 320, "可用"), (480, 300, "可用"), (300, 300, "只能捐"), (720, 280, "可用"))
WAITING = ((540, 400, "可用"), (195, 380, "可用"))
BOOKED_DAYS = 250


class BroughtOfTheYear:
    """Plans what the paper books of the years before bring."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline = cast, timeline
        self.batch_id: int | None = None

    def plan(self, *, last: date) -> None:
        """Bring a list early in the year, book it the day after; bring another one at the end."""
        first = last - timedelta(days=BOOKED_DAYS)
        self.timeline.add(moment(first, 9), self._add_source)
        self.timeline.add(moment(first, 10), self._bring)
        self.timeline.add(moment(first + timedelta(days=1), 15), self._book)
        self.timeline.add(moment(last - timedelta(days=1), 9), self._bring_again)

    def _add_source(self, session: Session) -> None:
        """The administrator says from where hours may come."""
        brought_sources.add_source(session, actor=self.cast.admin, name=SOURCE)

    def _bring(self, session: Session) -> None:
        """The manager has found the paper books in the office of the old team."""
        self.batch_id = self._list(session, BOOKED, first=1, paper="档案柜 3，盖章的存折 4 本")

    def _book(self, session: Session) -> None:
        """The administrator looks at each row beside its book."""
        assert self.batch_id is not None
        brought.book_list(session, actor=self.cast.admin, batch_id=self.batch_id)

    def _bring_again(self, session: Session) -> None:
        """Two more books turned up; nobody has looked at them yet."""
        self._list(session, WAITING, first=len(BOOKED) + 1, paper="档案柜 3，又找到 2 本")

    def _list(
        self, session: Session, rows: tuple[tuple[int, int, str], ...], *, first: int, paper: str
    ) -> int | None:
        """Hand a list in and return it."""
        logins = {one.person_id for one in self.cast.members}
        owners = [one for one in self.cast.volunteers if one.card_no and one.id not in logins]
        text = io.StringIO()
        sheet = csv.writer(text)
        sheet.writerow(HEAD)
        for at, (minutes, days, kept) in enumerate(rows, start=first):
            owner = owners[at]
            day = clock.today() - timedelta(days=days)
            sheet.writerow([owner.card_no, owner.name, minutes, day, f"存折{at:03d}", kept])
        done = brought.bring_list(
            session,
            actor=self.cast.manager,
            key=new_id(),
            source=SOURCE,
            evidence=paper,
            content=text.getvalue().encode(),
            file_name="纸质存折.csv",
        )
        return done.batch_id
