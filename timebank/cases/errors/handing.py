"""What can be refused about hands, levels, departments, merging and spots."""

from typing import ClassVar

from timebank.cases.errors.overlays import OverlayError
from timebank.kernel.errors import InvalidError, NotFoundError


class DisputeOpenError(OverlayError):
    """这件事退回来了，正等社区指定谁来办。"""

    code: ClassVar[str] = "case_dispute_open"


class DisputeDecidedError(OverlayError):
    """这件事已经指定过谁来办，不能再退回。办不了可以上报一级，或请网格改派。"""

    code: ClassVar[str] = "case_dispute_decided"


class NothingDisputedError(OverlayError):
    """这件事没有人退回，不用指定。要换人请改派。"""

    code: ClassVar[str] = "case_nothing_disputed"


class AssignedElsewhereError(OverlayError):
    """这件事在另一位同事手上，由那位同事来办、退回，或者请网格改派。"""

    code: ClassVar[str] = "case_assigned_elsewhere"


class WorkerNotFoundError(InvalidError):
    """请从名单里选一位能办这个网格的事的同事。"""

    code: ClassVar[str] = "case_worker_not_found"


class SameHandsError(InvalidError):
    """这件事已经在这位同事手上，请选另一位。"""

    code: ClassVar[str] = "case_same_hands"


class AtTopError(OverlayError):
    """这件事已经报到街道，没有更高的一级了。"""

    code: ClassVar[str] = "case_at_top"


class OneRungError(InvalidError):
    """一次只能上报一级；登记为急事的才能越级。往下走请用退回。"""

    code: ClassVar[str] = "case_one_rung"


class WhistleOpenError(OverlayError):
    """还有 {count} 个部门没有结束，先写明它们办完了并放行，或者撤哨。"""

    code: ClassVar[str] = "case_whistle_open"


class NoWhistleError(OverlayError):
    """这件事没有吹哨，或者部门都已经结束。"""

    code: ClassVar[str] = "case_no_whistle"


class NoDepartmentError(InvalidError):
    """请至少选一个部门，牵头的也要在里面。"""

    code: ClassVar[str] = "case_no_department"


class DepartmentCalledError(InvalidError):
    """{name}已经在场，不用再吹一次。"""

    code: ClassVar[str] = "case_department_called"


class DepartmentKnownError(InvalidError):
    """部门名单里已经有{name}。"""

    code: ClassVar[str] = "case_department_known"


class DepartmentNotFoundError(NotFoundError):
    """没有找到这个部门。"""

    code: ClassVar[str] = "case_department_not_found"


class WhistleNotFoundError(NotFoundError):
    """没有找到这次吹哨。"""

    code: ClassVar[str] = "case_whistle_not_found"


class WhistleStepError(OverlayError):
    """{name}现在不能这样记，请看它到了哪一步。"""

    code: ClassVar[str] = "case_whistle_step"


class LinkNeedlessError(OverlayError):
    """{name}的事已经结束，也评过了，用不着链接。"""

    code: ClassVar[str] = "case_link_needless"


class NotAssessableError(OverlayError):
    """部门的事还没有结束，或者这一方已经评过。"""

    code: ClassVar[str] = "case_not_assessable"


class NothingDeliberatedError(OverlayError):
    """这件事没有提交议事，没有可以记的决定。"""

    code: ClassVar[str] = "case_nothing_deliberated"


class MergeSelfError(InvalidError):
    """不能并到它自己，请选另一件。"""

    code: ClassVar[str] = "case_merge_self"


class MasterNotFoundError(InvalidError):
    """没有找到要并过去的那一件，请核对编号。"""

    code: ClassVar[str] = "case_master_not_found"


class MasterEndedError(OverlayError):
    """要并过去的那一件已经结束，或者也并到别处去了。请选还在办的。"""

    code: ClassVar[str] = "case_master_ended"


class HasChildrenError(OverlayError):
    """有 {count} 件并在这件里，先把它们拆开。"""

    code: ClassVar[str] = "case_has_children"


class MasterClosedError(OverlayError):
    """并过去的那一件已经办结，不能再拆开。"""

    code: ClassVar[str] = "case_master_closed"


class NotRegistrarError(OverlayError):
    """登错了由登记的人申请作废，或者由社区管理员申请。"""

    code: ClassVar[str] = "case_not_registrar"


class SpotNotFoundError(NotFoundError):
    """没有找到清单里的这一处。"""

    code: ClassVar[str] = "case_spot_not_found"


class SpotDoneError(OverlayError):
    """这一处已经记为办好了。"""

    code: ClassVar[str] = "case_spot_done"


class TooManySpotsError(InvalidError):
    """一件事的清单最多 {limit} 处。"""

    code: ClassVar[str] = "case_too_many_spots"


class NoSpotsPricedError(InvalidError):
    """请给至少一处填上估价，才能立项。"""

    code: ClassVar[str] = "case_no_spots_priced"


class SurveyEndedError(OverlayError):
    """这件事已经有结果，清单不能再改。重新办理以后可以。"""

    code: ClassVar[str] = "case_survey_ended"
