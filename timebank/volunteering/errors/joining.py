"""What can be refused about joining; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class ConsentMissingError(InvalidError):
    """请先看过说明，勾上“我同意”。"""

    code: ClassVar[str] = "join_consent_missing"


class CommunityUnknownError(InvalidError):
    """没有这个社区，请从列表里选。"""

    code: ClassVar[str] = "join_community_unknown"


class JoinRequestNotFoundError(NotFoundError):
    """没有找到这份申请，可能不归您办。"""

    code: ClassVar[str] = "join_request_not_found"


class JoinRequestDecidedError(ConflictError):
    """这份申请已经办过了。"""

    code: ClassVar[str] = "join_request_decided"


class OwnJoinRequestError(ConflictError):
    """这是您自己的登记，请让同事来办。"""

    code: ClassVar[str] = "join_request_own"


class GuardianMissingError(InvalidError):
    """未满 18 岁，要父母或祖父母一起来，并填上监护人的卡号。"""

    code: ClassVar[str] = "join_guardian_missing"


class JoinCodeWrongError(InvalidError):
    """登录名和一次性号码对不上，或者号码过期了、用过了。请到社区重新领一个。"""

    code: ClassVar[str] = "join_code_wrong"
