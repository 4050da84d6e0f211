"""Shapes of routing and leave."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.cases.rules.flow import Category, Source
from timebank.cases.rules.routing import RULES_MAX, Ground, RoutingState, Rule, WorkerRole
from timebank.cases.schemas.cases import ROW_ID


def _id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own
    """Return a field for the id of a row."""
    return fields.Integer(strict=False, validate=ROW_ID, **options)


class RoutingNoteIn(Schema):
    """Why a version is drafted."""

    note = fields.String(validate=validate.Length(max=200), load_default="")


class RuleIn(Schema):
    """One rule; what is left out asks nothing."""

    position = fields.Integer(
        strict=False, load_default=RULES_MAX, validate=validate.Range(1, RULES_MAX)
    )
    grid_id = _id()
    micro_grid_id = _id()
    category = fields.Enum(Category, by_value=True)
    source = fields.Enum(Source, by_value=True)
    is_urgent = fields.Boolean()
    to_role = fields.Enum(WorkerRole, by_value=True)
    to_user_id = _id()

    @post_load
    def _to_rule(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the rule into one value."""
        return {"rule": Rule(**data)}


class AbsenceIn(Schema):
    """Who is away, from when to when, and who stands in."""

    user_id = _id(required=True)
    deputy_user_id = _id(required=True)
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    note = fields.String(validate=validate.Length(max=80), load_default="")


class BackIn(Schema):
    """The first day at work again; today when it is left out."""

    back_on = fields.Date()


class RuleOut(Schema):
    """One rule."""

    id = fields.Integer()
    position = fields.Integer(attribute="rule.position")
    grid_id = fields.Integer(attribute="rule.grid_id", allow_none=True)
    micro_grid_id = fields.Integer(attribute="rule.micro_grid_id", allow_none=True)
    category = fields.Enum(Category, by_value=True, attribute="rule.category", allow_none=True)
    source = fields.Enum(Source, by_value=True, attribute="rule.source", allow_none=True)
    is_urgent = fields.Boolean(attribute="rule.is_urgent", allow_none=True)
    to_role = fields.Enum(WorkerRole, by_value=True, attribute="rule.to_role", allow_none=True)
    to_user_id = fields.Integer(attribute="rule.to_user_id", allow_none=True)
    to_user_name = fields.String()


class RoutingOut(Schema):
    """A version of the rules."""

    version = fields.Integer()
    state = fields.Enum(RoutingState, by_value=True)
    note = fields.String()
    drafted_by_name = fields.String()
    drafted_at = fields.AwareDateTime()
    tested_at = fields.AwareDateTime(allow_none=True)
    tested_cases = fields.Integer(allow_none=True)
    tested_differences = fields.Integer(allow_none=True)
    on_at = fields.AwareDateTime(allow_none=True)
    on_by_name = fields.String()
    rules = fields.List(fields.Nested(RuleOut))


class ChoiceOut(Schema):
    """Who gets a case, and by which rule."""

    user_id = fields.Integer(attribute="worker.user_id")
    name = fields.String(attribute="worker.name")
    ground = fields.Enum(Ground, by_value=True)
    position = fields.Integer(allow_none=True)


class TrialLineOut(Schema):
    """One of the last cases: who gets it as things are, who would by the draft."""

    case_id = fields.Integer()
    number = fields.String()
    now = fields.Nested(ChoiceOut)
    then = fields.Nested(ChoiceOut)
    is_other = fields.Boolean()


class RouteOut(Schema):
    """Who was given a case when it came in, and why."""

    ground = fields.Enum(Ground, by_value=True)
    user_id = fields.Integer(allow_none=True)
    user_name = fields.String()
    user_role = fields.Enum(WorkerRole, by_value=True, allow_none=True)
    version = fields.Integer(allow_none=True)
    position = fields.Integer(allow_none=True)
    instead_of_name = fields.String(allow_none=True)
    away_first_on = fields.Date(allow_none=True)
    away_last_on = fields.Date(allow_none=True)


class AbsenceOut(Schema):
    """One leave."""

    id = fields.Integer()
    user_id = fields.Integer()
    user_name = fields.String()
    deputy_user_id = fields.Integer()
    deputy_name = fields.String()
    first_on = fields.Date()
    last_on = fields.Date()
    back_on = fields.Date(allow_none=True)
    note = fields.String()
    made_by_name = fields.String()
