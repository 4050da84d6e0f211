"""What is sent and asked for through the Open311 face."""

import re
from typing import Any  # values of a form

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.cases.rules import open311 as rules
from timebank.cases.service.open311 import Sent

_ATTRIBUTE = re.compile(r"attribute\[(\w{1,40})\](?:\[\])?", re.ASCII)
PAGES_MAX = 10_000


def _text(limit: int, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own
    """Return a text field of bounded length."""
    return fields.String(validate=validate.Length(max=limit), **options)


class RequestIn(Schema):
    """The fields of a report, apart from its service, key and attributes."""

    class Meta:
        """Whatever else a program sends is not ours."""

        unknown = EXCLUDE

    description = _text(rules.DESCRIPTION_MAX)
    lat = fields.Float(validate=validate.Range(-90, 90))
    long = fields.Float(validate=validate.Range(-180, 180))
    address_string = _text(255)
    address_id = _text(40)
    email = fields.Email(validate=validate.Length(max=120))
    device_id = _text(120)
    account_id = _text(120)
    first_name = _text(40)
    last_name = _text(40)
    phone = fields.String(validate=validate.Regexp(r"^\+?[0-9][0-9 \-]{4,18}$"))
    media_url = fields.Url(schemes={"http", "https"}, validate=validate.Length(max=500))

    @post_load
    def _to_sent(self, data: dict[str, Any], **_: object) -> dict[str, Sent]:
        """Gather it into one value."""
        return {"sent": Sent(**data)}


class RequestsIn(Schema):
    """Which requests are asked for, as texts."""

    class Meta:
        """Whatever else a program sends is not ours."""

        unknown = EXCLUDE

    service_request_id = _text(20_000, load_default="")
    service_code = _text(400, load_default="")
    status = _text(100, load_default="")
    start_date = _text(40)
    end_date = _text(40)
    page = fields.Integer(validate=validate.Range(1, PAGES_MAX), load_default=1)
    page_size = fields.Integer(
        validate=validate.Range(1, rules.REQUESTS_MAX), load_default=rules.REQUESTS_MAX
    )


def attributes_of(form: Any) -> dict[str, list[str]]:  # noqa: ANN401 - a form of any framework
    """Return ``attribute[CODE]=value`` and ``attribute[CODE][]=value`` by code."""
    found: dict[str, list[str]] = {}
    for name in form:
        told = _ATTRIBUTE.fullmatch(name)
        if told:
            found.setdefault(told[1], []).extend(form.getlist(name))
    return found
