"""The rules of the tills that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class TillNotFoundError(NotFoundError):
    """没有找到这个窗口，可能已经停用。"""

    code = "till_not_found"


class TillNameTakenError(ConflictError):
    """这个服务点已经有叫“{name}”的窗口了，请换个名字。"""

    code = "till_name_taken"


class DayClosedError(ConflictError):
    """{till}{day:day}已经日结，不能再办，也不能再撤。请换一个窗口，或者明天再办。"""

    code = "day_closed"


class DayMinutesError(ConflictError):
    """每人一天最多用 {limit:minutes}，今天已用 {used:minutes}，再要 {need:minutes}就超了。"""

    code = "day_minutes"


class SecondNeededError(InvalidError):
    """撤销要两个人。请第二位同事选名字、输工作密码；身边没有人的，请别的同事在自己的页面上同意。"""

    code = "undo_second_needed"


class UndoAskedError(ConflictError):
    """这笔已经请人同意撤销了，正在等。"""

    code = "undo_asked"


class UndoRequestNotFoundError(NotFoundError):
    """没有找到这个撤销的请求，可能不归您这个服务点。"""

    code = "undo_request_not_found"


class UndoAnsweredError(ConflictError):
    """这个请求已经有人答复过了。"""

    code = "undo_answered"


class SecondSelfError(ForbiddenError):
    """第二个人不能是自己，也不能是这位老人的家里人。请换一位同事。"""

    code = "undo_second_self"


class SecondNotHereError(InvalidError):
    """这位同事不在这个服务点工作，不能在这里签。"""

    code = "second_not_here"


class CardNotHereError(InvalidError):
    """扫的不是这位老人的卡。请再扫一次，或者换成密码。"""

    code = "card_not_theirs"


class PhotoMissingError(InvalidError):
    """{name}的卡还没有照片，不能看照片对人。请用密码，或者先在“会员卡”页补照片。"""

    code = "photo_missing"


class TakenTooManyError(InvalidError):
    """预约了 {booked} 份，领的份数要在 1 到 {booked} 之间。"""

    code = "taken_out_of_range"


class InsteadUnnamedError(InvalidError):
    """替老人来的人要写名字，也要选他来做什么。"""

    code = "instead_unnamed"


class TableEmptyError(InvalidError):
    """同桌至少要两位老人，最多 {most} 位。请一位一位扫卡。"""

    code = "table_seats"


class CloseNotFoundError(NotFoundError):
    """没有找到这一天的日结，可能还没有点数，或者不归您看。"""

    code = "close_not_found"


class CloseDayError(InvalidError):
    """只能结今天和以前的日子，而且那天这个窗口要有过流水。"""

    code = "close_day"


class AlreadyClosedError(ConflictError):
    """{day:day}已经日结了，不能再改。"""

    code = "already_closed"


class DifferenceUnexplainedError(InvalidError):
    """点出来的和系统记的不一样，请写清楚差在哪里。"""

    code = "difference_unexplained"


class CountStaleError(ConflictError):
    """点数以后又办了或撤了一笔。请重新点一遍，再请人签字。"""

    code = "count_stale"


class SignerSelfError(ForbiddenError):
    """点数的人不能自己签字。请另一位同事选自己的名字，输工作密码。"""

    code = "signer_self"


class AloneNotAllowedError(ForbiddenError):
    """这个服务点规定要两个人签日结。请另一位同事来签。"""

    code = "sign_alone_not_allowed"
