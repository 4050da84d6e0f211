"""What can be refused about statements; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import InvalidError, NotFoundError


class StatementPeriodError(InvalidError):
    """结束的日子不能早于开始的日子，也不能晚于今天。"""

    code: ClassVar[str] = "statement_period"


class PeriodTooLongError(InvalidError):
    """一次最多看五年，请把日子改近一点。"""

    code: ClassVar[str] = "statement_period_too_long"


class MonthNotFoundError(NotFoundError):
    """这个月还没有过，或者那时还没有往来。"""

    code: ClassVar[str] = "month_not_found"
