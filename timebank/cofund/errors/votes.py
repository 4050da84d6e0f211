"""What can be wrong with publicity and votes, one class each."""

from timebank.cofund.errors.projects import WrongStateError
from timebank.kernel.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError


class VoteNotFoundError(NotFoundError):
    """没有找到这次表决。"""

    code = "vote_not_found"


class OwnerNotOnRollError(NotFoundError):
    """这一户不在这次表决的名册里。"""

    code = "not_on_roll"


class CannotPubliciseError(WrongStateError):
    """有了造价、还没有表决的项目才能公示。"""


class CannotVoteError(WrongStateError):
    """公示期满的项目才能表决。"""


class CannotObjectError(WrongStateError):
    """公示或表决期间才能提异议。"""


class NoticeProofMissingError(InvalidError):
    """从过去的日子算起，要附上当时张贴的照片或扫描件。"""

    code = "notice_proof_missing"


class NoticeDayError(InvalidError):
    """公示最早从 90 天以前算起，也不能从明天以后算起。"""

    code = "notice_day"


class StillPublicisedError(ConflictError):
    """公示要到 {until:day} 才满，请过了这一天再办。"""

    code = "still_publicised"


class OpenObjectionsError(ConflictError):
    """还有 {count} 件异议没有办结，请先答复居民。"""

    code = "objections_open"


class RollEmptyError(InvalidError):
    """没有可以表决的户，请先录入产权清册。"""

    code = "roll_empty"


class VoteDaysError(InvalidError):
    """表决至少 1 天、最多 90 天，不能从过去的日子开始。"""

    code = "vote_days"


class VoteOpenError(ConflictError):
    """这个项目正在表决，请先计票。"""

    code = "vote_open"


class VoteOverError(ConflictError):
    """表决已经结束，票不能再投。"""

    code = "vote_over"


class BallotDoubleError(ConflictError):
    """这一户已经投过票了，一户一票。"""

    code = "ballot_double"


class VoteNotOverError(ConflictError):
    """表决到 {closes_on:day} 才结束，现在还不能计票。"""

    code = "vote_not_over"


class PaperDifferenceError(ConflictError):
    """还有 {count} 张纸质票两次录入不一致，或者只录了一次，请先核对。"""

    code = "paper_difference"


class SamePersonTwiceError(ForbiddenError):
    """同一张纸质票要由两个人各录一次。"""

    code = "same_person_twice"


class NotOwnerError(ForbiddenError):
    """您不是这一户的产权人，不能替它投票。可以书面委托，由工作人员录入。"""

    code = "not_owner"


class ProxyProofMissingError(InvalidError):
    """委托投票要写受托人，并附上委托书。"""

    code = "proxy_proof_missing"


class TallyError(InvalidError):
    """参加的不能多于全部，同意的不能多于参加的，请核对数字。"""

    code = "tally_impossible"


class OwnRecordError(ForbiddenError):
    """自己录入的表决结果要请另一个人来核对。"""

    code = "own_record"


class VoteDecidedError(ConflictError):
    """这次表决已经有结果了。"""

    code = "vote_decided"


class VoteNeededError(ConflictError):
    """业主还没有表决通过这个造价。不用业主出钱、且不超过 {limit_fen:fen} 的小项目才可以不表决。"""

    code = "vote_needed"


class OverrunNeedsVoteError(ConflictError):
    """新造价超过了业主同意的范围（最多 {most_fen:fen}），要重新表决。"""

    code = "overrun_needs_vote"
