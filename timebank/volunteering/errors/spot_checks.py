"""What can be refused about spot checks; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class SpotCheckNotFoundError(NotFoundError):
    """没有找到这次抽查，可能不归您看。"""

    code: ClassVar[str] = "spot_check_not_found"


class ChecksOwnWorkError(ForbiddenError):
    """这条记录您做过、受益过、记过、确认过或核对过，要请别人来抽查。"""

    code: ClassVar[str] = "checks_own_work"


class ChecksKinError(ForbiddenError):
    """这条记录里有这位同事的家人，要请别人来抽查。"""

    code: ClassVar[str] = "checks_kin"


class CheckTakenError(ConflictError):
    """这次抽查已经有人在做。"""

    code: ClassVar[str] = "check_taken"


class CheckNotYoursError(ForbiddenError):
    """这次抽查不是交给您做的。请先接下来，或者请负责的同事写结果。"""

    code: ClassVar[str] = "check_not_yours"


class CheckDoneError(ConflictError):
    """这次抽查的结果已经写下，不能再改。"""

    code: ClassVar[str] = "check_done"


class CheckerUnknownError(InvalidError):
    """没有找到这位同事，请从列表里选。"""

    code: ClassVar[str] = "checker_unknown"


class DifferenceMissingError(InvalidError):
    """请写清楚实际是多少分钟，要和记的不一样。"""

    code: ClassVar[str] = "difference_missing"


class CheckFoundNothingWrongError(ConflictError):
    """这次抽查没有查出不对，不能凭它撤销入账。"""

    code: ClassVar[str] = "check_found_nothing_wrong"
