"""What can be refused when somebody moves within the community; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class MoveNotFoundError(NotFoundError):
    """没有找到这次迁移，可能不归您管。"""

    code: ClassVar[str] = "move_not_found"


class MoveNobodyError(InvalidError):
    """请至少选一位居民。"""

    code: ClassVar[str] = "move_nobody"


class MoveDayError(InvalidError):
    """迁移的日子从今天起，最晚到 {last:day}。"""

    code: ClassVar[str] = "move_day"


class MoveSamePlaceError(InvalidError):
    """{name}已经住在那个单元了。"""

    code: ClassVar[str] = "move_same_place"


class MovePlannedError(ConflictError):
    """{name}已经有一次还没到日子的迁移，请先取消那一次。"""

    code: ClassVar[str] = "move_planned"


class MoveClosedPersonError(ConflictError):
    """{name}的登记已经停用，不能迁移。"""

    code: ClassVar[str] = "move_closed_person"


class MoveSettledError(ConflictError):
    """这次迁移已经办过或取消了。"""

    code: ClassVar[str] = "move_settled"
