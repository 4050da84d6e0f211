"""What can be refused about a case, and what the person may do instead."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class CaseNotFoundError(NotFoundError):
    """没有找到这件事，可能编号不对，或者不归您看。"""

    code = "case_not_found"


class PhotoNotFoundError(NotFoundError):
    """没有找到这张照片。"""

    code = "case_photo_not_found"


class OutsideGridError(ForbiddenError):
    """这个地点不在您负责的网格，请选您网格里的单元，或请社区登记。"""

    code = "case_outside_grid"


class OnlyOwnReportError(ForbiddenError):
    """您可以替自己反映问题；上级下派和巡查发现请网格员登记。"""

    code = "case_only_own_report"


class AlreadyClaimedError(ConflictError):
    """这件事已由{holder}认领。您可以看进展，或记一笔。"""

    code = "case_already_claimed"


class CaseChangedError(ConflictError):
    """您打开以后，这件事又有了新进展。请看看最新的经过，再决定。"""

    code = "case_changed"


class StillRegisteredError(ConflictError):
    """这件事刚登记，还没有解决。"""

    code = "case_still_registered"


class StillRespondedError(ConflictError):
    """这件事响应了，还没有人认领。"""

    code = "case_still_responded"


class StillClaimedError(ConflictError):
    """这件事正在办。"""

    code = "case_still_claimed"


class AlreadyResolvedError(ConflictError):
    """这件事已经有结果，等着回话。"""

    code = "case_already_resolved"


class AlreadyFedBackError(ConflictError):
    """这件事已经回过话。"""

    code = "case_already_fed_back"


class AlreadyClosedError(ConflictError):
    """这件事已经办结。有新情况，可以在规定的天数里重新办理，过后请重新登记。"""

    code = "case_already_closed"


class AlreadyCancelledError(ConflictError):
    """这件事已经作废，不能再改。还要办，请重新登记。"""

    code = "case_already_cancelled"


class AlreadyRejectedError(ConflictError):
    """这件事没有受理，已经告诉反映人该找哪里，不能再改。还要办，请重新登记。"""

    code = "case_already_rejected"


class AlreadyMergedError(ConflictError):
    """这件事并到另一件里一起办了。"""

    code = "case_already_merged"


class NobodyToCallError(InvalidError):
    """这位反映人已经回过话，请选还没有回话的。"""

    code = "case_nobody_to_call"


class TriedJustNowError(ConflictError):
    """刚联系过这位反映人，过 {minutes} 分钟再联系才算下一次。"""

    code = "case_tried_just_now"


class ReopenTooLateError(ConflictError):
    """办结超过 {days} 天，不能重新办理了。请重新登记一件。"""

    code = "case_reopen_too_late"


class EvidenceMissingError(InvalidError):
    """请放一张现场照片，或者写明为什么没有照片。"""

    code = "case_evidence_missing"


class WordsMissingError(InvalidError):
    """请写几句话，让看的人明白。"""

    code = "case_words_missing"


class HappenedInFutureError(InvalidError):
    """发生的时间不能晚于现在。"""

    code = "case_happened_in_future"


class HappenedTooLongAgoError(InvalidError):
    """发生的时间最多补记 {hours} 小时前的，更早的请写在说明里。"""

    code = "case_happened_too_long_ago"


class TooManyPhotosError(InvalidError):
    """一次最多放 {limit} 张照片。"""

    code = "case_too_many_photos"


class LookReasonMissingError(InvalidError):
    """要看全名和电话，请先写原因，本人会看到。"""

    code = "case_look_reason_missing"


class NoPlaceError(InvalidError):
    """没有找到您住的地方，请到社区登记。"""

    code = "no_place"
