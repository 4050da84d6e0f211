"""The rules of care that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class CentreNotFoundError(NotFoundError):
    """没有找到这个服务点，可能已经停用，或者不归您看。"""

    code = "centre_not_found"


class ServiceNotFoundError(NotFoundError):
    """没有找到这项服务，可能已经下架。"""

    code = "care_service_not_found"


class BookingNotFoundError(NotFoundError):
    """没有找到这个预约，可能不归您看。"""

    code = "booking_not_found"


class RedemptionNotFoundError(NotFoundError):
    """没有找到这笔兑换，可能不归您看。"""

    code = "redemption_not_found"


class CardMissingError(InvalidError):
    """{name}还没有可用的会员卡。请先在“会员卡”页开卡。"""

    code = "card_missing"


class CardAlreadyOpenError(ConflictError):
    """{name}已经有卡 {card_no}。丢了或坏了，请用“补卡”。"""

    code = "card_already_open"


class BadPinError(InvalidError):
    """密码要 6 位数字，不要用 123456、888888 这样一猜就中的。"""

    code = "pin_weak"


class PinsDifferError(InvalidError):
    """两次输的不一样，请再输一遍。"""

    code = "pins_differ"


class WrongPinError(InvalidError):
    """密码或一次性码不对，没有扣时间。还可以试 {tries_left} 次。"""

    code = "pin_wrong"


class WrongCodeError(InvalidError):
    """一次性码不对，或过了 5 分钟，没有扣时间。请老人再取一个，还可以试 {tries_left} 次。"""

    code = "code_wrong"


class PinLockedError(ConflictError):
    """密码错了太多次，{until:moment} 以后再试。着急的话，请核对身份证，让老人在纸条上签字。"""

    code = "pin_locked"


class PinMissingError(InvalidError):
    """{name}还没有设密码。请老人先设密码，或者用一次性码、签字纸条。"""

    code = "pin_missing"


class ProofMissingError(InvalidError):
    """还差老人的同意：请输 6 位密码、一次性码，或填签字纸条的编号。"""

    code = "proof_missing"


class SignedSlipUsedError(ConflictError):
    """纸条 {slip} 已经用过了，请看清编号。"""

    code = "signed_slip_used"


class OwnServiceError(ForbiddenError):
    """不能给自己或家里人办，也不能撤自己家的单。请换一位同事来办。"""

    code = "own_or_kin"


class VisitNotFoundError(NotFoundError):
    """没有找到这笔外社区居民的服务。"""

    code = "visit_not_found"


class NothingChosenError(InvalidError):
    """还没有选服务。请按数字键选一项。"""

    code = "nothing_chosen"


class NotEnoughMinutesError(ConflictError):
    """时间不够：要 {need:minutes}，现在能用 {have:minutes}。可以少选一项，或等时间到账再来。"""

    code = "minutes_insufficient"


class CapacityFullError(ConflictError):
    """“{service}”{day:day}不够了，只剩 {left} 份。请少要几份，或换一天。"""

    code = "capacity_full"


class DayLimitError(ConflictError):
    """“{service}”每人一天最多 {limit} 份，{day:day}已经到数了。"""

    code = "day_limit"


class BookingNeededError(InvalidError):
    """“{service}”要先预约，柜台不能直接办。"""

    code = "booking_needed"


class BookingAlreadyResolvedError(ConflictError):
    """这个预约已经办过或取消了，不能再办一次。"""

    code = "booking_resolved"


class BookingDayError(InvalidError):
    """预约的日子要在今天到 {last:day} 之间。"""

    code = "booking_day"


class BookingNotTodayError(ConflictError):
    """这个预约是 {day:day}的，今天还不能办。"""

    code = "booking_not_today"


class BookingStillOpenError(ConflictError):
    """这个预约是 {day:day}的，那天过完才能记“没来”。"""

    code = "booking_still_open"


class TooLateToCancelError(ConflictError):
    """预约的日子已经到了。请打电话给服务点，由工作人员来办。"""

    code = "cancel_too_late"


class AlreadyUndoneError(ConflictError):
    """这笔已经撤销过了，时间已经还给老人。"""

    code = "already_undone"


class UndoWindowError(ConflictError):
    """超过 {days} 天的不能在柜台撤销。请找社区管理员看账。"""

    code = "undo_too_late"


class WrongCentreError(InvalidError):
    """“{service}”不是这个服务点的。请换到它的服务点去办。"""

    code = "wrong_centre"


class KeyOfOtherRedemptionError(ConflictError):
    """这个编号已经办过另一笔。请刷新页面，重新选。"""

    code = "key_of_other"


class CaseNotFoundError(NotFoundError):
    """没有找到要关联的事项，请看看编号。"""

    code = "case_not_found"


class PriceDayError(InvalidError):
    """新价格最早从今天起用，也不能和已有的价格同一天。"""

    code = "price_day"


class NameTakenError(ConflictError):
    """已经有叫“{name}”的了，请换个名字。"""

    code = "name_taken"
