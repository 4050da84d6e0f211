"""What can be wrong with matching pots, income of common parts and labour, one class each."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class PotNotFoundError(NotFoundError):
    """没有找到这个配捐资金池。"""

    code = "match_pot_not_found"


class SourceNotFoundError(NotFoundError):
    """没有找到这个公共收益来源。"""

    code = "income_source_not_found"


class NameTakenError(ConflictError):
    """已经有一个同名的了，请换个名字。"""

    code = "name_taken"


class SponsorError(InvalidError):
    """配捐和分成的另一方要选公司或物业，不能是居民。"""

    code = "sponsor_residents"


class PartsRangeError(InvalidError):
    """比例不对：配捐最多 300%，分成在 0 到 100% 之间。"""

    code = "parts_out_of_range"


class NothingToMatchError(ConflictError):
    """现在没有可以配的钱：居民没有新的缴款，或者已经到了上限、配满了份额、池里没有钱。"""

    code = "nothing_to_match"


class TaskNotFoundError(InvalidError):
    """没有找到这个任务，或者它已经算在别的项目里。"""

    code = "labour_task_not_found"
