"""What can be refused about needs; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class NeedNotFoundError(NotFoundError):
    """没有找到这个求助，可能不归您看。"""

    code: ClassVar[str] = "need_not_found"


class RecipientMissingError(InvalidError):
    """请写清楚是为谁求助。"""

    code: ClassVar[str] = "need_recipient_missing"


class NotYoursToPostError(ForbiddenError):
    """您只能为自己、为核实过的亲属，或者为您负责的地方的居民求助。"""

    code: ClassVar[str] = "need_not_yours_to_post"


class KinshipUnverifiedError(ForbiddenError):
    """您和这位居民的亲属关系还没有核实。请带上证明到社区登记，登记以后就可以替他求助。"""

    code: ClassVar[str] = "need_kinship_unverified"


class ConsentMissingError(InvalidError):
    """替亲属求助要本人同意，请写一句本人是怎么同意的，比如 当面问过母亲，她愿意。"""

    code: ClassVar[str] = "need_consent_missing"


class NeedInPastError(InvalidError):
    """这个时间已经过去了，请换一个时间。"""

    code: ClassVar[str] = "need_in_past"


class NeedTooFarError(InvalidError):
    """最早的一次要在 {days} 天以内，请换一个时间。"""

    code: ClassVar[str] = "need_too_far"


class RepeatUnboundedError(InvalidError):
    """每周重复的求助要写到哪一天为止，最长 {weeks} 周，到时候可以再登记。"""

    code: ClassVar[str] = "need_repeat_unbounded"


class RepeatDayMissingError(InvalidError):
    """第一次是{on:day}，不在您选的星期里，请改第一次的日子，或者加选那一天。"""

    code: ClassVar[str] = "need_repeat_day_missing"


class UrgentRepeatsError(InvalidError):
    """紧急的求助只记这一次。要每周重复，请另外登记一个平时的。"""

    code: ClassVar[str] = "need_urgent_repeats"


class RiskTooLowError(InvalidError):
    """这种服务有风险，风险不能选“一般”。"""

    code: ClassVar[str] = "need_risk_too_low"


class CrossesMidnightError(InvalidError):
    """一次不要跨过半夜，过了半夜的请分两次登记。"""

    code: ClassVar[str] = "need_crosses_midnight"


class NeedAlreadyTakenUpError(ConflictError):
    """这个求助已经安排成任务了。"""

    code: ClassVar[str] = "need_already_taken_up"


class NeedAlreadyDeclinedError(ConflictError):
    """这个求助已经答复过，没有安排。需要的话请重新登记。"""

    code: ClassVar[str] = "need_already_declined"


class NeedAlreadyWithdrawnError(ConflictError):
    """这个求助已经收回。需要的话请重新登记。"""

    code: ClassVar[str] = "need_already_withdrawn"


class NeedAlreadyEndedError(ConflictError):
    """这个求助已经办完了。"""

    code: ClassVar[str] = "need_already_ended"


class NeedNotTakenUpError(ConflictError):
    """这个求助还没有安排，不能算办完。"""

    code: ClassVar[str] = "need_not_taken_up"


class NothingLeftToArrangeError(ConflictError):
    """求助的时间已经过去，没有可以安排的了。请和本人另约时间。"""

    code: ClassVar[str] = "need_nothing_left"
