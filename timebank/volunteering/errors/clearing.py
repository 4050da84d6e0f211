"""What can be refused between communities; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PairNotFoundError(NotFoundError):
    """没有找到和这个社区的往来。"""

    code: ClassVar[str] = "clearing_pair_not_found"


class OtherCommunityUnknownError(InvalidError):
    """请选另一个社区。"""

    code: ClassVar[str] = "clearing_community_unknown"


class TermsNotFoundError(NotFoundError):
    """没有找到这份约定。"""

    code: ClassVar[str] = "clearing_terms_not_found"


class TermsWaitingError(ConflictError):
    """还有一份约定等着签，签了或撤回了再提新的。"""

    code: ClassVar[str] = "clearing_terms_waiting"


class TermsSettledError(ConflictError):
    """这份约定已经签过或撤回了。"""

    code: ClassVar[str] = "clearing_terms_settled"


class OwnProposalError(ForbiddenError):
    """这是本社区提的，要由对方社区来签。"""

    code: ClassVar[str] = "clearing_own_proposal"


class TermsInPastError(InvalidError):
    """约定只能从今天或以后生效。"""

    code: ClassVar[str] = "clearing_terms_in_past"


class NoAgreementError(ConflictError):
    """两个社区之间没有生效的通存通兑约定，现在不能转。"""

    code: ClassVar[str] = "clearing_no_agreement"


class ClearingFrozenError(ConflictError):
    """{community}暂停了两个社区之间的往来：{reason}。现在不能转，账上没有变动。"""

    code: ClassVar[str] = "clearing_frozen"


class AlreadyFrozenError(ConflictError):
    """本社区已经暂停过了。"""

    code: ClassVar[str] = "clearing_already_frozen"


class NotFrozenError(ConflictError):
    """本社区没有暂停往来，不用恢复。"""

    code: ClassVar[str] = "clearing_not_frozen"


class ClearingLimitError(ConflictError):
    """超过两个社区约定的 {limit:minutes}：还能转 {left:minutes}，这次要转 {need:minutes}。"""

    code: ClassVar[str] = "clearing_limit"


class DestinationUnknownError(InvalidError):
    """那边没有这个人：要么是您本人在那边也登记了（身份证号一致），要么是核实过的亲属。"""

    code: ClassVar[str] = "clearing_destination_unknown"


class ArrivedLatelyError(ConflictError):
    """您 {arrived:day} 刚从别的社区转来时间，{until:day} 起才能再转走。"""

    code: ClassVar[str] = "clearing_arrived_lately"


class TransferNotFoundError(NotFoundError):
    """没有找到这笔往来。"""

    code: ClassVar[str] = "clearing_transfer_not_found"


class TransferDecidedError(ConflictError):
    """这笔往来已经有结果了，请刷新页面看。"""

    code: ClassVar[str] = "clearing_transfer_decided"


class NotSenderError(ForbiddenError):
    """只有转出的人自己能收回。"""

    code: ClassVar[str] = "clearing_not_sender"


class NotReceivingSideError(ForbiddenError):
    """这笔要由收的那一边来定。"""

    code: ClassVar[str] = "clearing_not_receiving_side"


class NearTransferError(ForbiddenError):
    """这笔是您自己或您家里人的，请换一位工作人员来办。"""

    code: ClassVar[str] = "clearing_near_transfer"


class VoucherNotHereError(NotFoundError):
    """没有这个码，或者不是开给本社区的，或者已经用过、收回、过期了。"""

    code: ClassVar[str] = "clearing_voucher_not_here"


class VoucherShortError(ConflictError):
    """这个码最多用 {have:minutes}，这次要 {need:minutes}。"""

    code: ClassVar[str] = "clearing_voucher_short"


class VoucherAtCounterError(ConflictError):
    """在服务点用掉的时间，请由那个服务点撤销。"""

    code: ClassVar[str] = "clearing_voucher_at_counter"


class ReversalAskedError(ConflictError):
    """已经提过撤销了，等对方社区同意。"""

    code: ClassVar[str] = "clearing_reversal_asked"


class ReversalNotAskedError(ConflictError):
    """没有等着同意的撤销。"""

    code: ClassVar[str] = "clearing_reversal_not_asked"


class OwnReversalError(ForbiddenError):
    """撤销是本社区提的，要由对方社区同意。"""

    code: ClassVar[str] = "clearing_own_reversal"


class MonthNotOverError(InvalidError):
    """这个月还没过完，过完了再出轧差表。"""

    code: ClassVar[str] = "clearing_month_not_over"


class SheetOrderError(ConflictError):
    """轧差表要一个月接一个月出，下一张是 {month:day} 那个月的。"""

    code: ClassVar[str] = "clearing_sheet_order"


class SheetNotFoundError(NotFoundError):
    """没有找到这张轧差表。"""

    code: ClassVar[str] = "clearing_sheet_not_found"


class SheetSignedError(ConflictError):
    """本社区已经签过这张轧差表了。"""

    code: ClassVar[str] = "clearing_sheet_signed"


class SheetDiffersError(ConflictError):
    """两边的账对不上，不能签：第 {number} 笔。请先核账。"""

    code: ClassVar[str] = "clearing_sheet_differs"


class SheetTotalsDifferError(ConflictError):
    """两边的账对不上，不能出表，也不能签：期末两本账的数不一样。请先核账。"""

    code: ClassVar[str] = "clearing_sheet_totals_differ"


class SheetUnsignedError(ConflictError):
    """两边都签了轧差表才能结清。"""

    code: ClassVar[str] = "clearing_sheet_unsigned"


class SettlesTooMuchError(ConflictError):
    """结得比欠的还多：欠 {owed:minutes}，要结 {need:minutes}。"""

    code: ClassVar[str] = "clearing_settles_too_much"


class SettlementNotFoundError(NotFoundError):
    """没有找到这笔结清。"""

    code: ClassVar[str] = "clearing_settlement_not_found"


class SettlementDecidedError(ConflictError):
    """这笔结清已经签过或撤回了。"""

    code: ClassVar[str] = "clearing_settlement_decided"


class ClearingRaceError(ConflictError):
    """两个社区之间刚刚又有一笔往来，这一笔没有记，请再试一次。"""

    code: ClassVar[str] = "clearing_race"
