"""What the three-way proof refuses."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError


class NotEvenError(ConflictError):
    """三方还没有对平，或者账还没有封存，出不了零差额证明。请先看对账里列出的每一行。"""

    code: ClassVar[str] = "not_even"
