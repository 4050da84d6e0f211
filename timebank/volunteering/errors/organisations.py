"""What can be refused at an organisation's desk; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DeskNotFoundError(NotFoundError):
    """没有找到这个单位，可能不是您负责的。"""

    code: ClassVar[str] = "desk_not_found"


class MembershipNotFoundError(NotFoundError):
    """没有找到这个邀请或成员，可能不归您管。"""

    code: ClassVar[str] = "membership_not_found"


class LeaderNotFoundError(NotFoundError):
    """没有找到这位负责人。"""

    code: ClassVar[str] = "leader_not_found"


class LeaderThereError(ConflictError):
    """这位已经是这个单位的负责人了。"""

    code: ClassVar[str] = "leader_there"


class LeaderEndedError(ConflictError):
    """这位已经不是负责人了。"""

    code: ClassVar[str] = "leader_ended"


class NamesSelfError(ForbiddenError):
    """不能让自己当负责人，请另一位管理员来定。"""

    code: ClassVar[str] = "names_self"


class MemberThereError(ConflictError):
    """已经请过这位，或者已经是成员了。"""

    code: ClassVar[str] = "member_there"


class MemberMinorError(InvalidError):
    """没满 18 岁的不能请，请换一位。"""

    code: ClassVar[str] = "member_minor"


class AskedTooSoonError(ConflictError):
    """这位不久前没答应或退出了，{on:day}以后才能再请。"""

    code: ClassVar[str] = "asked_too_soon"


class MembershipEndedError(ConflictError):
    """这个邀请已经收回，或者已经退出了。"""

    code: ClassVar[str] = "membership_ended"
