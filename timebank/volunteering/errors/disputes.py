"""What can be refused about appeals and arbitration; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, NotFoundError


class DisputeNotFoundError(NotFoundError):
    """没有找到这件申诉，可能不归您看。"""

    code: ClassVar[str] = "dispute_not_found"


class AppealLapsedError(ConflictError):
    """申诉的时间到 {due_on:day} 为止，已经过了。"""

    code: ClassVar[str] = "appeal_lapsed"


class AppealAlreadyMadeError(ConflictError):
    """这次决定已经申诉过了，请等答复。"""

    code: ClassVar[str] = "appeal_already_made"


class AppealRepairedError(ConflictError):
    """这条记录已经改好重交，不用再申诉。"""

    code: ClassVar[str] = "appeal_repaired"


class AppealGrantedError(ConflictError):
    """申诉已经成立，不用再办。"""

    code: ClassVar[str] = "appeal_granted"


class AppealFinalError(ConflictError):
    """仲裁已有最后决定，不能再申诉。"""

    code: ClassVar[str] = "appeal_final"


class NotAppealedError(ConflictError):
    """对方还没有申诉，没有可以决定的。"""

    code: ClassVar[str] = "not_appealed"


class NotUpheldError(ConflictError):
    """申诉还没有决定，不能申请仲裁。"""

    code: ClassVar[str] = "not_upheld"


class NotInArbitrationError(ConflictError):
    """这件事没有在仲裁。"""

    code: ClassVar[str] = "not_in_arbitration"


class NotYoursToAppealError(ForbiddenError):
    """只有做服务的人可以申诉；不会用手机的，请别的同事代写。"""

    code: ClassVar[str] = "not_yours_to_appeal"


class DecidesOwnActError(ForbiddenError):
    """这件事您已经经手过，要请没有经手过的人来决定。"""

    code: ClassVar[str] = "decides_own_act"


class DecidesKinError(ForbiddenError):
    """这件事里有您或您的家人，要请别人来决定。"""

    code: ClassVar[str] = "decides_kin"
