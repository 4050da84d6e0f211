"""The rules of the month's settlement that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class SettlementNotFoundError(NotFoundError):
    """没有找到这份月结单，可能不归您看。"""

    code = "settlement_not_found"


class SettlementLineNotFoundError(NotFoundError):
    """月结单上没有这一行。"""

    code = "settlement_line_not_found"


class MonthNotOverError(InvalidError):
    """这个月还没有过完，要到下个月 1 日才能出月结单。"""

    code = "month_not_over"


class MonthOrderError(ConflictError):
    """月结要一个月接一个月：现在该结的是 {month}。"""

    code = "month_order"


class EarlierMonthOpenError(ConflictError):
    """{month} 的月结单还没有批准，批准了才能出下一个月的。"""

    code = "earlier_month_open"


class SettlementFixedError(ConflictError):
    """这份月结单已经批准，不能再改，也不能再提异议。"""

    code = "settlement_fixed"


class LineDisputedError(ConflictError):
    """这一行已经有人提过异议，一行只提一次。"""

    code = "line_disputed"


class DisputeMissingError(ConflictError):
    """这一行没有等答复的异议。"""

    code = "dispute_missing"


class AnswersOwnDisputeError(ForbiddenError):
    """自己提的异议不能自己答复，请另一位同事来答。"""

    code = "answers_own_dispute"


class DisputesOpenError(ConflictError):
    """还有 {count} 行异议没有答复，答复完才能批准。"""

    code = "disputes_open"


class ApprovesOwnSettlementError(ForbiddenError):
    """出月结单的人不能自己批准，请另一位同事来批。"""

    code = "approves_own_settlement"


class NotApprovedError(ConflictError):
    """这份月结单还没有批准，不能记付款。"""

    code = "settlement_not_approved"


class AlreadyPaidError(ConflictError):
    """这份月结单已经记过付款。"""

    code = "settlement_paid"


class NothingToPayError(ConflictError):
    """这份月结单没有要付的钱。"""

    code = "nothing_to_pay"


class PaymentDayError(InvalidError):
    """付款日期要在批准那天到今天之间。"""

    code = "payment_day"
