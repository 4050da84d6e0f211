"""What can be refused about hours; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class RecordNotFoundError(NotFoundError):
    """没有找到这条服务记录，可能不归您看。"""

    code: ClassVar[str] = "record_not_found"


class VolunteersFrozenError(ConflictError):
    """{names} 的时间账户冻结着（去世或迁出已登记），时间记不进去。请先不选，其他人可以照批。"""

    code: ClassVar[str] = "volunteers_frozen"


class KindNotFoundError(InvalidError):
    """没有这种服务，请从列表里选一种。"""

    code: ClassVar[str] = "kind_not_found"


class VolunteerMissingError(InvalidError):
    """请选一下是哪位志愿者做的服务。"""

    code: ClassVar[str] = "volunteer_missing"


class PersonUnknownError(InvalidError):
    """没有找到这位居民，请重新找一下。"""

    code: ClassVar[str] = "person_unknown"


class CardNotFoundError(InvalidError):
    """没有卡号是 {card_no} 的居民，请对着卡片再看一遍。"""

    code: ClassVar[str] = "card_not_found"


class PlaceNotFoundError(InvalidError):
    """没有找到这个楼栋单元，请从列表里选。"""

    code: ClassVar[str] = "place_not_found"


class CentreNotFoundError(InvalidError):
    """没有找到这家服务中心，请从列表里选，或者先空着。"""

    code: ClassVar[str] = "service_centre_unknown"


class CaseNotFoundError(InvalidError):
    """没有找到这个案件，请核对编号，或者先空着。"""

    code: ClassVar[str] = "case_not_found"


class OrganisationNotFoundError(InvalidError):
    """没有找到这个单位，请从列表里选。"""

    code: ClassVar[str] = "organisation_not_found"


class ServedNobodyError(InvalidError):
    """请写清楚为谁服务：选一位居民，或者写上活动名称。"""

    code: ClassVar[str] = "served_nobody"


class ServedSelfError(InvalidError):
    """为自己做的事不记服务时间，请换一位服务对象。"""

    code: ClassVar[str] = "served_self"


class EndsBeforeStartError(InvalidError):
    """结束时间要晚于开始时间，请改一下。过了半夜的，请按两天分开记。"""

    code: ClassVar[str] = "ends_before_start"


class TooLongError(InvalidError):
    """一次服务最多记 {limit:minutes}，这次有 {minutes:minutes}。分开做的请分开记。"""

    code: ClassVar[str] = "too_long"


class NotWholeMinutesError(InvalidError):
    """时间只写到分钟，请去掉秒。"""

    code: ClassVar[str] = "not_whole_minutes"


class FutureServiceError(InvalidError):
    """服务还没有做完，做完再来记。"""

    code: ClassVar[str] = "future_service"


class LateReasonMissingError(InvalidError):
    """这是 {days} 天以前的服务，超过 {limit_days} 天要写一句为什么补记。"""

    code: ClassVar[str] = "late_reason_missing"


class OverlapError(ConflictError):
    """这段时间已经记过一次服务了，同一个时间不能记两次。请改时间，或者先改原来那条。"""

    code: ClassVar[str] = "overlap"


class DayFullError(ConflictError):
    """一天最多记 {limit:minutes}。这一天已有 {have:minutes}，再记 {minutes:minutes} 就超过了。"""

    code: ClassVar[str] = "day_full"


class DayFilledMeanwhileError(ConflictError):
    """这一天刚刚又记进了别的服务，合起来超过了一天的上限。请看看现在的记录再决定。"""

    code: ClassVar[str] = "day_filled_meanwhile"


class AlreadyConfirmedError(ConflictError):
    """这条记录已经确认过了，不用再确认。"""

    code: ClassVar[str] = "already_confirmed"


class NotConfirmedError(ConflictError):
    """服务对象还没有确认。请等对方确认，或者填上签字单的编号。"""

    code: ClassVar[str] = "not_confirmed"


class AlreadyApprovedError(ConflictError):
    """这条记录已经核对入账。要改的话，请社区管理员撤销入账。"""

    code: ClassVar[str] = "already_approved"


class NotRejectedError(ConflictError):
    """这条记录没有被退回，不用恢复。"""

    code: ClassVar[str] = "not_rejected"


class NotApprovedError(ConflictError):
    """这条记录还没有入账，没有可以撤销的。"""

    code: ClassVar[str] = "not_approved"


class AlreadyRejectedError(ConflictError):
    """这条记录已经退回。改好以后可以再交一次。"""

    code: ClassVar[str] = "already_rejected"


class AlreadyWithdrawnError(ConflictError):
    """这条记录已经收回。需要的话请重新记一次。"""

    code: ClassVar[str] = "already_withdrawn"


class AlreadyUnapprovedError(ConflictError):
    """这条记录的入账已经撤销。需要的话请重新记一次。"""

    code: ClassVar[str] = "already_unapproved"


class NotRecorderError(ForbiddenError):
    """您只能记自己做的服务，或者您负责的地方的服务。"""

    code: ClassVar[str] = "not_recorder"


class NotYoursToChangeError(ForbiddenError):
    """只有做服务的人和记录的人可以改这条记录。"""

    code: ClassVar[str] = "not_yours_to_change"


class NotRecipientError(ForbiddenError):
    """只有接受服务的人可以确认。请对方登录确认，或者请对方告诉您六位确认码。"""

    code: ClassVar[str] = "not_recipient"


class ConfirmsOwnServiceError(ForbiddenError):
    """自己做的服务不能由自己凭签字单确认，请交给别的同事。"""

    code: ClassVar[str] = "confirms_own_service"


class WrongCodeError(InvalidError):
    """确认码不对，还可以试 {tries_left} 次。请对着纸条或对方的页面再看一遍。"""

    code: ClassVar[str] = "wrong_code"


class CodeLockedError(ConflictError):
    """确认码输错次数太多，这条记录不能再用确认码。请对方登录确认，或者交签字单给社区。"""

    code: ClassVar[str] = "code_locked"


class SlipUsedError(ConflictError):
    """编号 {slip_number} 的签字单已经用过了，请核对编号。"""

    code: ClassVar[str] = "slip_used"


class SlipUsedMeanwhileError(ConflictError):
    """这个编号的签字单刚刚被用掉了，请核对编号。"""

    code: ClassVar[str] = "slip_used_meanwhile"


class ApprovesOwnError(ForbiddenError):
    """这是您自己做的、受益的或者记录的服务，要请别人核对。"""

    code: ClassVar[str] = "approves_own"


class ApprovesKinError(ForbiddenError):
    """这里面有您的家人，要请别人核对。"""

    code: ClassVar[str] = "approves_kin"


class ApproverUnknownError(ForbiddenError):
    """核对要由登录的人来做，程序不能代替。"""

    code: ClassVar[str] = "approver_unknown"


class NothingChosenError(InvalidError):
    """还没有选中记录，请先勾选要通过的记录。"""

    code: ClassVar[str] = "nothing_chosen"


class TooManyChosenError(InvalidError):
    """一次最多通过 {limit} 条，请分几次。"""

    code: ClassVar[str] = "too_many_chosen"


class ReasonMissingError(InvalidError):
    """请写一句原因，让对方明白。"""

    code: ClassVar[str] = "reason_missing"


class CreditsNothingError(ConflictError):
    """按现在的规则，这次服务折算下来不到一个记账单位，不能入账。请退回并说明。"""

    code: ClassVar[str] = "credits_nothing"


class NotYoursToObjectError(ForbiddenError):
    """只有做服务的人和接受服务的人可以对这条记录提意见。"""

    code: ClassVar[str] = "not_yours_to_object"


class NoObjectionError(ConflictError):
    """这条记录现在没有等着答复的意见。"""

    code: ClassVar[str] = "no_objection"
