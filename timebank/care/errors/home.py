"""The rules of services at home that can be broken, in the words said to the person."""

from timebank.kernel.errors import ConflictError, InvalidError, NotFoundError


class HomeVisitNotFoundError(NotFoundError):
    """没有找到这次上门，可能不归您看。"""

    code = "home_visit_not_found"


class AtHomeError(ConflictError):
    """“{service}”是上门服务，请在“上门”页确认开始和结束，柜台不能直接扣。"""

    code = "service_at_home"


class NotByProviderError(ConflictError):
    """这次是志愿者上门，按核对过的服务记录办，不用在这里确认开始。"""

    code = "visit_by_volunteer"


class VisitBegunError(ConflictError):
    """这次上门已经开始了。"""

    code = "visit_begun"


class VisitNotBegunError(ConflictError):
    """还没有确认开始，不能结束。请先让老人输密码或一次性码开始。"""

    code = "visit_not_begun"


class RecordMissingError(ConflictError):
    """志愿者的服务记录还没有核对好，核对以后才能扣时间。"""

    code = "visit_record_missing"


class HomeTimeNeededError(InvalidError):
    """志愿者要知道几点到，请填时间。"""

    code = "home_time_needed"


class DigitsNeededError(InvalidError):
    """开始要老人自己的 6 位密码或一次性码。"""

    code = "visit_digits_needed"
