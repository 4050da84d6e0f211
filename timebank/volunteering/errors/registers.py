"""What can be refused about lists for other registers; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class BatchNotFoundError(NotFoundError):
    """没有找到这一批。"""

    code: ClassVar[str] = "register_batch_not_found"


class NothingToExportError(ConflictError):
    """这段时间没有还没导出的记录，也没有要更正的。"""

    code: ClassVar[str] = "nothing_to_export"


class IdNumbersForbiddenError(ForbiddenError):
    """您不能导出证件号码，请去掉这一项。"""

    code: ClassVar[str] = "id_numbers_forbidden"


class RegisterPeriodError(InvalidError):
    """结束的日子不能早于开始的日子，也不能晚于今天。"""

    code: ClassVar[str] = "register_period"


class ExportedMeanwhileError(ConflictError):
    """别的同事刚导出过，请看看名单再导。"""

    code: ClassVar[str] = "exported_meanwhile"
