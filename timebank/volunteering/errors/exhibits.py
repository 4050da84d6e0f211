"""What can be refused about photos and papers of a record; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError


class ExhibitMissingError(InvalidError):
    """还没有选照片或文件。"""

    code: ClassVar[str] = "exhibit_missing"


class TooManyAtOnceError(InvalidError):
    """一次最多交 {limit} 份，请分几次交。"""

    code: ClassVar[str] = "exhibits_too_many_at_once"


class ExhibitsFullError(ConflictError):
    """这条记录已经有 {has} 份材料，最多 {limit} 份。"""

    code: ClassVar[str] = "exhibits_full"


class ExhibitsClosedError(ConflictError):
    """这条记录已经有了结果，不用再交材料。"""

    code: ClassVar[str] = "exhibits_closed"
