"""What can be wrong with what households owe, one class each."""

from timebank.cofund.errors.projects import WrongStateError
from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class ReceivableNotFoundError(NotFoundError):
    """没有找到这一户的应缴款。"""

    code = "receivable_not_found"


class WaiverNotFoundError(NotFoundError):
    """没有找到这个减免申请。"""

    code = "waiver_not_found"


class CannotRaiseError(WrongStateError):
    """签了三方协议、还没有结算的项目才能分摊到户。"""


class NoHouseholdsError(InvalidError):
    """没有可以分摊的户，请先录入产权清册。"""

    code = "no_households"


class NoResidentsShareError(InvalidError):
    """居民承担的部分已经全部分摊到户，没有剩下的了。"""

    code = "no_residents_share"


class BadInstalmentsError(InvalidError):
    """分期要有 1 到 9 期，各期比例加起来正好 100%，日期一期比一期晚。"""

    code = "bad_instalments"


class TooSmallPartError(InvalidError):
    """有的户一期连一分钱都分不到，请减少期数或者户数。"""

    code = "part_too_small"


class DueInPastError(InvalidError):
    """缴费截止日不能早于今天。"""

    code = "due_in_past"


class MoreThanOutstandingError(InvalidError):
    """这一户这一期只欠 {outstanding_fen:fen}，{amount_fen:fen} 就多了。请核对金额。"""

    code = "more_than_outstanding"


class ReceivablePaidError(ConflictError):
    """这一户已经缴过钱，不能撤销应缴款；请先撤回收款。"""

    code = "receivable_paid"


class WaiverDecidedError(ConflictError):
    """这个减免申请已经有人办了。"""

    code = "waiver_decided"


class WaiverOpenError(ConflictError):
    """这一户已有一个减免申请在等审批。"""

    code = "waiver_open"


class OwnWaiverError(ForbiddenError):
    """自己申请的减免要请另一个人来批。"""

    code = "own_waiver"


class NotResidentsError(InvalidError):
    """缴费码是居民户的，付款方要选居民。"""

    code = "not_residents"


class NothingAskedError(InvalidError):
    """请填缴费码和金额，或者收据编号。"""

    code = "nothing_asked"


class NoCreditError(ConflictError):
    """这户没有预存款，或者这一期已经不欠了。"""

    code = "no_credit"
