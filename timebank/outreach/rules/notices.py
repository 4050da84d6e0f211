"""What people are told about visits and the people they look after."""

from dataclasses import dataclass
from datetime import date

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class VisitsPlanned(Notice):
    """{year} 年 {month} 月有 {count} 个单元请您走访，{due_on:day} 前走完。"""

    code = "outreach_visits_planned"
    heading = "本月走访排好了"

    year: int
    month: int
    count: int
    due_on: date


@dataclass(frozen=True)
class VisitOverdue(Notice):
    """{place} {due_on:day} 前该走访，现在还没有走，请尽快去。"""

    code = "outreach_visit_overdue"
    heading = "走访过期了"

    place: str
    due_on: date


@dataclass(frozen=True)
class HazardDue(Notice):
    """“{title}”查到的隐患，{recheck_on:day} 该复查了。"""

    code = "outreach_hazard_due"
    heading = "该复查隐患了"

    title: str
    recheck_on: date


@dataclass(frozen=True)
class KeyVisitOverdue(Notice):
    """{place}有一位重点照看的人，{due_on:day} 前该去看，现在还没有去。"""

    code = "outreach_key_visit_overdue"
    heading = "该去看看了"

    place: str
    due_on: date
