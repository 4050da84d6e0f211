"""Refusals of the front door itself."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError


class NotLoggedInError(ForbiddenError):
    """请先登录，再办这件事。"""

    code = "not_logged_in"
    status_hint = "not_logged_in"


class MayNotError(ForbiddenError):
    """您的身份不能做这件事，请找有权限的同事。"""

    code = "permission_missing"


class KeyMissingError(InvalidError):
    """请求缺少 Idempotency-Key。请为这件事起一个 UUID，重发时用同一个。"""

    code = "idempotency_key_missing"


class KeyMalformedError(InvalidError):
    """Idempotency-Key 要写成 UUID 的样子，比如 01931b2e-7c1a-7000-8000-1234567890ab。"""

    code = "idempotency_key_malformed"


class KeyReusedError(InvalidError):
    """这个编号已经用来办过另一件事。请刷新页面再办。"""

    code = "idempotency_key_reused"


class KeyInFlightError(ConflictError):
    """同一件事正在办，请稍等几秒看结果，不要重复提交。"""

    code = "idempotency_key_in_flight"


class BodyNotObjectError(InvalidError):
    """请求内容要是一个 JSON 对象。"""

    code = "body_not_object"
