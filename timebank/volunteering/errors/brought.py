"""What can be refused about hours from an older system; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class BroughtNotFoundError(NotFoundError):
    """没有找到这份清单。"""

    code: ClassVar[str] = "brought_not_found"


class BroughtDecidedError(ConflictError):
    """这份清单已经办过了。"""

    code: ClassVar[str] = "brought_decided"


class BroughtTooManyError(InvalidError):
    """一份清单最多 {limit} 行，请分成几份。"""

    code: ClassVar[str] = "brought_too_many"


class BroughtMinutesError(InvalidError):
    """“{text}”不是分钟数，请写 1 到 {most} 的整数。"""

    code: ClassVar[str] = "brought_minutes"


class BroughtDayError(InvalidError):
    """“{text}”不是今天以前的日子，请写成 2024-05-01。"""

    code: ClassVar[str] = "brought_day"


class BroughtExpiredError(ConflictError):
    """{earned_on:day} 存的，按现在的办法 {months} 个月不用就过期，不能再带进来。"""

    code: ClassVar[str] = "brought_expired"


class BroughtKeptError(InvalidError):
    """“{text}”看不懂，限定写“可用”或“只能捐”，空着就是可用。"""

    code: ClassVar[str] = "brought_kept"


class BroughtSourceError(InvalidError):
    """“{source}”不在来源里。先请核对清单的同事加上，再从来源里选。"""

    code: ClassVar[str] = "brought_source"


class BroughtSourceNameError(InvalidError):
    """请写来源的名字，要有字或者数字。"""

    code: ClassVar[str] = "brought_source_name"


class BroughtSourceKnownError(ConflictError):
    """已经有“{name}”，同一个来源只用一种写法。"""

    code: ClassVar[str] = "brought_source_known"


class BroughtSourcesFullError(ConflictError):
    """来源最多 {limit} 个。"""

    code: ClassVar[str] = "brought_sources_full"


class BroughtReferenceError(InvalidError):
    """每行要有旧系统里的编号，最多 40 个字，同一份里不能重复。"""

    code: ClassVar[str] = "brought_reference"


class BroughtBeforeError(ConflictError):
    """编号 {reference} 已经从“{source}”带进来过，不能再带一次。"""

    code: ClassVar[str] = "brought_before"


class BroughtRowError(ConflictError):
    """这一行没有入账，或者已经撤掉了。"""

    code: ClassVar[str] = "brought_row"


class BroughtFrozenError(ConflictError):
    """{name} 的账户停用或者冻结了，不能入账。"""

    code: ClassVar[str] = "brought_frozen"
