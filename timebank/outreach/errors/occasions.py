"""What may be refused of services and activities."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class OccasionNotFoundError(NotFoundError):
    """没有找到这次活动，可能不归您办。"""

    code = "occasion_not_found"


class OccasionPlaceError(InvalidError):
    """请选您网格里的一个单元，全社区的活动由社区来排。"""

    code = "occasion_place_outside"


class OccasionTaskError(InvalidError):
    """没有找到这个志愿任务，请核对任务号。"""

    code = "occasion_task_unknown"


class OccasionPastError(InvalidError):
    """排活动要排今天或以后的日子；办过的请排在今天再记办完。"""

    code = "occasion_in_past"


class OccasionEarlyError(ConflictError):
    """还没到 {on:day}，不能先记成办过了。"""

    code = "occasion_too_early"


class OccasionSettledError(ConflictError):
    """这次活动已经办完或者取消了。"""

    code = "occasion_settled"


class OccasionClosedError(ConflictError):
    """这次活动不用报名，或者已经不收报名了。"""

    code = "occasion_closed"


class OccasionFullError(ConflictError):
    """{seats} 个名额满了。"""

    code = "occasion_full"


class GuestKnownError(ConflictError):
    """已经报过名了。"""

    code = "occasion_guest_known"


class GuestNotFoundError(NotFoundError):
    """没有找到这个报名。"""

    code = "occasion_guest_not_found"


class OutcomeMisplacedError(InvalidError):
    """这一项不属于这类活动，请空着。"""

    code = "occasion_outcome_misplaced"


class RecheckMissingError(InvalidError):
    """查到隐患的，要写以后哪天复查；没查到隐患的不用写。"""

    code = "occasion_recheck_missing"


class NothingToRecheckError(ConflictError):
    """这次没有等着复查的隐患。"""

    code = "occasion_nothing_to_recheck"


class PartiesMissingError(InvalidError):
    """写了调解结果，也要写是哪几方。"""

    code = "occasion_parties_missing"


class OccasionReasonMissingError(InvalidError):
    """请写为什么取消。"""

    code = "occasion_reason_missing"


class HelpersAskedError(ConflictError):
    """这次活动已经招过志愿者了。"""

    code = "occasion_helpers_asked"
