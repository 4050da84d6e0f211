"""What can go wrong with messages."""

from timebank.kernel.errors import NotFoundError


class MessageNotFoundError(NotFoundError):
    """没有找到这条消息，可能已经收回，或者不是给您的。"""

    code = "message_not_found"
