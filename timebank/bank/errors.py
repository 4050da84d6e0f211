"""What the bank refuses, one class for each broken rule."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class BankAccountNotFoundError(NotFoundError):
    """没有找到这个银行账户，可能不归您看。"""

    code: ClassVar[str] = "bank_account_not_found"


class BankAccountKnownError(ConflictError):
    """这个账号已经登记过了，尾号 {tail}。"""

    code: ClassVar[str] = "bank_account_known"


class BankNumberInvalidError(InvalidError):
    """账号不对，只写数字和字母，6 到 34 位。"""

    code: ClassVar[str] = "bank_number_invalid"


class BankImportNotFoundError(NotFoundError):
    """没有这次导入，可能已经过期，请重新上传。"""

    code: ClassVar[str] = "bank_import_not_found"


class BankImportSettledError(ConflictError):
    """这次导入已经处理过了，不能再改。"""

    code: ClassVar[str] = "bank_import_settled"


class BankImportHasProblemsError(ConflictError):
    """还有 {count} 处对不上，一行都没有入账。请看下面的行，改好再来。"""

    code: ClassVar[str] = "bank_import_has_problems"


class BankImportAsksError(ConflictError):
    """还有几列没有认定，请先答完列的问题，再确认入账。"""

    code: ClassVar[str] = "bank_import_asks"


class DoubtUndecidedError(ConflictError):
    """有 {count} 行可能已经入过账，请先选一种处理办法。"""

    code: ClassVar[str] = "bank_doubt_undecided"


class StatementKindUnknownError(InvalidError):
    """这不是能认的对账单，请用 .csv、.xls、.xlsx、MT940、CAMT.053 或 OFX。"""

    code: ClassVar[str] = "statement_kind_unknown"


class StatementEmptyError(InvalidError):
    """文件里没有一行明细，请看看是不是导错了日期。"""

    code: ClassVar[str] = "statement_empty"


class StatementUnreadableError(InvalidError):
    """对账单在“{where}”这里断了或不合格式，请重新下载一份，不要手改。"""

    code: ClassVar[str] = "statement_unreadable"


class StatementHasDtdError(InvalidError):
    """文件里带有 DTD 或实体声明，银行的对账单不该有，没有读。"""

    code: ClassVar[str] = "statement_has_dtd"


class StatementTooDeepError(InvalidError):
    """文件套得太深或太长，不像银行的对账单，没有读。"""

    code: ClassVar[str] = "statement_too_deep"


class OtherAccountError(InvalidError):
    """文件里的账号尾号是 {found}，这个账户的尾号是 {wanted}，请换对账户再导。"""

    code: ClassVar[str] = "statement_of_other_account"


class SeveralAccountsError(InvalidError):
    """文件里有几个账户的明细，请分账户下载。"""

    code: ClassVar[str] = "statement_of_several_accounts"


class DayUnreadableError(InvalidError):
    """日期“{given}”认不出来。"""

    code: ClassVar[str] = "bank_day_unreadable"


class DayMissingError(InvalidError):
    """有金额，没有日期。"""

    code: ClassVar[str] = "bank_day_missing"


class DayAheadError(InvalidError):
    """日期 {given:day} 还没有到。"""

    code: ClassVar[str] = "bank_day_ahead"


class AmountUnreadableError(InvalidError):
    """金额“{given}”认不准，没有猜。"""

    code: ClassVar[str] = "bank_amount_unreadable"


class AmountMissingError(InvalidError):
    """有日期，没有金额。"""

    code: ClassVar[str] = "bank_amount_missing"


class AmountTwiceError(InvalidError):
    """收入和支出两列都有数，不知道是收是支。"""

    code: ClassVar[str] = "bank_amount_twice"


class SideUnknownError(InvalidError):
    """“{given}”看不出是收是支。"""

    code: ClassVar[str] = "bank_side_unknown"


class CurrencyOtherError(InvalidError):
    """币种是“{given}”，这里只记人民币。"""

    code: ClassVar[str] = "bank_currency_other"


class ChainGapError(InvalidError):
    """余额接不上，差 {difference:fen}：前面可能缺了行，或者这行的金额被改过。"""

    code: ClassVar[str] = "bank_chain_gap"


class ChainSignError(InvalidError):
    """按余额算，这行 {amount:fen} 的正负号反了。"""

    code: ClassVar[str] = "bank_chain_sign"


class ChainBalanceError(InvalidError):
    """余额写的是 {given:fen}，按上下行算应是 {should_be:fen}，这一格可能被改过。"""

    code: ClassVar[str] = "bank_chain_balance"


class StatementSumError(InvalidError):
    """期初加明细是 {reckoned:fen}，对账单写的期末是 {given:fen}，差的要先查清。"""

    code: ClassVar[str] = "bank_statement_sum"


class BooksGapError(InvalidError):
    """文件从余额 {given:fen} 开始，账上到 {through:day} 是 {should_be:fen}，中间缺的先导进来。"""

    code: ClassVar[str] = "bank_books_gap"


class BeforeBooksError(InvalidError):
    """{given:day} 这行账上没有，而账上已经记到 {through:day}，不能插到中间。"""

    code: ClassVar[str] = "bank_before_books"


class BookedMissingError(InvalidError):
    """账上 {given:day} 有一行 {amount:fen}，这份文件里没有，请下载完整的一份。"""

    code: ClassVar[str] = "bank_booked_missing"


class LayoutIncompleteError(InvalidError):
    """至少要指明日期列和金额列，金额要么一列，要么收入和支出两列。"""

    code: ClassVar[str] = "bank_layout_incomplete"


class LayoutColumnTwiceError(InvalidError):
    """第 {column} 列指了两次，请改掉一个。"""

    code: ClassVar[str] = "bank_layout_column_twice"


class BankLineNotFoundError(NotFoundError):
    """没有找到这笔流水，可能不归您看。"""

    code: ClassVar[str] = "bank_line_not_found"


class ClaimNotFoundError(NotFoundError):
    """没有找到这次认领。"""

    code: ClassVar[str] = "bank_claim_not_found"


class LineChangedError(ConflictError):
    """这笔流水刚有别人办过，请看看现在的样子再决定。"""

    code: ClassVar[str] = "bank_line_changed"


class NothingClaimedError(InvalidError):
    """请至少选一项，最多 {limit} 项。"""

    code: ClassVar[str] = "bank_nothing_claimed"


class PartAmountError(InvalidError):
    """每一项的金额要大于零。"""

    code: ClassVar[str] = "bank_part_amount"


class WrongDirectionError(InvalidError):
    """进账和出账弄反了，这一项不能用在这笔流水上。"""

    code: ClassVar[str] = "bank_wrong_direction"


class MoreThanUnclaimedError(ConflictError):
    """这笔只剩 {left_fen:fen} 没认领，分出去 {asked_fen:fen} 就多了。"""

    code: ClassVar[str] = "bank_more_than_unclaimed"


class TooMuchWithheldError(InvalidError):
    """平台手续费超过了到账的 {percent}%，请核对。"""

    code: ClassVar[str] = "bank_too_much_withheld"


class NoPairError(InvalidError):
    """两笔要一进一出、金额一样，都还没有认领。"""

    code: ClassVar[str] = "bank_no_pair"


class ClaimUndoneError(ConflictError):
    """这次认领已经撤销过了。"""

    code: ClassVar[str] = "bank_claim_undone"


class ReasonMissingError(InvalidError):
    """请写明原因，让后来的人看得明白。"""

    code: ClassVar[str] = "bank_reason_missing"


class NothingLeftError(ConflictError):
    """这笔流水已经认领完了，不用挂起。"""

    code: ClassVar[str] = "bank_nothing_left"


class DueDayError(InvalidError):
    """办结日期要在今天到一年以内。"""

    code: ClassVar[str] = "bank_due_day"


class ClosingBookNotFoundError(NotFoundError):
    """没有找到这本账，可能不归您看。"""

    code: ClassVar[str] = "bank_book_not_found"


class ClosingNotFoundError(NotFoundError):
    """没有找到这次月结。"""

    code: ClassVar[str] = "bank_closing_not_found"


class NothingToCloseError(ConflictError):
    """这本账还没有记过账，没有可结的月份。"""

    code: ClassVar[str] = "bank_nothing_to_close"


class MonthOrderError(ConflictError):
    """月份要一个一个结，现在轮到 {month:day} 开始的那个月。"""

    code: ClassVar[str] = "bank_month_order"


class MonthStillOpenError(ConflictError):
    """还有 {count} 笔没有认领，也没有人写明原因放行，不能结。"""

    code: ClassVar[str] = "bank_month_still_open"


class ClosedByMatcherError(ConflictError):
    """这个月有您认领的流水，要由另一个人来结。"""

    code: ClassVar[str] = "bank_closed_by_matcher"


class WaivedByMatcherError(ConflictError):
    """这笔是您认领过或在看管的，要由另一个人放行。"""

    code: ClassVar[str] = "bank_waived_by_matcher"


class WaivedAlreadyError(ConflictError):
    """这笔已经有人放行了。"""

    code: ClassVar[str] = "bank_waived_already"
