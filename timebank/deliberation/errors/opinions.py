"""What can be refused about opinions."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class OpinionNotFoundError(NotFoundError):
    """没有找到这条意见，可能编号不对，或者不归您看。"""

    code: ClassVar[str] = "opinion_not_found"


class OpinionMoveError(ConflictError):
    """这条意见现在不能这样办。"""

    code: ClassVar[str] = "opinion_move"


class OwnOpinionError(ConflictError):
    """这是您自己提的意见，已经算上您了。"""

    code: ClassVar[str] = "opinion_own"


class AlreadySupportedError(ConflictError):
    """您已经赞同过这条意见。"""

    code: ClassVar[str] = "opinion_already_supported"


class NotOpenToSupportError(ConflictError):
    """这条意见没有公开，或者已经答复，不能再赞同。"""

    code: ClassVar[str] = "opinion_not_open"


class JoinedToItselfError(InvalidError):
    """请选另一条还在办的意见，它自己没有并到别处。"""

    code: ClassVar[str] = "opinion_joined_to_itself"


class NoPersonError(ConflictError):
    """您的账号没有连着居民档案，不能替自己提意见或赞同。请到社区窗口办。"""

    code: ClassVar[str] = "opinion_no_person"


class OpinionPlaceError(InvalidError):
    """没有找到这个单元，请重新选。"""

    code: ClassVar[str] = "opinion_place"
