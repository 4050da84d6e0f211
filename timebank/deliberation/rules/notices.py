"""What the hall tells people: invitations, answers, decisions that fall due."""

from dataclasses import dataclass
from datetime import date, datetime

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class MeetingInvitation(Notice):
    """请您参加“{title}”：{starts_at:moment}，{place}。"""

    code = "meeting_invitation"
    heading = "请您来开会"

    title: str
    starts_at: datetime
    place: str


@dataclass(frozen=True)
class MeetingOff(Notice):
    """“{title}”不开了：{reason}"""

    code = "meeting_off"
    heading = "会议取消了"

    title: str
    reason: str


@dataclass(frozen=True)
class OpinionAnswered(Notice):
    """您提的“{title}”有答复了。"""

    code = "opinion_answered"
    heading = "意见有答复了"

    title: str


@dataclass(frozen=True)
class DecisionSoonDue(Notice):
    """“{title}”由您负责，{due_on:day} 到期。"""

    code = "decision_soon_due"
    heading = "议定的事快到期了"

    title: str
    due_on: date


@dataclass(frozen=True)
class DecisionLate(Notice):
    """“{title}”由您负责，{due_on:day} 到期，还没有办完。"""

    code = "decision_late"
    heading = "议定的事过期了"

    title: str
    due_on: date
