"""Papers in the demo's year: printed passbooks, certificates, one withdrawn, a list handed over."""

from datetime import date, timedelta
from functools import partial
from random import Random

from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline, moment
from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import new_id
from timebank.volunteering.queries import passbook_prints as booklet_reads
from timebank.volunteering.rules.certificates import Ground, Language, Wanted
from timebank.volunteering.service import certificates, month_summaries, registers
from timebank.volunteering.service import passbook_prints as booklets

CHECK_BASE = "http://127.0.0.1:8000/c/"
PURPOSES = ("申请积分入学", "评选星级志愿者", "单位年度考核", "留作纪念")
BOOKLETS = 5
PRINTS = 4


class PapersOfTheYear:
    """Plans who gets a booklet and when it is printed, who asks for certificates, what goes out."""

    def __init__(self, cast: Cast, timeline: Timeline, random: Random) -> None:
        """Plan for this cast on this timeline."""
        self.cast, self.timeline, self.random = cast, timeline, random

    def plan(self, *, last: date) -> None:
        """Booklets from half a year ago on, printed every few weeks; certificates of late."""
        self.timeline.add(moment(last - timedelta(days=190), 9), self._name_issuer)
        for number in range(BOOKLETS):
            day = last - timedelta(days=170 - number * 3)
            self.timeline.add(moment(day, 10), partial(self._hand_out, number=number))
            for turn in range(PRINTS):
                at = moment(day + timedelta(days=30 + turn * 40), 11, number)
                self.timeline.add(at, partial(self._print, number=number, turn=turn))
        for number, purpose in enumerate(PURPOSES):
            at = moment(last - timedelta(days=60 - number * 14), 15)
            self.timeline.add(at, partial(self._certify, number=number, purpose=purpose))
        self.timeline.add(moment(last - timedelta(days=31), 16), self._hand_over)
        self.timeline.add(moment(last.replace(day=1), 6), self._tell_months)

    def _name_issuer(self, session: Session) -> None:
        """The administrator says who issues, and that certificates are made public for a month."""
        certificates.name_issuer(
            session,
            actor=self.cast.admin,
            issuer_name="九龙社区居民委员会",
            seal_place="九龙社区居民委员会（公章）",
            contact="0532-0000-0600",
            publicity_days=30,
        )

    def _hand_out(self, session: Session, *, number: int) -> None:
        """The counter hands out a booklet."""
        booklets.hand_out_booklet(
            session,
            actor=self.cast.counter,
            person_id=self._member(number),
            serial=f"JL-B{number + 1:04d}",
        )

    def _member(self, number: int) -> int:
        """Return the person of one of the members with an account."""
        return self.cast.members[number].person_id or 0

    def _print(self, session: Session, *, number: int, turn: int) -> None:
        """The counter prints what is new; once the paper jams and it is printed again."""
        for _try in range(2):
            found = booklet_reads.open_booklet(
                session,
                community_id=self.cast.community_id,
                person_id=self._member(number),
            )
            if found is None or not found.waiting or found.is_full:
                return
            print_id = booklets.print_on(
                session,
                actor=self.cast.counter,
                key=new_id(),
                booklet_id=found.id,
                expected_sequence=found.next_sequence,
            )
            if (number, turn, _try) != (1, 1, 0):
                return
            booklets.void_print(
                session,
                actor=self.cast.counter,
                print_id=print_id,
                reason="卡纸，打歪了",
                is_paper_used=True,
            )

    def _certify(self, session: Session, *, number: int, purpose: str) -> None:
        """A member asks for a certificate of this year; the third turns out to be wrong."""
        actor, today = self.cast.members[number], clock.today()
        wanted = Wanted(
            since_on=today - timedelta(days=300),
            through_on=today,
            language=Language.BOTH if number == 0 else Language.CHINESE,
            purpose=purpose,
            shows_more=number == 1,
        )
        try:
            certificate_id = certificates.issue(
                session, actor=actor, key=new_id(), wanted=wanted, check_base=CHECK_BASE
            )
        except DomainError:  # somebody who has not served yet has nothing to certify
            return
        if number == 2:
            certificates.withdraw(
                session,
                actor=self.cast.admin,
                certificate_id=certificate_id,
                ground=Ground.WRONG_FACTS,
                reason="用途写错了单位，本人要求重开",
            )

    def _hand_over(self, session: Session) -> None:
        """The administrator hands the records over to the national system."""
        today = clock.today()
        registers.make_batch(
            session,
            actor=self.cast.admin,
            key=new_id(),
            since_on=today - timedelta(days=330),
            through_on=today,
            reason="报全国志愿服务信息系统",
        )

    def _tell_months(self, session: Session) -> None:
        """The job of the first of the month."""
        month_summaries.give_notices(session, community_id=self.cast.community_id)
