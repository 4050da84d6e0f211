"""What can be refused when minutes are given away; each docstring is the message to the person."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class PoolNotFoundError(NotFoundError):
    """没有找到这个公益池。"""

    code: ClassVar[str] = "pool_not_found"


class PoolClosedError(ConflictError):
    """这个公益池已经停收了，请换一个。"""

    code: ClassVar[str] = "pool_closed"


class PoolNameTakenError(ConflictError):
    """已经有叫“{name}”的公益池了，请换个名字。"""

    code: ClassVar[str] = "pool_name_taken"


class NoAccountToGiveError(ForbiddenError):
    """这个账号没有对应的居民，没有时间可以给。"""

    code: ClassVar[str] = "no_account_to_give"


class NotEnoughToGiveError(ConflictError):
    """不够给：能给的有 {have:minutes}，想给 {need:minutes}。"""

    code: ClassVar[str] = "not_enough_to_give"


class PoolShortError(ConflictError):
    """池里不够：还有 {have:minutes}，想给 {need:minutes}。"""

    code: ClassVar[str] = "pool_short"


class GrantNotFoundError(NotFoundError):
    """没有找到这笔帮扶，可能不归您管。"""

    code: ClassVar[str] = "grant_not_found"


class GrantDecidedError(ConflictError):
    """这笔帮扶已经有结果了。"""

    code: ClassVar[str] = "grant_decided"


class GrantGroundMissingError(InvalidError):
    """请写上案件编号，或者一句为什么要帮。"""

    code: ClassVar[str] = "grant_ground_missing"


class GrantToOwnError(ForbiddenError):
    """不能给自己或家人申请、批准帮扶，请别的同事来。"""

    code: ClassVar[str] = "grant_to_own"


class ApprovesOwnGrantError(ForbiddenError):
    """自己申请的帮扶不能自己批准，请另一位批准。"""

    code: ClassVar[str] = "approves_own_grant"


class NotRequesterError(ForbiddenError):
    """只有申请的人可以收回申请。"""

    code: ClassVar[str] = "not_requester"


class GiftsNotAllowedError(ConflictError):
    """现在的办法不让把时间转给别人。可以捐给公益池。"""

    code: ClassVar[str] = "gifts_not_allowed"


class OutsideCircleError(ConflictError):
    """现在的办法不能转给这位。要是家里人，请先到社区登记并核实亲属关系。"""

    code: ClassVar[str] = "outside_circle"


class WalletNotFoundError(NotFoundError):
    """没有找到这个家庭账，可能不是您的。"""

    code: ClassVar[str] = "wallet_not_found"


class WalletWithSelfError(InvalidError):
    """不用转给自己，请换一位。"""

    code: ClassVar[str] = "wallet_with_self"


class WalletThereError(ConflictError):
    """您和这位已经有一个家庭账了，停掉以后才能另开。"""

    code: ClassVar[str] = "wallet_there"


class WalletNotOpenError(ConflictError):
    """对方还没有同意，或者已经停了，现在不能转。"""

    code: ClassVar[str] = "wallet_not_open"


class WalletEndedError(ConflictError):
    """这个家庭账已经停了。"""

    code: ClassVar[str] = "wallet_ended"


class NotReceiverError(ForbiddenError):
    """要由收的人自己同意。不用手机的，请社区凭签字单代办。"""

    code: ClassVar[str] = "not_receiver"


class ConsentSlipUsedError(ConflictError):
    """编号 {slip_number} 的签字单已经用过了，请核对编号。"""

    code: ClassVar[str] = "consent_slip_used"


class MonthLimitError(ConflictError):
    """这个月最多转 {limit:minutes}，已转 {have:minutes}，再转 {minutes:minutes} 就超过了。"""

    code: ClassVar[str] = "month_limit"


class NotGiverError(ForbiddenError):
    """只有时间的主人自己才能同意家里人直接用。"""

    code: ClassVar[str] = "not_giver"


class SpendingNotAllowedError(ForbiddenError):
    """本人没有同意这位亲属直接用时间，或者已经收回了。请本人来，或请本人在家庭账里同意。"""

    code: ClassVar[str] = "spending_not_allowed"
