"""What the Open311 face refuses; each is answered in the shape of GeoReport v2."""

from timebank.kernel.errors import ForbiddenError, InvalidError, NotFoundError


class JurisdictionMissingError(InvalidError):
    """这里有几个社区，请用 jurisdiction_id 写明是哪一个。"""

    code = "open311_jurisdiction_missing"


class JurisdictionNotFoundError(NotFoundError):
    """没有这个 jurisdiction_id 的社区。"""

    code = "open311_jurisdiction_not_found"


class ServiceCodeMissingError(InvalidError):
    """请用 service_code 写明是哪一类事。"""

    code = "open311_service_missing"


class ServiceCodeNotFoundError(NotFoundError):
    """没有这个 service_code 的服务。"""

    code = "open311_service_not_found"


class ApiKeyError(ForbiddenError):
    """没有 api_key，或者它不对、过期了、不是这个社区的。"""

    code = "open311_api_key"


class RequestNotFoundError(NotFoundError):
    """没有这个 service_request_id。"""

    code = "open311_request_not_found"


class TokenUnknownError(NotFoundError):
    """没有这个 token。"""

    code = "open311_token_not_found"


class LocationMissingError(InvalidError):
    """请写明地点：lat 和 long，或者 address_string，或者 address_id。"""

    code = "open311_location_missing"


class LocationUnknownError(InvalidError):
    """认不出这个地点是社区里的哪个单元。address_string 请写“7号楼 3单元”，或者给 address_id。"""

    code = "open311_location_unknown"


class AttributeMissingError(InvalidError):
    """attribute[{name}] 一定要填。"""

    code = "open311_attribute_missing"


class AttributeInvalidError(InvalidError):
    """attribute[{name}] 的值不对，或者这类事没有这一项。"""

    code = "open311_attribute_invalid"


class MomentInvalidError(InvalidError):
    """{name} 要写成带时区的时间，如 2026-11-28T09:30:00+08:00。"""

    code = "open311_moment_invalid"


class SpanInvalidError(InvalidError):
    """start_date 要在 end_date 之前，两个相差不超过 {days} 天。"""

    code = "open311_span_invalid"


class StatusInvalidError(InvalidError):
    """status 只有 open 和 closed。"""

    code = "open311_status_invalid"


class TooManyReportsError(InvalidError):
    """这一小时从接口来的事已经有 {count} 件，请过一会儿再交。"""

    code = "open311_too_many"
