"""What figures refuse."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class PlaceOutOfReachError(NotFoundError):
    """没有这个地方，或者不归您看。"""

    code = "place_out_of_reach"


class PeriodError(InvalidError):
    """开始的月份要在结束的月份以前，最长十年。"""

    code = "bad_period"


class SameSidesError(InvalidError):
    """行和列请选不一样的。"""

    code = "same_sides"


class PeopleHiddenError(NotFoundError):
    """您能看合计，不能看到人。"""

    code = "people_hidden"


class TooManyCasesError(InvalidError):
    """这段时间超过 {count} 件，一次算不过来，请选短一点的时间。"""

    code = "too_many_cases"


class StillCountingError(InvalidError):
    """这段时间超过 {count} 件，以前的案件还在头一次汇总。过一会儿再看，或者选短一点的时间。"""

    code = "still_counting"


class AsOfError(InvalidError):
    """截至的时间不能晚于现在。"""

    code = "bad_as_of"


class SpanError(InvalidError):
    """开始的日子要在结束的日子以前。"""

    code = "bad_span"


class NoOwnDataError(NotFoundError):
    """这个账号没有对应的居民，没有可以拿的资料。"""

    code = "no_own_data"


class OwnDataTakenError(ConflictError):
    """今天已经拿过一份了，明天可以再拿。"""

    code = "own_data_taken"
