"""What may be refused of visits."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class VisitNotFoundError(NotFoundError):
    """没有找到这次走访，可能不在您的网格。"""

    code = "visit_not_found"


class FindingNotFoundError(NotFoundError):
    """没有找到这条发现，可能不在您的网格。"""

    code = "visit_finding_not_found"


class DoorElsewhereError(InvalidError):
    """这一户不在走访的单元里，请从名单里选。"""

    code = "visit_door_elsewhere"


class PersonElsewhereError(InvalidError):
    """这个人不住在走访的单元里，请从名单里选。"""

    code = "visit_person_elsewhere"


class DayOutsideMonthError(InvalidError):
    """走访的日子要在 {year} 年 {month} 月里。"""

    code = "visit_day_outside_month"


class VisitInFutureError(InvalidError):
    """还没到 {on:day}，不能先记成走过了。"""

    code = "visit_in_future"


class ReturnDayMissingError(InvalidError):
    """没遇上的，请写哪天再去；哪天再去只给没遇上的写，要在今天以后。"""

    code = "visit_return_day_wrong"


class ConsentMissingError(InvalidError):
    """要改登记的资料，先问过本人，勾上“本人同意”。"""

    code = "visit_consent_missing"


class NothingChangedError(InvalidError):
    """新填的和登记的一样，不用改。"""

    code = "visit_nothing_changed"


class NoDoorSeenError(ConflictError):
    """这个单元还没有记下一户，先记几户再收尾。"""

    code = "visit_no_door_seen"


class VisitDoneError(ConflictError):
    """这个单元本月已经走完了。"""

    code = "visit_done"


class FindingHasCaseError(ConflictError):
    """这条发现已经转成案件了。"""

    code = "visit_finding_has_case"


class NotAVisitorError(InvalidError):
    """走访的人要是这个社区现在的六员之一。"""

    code = "visit_visitor_unknown"
