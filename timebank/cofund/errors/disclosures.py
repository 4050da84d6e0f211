"""What is refused about making money public."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DisclosureNotFoundError(NotFoundError):
    """没有这份公示，或者还没有发布。"""

    code: ClassVar[str] = "disclosure_not_found"


class NoSubjectError(InvalidError):
    """请选一个项目，或者一个月份，只选一样。"""

    code: ClassVar[str] = "disclosure_no_subject"


class MonthNotOverError(InvalidError):
    """这个月还没有过完，{through:day}以后才能公示整月的账。"""

    code: ClassVar[str] = "disclosure_month_not_over"


class NothingToDiscloseError(InvalidError):
    """这里还没有账，没有可公示的数。"""

    code: ClassVar[str] = "disclosure_nothing"


class FiguresDisagreeError(ConflictError):
    """账本两处的数对不上，不能冻结。请先核账。"""

    code: ClassVar[str] = "disclosure_figures_disagree"


class DisclosureDecidedError(ConflictError):
    """这份公示已经有人发布或退回了。"""

    code: ClassVar[str] = "disclosure_decided"


class DisclosureOutdatedError(ConflictError):
    """后来又冻结了一份更新的，请发布那一份。"""

    code: ClassVar[str] = "disclosure_outdated"


class OwnDisclosureError(ForbiddenError):
    """自己做的公示要由另一个人来发布。"""

    code: ClassVar[str] = "disclosure_own"
