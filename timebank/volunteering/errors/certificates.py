"""What can be refused about certificates; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class CodeMistypedError(InvalidError):
    """这个码抄得不对：一共 16 位，没有 0、1、I、O、Z。请对着证明再看一遍。"""

    code: ClassVar[str] = "code_mistyped"


class CertificateUnknownError(NotFoundError):
    """没有用这个码开过证明。请对着纸再看一遍；还是不对，就不是这里开的。"""

    code: ClassVar[str] = "certificate_unknown"


class CertificateNotFoundError(NotFoundError):
    """没有找到这份证明，可能不归您看。"""

    code: ClassVar[str] = "certificate_not_found"


class NoServiceOfOwnError(ForbiddenError):
    """这个账号没有对应的居民，开不了证明。"""

    code: ClassVar[str] = "no_service_of_own"


class PeriodEmptyError(InvalidError):
    """结束的日子不能早于开始的日子。"""

    code: ClassVar[str] = "period_empty"


class PeriodToComeError(InvalidError):
    """只能开到今天为止。"""

    code: ClassVar[str] = "period_to_come"


class NothingToCertifyError(ConflictError):
    """这段时间里没有核对入账的服务，开不了证明。没核对的，请先等社区核对。"""

    code: ClassVar[str] = "nothing_to_certify"


class TooMuchToCertifyError(ConflictError):
    """这段时间的服务超过 {limit} 条，一份证明写不下，请分成几段开。"""

    code: ClassVar[str] = "too_much_to_certify"


class SignsUnknownError(ConflictError):
    """字库里没有这几个字：{signs}。请社区请维护方把它们补进字库；补好以前，可以由社区手写盖章。"""

    code: ClassVar[str] = "signs_unknown"


class CertificateWithdrawnError(ConflictError):
    """这份证明已经作废了。"""

    code: ClassVar[str] = "certificate_withdrawn"


class WithdrawsOwnError(ForbiddenError):
    """自己的证明不能由自己作废，请别的同事来办。"""

    code: ClassVar[str] = "withdraws_own"


class SlipMissingError(InvalidError):
    """请写上本人签字的单子编号。"""

    code: ClassVar[str] = "paper_slip_missing"


class PaperChangedError(ConflictError):
    """这份证明存下的内容和开的时候的指纹对不上，先不给。请社区找维护方核对。"""

    code: ClassVar[str] = "paper_changed"
