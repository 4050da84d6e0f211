"""What members and their relatives are told of what happens at counters."""

from dataclasses import dataclass

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class MinutesTaken(Notice):
    """{name}在{centre}用了 {minutes:minutes}：{what}。还能用 {left:minutes}。没办过就请打电话。"""

    code = "care_minutes_taken"
    heading = "用掉了时间"

    name: str
    centre: str
    minutes: int
    what: str
    left: int


@dataclass(frozen=True)
class MinutesReturned(Notice):
    """{name}在{centre}的 {minutes:minutes}退回来了：{reason}。"""

    code = "care_minutes_returned"
    heading = "时间退回来了"

    name: str
    centre: str
    minutes: int
    reason: str
