"""Why a service is not for somebody, in the words said to the person."""

from timebank.kernel.errors import ConflictError, InvalidError


class TooYoungForServiceError(ConflictError):
    """“{service}”要满 {age} 岁才能用，现在是 {have} 岁。"""

    code = "service_age"


class ServiceAgeUnknownError(ConflictError):
    """“{service}”要满 {age} 岁才能用，档案里没有出生日期。请网格员补上再来。"""

    code = "service_age_unknown"


class HardshipOnlyError(ConflictError):
    """“{service}”只给登记在册的几类老人，哪几类写在服务说明里。符合条件的，请网格员先登记。"""

    code = "service_hardship_only"


class BenefitsOffError(ConflictError):
    """社区现在不用时间换权益（如饭菜），“{service}”暂停。服务照常。"""

    code = "benefits_off"


class MoneyForVolunteersError(InvalidError):
    """志愿者上门做的服务，储备金不付钱给谁，钱款请空着。"""

    code = "money_for_volunteers"


class KindNeededError(InvalidError):
    """志愿者上门做的服务，要选记工时的服务种类。"""

    code = "service_kind_needed"


class HomeIsBookedError(InvalidError):
    """上门的服务都要先预约。"""

    code = "home_needs_booking"


class HelpIsNoBenefitError(InvalidError):
    """志愿者上门做的是服务，不能当权益。"""

    code = "help_is_no_benefit"


class ServiceDayError(ConflictError):
    """“{service}”{days:weekdays}办，{day:day}不办。请换一天。"""

    code = "service_day"


class NoServiceDayError(InvalidError):
    """“{service}”{days:weekdays}办，选的日子里没有一天能用。请把日子放宽一点。"""

    code = "service_no_day"
