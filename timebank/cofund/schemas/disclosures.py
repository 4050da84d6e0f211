"""What comes in and goes out about making money public."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext
from marshmallow import fields
from marshmallow.validate import Regexp

from timebank.cofund.rules.disclosures import DisclosureKind, DisclosureState
from timebank.cofund.schemas.parts import row_id, text
from timebank.web.api import PageIn


def _month() -> fields.String:
    """Return a field for a month such as 2026-10."""
    said = lazy_gettext("月份写成 2026-10 的样子。")
    return fields.String(validate=Regexp(r"^20[0-9]{2}-(0[1-9]|1[0-2])$", error=said))


class DisclosureIn(ma.Schema):
    """What is to be frozen: a project as it stands, or a month that is over."""

    project_id = row_id()
    month = _month()

    @ma.post_load
    def as_facts(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        """Return the month as its first day."""
        month = data.get("month")
        on = None if month is None else date(int(month[:4]), int(month[5:]), 1)
        return {"project_id": data.get("project_id"), "month_on": on}


class DisclosureDecisionIn(ma.Schema):
    """Whether it is released; one that is sent back wants a reason."""

    is_released = fields.Boolean(required=True)
    reason = text(400)


class DisclosureDecisionForm(ma.Schema):
    """The same from a form."""

    is_approved = fields.Boolean(required=True)
    note = text(400)

    @ma.post_load
    def as_facts(self, data: Mapping[str, Any], **_: object) -> dict[str, Any]:
        """Return it as programs send it."""
        return {"is_released": data["is_approved"], "reason": data.get("note", "")}


class DisclosuresQuery(PageIn):
    """Which versions: of a community, of one project."""

    community = text(20)
    project_id = row_id()


class SuccessorOut(ma.Schema):
    """The later version of the same subject."""

    id = fields.Integer()
    number = fields.String()


class DisclosureLineOut(ma.Schema):
    """A version in a list."""

    id = fields.Integer()
    number = fields.String()
    version = fields.Integer()
    kind = fields.Enum(DisclosureKind, by_value=True)
    project_id = fields.Integer(allow_none=True)
    month_on = fields.Date(allow_none=True)
    title = fields.String()
    state = fields.Enum(DisclosureState, by_value=True)
    digest = fields.String()
    seal_number = fields.Integer()
    seal_head = fields.String()
    days = fields.Integer()
    from_on = fields.Date(allow_none=True)
    until_on = fields.Date(allow_none=True)
    superseded_by = fields.Nested(SuccessorOut, allow_none=True)
    objections = fields.Integer()
    objections_answered = fields.Integer()


class DisclosureOut(DisclosureLineOut):
    """A version with its frozen figures."""

    facts = fields.Dict()
    is_intact = fields.Boolean()


class ChangeOut(ma.Schema):
    """A figure that the books say otherwise now, in fen."""

    section = fields.String()
    name = fields.String()
    what = fields.String()
    then_fen = fields.Integer(allow_none=True)
    now_fen = fields.Integer(allow_none=True)


class DisclosureChangesOut(ma.Schema):
    """What changed since a version was frozen."""

    differs = fields.Boolean()
    changes = fields.List(fields.Nested(ChangeOut))
