"""What can be refused about routing and leave, and what the person may do instead."""

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class RoutingNotFoundError(NotFoundError):
    """没有找到这一版分派规则。"""

    code = "case_routing_not_found"


class RoutingSettledError(ConflictError):
    """这一版已经定了，不能再改。要改，请另起草一版。"""

    code = "case_routing_settled"


class RoutingNotYoursError(ForbiddenError):
    """这一版是{name}起草的，请他改，或者您另起草一版。"""

    code = "case_routing_not_yours"


class RoutingUntestedError(ConflictError):
    """改过以后还没有试过。请先拿最近的事试一遍，看看会交给谁。"""

    code = "case_routing_untested"


class RoutingNeedsSecondError(ForbiddenError):
    """起草的人不能自己启用，请另一位来看。"""

    code = "case_routing_needs_second"


class RoutingEmptyError(ConflictError):
    """还没有写一条规则。"""

    code = "case_routing_empty"


class TooManyRulesError(ConflictError):
    """一版最多 {limit} 条规则。"""

    code = "case_too_many_rules"


class RuleNotFoundError(NotFoundError):
    """没有找到这一条。"""

    code = "case_rule_not_found"


class RuleTargetError(InvalidError):
    """请选交给哪种身份，或者交给哪一位，两样选一样。"""

    code = "case_rule_target"


class RuleBlankError(InvalidError):
    """请至少写一个条件：地点、类别、来源或者急不急。"""

    code = "case_rule_blank"


class RulePlaceError(InvalidError):
    """这个网格或者单元不在本社区。"""

    code = "case_rule_place"


class RuleWorkerError(InvalidError):
    """这一位现在不能办案件，请选网格员、物业管家或者社区管理员。"""

    code = "case_rule_worker"


class AbsenceNotFoundError(NotFoundError):
    """没有找到这次请假。"""

    code = "case_absence_not_found"


class AbsencePastError(InvalidError):
    """过去的日子不能补请假，也不能改。最早从今天起。"""

    code = "case_absence_past"


class AbsenceOrderError(InvalidError):
    """最后一天不能早于第一天，一次最多 {days} 天。"""

    code = "case_absence_order"


class AbsenceOverlapError(ConflictError):
    """{name}这几天已经请过假了，请看看下面的单子。"""

    code = "case_absence_overlap"


class AbsenceOverError(ConflictError):
    """这次假已经过完，或者已经销假，不能再改。"""

    code = "case_absence_over"


class AbsenceNotYoursError(ForbiddenError):
    """您只能替自己请假，别人的请社区管理员来记。"""

    code = "case_absence_not_yours"


class DeputySelfError(InvalidError):
    """不能自己代自己，请选另一位。"""

    code = "case_deputy_self"


class DeputyReachError(InvalidError):
    """{name}管不到这些网格，代不了。请先让社区管理员给他这个网格的身份，再来选。"""

    code = "case_deputy_reach"


class NoWorkerError(InvalidError):
    """这一位不办案件，不用在这里请假。"""

    code = "case_no_worker"
