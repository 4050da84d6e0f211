"""What can be wrong with matching lines of the bank, one class each."""

from timebank.kernel.errors import ConflictError, InvalidError


class TargetGoneError(ConflictError):
    """您选的那一项已经有人办了，或者不再欠款，请看看现在的候选。"""

    code = "match_target_gone"


class WholeOnlyError(InvalidError):
    """这一项要整笔对上：应是 {owed_fen:fen}，分给它的是 {amount_fen:fen}。"""

    code = "match_whole_only"


class MoreThanTargetError(InvalidError):
    """这一项只差 {owed_fen:fen}，分给它 {amount_fen:fen} 就多了，多出的可以留着待认领。"""

    code = "match_more_than_target"


class TargetTwiceError(InvalidError):
    """同一项选了两次，请合成一笔。"""

    code = "match_target_twice"


class HouseholdUnknownError(InvalidError):
    """没有找到这一户，多出的钱没有记成预存。"""

    code = "match_household_unknown"


class NotEnoughCreditError(ConflictError):
    """这一户的预存只有 {have_fen:fen}，不够退 {asked_fen:fen}。"""

    code = "match_not_enough_credit"


class RunGoingError(ConflictError):
    """自动认领正在跑，等它跑完再开始下一次。"""

    code = "match_run_going"


class NothingToMatchError(ConflictError):
    """没有等着认领的流水。"""

    code = "match_nothing_waits"


class ClaimedByBankError(ConflictError):
    """这笔是从银行流水认领来的，请到银行的认领台上撤销那次认领。"""

    code = "contribution_claimed_by_bank"
