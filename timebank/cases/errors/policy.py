"""What can be refused about promises and the yearly calendar."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PolicyNotFoundError(NotFoundError):
    """没有找到这一版时限。"""

    code: ClassVar[str] = "deadline_policy_not_found"


class PolicySettledError(ConflictError):
    """这一版时限已经定下来或作废了，不能再改。要改请另起一版。"""

    code: ClassVar[str] = "deadline_policy_settled"


class PolicyNeedsSecondError(ForbiddenError):
    """时限要由起草人以外的另一位批准，自己起草的不能自己批。"""

    code: ClassVar[str] = "deadline_policy_needs_second"


class PolicyInPastError(InvalidError):
    """生效日不能早于今天，已经登记的事按原来的时限办。请把 {on:day} 改成今天或以后。"""

    code: ClassVar[str] = "deadline_policy_in_past"


class PolicyDayTakenError(ConflictError):
    """{on:day} 已经有一版时限生效，请换一天。"""

    code: ClassVar[str] = "deadline_policy_day_taken"


class LimitOutOfRangeError(InvalidError):
    """这一步的时限要在 1 到 {most} 之间。"""

    code: ClassVar[str] = "deadline_out_of_range"


class UrgentNotShorterError(InvalidError):
    """急事的时限不能比平时长。"""

    code: ClassVar[str] = "deadline_urgent_not_shorter"


class CivilNeedsDaysError(InvalidError):
    """“当天不算、到 24 点”只用在按天的时限；按小时的从那一刻算起。"""

    code: ClassVar[str] = "deadline_civil_needs_days"


class HoursOutOfOrderError(InvalidError):
    """办公时间要从早到晚写，上午在前，下午在后，不能交叉。"""

    code: ClassVar[str] = "deadline_hours_out_of_order"


class DayOfOtherYearError(InvalidError):
    """{on:day} 不在 {year} 年里，请核对通知。"""

    code: ClassVar[str] = "work_day_of_other_year"


class DayTwiceError(InvalidError):
    """{on:day} 又放假又上班，请核对通知。"""

    code: ClassVar[str] = "work_day_twice"


class MakeUpOnWeekdayError(InvalidError):
    """{on:day} 本来就是工作日，不用写进调休上班。"""

    code: ClassVar[str] = "work_day_on_weekday"


class YearSourceMissingError(InvalidError):
    """请写明这一年的安排出自哪份通知。"""

    code: ClassVar[str] = "work_year_source_missing"


class YearEmptyError(InvalidError):
    """一年里总有放假的日子，请照通知把放假的日期都写上。"""

    code: ClassVar[str] = "work_year_empty"


class DateUnreadableError(InvalidError):
    """“{text}”不像日期。一行写一天，如 2027-01-01；连着的写 2027-01-01 到 2027-01-03。"""

    code: ClassVar[str] = "work_day_unreadable"


class YearChangedError(ConflictError):
    """刚才有人也改了 {year} 年的安排，请看过新的一版再改。"""

    code: ClassVar[str] = "work_year_changed"


class TermOutOfRangeError(InvalidError):
    """最少 1，最多 {most}。"""

    code = "case_term_out_of_range"
