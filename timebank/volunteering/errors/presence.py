"""What can be refused at check-in and check-out; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PresenceNotFoundError(NotFoundError):
    """没有找到这次签到，可能不归您看。"""

    code: ClassVar[str] = "presence_not_found"


class ProofMissingError(InvalidError):
    """请扫现场的二维码，或者输入纸上的签到码。"""

    code: ClassVar[str] = "presence_proof_missing"


class StampExpiredError(InvalidError):
    """这个二维码过期了，请对着现场的屏幕再扫一次。"""

    code: ClassVar[str] = "stamp_expired"


class StampWrongError(InvalidError):
    """这不是这个任务的二维码，请扫现场的那一个。"""

    code: ClassVar[str] = "stamp_wrong"


class PaperCodeWrongError(InvalidError):
    """签到码不对，还可以试 {tries_left} 次。来时和走时的码不一样，请对着纸再看一遍。"""

    code: ClassVar[str] = "paper_code_wrong"


class PaperCodeLockedError(ConflictError):
    """签到码输错次数太多，请现场的工作人员替您签。"""

    code: ClassVar[str] = "paper_code_locked"


class TooEarlyError(ConflictError):
    """开始前 {minutes} 分钟才能签到，请到时候再签。"""

    code: ClassVar[str] = "check_in_too_early"


class TooLateError(ConflictError):
    """任务已经结束，现在不能签到。真的去了的话，请工作人员在签到表里补上。"""

    code: ClassVar[str] = "check_in_too_late"


class AlreadyHereError(ConflictError):
    """已经签过到了。走的时候再签退。"""

    code: ClassVar[str] = "already_checked_in"


class HereElsewhereError(ConflictError):
    """您在另一个任务上还没有签退，请先签退那一个。"""

    code: ClassVar[str] = "checked_in_elsewhere"


class NotHereError(ConflictError):
    """还没有签到，请先签到。"""

    code: ClassVar[str] = "not_checked_in"


class AlreadyLeftError(ConflictError):
    """已经签退了。"""

    code: ClassVar[str] = "already_checked_out"


class TooSoonError(ConflictError):
    """刚刚开始，不到一分钟，请做完再签退。"""

    code: ClassVar[str] = "check_out_too_soon"


class OfflineMomentError(InvalidError):
    """补写的时间要在任务前后，而且是已经过去的。请写到达或离开的时间。"""

    code: ClassVar[str] = "offline_moment_wrong"


class NotStaffHereError(ForbiddenError):
    """只有这里的工作人员可以替人签到，自己的要由别人来签。"""

    code: ClassVar[str] = "not_staff_here"


class ShowsNoStampError(ForbiddenError):
    """二维码和签到码只给服务对象和现场的工作人员看。"""

    code: ClassVar[str] = "shows_no_stamp"


class NobodyTickedError(InvalidError):
    """还没有勾选到场的人。"""

    code: ClassVar[str] = "nobody_ticked"


class TooManyTickedError(InvalidError):
    """一次最多勾 {limit} 个人，请分几次。"""

    code: ClassVar[str] = "too_many_ticked"


class NotOnRosterError(InvalidError):
    """{names} 不在这个任务的名单上，或者已经签过。请看看现在的名单。"""

    code: ClassVar[str] = "not_on_roster"


class FrozenOnRosterError(ConflictError):
    """{names} 的时间账户冻结着（去世或迁出已登记），记不了时间。请先去掉，其他人可以照记。"""

    code: ClassVar[str] = "frozen_on_roster"


class NothingToReviewError(ConflictError):
    """这次签到没有等着核对的。"""

    code: ClassVar[str] = "nothing_to_review"


class SpanOutsideTaskError(InvalidError):
    """时间要在任务前后：最早 {earliest:moment}，最晚 {latest:moment}。"""

    code: ClassVar[str] = "span_outside_task"


class RowTwiceError(InvalidError):
    """这个卡号在表里出现了两次，请去掉一行。"""

    code: ClassVar[str] = "roster_row_twice"


class RowNameDiffersError(InvalidError):
    """卡号 {card_no} 是 {name} 的，和表里的姓名不一样，请核对。"""

    code: ClassVar[str] = "roster_row_name_differs"


class RowTimeUnreadableError(InvalidError):
    """看不懂时间“{text}”，请写成 09:30 的样子。"""

    code: ClassVar[str] = "roster_row_time_unreadable"


class RowStandsElsewhereError(InvalidError):
    """这位志愿者在名单上但没有定下来，请先在任务页上选他，或者替他报名。"""

    code: ClassVar[str] = "roster_row_stands_elsewhere"


class RosterOverfullError(InvalidError):
    """到场的人比名额多了 {over} 位，请核对名单。"""

    code: ClassVar[str] = "roster_overfull"
