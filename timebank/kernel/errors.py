"""The kinds of refusal.

A room subclasses one of these for each rule that can be broken. The subclass's
docstring is the message to the person (Chinese source text, translated through the
catalogues), with the facts as ``{name}`` placeholders; ``code`` is for programs and
never changes. Placeholders may carry a format: ``{have:minutes}``, ``{sum:fen}``,
``{on:day}``, ``{at:moment}``.
"""

from collections.abc import Callable
from typing import ClassVar

from sqlalchemy.orm import Session


class DomainError(Exception):
    """这件事没有办成。"""

    code: ClassVar[str] = "refused"
    status_hint: ClassVar[str] = "invalid"

    def __init__(
        self,
        *,
        field: str | None = None,
        aftermath: Callable[[Session], None] | None = None,
        **facts: object,
    ) -> None:
        """Keep the facts that let the reader repair it; ``field`` names the form field at fault.

        ``aftermath`` is what must be kept although the act is refused, such as a counted wrong
        PIN: it is done after the roll-back, in a transaction of its own.
        """
        self.field = field
        self.aftermath = aftermath
        self.facts = facts
        super().__init__(self.code, facts)

    @property
    def template(self) -> str:
        """The untranslated message with its placeholders."""
        return (type(self).__doc__ or DomainError.__doc__ or "").strip()


class InvalidError(DomainError):
    """填的内容不对，请改好再交。"""

    code = "invalid"
    status_hint = "invalid"


class NotFoundError(DomainError):
    """没有找到，可能已经移走，或者不归您看。"""

    code = "not_found"
    status_hint = "not_found"


class ForbiddenError(DomainError):
    """您的身份不能做这件事，请找有权限的同事。"""

    code = "forbidden"
    status_hint = "forbidden"


class ConflictError(DomainError):
    """刚才情况变了，请看看现在的样子再决定。"""

    code = "conflict"
    status_hint = "conflict"


class UnavailableError(DomainError):
    """系统正忙，没有存上，也没有扣。请过一会儿再试。"""

    code = "unavailable"
    status_hint = "unavailable"


class OutcomeUnknownError(UnavailableError):
    """连接断了，不知道这件事存上没有。请先看看有没有，没有再办一次。"""

    code = "outcome_unknown"


class FieldsError(InvalidError):
    """还有几处要改。"""

    code = "fields_invalid"

    def __init__(self, messages: dict[str, list[str]]) -> None:
        """Hold ``{field: [message, ...]}``, already in the reader's language."""
        self.messages = messages
        super().__init__(fields=sorted(messages))
