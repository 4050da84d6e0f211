"""What can go wrong with messages."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class MessageNotFoundError(NotFoundError):
    """没有找到这条消息，可能已经收回，或者不是给您的。"""

    code = "message_not_found"


class NobodyToTellError(InvalidError):
    """这个账号不是哪位居民的，没有地方可以通知。"""

    code = "nobody_to_tell"


class ChannelClosedError(InvalidError):
    """社区还没有开通这种通知方式。"""

    code = "channel_closed"


class AddressMissingError(InvalidError):
    """请写明要寄到哪个邮箱。"""

    code = "address_missing"


class PhoneMissingError(InvalidError):
    """您还没有登记手机号，请先到社区登记。"""

    code = "phone_missing"


class NoCodeWaitingError(ConflictError):
    """没有等着验证的邮箱，请先填邮箱开通。"""

    code = "no_code_waiting"


class AddressCodeWrongError(InvalidError):
    """验证码不对，或者过期了。请看看最新的一封信；没收到，就停用再开通一次。"""

    code = "address_code_wrong"


class DeliveryNotFoundError(NotFoundError):
    """没有找到这一次发送。"""

    code = "delivery_not_found"


class DeliveryNotParkedError(ConflictError):
    """只有不再试的才能重发，这一条还在路上，或者已经送到。"""

    code = "delivery_not_parked"
