"""What the ledger refuses, and the words in which the database says so."""

from timebank.kernel.errors import ConflictError, DomainError, InvalidError, NotFoundError


class AccountNotFoundError(NotFoundError):
    """没有这个账户，或者不归您看。"""

    code = "ledger_account_not_found"


class BookNotFoundError(NotFoundError):
    """没有这本账，或者不归您看。"""

    code = "ledger_book_not_found"


class EntryNotFoundError(NotFoundError):
    """没有这笔账，或者不归您看。"""

    code = "ledger_entry_not_found"


class HoldNotFoundError(NotFoundError):
    """没有这笔预留，或者不归您看。"""

    code = "ledger_hold_not_found"


class InsufficientBalanceError(ConflictError):
    """余额不够，这一笔没有记，账上没有变动。"""

    code = "ledger_insufficient_balance"


class InsufficientMinutesError(InsufficientBalanceError):
    """时间不够：能用 {have:minutes}，这次要 {need:minutes}。账上没有变动。"""


class InsufficientMoneyError(InsufficientBalanceError):
    """钱不够：能用 {have:fen}，这次要 {need:fen}。账上没有变动。"""


class SameEntryOtherContentError(ConflictError):
    """这个编号已经记过另一笔账，内容不同，没有再记。请刷新页面重新填。"""

    code = "ledger_same_entry_other_content"


class SameHoldOtherContentError(ConflictError):
    """这个编号已经预留过，内容不同，没有再留。请刷新页面重新填。"""

    code = "ledger_same_hold_other_content"


class AccountDiffersError(ConflictError):
    """账户 {account} 已经有了，性质与这次要求的不同。"""

    code = "ledger_account_differs"


class AlreadyReversedError(ConflictError):
    """这笔账已经冲正过，不能再冲一次。"""

    code = "ledger_already_reversed"


class ReversalNotReversibleError(ConflictError):
    """冲正的账不能再冲正，请另记一笔。"""

    code = "ledger_reversal_not_reversible"


class HoldAlreadyResolvedError(ConflictError):
    """这笔预留已经处理过，不能再处理一次。"""

    code = "ledger_hold_already_resolved"


class HoldExpiredError(ConflictError):
    """这笔预留已经过期，请重新预留。"""

    code = "ledger_hold_expired"


class HoldExceededError(ConflictError):
    """要扣的数超出了预留的数，这一笔没有记。"""

    code = "ledger_hold_exceeded"


class UnboundedHoldError(InvalidError):
    """这个账户不设余额，不能预留。"""

    code = "ledger_hold_on_open_account"


class CrossBookError(InvalidError):
    """一笔账只能记在同一本账里。"""

    code = "ledger_cross_book"


class CrossAssetError(InvalidError):
    """时间和钱不能互相转。"""

    code = "ledger_cross_asset"


class EmptyEntryError(InvalidError):
    """这笔账没有一行转账，不能记。"""

    code = "ledger_entry_empty"


class AmountError(InvalidError):
    """数额要大于零，而且不能大得离谱。"""

    code = "ledger_amount"


class SameAccountError(InvalidError):
    """不能从一个账户转给它自己。"""

    code = "ledger_same_account"


class TextTooLongError(InvalidError):
    """文字太长，最多 {limit} 个字。"""

    code = "ledger_text_too_long"


class TooManyLinesError(InvalidError):
    """一笔账最多 {limit} 行，请分成几笔。"""

    code = "ledger_too_many_lines"


class KindError(InvalidError):
    """流水的种类要写成一个词，不能有空格或换行。"""

    code = "ledger_kind"


class PeriodClosedError(ConflictError):
    """这本账到那一天已经封账，这一笔没有记。请记到今天，并在备注里写明原来的日子。"""

    code = "ledger_period_closed"


class PeriodOrderError(ConflictError):
    """封账要一期接一期往后封；到 {through_on:day} 已经封过了。"""

    code = "ledger_period_order"


class PeriodNotOverError(InvalidError):
    """还没过完的日子不能封账，最晚封到昨天。"""

    code = "ledger_period_not_over"


class BlockNotFoundError(NotFoundError):
    """没有这个封存块。"""

    code = "ledger_block_not_found"


class NotSealedYetError(NotFoundError):
    """这笔账还没有封存，每天封存一次，请明天再来。"""

    code = "ledger_not_sealed_yet"


class ProofUnreadableError(InvalidError):
    """这不是时间银行的证明，或者没有贴全。请把整个文件的内容原样贴上。"""

    code = "ledger_proof_unreadable"


class ProofTooLargeError(InvalidError):
    """内容太大，证明文件不会超过 {kilobytes} KB。"""

    code = "ledger_proof_too_large"


class KeptListUnreadableError(InvalidError):
    """第 {line} 行不是封存清单的一行。"""

    code = "ledger_kept_list_unreadable"


class CommunityUnknownError(NotFoundError):
    """没有这个社区。"""

    code = "ledger_community_unknown"


class GroundMissingError(InvalidError):
    """请写明为什么要抹去文字。"""

    code = "ledger_ground_missing"


class HeadsOrderError(InvalidError):
    """请从较早的一块比到较晚的一块。"""

    code = "ledger_heads_order"


class ChainBrokenError(ConflictError):
    """到第 {number} 块为止的封存对不上，没有再封。请先核账。"""

    code = "ledger_chain_broken"


class BadDebtAccountError(InvalidError):
    """欠账只能记在同一本账、同一单位、不设余额的账户上，而且原来那笔账没有动过它。"""

    code = "ledger_bad_debt_account"


class AccountFrozenError(ConflictError):
    """这个账户已经冻结，办完之前既不能存也不能用。"""

    code = "ledger_account_frozen"


class FreezeAstrayError(ConflictError):
    """这个账户已经是这样了，没有再动。"""

    code = "ledger_freeze_astray"


class LotsRenewedError(ConflictError):
    """搬过去的时间要保留原来的日子和限定，没有搬。"""

    code = "ledger_lots_renewed"


class LedgerRefusedError(ConflictError):
    """账本没有收下这一笔，账上没有变动。请重试，还不行请告诉管理员。"""

    code = "ledger_refused"


# What stands in the database's own message (trigger texts, constraint and column names on either
# engine) when a rule is broken that the verbs can name without looking again.
_MARKS: tuple[tuple[str, type[DomainError]], ...] = (
    ("ledger_frozen", AccountFrozenError),
    ("ledger_freeze_astray", FreezeAstrayError),
    ("ledger_lots_renewed", LotsRenewedError),
    ("ledger_floor", InsufficientBalanceError),
    ("ledger_balance_floor", InsufficientBalanceError),
    ("ledger_lots_short", InsufficientBalanceError),
    ("ledger_reversal_reversed", ReversalNotReversibleError),
    ("reverses_id", AlreadyReversedError),
    ("ledger_period_closed", PeriodClosedError),
    ("ledger_hold_resolved", HoldAlreadyResolvedError),
    ("ledger_entry_hold_id", HoldAlreadyResolvedError),
    ("ledger_hold_expired", HoldExpiredError),
    ("ledger_hold_end.hold_id", HoldAlreadyResolvedError),
    ("pk_ledger_hold_end", HoldAlreadyResolvedError),
    ("ledger_hold_exceeded", HoldExceededError),
    ("ledger_hold_unbounded", UnboundedHoldError),
)


def kind_of_refusal(message: str) -> type[DomainError]:
    """Return the error that a database message stands for."""
    for mark, kind in _MARKS:
        if mark in message:
            return kind
    return LedgerRefusedError
