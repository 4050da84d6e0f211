"""What people have read of what they were told, and who would like to join."""

from datetime import date, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.cli.demo.cast import Cast
from timebank.cli.demo.timeline import Timeline
from timebank.kernel import clock
from timebank.notices.models.messages import Message
from timebank.volunteering.rules.joining import Applicant
from timebank.volunteering.service.joining import ask_to_join

UNREAD_DAYS = 4
_ASKING = (
    (
        50,
        "林晓燕",
        "13905321180",
        "302",
        date(1964, 5, 12),
        True,
        "退休护士，会量血压，周二周四有空",
    ),
    (27, "曹德顺", "13805327765", "501", date(1948, 11, 3), False, "老伴走了，想请人陪着去医院"),
    (6, "马骏", "13905320452", "1102", date(1999, 8, 21), True, "会修手机和电脑，周末有空"),
)


class TellingOfTheYear:
    """The last acts of the year: old messages are read, some people ask to join."""

    def __init__(self, cast: Cast, timeline: Timeline) -> None:
        """Take part in a year."""
        self._cast, self._timeline = cast, timeline

    def plan(self) -> None:
        """Plan who asks to join, and that people have looked at their messages."""
        now = self._timeline.until
        for number, (hours, *told) in enumerate(_ASKING):
            place = self._cast.places[number * 5 % len(self._cast.places)]
            name, phone, room_no, born_on, serves, words = told
            who = Applicant(name, phone, place.id, room_no, born_on, serves, words)  # type: ignore[arg-type]  # rows of mixed types
            self._timeline.add(now - timedelta(hours=hours), partial(self._ask, who=who))
        self._timeline.add(now, self._read)

    def _ask(self, session: Session, *, who: Applicant) -> None:
        """Let somebody ask to join."""
        ask_to_join(
            session,
            community_id=self._cast.community_id,
            told=who,
            agrees=True,
            address=f"demo {who.name}",
        )

    def _read(self, session: Session) -> None:
        """Let people have read what is some days old; nothing of the year goes out any more."""
        then = clock.now() - timedelta(days=UNREAD_DAYS)
        old = select(Message.id).where(Message.told_at < then)
        for wanted, values in (
            (Message.id.in_(old), {"read_at": clock.now()}),
            (Message.is_spread.is_(False), {"is_spread": True}),
        ):
            session.execute(
                update(Message)
                .where(wanted, Message.community_id == self._cast.community_id)
                .values(**values)
                .execution_options(synchronize_session=False)
            )
