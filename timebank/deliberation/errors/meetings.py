"""What can be refused about meetings and their decisions."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class MeetingNotFoundError(NotFoundError):
    """没有找到这次会议。"""

    code: ClassVar[str] = "meeting_not_found"


class MeetingPartNotFoundError(NotFoundError):
    """没有找到这一项，可能已经拿掉了。"""

    code: ClassVar[str] = "meeting_part_not_found"


class MeetingMoveError(ConflictError):
    """会议现在不能这样办。"""

    code: ClassVar[str] = "meeting_move"


class MeetingSignedError(ConflictError):
    """会议记录已经签字，不能再改。要更正，请写补记。"""

    code: ClassVar[str] = "meeting_signed"


class NothingToInviteError(ConflictError):
    """先定好参会的人和议题，再发邀请。"""

    code: ClassVar[str] = "meeting_nothing_to_invite"


class NotYetTimeError(ConflictError):
    """还没有到开会的时间。"""

    code: ClassVar[str] = "meeting_not_yet_time"


class NoQuorumError(ConflictError):
    """到会 {present} 人、{sides} 方；要 {needed} 人、{sides_needed} 方才能议定，现在只能讨论。"""

    code: ClassVar[str] = "meeting_no_quorum"


class TooManyVotesError(InvalidError):
    """这一方有表决权的到会 {present} 人，票数加起来不能多于 {present}。"""

    code: ClassVar[str] = "meeting_too_many_votes"


class ItemConcludedError(ConflictError):
    """这个议题已经有结论。"""

    code: ClassVar[str] = "meeting_item_concluded"


class ItemsOpenError(ConflictError):
    """还有 {count} 个议题没有结论，先写明议定、缓议还是通报。"""

    code: ClassVar[str] = "meeting_items_open"


class MinutesMissingError(ConflictError):
    """会议记录还没有写。"""

    code: ClassVar[str] = "meeting_minutes_missing"


class AlreadySignedInError(ConflictError):
    """这位已经签到。"""

    code: ClassVar[str] = "meeting_already_signed_in"


class DueInPastError(InvalidError):
    """期限要在今天以后。"""

    code: ClassVar[str] = "decision_due_in_past"


class DecisionNotFoundError(NotFoundError):
    """没有找到这条决定。"""

    code: ClassVar[str] = "decision_not_found"


class DecisionMoveError(ConflictError):
    """这条决定现在不能这样办。"""

    code: ClassVar[str] = "decision_move"


class OwnDecisionError(ConflictError):
    """自己办的不能自己销号，请另一位看过再销。"""

    code: ClassVar[str] = "decision_own"


class AlreadyLinkedError(ConflictError):
    """这条决定已经转出去了。"""

    code: ClassVar[str] = "decision_already_linked"


class QuorumRuleError(InvalidError):
    """比例在 1‰ 到 1000‰ 之间，人数和方数不能小于 1。"""

    code: ClassVar[str] = "quorum_rule"


class CaseLinkError(InvalidError):
    """没有找到这件案件，请看看编号。"""

    code: ClassVar[str] = "meeting_case_link"


class SeatTakenError(InvalidError):
    """这一方的名单上已经有这位。"""

    code: ClassVar[str] = "meeting_seat_taken"


class VoterMissingError(InvalidError):
    """负责人要在参会名单上。"""

    code: ClassVar[str] = "decision_owner_missing"


class MeetingCodeError(InvalidError):
    """这个二维码不是今天这次会议的，请再扫一次。"""

    code: ClassVar[str] = "meeting_code_wrong"


class NotInvitedError(NotFoundError):
    """参会名单上没有您，请找主持的人。"""

    code: ClassVar[str] = "meeting_not_invited"
