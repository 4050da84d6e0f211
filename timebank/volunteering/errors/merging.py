"""What can be refused when two records of one person become one; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class DecidesOwnProposalError(ForbiddenError):
    """谁提出的谁不能批，请换一位同事来批。"""

    code: ClassVar[str] = "decides_own_proposal"


class DecidesForOwnError(ForbiddenError):
    """您本人或您家里人的账户，要请别的同事来办。"""

    code: ClassVar[str] = "decides_for_own"


class MergeNotFoundError(NotFoundError):
    """没有找到这次合并，可能不归您管。"""

    code: ClassVar[str] = "merge_not_found"


class MergeWithSelfError(InvalidError):
    """要选两份不同的登记。"""

    code: ClassVar[str] = "merge_with_self"


class MergeClosedPersonError(ConflictError):
    """这两份登记里有一份已经停用，不能再合并。"""

    code: ClassVar[str] = "merge_closed_person"


class MergeOtherIdNumberError(ConflictError):
    """两份登记的身份证号不一样，不是同一个人，不能合并。"""

    code: ClassVar[str] = "merge_other_id_number"


class MergeKeepsIdNumberError(InvalidError):
    """有身份证号的那一份要留下，请反过来选。"""

    code: ClassVar[str] = "merge_keeps_id_number"


class MergeChainError(ConflictError):
    """要停用的这一份以前合并过别的登记，请反过来选，把它留下。"""

    code: ClassVar[str] = "merge_chain"


class MergeThereError(ConflictError):
    """这两份登记里有一份正在等合并，请先办完那一次。"""

    code: ClassVar[str] = "merge_there"


class MergeBlockedError(ConflictError):
    """还不能合并：要停用的那一份上还有 {count} 件事没办完，请照清单先办完。"""

    code: ClassVar[str] = "merge_blocked"


class MergeDecidedError(ConflictError):
    """这次合并已经办过这一步了。"""

    code: ClassVar[str] = "merge_decided"


class MergeUndoLateError(ConflictError):
    """合并过了 {days} 天，不能再撤回。请另行更正。"""

    code: ClassVar[str] = "merge_undo_late"


class MergeUndoSpentError(ConflictError):
    """合并过来的时间已经用了 {minutes:minutes}，不能再撤回。请另行更正。"""

    code: ClassVar[str] = "merge_undo_spent"


class EvidenceMissingError(InvalidError):
    """请写明凭什么，看过什么证件或材料。"""

    code: ClassVar[str] = "evidence_missing"
