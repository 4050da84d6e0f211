"""What can be refused about tasks, sign-ups and presence; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class TaskNotFoundError(NotFoundError):
    """没有找到这个任务，可能不归您看。"""

    code: ClassVar[str] = "task_not_found"


class SignUpNotFoundError(NotFoundError):
    """没有找到这次报名，可能不归您看。"""

    code: ClassVar[str] = "sign_up_not_found"


class TaskInPastError(InvalidError):
    """任务要安排在以后的时间，请换一个。"""

    code: ClassVar[str] = "task_in_past"


class TaskEndsBeforeStartError(InvalidError):
    """结束时间要晚于开始时间，一次最长 {limit:minutes}。"""

    code: ClassVar[str] = "task_ends_before_start"


class ActivityMissingError(InvalidError):
    """请写上活动的名称。"""

    code: ClassVar[str] = "task_activity_missing"


class NotCoordinatorError(ForbiddenError):
    """这个地方的任务不归您安排。"""

    code: ClassVar[str] = "task_not_coordinator"


class TaskCancelledError(ConflictError):
    """这个任务已经取消了。"""

    code: ClassVar[str] = "task_cancelled"


class TaskDoneError(ConflictError):
    """这个任务已经做完了。"""

    code: ClassVar[str] = "task_done"


class TaskUnmetError(ConflictError):
    """这个任务的时间已经过去，当时没有人来。"""

    code: ClassVar[str] = "task_unmet"


class TaskStartedError(ConflictError):
    """任务已经开始了，不能再报名或者换人。"""

    code: ClassVar[str] = "task_started"


class TaskFullError(ConflictError):
    """名额已经满了。可以先排进候补，有人去不了会自动补上。"""

    code: ClassVar[str] = "task_full"


class ServesSelfError(InvalidError):
    """这个任务是为您自己求助的，要请别人来做。"""

    code: ClassVar[str] = "task_serves_self"


class BookedTwiceError(ConflictError):
    """这段时间已经答应了别的任务，同一个时间只能去一处。"""

    code: ClassVar[str] = "booked_twice"


class MinorRiskyError(ForbiddenError):
    """未成年人不能做有风险的任务。"""

    code: ClassVar[str] = "minor_risky"


class AgeUnknownError(ForbiddenError):
    """有风险的任务要知道年龄，这位志愿者还没有登记生日，请先到社区补上。"""

    code: ClassVar[str] = "age_unknown"


class GuardianConsentMissingError(ForbiddenError):
    """未成年人要监护人同意才能参加。请监护人到社区登记一次同意。"""

    code: ClassVar[str] = "guardian_consent_missing"


class NotGuardianError(InvalidError):
    """登记的监护人要是核实过的父母或者祖父母。"""

    code: ClassVar[str] = "not_guardian"


class NotMinorError(InvalidError):
    """这位居民已经成年，不用监护人同意。"""

    code: ClassVar[str] = "not_minor"


class SkillMissingError(ForbiddenError):
    """这个任务要会的本事，您还没有勾上。会的话，请先在“我的志愿服务”里勾上。"""

    code: ClassVar[str] = "skill_missing"


class SexNotWantedError(ForbiddenError):
    """服务对象对来的人是男是女有要求，这次不合适。您可以看看别的任务。"""

    code: ClassVar[str] = "sex_not_wanted"


class AlreadySignedUpError(ConflictError):
    """已经报过名了，等对方挑选。"""

    code: ClassVar[str] = "already_signed_up"


class AlreadyAskedError(ConflictError):
    """已经请过这位志愿者，等他答复。"""

    code: ClassVar[str] = "already_asked"


class AlreadyWaitingError(ConflictError):
    """已经在候补里了，有空位会自动补上。"""

    code: ClassVar[str] = "already_waiting"


class AlreadyAcceptedError(ConflictError):
    """这个任务已经定了这位志愿者。"""

    code: ClassVar[str] = "already_accepted"


class SignUpDeclinedError(ConflictError):
    """这位志愿者已经说了去不了。"""

    code: ClassVar[str] = "sign_up_declined"


class SignUpTurnedDownError(ConflictError):
    """这次报名没有选上，可以看看别的任务。"""

    code: ClassVar[str] = "sign_up_turned_down"


class SignUpWithdrawnError(ConflictError):
    """这次报名已经取消。想去的话可以再报一次。"""

    code: ClassVar[str] = "sign_up_withdrawn"


class SignUpCancelledError(ConflictError):
    """任务取消了，报名也跟着取消。"""

    code: ClassVar[str] = "sign_up_cancelled"


class SignUpLapsedError(ConflictError):
    """任务的时间已经过去，这次报名不再有效。"""

    code: ClassVar[str] = "sign_up_lapsed"


class SignUpMissedError(ConflictError):
    """这次已经记成没有到场。要是记错了，请工作人员在签到表里补上。"""

    code: ClassVar[str] = "sign_up_missed"


class SignUpServedError(ConflictError):
    """这次已经签到签退，服务做完了。"""

    code: ClassVar[str] = "sign_up_served"


class NotAcceptedError(ConflictError):
    """这个任务还没有定下您，不能签到。"""

    code: ClassVar[str] = "not_accepted"


class NotYoursToPickError(ForbiddenError):
    """只有求助的人和负责这里的工作人员可以挑选志愿者。"""

    code: ClassVar[str] = "not_yours_to_pick"


class NotYoursToAnswerError(ForbiddenError):
    """只有志愿者本人可以答复或者取消自己的报名。"""

    code: ClassVar[str] = "not_yours_to_answer"


class TooEarlyToMissError(ConflictError):
    """任务还没有结束，不能记没有到场。"""

    code: ClassVar[str] = "too_early_to_miss"


class ContactClosedError(ForbiddenError):
    """地址和电话从开始前 {before} 小时到结束后 {after} 小时能看，现在看不到。"""

    code: ClassVar[str] = "contact_closed"


class ContactNotYoursError(ForbiddenError):
    """只有定下来的志愿者可以看服务对象的地址和电话。"""

    code: ClassVar[str] = "contact_not_yours"
