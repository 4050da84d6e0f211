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
    """公示以后、付款以前的项目才能签三方协议。"""


class CannotReceiveError(WrongStateError):
    """签了三方协议、还没有结项的项目才能收款。"""


class CannotUndoError(WrongStateError):
    """项目已经结束，收款不能再撤回。"""


class CannotSpendError(WrongStateError):
    """收到钱、还没有结项的项目才能付款。"""


class CannotAcceptError(WrongStateError):
    """正在施工的项目才能验收。"""


class CannotAmendError(WrongStateError):
    """正在筹款或施工的项目才能签变更协议。"""


class CannotDeductError(WrongStateError):
    """施工、验收或质保期间才能扣质保金。"""


class CannotReleaseError(WrongStateError):
    """质保期间才能退质保金。"""


class CannotSettleError(WrongStateError):
    """验收以后才能结算。"""


class CannotCloseError(WrongStateError):
    """结算以后才能结项。"""


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


class SignedTooEarlyError(InvalidError):
    """公示到 {until:day} 才满，协议要在这以后签。"""

    code = "signed_before_publicity"


class ShareBelowPaidError(InvalidError):
    """有一方已经付了 {received_fen:fen}，新份额 {share_fen:fen} 不能比它少。"""

    code = "share_below_paid"


class LineBelowSpentError(InvalidError):
    """“{label}”已经申请付款 {spent_fen:fen}，改后的金额不能比它少。"""

    code = "line_below_spent"


class ContractMissingError(InvalidError):
    """{limit_fen:fen} 以上的付款要附上合同。"""

    code = "contract_missing"


class NotPaperError(InvalidError):
    """合同和发票要用 PDF 或图片。"""

    code = "not_paper"


class BeforeAcceptanceError(ConflictError):
    """验收以前最多付 {most_fen:fen}，已批的加上这一笔是 {sum_fen:fen}。请验收以后再付尾款。"""

    code = "before_acceptance"


class ApprovedBeforeError(ForbiddenError):
    """您已经批过一次，这么大的付款要请第三个人再批。"""

    code = "approved_before"


class ChangedPayeeError(ForbiddenError):
    """收款人是您改的，要请另一个人来批。"""

    code = "changed_payee_self"


class PayeeWaitError(ConflictError):
    """收款人改过，要等到 {until:moment} 才能付款。"""

    code = "payee_wait"


class SamePayeeError(InvalidError):
    """收款人和账号都没有变。"""

    code = "same_payee"


class RetentionHeldError(ConflictError):
    """还有质保金 {withheld_fen:fen} 没有退清，请先退给施工方，或者写明原因扣下。"""

    code = "retention_held"


class RetentionEarlyError(ConflictError):
    """质保期到 {until:day} 才满。要提前退，请写明原因。"""

    code = "retention_early"


class MoreThanWithheldError(InvalidError):
    """留着的质保金只有 {withheld_fen:fen}，不够 {amount_fen:fen}。"""

    code = "more_than_withheld"


class RetentionMoveNotFoundError(NotFoundError):
    """没有找到这笔质保金的申请。"""

    code = "retention_move_not_found"


class RetentionMoveDecidedError(ConflictError):
    """这笔质保金的申请已经有人办了。"""

    code = "retention_move_decided"


class OpenRetentionMovesError(ConflictError):
    """还有 {count} 笔质保金的申请没有办。"""

    code = "retention_moves_open"
