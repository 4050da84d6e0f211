"""The rules of serving without network that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DeviceNotFoundError(NotFoundError):
    """没有找到这台断网设备，可能已经停用，或者不归您管。"""

    code = "offline_device_not_found"


class DeviceDaysError(InvalidError):
    """设备最多登记 {most} 天，最早从今天算起。"""

    code = "offline_device_days"


class TokenNotFoundError(NotFoundError):
    """没有找到这张断网凭条，可能不归您看。"""

    code = "offline_token_not_found"


class TokenSpentError(ConflictError):
    """这张断网凭条已经用过或作废了。"""

    code = "offline_token_spent"


class TokenDaysError(InvalidError):
    """凭条最多管 {most} 天，最早从今天起。"""

    code = "offline_token_days"


class UseNotFoundError(NotFoundError):
    """没有找到这笔断网时办的，可能不归您看。"""

    code = "offline_use_not_found"


class UseSettledError(ConflictError):
    """这一笔已经处理过了。"""

    code = "offline_use_settled"


class UseChangedError(ConflictError):
    """同一个编号送来了不一样的内容，没有收。请告诉主管。"""

    code = "offline_use_changed"


class NobodyOwesError(InvalidError):
    """这张凭条认不出是谁的，不能记在谁的名下，只能由服务点承担。"""

    code = "offline_nobody_owes"


class SecondDecisionError(ForbiddenError):
    """提出的人不能自己同意。请另一位有权限的同事来定。"""

    code = "offline_second_self"


class PaperSlipNotFoundError(InvalidError):
    """没有印过这个编号的凭单，请看清编号再输一遍。"""

    code = "paper_slip_not_found"


class PaperSlipUsedError(ConflictError):
    """凭单 {code} 已经录过或作废了，不会再扣一次。"""

    code = "paper_slip_used"


class PaperDayError(InvalidError):
    """纸凭单上的日子要在 {earliest:day} 到今天之间。"""

    code = "paper_day"
