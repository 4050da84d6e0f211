"""What can be refused about changing needs and tasks; each docstring is the message."""

from typing import ClassVar

from timebank.kernel.errors import ConflictError, InvalidError


class NothingChangedError(InvalidError):
    """和原来一样，没有要改的。"""

    code: ClassVar[str] = "nothing_changed"


class PlacesTakenError(ConflictError):
    """已经定下了 {taken} 个人，名额不能比这个少。要减人，请先在名单里换人。"""

    code: ClassVar[str] = "task_places_taken"


class SeriesDayError(InvalidError):
    """这次和以后的一起改，只能改几点，不能改哪一天。要换一天，请只改这一次。"""

    code: ClassVar[str] = "task_series_day"


class NoSeriesError(InvalidError):
    """这个任务不是每周重复的，只能改这一次。"""

    code: ClassVar[str] = "task_no_series"


class UnfitUnknownError(ConflictError):
    """改了要求以后，有人不合了：{names}。请先看清楚再确认。"""

    code: ClassVar[str] = "task_unfit_unknown"


class ShiftsUnevenError(InvalidError):
    """这段时间分不成 {shifts} 班，每班至少 {minutes:minutes}，要分得整。"""

    code: ClassVar[str] = "task_shifts_uneven"
