"""The rules of co-funding that can be broken, one class each."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class ProjectNotFoundError(NotFoundError):
    """没有找到这个项目，可能编号不对，或者不归您看。"""

    code = "project_not_found"


class ContributionNotFoundError(NotFoundError):
    """没有找到这笔收款。"""

    code = "contribution_not_found"


class SpendingRequestNotFoundError(NotFoundError):
    """没有找到这张付款申请。"""

    code = "spending_request_not_found"


class CostLineNotFoundError(InvalidError):
    """造价里没有这一项，请从项目的造价里选。"""

    code = "cost_line_not_found"


class PlaceNotFoundError(InvalidError):
    """没有找到这个微网格，请重新选。"""

    code = "place_not_found"


class CaseNotFoundError(InvalidError):
    """没有找到起因案件，请从案件页面重新立项。"""

    code = "case_not_found"


class WrongStateError(ConflictError):
    """项目现在走到别的步骤了，请看看现在的样子再决定。"""

    code = "project_in_other_state"


class CannotCostError(WrongStateError):
    """已经有人付款，或者项目已经结束，造价不能再改。"""


class CannotAgreeError(WrongStateError):
    """还没有造价，或者已经有人付款，现在不能签三方协议。"""


class CannotReceiveError(WrongStateError):
    """签了三方协议、还没有结项的项目才能收款。"""


class CannotUndoError(WrongStateError):
    """项目已经结束，收款不能再撤回。"""


class CannotSpendError(WrongStateError):
    """收到钱、还没有结项的项目才能付款。"""


class CannotAcceptError(WrongStateError):
    """正在施工的项目才能验收。"""


class CannotCloseError(WrongStateError):
    """验收以后才能结项。"""


class CannotCancelError(WrongStateError):
    """项目已经验收或者结束，不能取消。"""


class SpendingDecidedError(ConflictError):
    """这张付款申请已经有人办了，请看看现在的样子。"""

    code = "spending_request_decided"


class OpenSpendingError(ConflictError):
    """还有 {count} 张付款申请没有办完，请先付款、退回或撤回。"""

    code = "spending_open"


class NoCostLinesError(InvalidError):
    """请至少写一项造价和它的金额。"""

    code = "no_cost_lines"


class TooManyCostLinesError(InvalidError):
    """造价最多写 {limit} 项，请合并几项。"""

    code = "too_many_cost_lines"


class BadAmountError(InvalidError):
    """金额要大于零，最多一亿元。"""

    code = "bad_amount"


class BadWeightsError(InvalidError):
    """三方的份额不能是负数，也不能全是零。"""

    code = "bad_weights"


class SharesDifferError(InvalidError):
    """三方金额加起来是 {sum_fen:fen}，造价是 {total_fen:fen}，两个数要一样。"""

    code = "shares_differ"


class DocumentNotFoundError(InvalidError):
    """没有找到这份文件，请重新上传。"""

    code = "document_not_found"


class DocumentMissingError(InvalidError):
    """请附上合同、发票或协议的扫描件。"""

    code = "document_missing"


class PartyWithoutShareError(InvalidError):
    """三方协议里这一方不用出钱，请核对是哪一方付的。"""

    code = "party_without_share"


class MoreThanOwedError(InvalidError):
    """这一方只欠 {owed_fen:fen}，收 {amount_fen:fen} 就多了。请核对金额，多出的请退给付款人。"""

    code = "more_than_owed"


class FutureDayError(InvalidError):
    """日期不能在今天以后。"""

    code = "future_day"


class BeforeAgreementError(InvalidError):
    """收款日期早于三方协议签订的 {signed_on:day}，请核对。"""

    code = "before_agreement"


class AboveAgreedError(InvalidError):
    """三方约定的钱只剩 {left_fen:fen} 没花，申请 {amount_fen:fen} 就多了。请核对金额。"""

    code = "above_agreed"


class NotEnoughReceivedError(ConflictError):
    """账上能用的只有 {available_fen:fen}，不够付 {amount_fen:fen}。请等钱到了再批。"""

    code = "not_enough_received"


class ContributionSpentError(ConflictError):
    """这笔钱已经用出或留作付款，账上能用的只有 {available_fen:fen}，不能撤回 {amount_fen:fen}。"""

    code = "contribution_spent"


class AlreadyUndoneError(ConflictError):
    """这笔收款已经撤回过了。"""

    code = "contribution_already_undone"


class SameKeyError(ConflictError):
    """这个收款编号已经记过另一笔，请刷新页面再记。"""

    code = "contribution_key_reused"


class OwnRequestError(ForbiddenError):
    """自己申请的付款要请另一个人来批。"""

    code = "own_spending_request"


class NotOwnRequestError(ForbiddenError):
    """只有申请的人自己能撤回；别人可以退回。"""

    code = "not_own_spending_request"


class NoLoginError(ForbiddenError):
    """付款要由登录的人来办，程序不能代办。"""

    code = "login_needed"


class MissingReasonError(InvalidError):
    """请写明原因，让当事人看得明白。"""

    code = "missing_reason"
