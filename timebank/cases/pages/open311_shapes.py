"""How cases, kinds of matters and this face itself are told in GeoReport v2."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from timebank.cases.queries.open311 import RequestLine
from timebank.cases.rules.flow import Outcome, State
from timebank.cases.rules.intake import CATEGORY_NAMES
from timebank.cases.rules.open311 import Service
from timebank.community.rules import CommunityView
from timebank.kernel import clock

Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]
CHANGESET = "2026-11-28T00:00:00+08:00"
_SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
_STATES = {
    State.REGISTERED: lazy_gettext("登记了，等人响应"),
    State.RESPONDED: lazy_gettext("有人响应了，等人认领"),
    State.CLAIMED: lazy_gettext("有人在办"),
    State.RESOLVED: lazy_gettext("办完了，还没有告诉反映的人"),
    State.FED_BACK: lazy_gettext("告诉反映的人了，等着结案"),
    State.CLOSED: lazy_gettext("结案了"),
    State.CANCELLED: lazy_gettext("登记错了，取消了"),
    State.REJECTED: lazy_gettext("不归社区办，告诉了反映的人找谁"),
    State.MERGED: lazy_gettext("和另一件是同一件事，并过去一起办"),
}
_OUTCOMES = {
    Outcome.SOLVED: lazy_gettext("解决了"),
    Outcome.EXPLAINED: lazy_gettext("没有动手，解释清楚了"),
    Outcome.CANNOT: lazy_gettext("现在办不了"),
}


def discovery_out(house: CommunityView, address: str) -> Value:
    """Return what this face says of itself."""
    return {
        "changeset": CHANGESET,
        "contact": _("%(name)s，电话 %(phone)s", name=house.name, phone=house.phone),
        "key_service": _("请社区管理员在“账户与安全”里做一个只许“从接口（Open311）报案件”的令牌。"),
        "endpoints": [
            {
                "specification": _SPECIFICATION,
                "url": address,
                "changeset": CHANGESET,
                "type": "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def service_out(one: Service) -> Value:
    """Return a kind of matter in the list."""
    return {
        "service_code": one.category.value,
        "service_name": _(one.name),
        "description": _(one.description),
        "metadata": bool(one.attributes),
        "type": "realtime",
        "keywords": ",".join(_(word) for word in one.keywords),
        "group": _(one.group),
    }


def definition_out(one: Service) -> Value:
    """Return what is asked about a kind of matter."""
    return {
        "service_code": one.category.value,
        "attributes": [
            {
                "variable": True,
                "code": asked.code,
                "datatype": asked.datatype.value,
                "required": asked.required,
                "datatype_description": _(asked.hint) if asked.hint else None,
                "order": order,
                "description": _(asked.description),
                "values": [{"key": key, "name": _(name)} for key, name in asked.values],
            }
            for order, asked in enumerate(one.attributes, start=1)
        ],
    }


def request_out(one: RequestLine) -> Value:
    """Return a case as the outside sees it."""
    moments = (one.requested_at, one.updated_at, one.expected_at)
    requested, updated, expected = (
        None if at is None else clock.local(at).isoformat(timespec="seconds") for at in moments
    )
    return {
        "service_request_id": one.number,
        "status": one.status.value,
        "status_notes": status_notes(one),
        "service_name": _(CATEGORY_NAMES[one.category]),
        "service_code": one.category.value,
        "description": one.description,
        "agency_responsible": one.agency,
        "service_notice": None,
        "requested_datetime": requested,
        "updated_datetime": updated,
        "expected_datetime": expected,
        "address": one.address,
        "address_id": one.address_id,
        "zipcode": None,
        "lat": one.point.lat if one.point else None,
        "long": one.point.lng if one.point else None,
        "media_url": None,
    }


def status_notes(one: RequestLine) -> str:
    """Return the true state in words; what is closed is not always solved."""
    said = str(_STATES[one.state])
    if one.outcome is None:
        return said
    return f"{said}：{_OUTCOMES[one.outcome]}"
