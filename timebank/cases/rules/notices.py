"""What those who work cases, and those who reported them, are told."""

from dataclasses import dataclass

from timebank.notices.rules.notice import Notice


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
