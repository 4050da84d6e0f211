"""Shapes of what is done around a case: hands, departments, merging, spots."""

import unicodedata
from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext
from marshmallow import Schema, fields, post_load, validate

from timebank.cases.rules.custody import Desk
from timebank.cases.rules.flow import Answer, Category, Level, Method, Outcome, State, Step
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.rules.survey import SPOTS_MAX, Priority
from timebank.cases.rules.whistling import CALLED_MAX, SCORE_MAX, CalledState, Saying, Side
from timebank.cases.schemas.cases import (
    ROW_ID,
    WORDS_MAX,
    PhotoIn,
    VersionIn,
    WithPhotosIn,
    WordsIn,
)
from timebank.cases.service.survey import SpotFacts
from timebank.cases.service.whistles import DepartmentFacts
from timebank.kernel import units
from timebank.web.api import PageIn

COST_FEN = validate.Range(1, 10**12)


def _id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own
    """Return a field for the id of a row."""
    return fields.Integer(strict=False, validate=ROW_ID, **options)


def _year() -> fields.Integer:
    """Return a field for a year."""
    return fields.Integer(strict=False, validate=validate.Range(2000, 2200))


class GiveIn(WordsIn):
    """Whom a case is given to, and why."""

    to_user_id = _id(required=True)


class EscalateIn(GiveIn):
    """To which level, and to whom there."""

    level = fields.Enum(Level, by_value=True, required=True)


class HandleNowIn(WordsIn, WithPhotosIn):
    """What was done on the spot."""

    outcome = fields.Enum(Outcome, by_value=True, load_default=Outcome.SOLVED)
    no_photo_reason = fields.String(validate=validate.Length(max=200))


class MergeIn(WordsIn):
    """Into which case, by its number."""

    master_number = fields.String(required=True, validate=validate.Length(min=1, max=16))


class WhistleIn(WordsIn):
    """Which departments are called, and which of them leads."""

    department_ids = fields.List(
        _id(), required=True, validate=validate.Length(min=1, max=CALLED_MAX)
    )
    lead_id = _id(required=True)


class DepartmentSaysIn(VersionIn, WithPhotosIn):
    """How far a department is."""

    saying = fields.Enum(Saying, by_value=True, required=True)
    words = fields.String(validate=validate.Length(max=WORDS_MAX))


class AssessIn(VersionIn):
    """What one side says of the other."""

    side = fields.Enum(Side, by_value=True, required=True)
    score = fields.Integer(strict=False, required=True, validate=validate.Range(1, SCORE_MAX))
    words = fields.String(validate=validate.Length(max=WORDS_MAX))


class DepartmentAnswerIn(WithPhotosIn):
    """What a department says of its part through its link, and who says so."""

    saying = fields.Enum(Saying, by_value=True, required=True)
    answered_by = fields.String(required=True, validate=validate.Length(min=2, max=20))
    words = fields.String(validate=validate.Length(max=WORDS_MAX))


class DepartmentAssessIn(Schema):
    """What a department says of the community through its link, and who says so."""

    score = fields.Integer(strict=False, required=True, validate=validate.Range(1, SCORE_MAX))
    answered_by = fields.String(required=True, validate=validate.Length(min=2, max=20))
    words = fields.String(validate=validate.Length(max=WORDS_MAX))


class DepartmentIn(Schema):
    """A department that can be whistled."""

    name = fields.String(required=True, validate=validate.Length(min=1, max=40))
    duty = fields.String(load_default="", validate=validate.Length(max=120))
    contact = fields.String(load_default="", validate=validate.Length(max=40))
    phone = fields.String(load_default="", validate=validate.Length(max=20))

    @post_load
    def _to_facts(self, data: dict[str, str], **_: object) -> dict[str, DepartmentFacts]:
        """Gather what is known into one value."""
        return {"facts": DepartmentFacts(**data)}


class BoardIn(PageIn):
    """Which calls are asked for."""

    department_id = _id()
    year = _year()
    is_late = fields.Boolean(load_default=False)


class DepartmentFiguresIn(Schema):
    """Of which year; this one when none is named."""

    year = _year()


class DepartmentFiguresOut(Schema):
    """What became of a department's calls of a year; scores as sums beside their number."""

    department_id = fields.Integer()
    name = fields.String()
    calls = fields.Integer()
    on_time = fields.Integer()
    late = fields.Integer()
    completed = fields.Integer()
    declined = fields.Integer()
    caller_scores = fields.Integer()
    caller_score_sum = fields.Integer()
    department_scores = fields.Integer()
    department_score_sum = fields.Integer()


class DepartmentFiguresListOut(Schema):
    """A year by department."""

    items = fields.List(fields.Nested(DepartmentFiguresOut))


class SpotIn(Schema):
    """A spot of a survey."""

    place_text = fields.String(required=True, validate=validate.Length(min=1, max=80))
    size_text = fields.String(load_default="", validate=validate.Length(max=40))
    priority = fields.Enum(Priority, by_value=True, load_default=Priority.SOON)
    is_named_by_resident = fields.Boolean(load_default=False)
    cost_fen = fields.Integer(strict=False, load_default=None, allow_none=True, validate=COST_FEN)
    photo = fields.Nested(PhotoIn)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is written down into one value."""
        apart = {"photo": data.pop("photo")} if "photo" in data else {}
        return {**apart, "facts": SpotFacts(**data)}


class Yuan(fields.Integer):
    """An amount written in yuan, read as whole fen."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - the library's own options
        """Say in words how an amount is written."""
        words = {"invalid": lazy_gettext("金额要写成 12345.60 的样子。")}
        super().__init__(error_messages=words, **options)

    def _deserialize(self, value: object, *_: object, **__: object) -> int:
        """Read what was typed; full-width digits are digits too."""
        try:
            return units.fen_of(unicodedata.normalize("NFKC", str(value)))
        except ValueError as error:
            raise self.make_error("invalid", input=value) from error


class SpotForm(SpotIn):
    """A spot from a form: money in yuan, the photo beside the fields."""

    cost_fen = Yuan(load_default=None, validate=COST_FEN)


def prices_form(spot_ids: Collection[int]) -> Schema:
    """Return the form that prices some spots, in yuan; those left blank are left out."""
    priced = {f"cost_{one}": Yuan(validate=COST_FEN) for one in spot_ids}
    title = fields.String(required=True, validate=validate.Length(min=2, max=80))
    return Schema.from_dict({"title": title, **priced}, name="SpotPricesForm")()


class SpotDoneIn(Schema):
    """A photo of the spot when it is done."""

    photo = fields.Nested(PhotoIn)


class PricedIn(Schema):
    """What repairing one spot is estimated at."""

    spot_id = _id(required=True)
    amount_fen = fields.Integer(strict=False, required=True, validate=COST_FEN)


class SpotProjectIn(Schema):
    """A project out of priced spots."""

    title = fields.String(required=True, validate=validate.Length(min=2, max=80))
    spots = fields.List(
        fields.Nested(PricedIn), required=True, validate=validate.Length(min=1, max=SPOTS_MAX)
    )

    @post_load
    def _to_costs(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the prices by spot."""
        costs = {one["spot_id"]: one["amount_fen"] for one in data["spots"]}
        return {"title": data["title"], "costs": costs}


class ResultOut(Schema):
    """One step's result within a stretch."""

    round = fields.Integer()
    step = fields.Enum(Step, by_value=True)
    is_late = fields.Boolean()
    due_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)


class SegmentOut(Schema):
    """One stretch of a case in the same hands, with the results that count for it."""

    position = fields.Integer()
    desk = fields.Enum(Desk, by_value=True)
    user_id = fields.Integer(allow_none=True)
    user_name = fields.String()
    level = fields.Enum(Level, by_value=True)
    from_at = fields.AwareDateTime()
    to_at = fields.AwareDateTime(allow_none=True)
    results = fields.List(fields.Nested(ResultOut))


class CallPartOut(Schema):
    """A department's part as every department of the case may know it."""

    name = fields.String()
    is_lead = fields.Boolean()
    state = fields.Enum(CalledState, by_value=True)
    notified_at = fields.AwareDateTime()
    arrive_due_at = fields.AwareDateTime()
    arrived_at = fields.AwareDateTime(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    is_late = fields.Boolean()


class CalledOut(CallPartOut):
    """A department's part in a case, for who handles it."""

    id = fields.Integer()
    case_id = fields.Integer()
    case_number = fields.String()
    department_id = fields.Integer()
    caller_score = fields.Integer(allow_none=True)
    department_score = fields.Integer(allow_none=True)


class ReporterLineOut(Schema):
    """One reporter, masked, and how it stands in this round."""

    key = fields.String()
    number = fields.String(metadata={"description": "Of the case that they reported"})
    name = fields.String()
    phone = fields.String()
    tries = fields.Integer()
    last_at = fields.AwareDateTime(allow_none=True)
    method = fields.Enum(Method, by_value=True, allow_none=True)
    answer = fields.Enum(Answer, by_value=True, allow_none=True)
    satisfaction = fields.Enum(Satisfaction, by_value=True, allow_none=True)


class SpotOut(Schema):
    """A spot of a survey."""

    id = fields.Integer()
    position = fields.Integer()
    place_text = fields.String()
    size_text = fields.String()
    priority = fields.Enum(Priority, by_value=True)
    is_named_by_resident = fields.Boolean()
    cost_fen = fields.Integer(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)
    done_by_name = fields.String(allow_none=True)
    project_id = fields.Integer(allow_none=True)


class SurveyOut(Schema):
    """The spots of a case, the most urgent first."""

    spots = fields.List(fields.Nested(SpotOut))
    done_count = fields.Integer()
    cost_fen = fields.Integer()


class CaseBriefOut(Schema):
    """A case that is merged with another."""

    id = fields.Integer()
    number = fields.String()
    title = fields.String()
    state = fields.Enum(State, by_value=True)


class SurroundingsOut(Schema):
    """What stands around a case; empty for its reporter."""

    segments = fields.List(fields.Nested(SegmentOut))
    called = fields.List(fields.Nested(CalledOut))
    reporters = fields.List(fields.Nested(ReporterLineOut))
    survey = fields.Nested(SurveyOut, allow_none=True)
    master = fields.Nested(CaseBriefOut, allow_none=True)
    children = fields.List(fields.Nested(CaseBriefOut))


class DepartmentOut(Schema):
    """A department that can be whistled."""

    id = fields.Integer()
    name = fields.String()
    duty = fields.String()
    contact = fields.String()
    phone = fields.String()
    is_active = fields.Boolean()


class DepartmentsOut(Schema):
    """The community's departments."""

    items = fields.List(fields.Nested(DepartmentOut))


class ProjectMadeOut(Schema):
    """The project that was opened."""

    project_id = fields.Integer()


class SpotMadeOut(Schema):
    """The number of the spot on the list."""

    position = fields.Integer()


class CallLinkOut(Schema):
    """The secret of a department's link, told once."""

    token = fields.String()
    department = fields.String()
    arrive_due_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class CallOut(Schema):
    """A call as the department that is called reads it."""

    community_name = fields.String()
    case_number = fields.String()
    category = fields.Enum(Category, by_value=True)
    place_label = fields.String()
    words = fields.String()
    caller_family_name = fields.String()
    part = fields.Nested(CallPartOut)
    others = fields.List(fields.Nested(CallPartOut))
    sayings = fields.List(fields.Enum(Saying, by_value=True))
    may_assess = fields.Boolean()
    is_over = fields.Boolean()
    expires_at = fields.AwareDateTime()
