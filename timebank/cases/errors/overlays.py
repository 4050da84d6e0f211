"""What can be refused about pauses, extensions and their requests."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError


class OverlayError(ConflictError):
    """这件事现在不能这样办。"""

    code: ClassVar[str] = "case_overlay"


class PausedNowError(OverlayError):
    """这件事正在暂停。"""

    code: ClassVar[str] = "case_paused"


class NotPausedError(OverlayError):
    """这件事没有暂停。"""

    code: ClassVar[str] = "case_not_paused"


class AlreadyAskedError(OverlayError):
    """已经有一个申请等着批，先批准、不同意或者撤回。"""

    code: ClassVar[str] = "case_already_asked"


class NothingAskedError(OverlayError):
    """没有等着批的申请。"""

    code: ClassVar[str] = "case_nothing_asked"


class OwnRequestError(OverlayError):
    """自己申请的不能自己批，请另一位批。您可以撤回申请，或记一笔。"""

    code: ClassVar[str] = "case_own_request"


class RequestLapsedError(OverlayError):
    """申请的日子已经过了，不能再批。请不同意这一个，重新申请。"""

    code: ClassVar[str] = "case_request_lapsed"


class PauseOutOfRangeError(InvalidError):
    """暂停最少到今天，最多 {days} 天。"""

    code: ClassVar[str] = "case_pause_out_of_range"


class ExtensionOutOfRangeError(InvalidError):
    """延期要晚于现在的时限，最多到 {days} 天以后。"""

    code: ClassVar[str] = "case_extension_out_of_range"


class NoMoreExtensionsError(ConflictError):
    """这一轮已经延期 {most} 次，不能再延。"""

    code: ClassVar[str] = "case_no_more_extensions"


class SignedFormMissingError(InvalidError):
    """第二次延期要有签字的申请表，请拍照放上。"""

    code: ClassVar[str] = "case_signed_form_missing"
