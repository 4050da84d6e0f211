"""The rules of booking ahead that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class SlotNotFoundError(NotFoundError):
    """没有找到这个时段，可能已经停了，或者那天不开。请重新选。"""

    code = "slot_not_found"


class SlotNeededError(InvalidError):
    """“{service}”要选一个时段才能约。"""

    code = "slot_needed"


class SlotPastError(ConflictError):
    """{day:day}{at_time}已经过了，请选晚一点的时段。"""

    code = "slot_past"


class SlotFullError(ConflictError):
    """{day:day}{at_time}约满了，只剩 {left} 个位子。可以换个时段，或者排候补。"""

    code = "slot_full"


class SlotTimeTakenError(ConflictError):
    """已经有 {at_time} 这个时段了，请在那一行改。"""

    code = "slot_time_taken"


class TooManySlotsError(ConflictError):
    """一项服务最多排 {most} 个时段。"""

    code = "slots_too_many"


class RulesDayError(InvalidError):
    """新规定最早从今天起用，也不能和已有的规定同一天。"""

    code = "booking_rules_day"


class SameTimeError(InvalidError):
    """已经约在这个时间了，请选别的。"""

    code = "booking_same_time"


class PriceDiffersError(ConflictError):
    """{day:day}的价格和约的时候不一样，不能直接改过去。请取消后重新约。"""

    code = "booking_price_differs"


class StillFreeError(ConflictError):
    """还有位子，不用排候补，直接约就行。"""

    code = "waiting_not_needed"


class AlreadyWaitingError(ConflictError):
    """已经在排这个候补了，有位子会通知。"""

    code = "waiting_already"


class WaitingNotFoundError(NotFoundError):
    """没有找到这个候补，可能不归您看。"""

    code = "waiting_not_found"


class WaitingOverError(ConflictError):
    """这个候补已经结束了。"""

    code = "waiting_over"


class NoOfferError(ConflictError):
    """还没有轮到，有位子会通知。"""

    code = "waiting_no_offer"


class OfferOverError(ConflictError):
    """位子只留到{until:moment}，已经让给下一位了。"""

    code = "waiting_offer_over"


class ChargeNotFoundError(NotFoundError):
    """没有找到这笔没来扣的时间。"""

    code = "care_charge_not_found"


class AlreadyWaivedError(ConflictError):
    """这笔已经免过了，时间已经还给老人。"""

    code = "care_charge_waived"
