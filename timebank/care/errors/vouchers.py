"""The rules of vouchers that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class VoucherNotFoundError(NotFoundError):
    """没有找到这张服务券，可能不归您看。"""

    code = "voucher_not_found"


class VoucherCodeError(InvalidError):
    """券号不对：请再看一遍 12 位数字，或者扫二维码。没有扣时间。"""

    code = "voucher_code"


class VoucherEndedError(ConflictError):
    """这张服务券已经用完、到期或者作废了，不能再用。"""

    code = "voucher_ended"


class VoucherDayError(ConflictError):
    """这张服务券今天不能用：{first:day}到{last:day}，请看清券上写的星期几。"""

    code = "voucher_day"


class VoucherTermError(InvalidError):
    """服务券最早用到今天，最晚用到{last:day}。"""

    code = "voucher_term"


class VoucherUsesError(InvalidError):
    """一张服务券可以用 1 到 {most} 次。"""

    code = "voucher_uses"


class VoucherPinError(InvalidError):
    """券密码不对，没有扣时间。还可以试 {tries_left} 次。"""

    code = "voucher_pin"


class VoucherLockedError(ConflictError):
    """券密码错了太多次，{until:moment} 以后再试。"""

    code = "voucher_locked"


class OutsideFamilyError(InvalidError):
    """服务券只能转给登记过的家里人。"""

    code = "voucher_outside_family"


class NotVoucherOwnerError(ConflictError):
    """只有出时间的本人能转给家里人。"""

    code = "voucher_not_owner"
