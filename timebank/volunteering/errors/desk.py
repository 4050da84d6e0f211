"""What can be refused at the review desk; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DeskRecordNotFoundError(NotFoundError):
    """没有找到这条记录。它可能已经办完，或者要由别人来核对。"""

    code: ClassVar[str] = "desk_record_not_found"


class DeskRulesOutOfRangeError(InvalidError):
    """请填 {least} 到 {most} 之间的数。"""

    code: ClassVar[str] = "desk_rules_out_of_range"


class DeskRulesInPastError(InvalidError):
    """不能从过去的日子起用，请选今天或以后。"""

    code: ClassVar[str] = "desk_rules_in_past"


class DeskRulesMeanwhileError(ConflictError):
    """刚刚有人先改了一版，请看过再改。"""

    code: ClassVar[str] = "desk_rules_meanwhile"


class SecondsOwnApprovalError(ForbiddenError):
    """第一遍是您核对的，第二遍要请另一位核对。"""

    code: ClassVar[str] = "seconds_own_approval"


class SecondMissingError(ConflictError):
    """这条记录要两个人都核对过才能入账。请再点一次，由另一位来核对。"""

    code: ClassVar[str] = "second_missing"
