"""What can be wrong with a community's rules for its projects."""

from timebank.kernel.errors import ConflictError, InvalidError


class PolicyRangeError(InvalidError):
    """这一项要在 {least} 和 {most} 之间。"""

    code = "project_policy_out_of_range"


class PolicyPastError(InvalidError):
    """新规则最早从今天起生效。"""

    code = "project_policy_in_past"


class PolicyMeanwhileError(ConflictError):
    """刚才别人也改了规则，请看看最新的一版再改。"""

    code = "project_policy_meanwhile"


class NoLawError(InvalidError):
    """这一天还没有可依据的表决规定，请核对日期。"""

    code = "no_vote_law"
