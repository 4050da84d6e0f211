"""What can be refused when somebody has died or moves away; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class LeavingNotFoundError(NotFoundError):
    """没有找到这份登记，可能不归您管。"""

    code: ClassVar[str] = "leaving_not_found"


class LeavingThereError(ConflictError):
    """这位居民的账户已经冻结，正在办理。"""

    code: ClassVar[str] = "leaving_there"


class LeavingClosedPersonError(ConflictError):
    """这份登记已经停用，没有账户可以冻结。"""

    code: ClassVar[str] = "leaving_closed_person"


class LeavingDayError(InvalidError):
    """日子不能在今天以后。"""

    code: ClassVar[str] = "leaving_day"


class LeavingDecidedError(ConflictError):
    """这一步已经办过了，请看最新的情况。"""

    code: ClassVar[str] = "leaving_decided"


class OwnChoiceBindsError(ConflictError):
    """本人生前选过时间归谁，要照本人的意思办。"""

    code: ClassVar[str] = "own_choice_binds"


class NoOwnChoiceError(InvalidError):
    """本人没有选过时间归谁。"""

    code: ClassVar[str] = "no_own_choice"


class ClaimantMissingError(InvalidError):
    """请选哪位亲属来认领。"""

    code: ClassVar[str] = "claimant_missing"


class ClaimOutsideCircleError(ConflictError):
    """按现在的办法，只有核实过关系、在可转范围里的亲属才能认领。"""

    code: ClassVar[str] = "claim_outside_circle"


class TooEarlyToGiveUpError(ConflictError):
    """认领期到 {day:day} 才满，之前只能由亲属认领，或者照本人的意思办。"""

    code: ClassVar[str] = "too_early_to_give_up"


class OutcomePoolMissingError(InvalidError):
    """请选捐给哪个公益池。"""

    code: ClassVar[str] = "outcome_pool_missing"


class DispositionKinError(InvalidError):
    """只能选核实过关系的亲属。"""

    code: ClassVar[str] = "disposition_kin"
