"""The rules of the reserve's money that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class ReceiptNotFoundError(NotFoundError):
    """没有找到这笔到账。"""

    code = "reserve_receipt_not_found"


class ReceiptDayError(InvalidError):
    """到账的日子不能在今天以后。"""

    code = "reserve_receipt_day"


class ReceiptKnownError(ConflictError):
    """单据 {document} 已经记过，请看清号码。"""

    code = "reserve_receipt_known"


class ReceiptUndoneError(ConflictError):
    """这笔到账已经撤销。"""

    code = "reserve_receipt_undone"


class UndoesOwnReceiptError(ForbiddenError):
    """自己记的到账，要由另一位财务或社区管理员来撤销。"""

    code = "reserve_own_receipt"
