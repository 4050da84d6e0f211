"""What can be refused about printed passbooks; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class BookletNotFoundError(NotFoundError):
    """没有找到这本存折，可能不归您管。"""

    code: ClassVar[str] = "booklet_not_found"


class PrintNotFoundError(NotFoundError):
    """没有找到这次打印，可能不归您管。"""

    code: ClassVar[str] = "passbook_print_not_found"


class SerialTakenError(ConflictError):
    """{serial} 号存折已经发给别人了，请对一下封面上的号码。"""

    code: ClassVar[str] = "serial_taken"


class BookletClosedError(ConflictError):
    """这本存折已经换过新的了，请用新的那本。"""

    code: ClassVar[str] = "booklet_closed"


class BookletFullError(ConflictError):
    """这本存折打满了，请换一本新的，余额会带过去。"""

    code: ClassVar[str] = "booklet_full"


class NothingToPrintError(ConflictError):
    """没有新的往来要打，上次已经打到最后一笔。"""

    code: ClassVar[str] = "nothing_to_print"


class PrintedMeanwhileError(ConflictError):
    """别的同事刚打过这本存折，请看看现在打到哪里再打。"""

    code: ClassVar[str] = "printed_meanwhile"


class PrintVoidedError(ConflictError):
    """这次打印已经作废了。"""

    code: ClassVar[str] = "print_voided"


class NotLastPrintError(ConflictError):
    """后面又打过了，只有最后一次打印才能作废。"""

    code: ClassVar[str] = "not_last_print"


class LayoutBeyondSheetError(InvalidError):
    """这样排，最后一行会落到纸外面，请把行距、行数或起始位置改小。"""

    code: ClassVar[str] = "layout_beyond_sheet"
