"""What the time bank tells people of tasks and needs; codes are never renamed."""

from dataclasses import dataclass
from datetime import datetime

from timebank.notices.rules.notice import Notice


@dataclass(frozen=True)
class TaskNotice(Notice):
    """“{what}”（{starts_at:moment}）有变化，请打开看看。"""

    code = "task"
    heading = "志愿任务"

    what: str
    starts_at: datetime


@dataclass(frozen=True)
class TaskAsked(TaskNotice):
    """想请您来帮忙：“{what}”，{starts_at:moment}开始。能不能去，请答一声。"""

    code = "task_asked"
    heading = "有人请您帮忙"


@dataclass(frozen=True)
class TaskPlaceGiven(TaskNotice):
    """“{what}”定下您了，{starts_at:moment}开始。"""

    code = "task_place_given"
    heading = "定下您了"


@dataclass(frozen=True)
class TaskMovedUp(TaskNotice):
    """有人去不了，您从候补补上了：“{what}”，{starts_at:moment}开始。去不了请早点说。"""

    code = "task_moved_up"
    heading = "候补补上了"


@dataclass(frozen=True)
class TaskQueued(TaskNotice):
    """“{what}”（{starts_at:moment}）把您排进了候补，有空位会自动补上并告诉您。"""

    code = "task_queued"
    heading = "排进候补了"


@dataclass(frozen=True)
class TaskTurnedDown(TaskNotice):
    """“{what}”（{starts_at:moment}）这次没有选上您：{reason}"""

    code = "task_turned_down"
    heading = "这次没有选上"

    reason: str


@dataclass(frozen=True)
class TaskPlaceGivenBack(TaskNotice):
    """工作人员替您退了“{what}”（{starts_at:moment}）的报名。"""

    code = "task_place_given_back"
    heading = "报名退了"


@dataclass(frozen=True)
class TaskMissed(TaskNotice):
    """“{what}”（{starts_at:moment}）记了您没有到场。要是记错了，请告诉社区。"""

    code = "task_missed"
    heading = "记了没有到场"


@dataclass(frozen=True)
class VolunteerOffered(TaskNotice):
    """有志愿者报名“{what}”（{starts_at:moment}），等您挑选。"""

    code = "volunteer_offered"
    heading = "有人报名"


@dataclass(frozen=True)
class VolunteerGone(TaskNotice):
    """“{what}”（{starts_at:moment}）有一位志愿者去不了了。"""

    code = "volunteer_gone"
    heading = "志愿者去不了"


@dataclass(frozen=True)
class TaskTomorrow(TaskNotice):
    """明天有您的志愿任务：“{what}”，{starts_at:moment}开始。去不了请现在就说。"""

    code = "task_tomorrow"
    heading = "明天有任务"


@dataclass(frozen=True)
class HelpTomorrow(TaskNotice):
    """明天{starts_at:moment}有志愿者来帮您：“{what}”。"""

    code = "help_tomorrow"
    heading = "明天有人来帮您"


@dataclass(frozen=True)
class TaskCancelled(TaskNotice):
    """“{what}”（{starts_at:moment}）取消了：{reason}"""

    code = "task_cancelled"
    heading = "任务取消了"

    reason: str


@dataclass(frozen=True)
class TaskChanged(TaskNotice):
    """“{what}”改了，现在是{starts_at:moment}开始。原因：{reason}"""

    code = "task_changed"
    heading = "任务改了"

    reason: str


@dataclass(frozen=True)
class TaskAskedAgain(TaskNotice):
    """“{what}”改到{starts_at:moment}开始，能不能去请再答一声。原因：{reason}"""

    code = "task_asked_again"
    heading = "任务改了，请再答一声"

    reason: str


@dataclass(frozen=True)
class TaskWishesChanged(TaskNotice):
    """“{what}”（{starts_at:moment}）的要求改了，和您登记的对不上。能不能去，请再答一声。原因：{reason}"""

    code = "task_wishes_changed"
    heading = "要求改了，请再答一声"

    reason: str


@dataclass(frozen=True)
class TaskPlaceTakenBack(TaskNotice):
    """“{what}”（{starts_at:moment}）的要求改了，按规定您去不了，名额退回了。原因：{reason}"""

    code = "task_place_taken_back"
    heading = "要求改了，名额退回了"

    reason: str


@dataclass(frozen=True)
class NeedTakenUp(Notice):
    """您要的“{what}”安排上了，正在找志愿者。"""

    code = "need_taken_up"
    heading = "求助安排上了"

    what: str


@dataclass(frozen=True)
class NeedDeclined(Notice):
    """您要的“{what}”这次安排不了：{reason}"""

    code = "need_declined"
    heading = "求助有答复了"

    what: str
    reason: str
