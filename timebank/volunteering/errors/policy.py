"""What can be refused about the rules for hours; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PolicyNotFoundError(NotFoundError):
    """没有找到这一版计时办法。"""

    code: ClassVar[str] = "policy_not_found"


class PolicySettledError(ConflictError):
    """这一版已经定下来或作废了，不能再改。要改请另起一版。"""

    code: ClassVar[str] = "policy_settled"


class NotDrafterError(ForbiddenError):
    """草稿只能由起草的人改。您可以照着它另起一版。"""

    code: ClassVar[str] = "not_drafter"


class NotSimulatedError(ConflictError):
    """先用去年的记录试算一遍，看清谁多谁少，再请人批准。"""

    code: ClassVar[str] = "not_simulated"


class SimulationNotFoundError(NotFoundError):
    """这一版还没有试算过。"""

    code: ClassVar[str] = "simulation_not_found"


class ApprovesOwnPolicyError(ForbiddenError):
    """自己起草的办法不能自己批准，请另一位批准。"""

    code: ClassVar[str] = "approves_own_policy"


class PolicyApproverUnknownError(ForbiddenError):
    """批准要由登录的人来做，程序不能代替。"""

    code: ClassVar[str] = "policy_approver_unknown"


class InForceInPastError(InvalidError):
    """生效日不能早于今天，过去的服务按过去的办法算。请把 {on:day} 改成今天或以后。"""

    code: ClassVar[str] = "in_force_in_past"


class DayHasPolicyError(ConflictError):
    """{on:day} 已经有一版办法生效，请换一天。"""

    code: ClassVar[str] = "day_has_policy"


class PolicyChangedMeanwhileError(ConflictError):
    """刚刚有人动过这一版，请看看现在的样子再决定。"""

    code: ClassVar[str] = "policy_changed_meanwhile"


class OutOfRangeError(InvalidError):
    """这里要填 {least} 到 {most} 之间的数。"""

    code: ClassVar[str] = "policy_out_of_range"


class CapsOutOfOrderError(InvalidError):
    """一个月的上限不能比一天的少，全部的上限不能比一个月的少。"""

    code: ClassVar[str] = "caps_out_of_order"


class KindUnknownHereError(InvalidError):
    """有一种服务不是本社区的，请刷新页面再填。"""

    code: ClassVar[str] = "kind_unknown_here"


class PresetNotFoundError(NotFoundError):
    """没有这一套现成的办法。"""

    code: ClassVar[str] = "preset_not_found"


class KindNameMissingError(InvalidError):
    """请写上这种服务叫什么。"""

    code: ClassVar[str] = "kind_name_missing"


class KindNameTakenError(ConflictError):
    """已经有“{name}”这种服务了，请换个名字。"""

    code: ClassVar[str] = "kind_name_taken"


class LastKindError(ConflictError):
    """至少要留一种服务，不然就没法记时间了。"""

    code: ClassVar[str] = "last_kind"


class TooYoungToEarnError(InvalidError):
    """按办法要满 {age} 岁才记时间，服务那天还不到。"""

    code: ClassVar[str] = "too_young_to_earn"


class GuardianMissingError(InvalidError):
    """不满 {age} 岁的，要先由社区登记并核实一位家长，才能记时间。"""

    code: ClassVar[str] = "guardian_missing"


class CapReachedError(ConflictError):
    """按办法的上限，这次服务一分钟也记不进去了。请退回并说明。"""

    code: ClassVar[str] = "cap_reached"


class CapMetMeanwhileError(ConflictError):
    """刚刚又有别的服务入账，离上限更近了。请再点一次，会按新的余地算。"""

    code: ClassVar[str] = "cap_met_meanwhile"


class RedeemAgeUnknownError(ConflictError):
    """按办法要满 {age} 岁才能换服务，可是生日还没登记。请先到社区补登。"""

    code: ClassVar[str] = "redeem_age_unknown"


class TooYoungToRedeemError(ConflictError):
    """按办法要满 {age} 岁才能换服务，{from_on:day} 起可以。"""

    code: ClassVar[str] = "too_young_to_redeem"


class TooLittleToRedeemError(ConflictError):
    """按办法要存满 {least:minutes} 才能换服务，现在有 {have:minutes}。"""

    code: ClassVar[str] = "too_little_to_redeem"


class NoMemberError(NotFoundError):
    """这个账号没有对应的居民，没有自己的时间。"""

    code: ClassVar[str] = "no_member"
