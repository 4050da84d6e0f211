"""What can be refused about becoming a volunteer, insurance, offers and what people say after."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class AdmissionNotFoundError(NotFoundError):
    """没有找到这份志愿者申请，可能不归您看。"""

    code: ClassVar[str] = "admission_not_found"


class NotYoursToAdmitError(ForbiddenError):
    """这位居民不在您负责的地方，请由那边的同事来办。"""

    code: ClassVar[str] = "admission_not_yours"


class IdentityNoteMissingError(InvalidError):
    """请写上核对了什么证件，比如 身份证原件，本人到场。"""

    code: ClassVar[str] = "admission_identity_missing"


class SameReviewerError(ForbiddenError):
    """核对身份和同意加入要由两位同事来办，本人的申请也不能自己办。"""

    code: ClassVar[str] = "admission_same_reviewer"


class AlreadyAppliedError(ConflictError):
    """已经申请过了，正在等社区答复。"""

    code: ClassVar[str] = "admission_already_applied"


class NotCheckedError(ConflictError):
    """还没有核对身份，请先核对。"""

    code: ClassVar[str] = "admission_not_checked"


class AlreadyCheckedError(ConflictError):
    """身份已经核对过了，等另一位同事同意。"""

    code: ClassVar[str] = "admission_already_checked"


class AlreadyAdmittedError(ConflictError):
    """已经是志愿者了。"""

    code: ClassVar[str] = "admission_already_admitted"


class AlreadyRefusedError(ConflictError):
    """这份申请已经答复没有通过。本人可以再申请一次。"""

    code: ClassVar[str] = "admission_already_refused"


class SuspendedError(ConflictError):
    """志愿服务暂停了，要先把事情弄清楚，再重新核对。"""

    code: ClassVar[str] = "admission_suspended"


class NotAdmittedError(ForbiddenError):
    """志愿者申请还没有通过，通过以后才能接任务。"""

    code: ClassVar[str] = "volunteer_not_admitted"


class NotInsuredError(ForbiddenError):
    """有风险的任务要先给志愿者买人身意外险，那一天的保险还没有登记。请社区先登记保险。"""

    code: ClassVar[str] = "volunteer_not_insured"


class CoverDaysError(InvalidError):
    """保险的到期日要晚于开始日，最长 {years} 年。"""

    code: ClassVar[str] = "cover_days"


class OfferNotFoundError(NotFoundError):
    """没有找到这个“我能帮忙”，可能已经收起来了。"""

    code: ClassVar[str] = "offer_not_found"


class OfferClosedError(ConflictError):
    """这个“我能帮忙”已经收起来了，请看看别的。"""

    code: ClassVar[str] = "offer_closed"


class OfferOwnError(InvalidError):
    """这是您自己能帮的忙，要请别人来帮您。"""

    code: ClassVar[str] = "offer_own"


class OfferDaysError(InvalidError):
    """最后一天要在今天到 {days} 天以内，到时候可以再写。"""

    code: ClassVar[str] = "offer_days"


class TooManyOffersError(ConflictError):
    """同时最多写 {limit} 个，请先收起来一个。"""

    code: ClassVar[str] = "offer_too_many"


class NotServedYetError(ConflictError):
    """做完以后才能说说怎么样。"""

    code: ClassVar[str] = "feedback_not_served"


class NotYoursToTellError(ForbiddenError):
    """只有服务对象、请人的亲属和志愿者本人可以说，或者由工作人员替他们记下。"""

    code: ClassVar[str] = "feedback_not_yours"


class AlreadyToldError(ConflictError):
    """这次已经说过了，谢谢您。"""

    code: ClassVar[str] = "feedback_already_told"


class SolvedMissingError(InvalidError):
    """请选一下事情办好了没有。"""

    code: ClassVar[str] = "feedback_solved_missing"
