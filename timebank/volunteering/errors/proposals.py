"""What can be refused of an activity's proposal; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, NotFoundError


class ProposalNotFoundError(NotFoundError):
    """没有找到这个活动提议。"""

    code: ClassVar[str] = "proposal_not_found"


class ProposalTakenUpError(ConflictError):
    """这个提议已经发布成活动了。"""

    code: ClassVar[str] = "proposal_taken_up"


class ProposalDeclinedError(ConflictError):
    """这个提议已经答复过，没有办。"""

    code: ClassVar[str] = "proposal_declined"


class ProposalWithdrawnError(ConflictError):
    """这个提议单位已经收回了。"""

    code: ClassVar[str] = "proposal_withdrawn"


class ProposalsWaitingError(ConflictError):
    """已经有 {limit} 个提议在等社区答复，等答复了再提。"""

    code: ClassVar[str] = "proposals_waiting"
