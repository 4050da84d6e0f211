"""The sentence that answers "why is this due then?", as it is kept with the promise."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from timebank.cases.rules.flow import EventType, Step
from timebank.cases.rules.folding import DuePayload, MovePayload
from timebank.cases.rules.workdays import Span
from timebank.kernel import clock

_START_WORDS: Mapping[str, str] = {
    EventType.REGISTERED: "登记",
    EventType.RESPONDED: "响应",
    EventType.CLAIMED: "认领",
    EventType.RESOLVED: "解决",
    EventType.REOPENED: "重新办理",
}
_STEP_WORDS: Mapping[str, str] = {
    Step.RESPOND: "响应",
    Step.CLAIM: "认领",
    Step.RESOLVE: "解决",
    Step.FEED_BACK: "反馈",
}


def sentence(due: DuePayload, *, hours: Sequence[Span]) -> str:
    """Return why a step is due when it is, in one Chinese sentence."""
    start = clock.local(datetime.fromisoformat(due["started_at"]))
    due_at = clock.local(datetime.fromisoformat(due["due_at"]))
    parts = [
        f"{_day(start)} {_hour(start)} {_START_WORDS[due['starts_with']]}",
        f"{_length(due)}内{_STEP_WORDS[due['step']]}",
    ]
    if due["day_rule"] == "civil":
        parts.append(f"{_date(start.date())}当天不算")
    if due["pace"] == "working" and due["day_rule"] == "exact":
        spans = "、".join(f"{_minute(s.from_minute)}–{_minute(s.until_minute)}" for s in hours)
        parts.append(f"每天算 {spans}")
    if due["rested"] and (due["pace"] == "working" or due["day_rule"] == "civil"):
        parts.append(_rested(due))
    parts += [_move(move) for move in due.get("moves", ())]
    parts.append(f"到 {_end(due, start=start, due_at=due_at)}")
    if due["is_provisional"]:
        parts.append(f"{due_at.year} 年的放假安排还没有公布，先按周一到周五算，公布后改算")
    return "，".join(parts)


def _length(due: DuePayload) -> str:
    """Return how long a step may take."""
    amount, is_working = due["amount"], due["pace"] == "working"
    if due["unit"] == "day":
        return f"{amount} 个工作日" if is_working else f"{amount} 天"
    words = f"{amount} 分钟" if due["unit"] == "minute" else f"{amount} 小时"
    return f"{words}工作时间" if is_working else words


def _rested(due: DuePayload) -> str:
    """Return the words for the days that were passed over."""
    days = [date.fromisoformat(one) for one in due["rested"]]
    words = f"{_date(days[0])}" if len(days) == 1 else f"{_date(days[0])}等 {len(days)} 天"
    return f"{words}休息，不算" if due["pace"] == "working" else f"其中{words}休息"


def _move(move: MovePayload) -> str:
    """Return the words for one move."""
    at = clock.local(datetime.fromisoformat(move["at"]))
    until = clock.local(datetime.fromisoformat(move["until"]))
    if move["kind"] == "pause":
        return f"{_day(at)} {_hour(at)} 到 {_day(until)} {_hour(until)} 暂停，顺延"
    return f"{_day(at)} 同意延期"


def _end(due: DuePayload, *, start: datetime, due_at: datetime) -> str:
    """Return the words for the end; the end of a day is its 24:00, not the next day's 0:00."""
    is_midnight = (due_at.hour, due_at.minute) == (0, 0)
    if due["day_rule"] == "civil" and is_midnight and not due.get("moves"):
        return f"{_day(due_at - timedelta(days=1))} 24:00"
    if due_at.date() == start.date():
        return _hour(due_at)
    return f"{_day(due_at)} {_hour(due_at)}"


def _date(day: date) -> str:
    """Return a day as it is spoken."""
    return f"{day.month}月{day.day}日"


def _day(moment: datetime) -> str:
    """Return a moment's day as it is spoken."""
    return _date(moment.date())


def _hour(moment: datetime) -> str:
    """Return the time of day."""
    return f"{moment.hour}:{moment.minute:02d}"


def _minute(minute: int) -> str:
    """Return a minute of the day as the time of day."""
    return f"{minute // 60}:{minute % 60:02d}"
