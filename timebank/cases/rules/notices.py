"""What those who work cases, and those who reported them, are told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from timebank.cases.rules.reminding import Notch
from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class CaseSoonDue(Notice):
    """“{title}”（{number}）{due_at:moment} 到时限，请抓紧。"""

    code = "case_soon_due"
    heading = "快到时限了"

    title: str
    number: str
    due_at: datetime


@dataclass(frozen=True)
class CaseLate(Notice):
    """“{title}”（{number}）超时了，时限是 {due_at:moment}。请现在办，或者写明原因。"""

    code = "case_late"
    heading = "一件事超时了"

    title: str
    number: str
    due_at: datetime


@dataclass(frozen=True)
class CaseStillLate(Notice):
    """“{title}”（{number}）一直没有办，时限是 {due_at:moment}。请值班的同事过问。"""

    code = "case_still_late"
    heading = "超时很久了"

    title: str
    number: str
    due_at: datetime


@dataclass(frozen=True)
class CaseHandedOver(Notice):
    """“{title}”（{number}）交到您手上了，时限照旧，请看看。"""

    code = "case_handed_over"
    heading = "有一件事交给您"

    title: str
    number: str


@dataclass(frozen=True)
class CaseReturned(Notice):
    """“{title}”（{number}）有人退回来了，请指定由谁来办。"""

    code = "case_returned"
    heading = "有一件事被退回"

    title: str
    number: str


@dataclass(frozen=True)
class CaseGiven(Notice):
    """{number}“{title}”分给您了，请尽快响应。"""

    code = "case_given"
    heading = "有一件新的事"

    number: str
    title: str


@dataclass(frozen=True)
class CaseUnsolved(Notice):
    """{number}“{title}”，反映人说没有解决，已经重新办理。"""

    code = "case_unsolved"
    heading = "反映人说没解决"

    number: str
    title: str


@dataclass(frozen=True)
class DepartmentAnswered(Notice):
    """{name}对{number}“{title}”有了答复。"""

    code = "case_department_answered"
    heading = "部门有了答复"

    name: str
    number: str
    title: str


OF_NOTCH: Mapping[Notch, type[CaseSoonDue | CaseLate | CaseStillLate]] = {
    Notch.SOON: CaseSoonDue,
    Notch.LATE: CaseLate,
    Notch.STILL_LATE: CaseStillLate,
}
