"""Shapes of what comes in: reports that may be known, by link, from signs and from lists."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.cases.rules.case_lists import CaseListState
from timebank.cases.rules.flow import Category, EventType, Outcome, Refusal, Source, State, Step
from timebank.cases.rules.intake import ANSWER_WORDS_MAX
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.schemas.cases import (
    ROW_ID,
    WORDS_MAX,
    RegisterIn,
    ReportIn,
    StepOut,
    WithPhotosIn,
    with_point,
)
from timebank.cases.service.intake import Intake
from timebank.web.api import PageIn
from timebank.web.words import say


def _id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own
    """Return a field for the id of a row."""
    return fields.Integer(strict=False, validate=ROW_ID, **options)


class WhoIn(Schema):
    """Whom the form looks for."""

    class Meta:
        """The rest of the address is not looked at."""

        unknown = EXCLUDE

    who = fields.String(validate=validate.Length(max=40))


class MineIn(Schema):
    """Which page of one's own reports."""

    cursor = fields.String(validate=validate.Length(max=400))


class TakeIn(RegisterIn):
    """What staff register, after a look at what may be the same."""

    is_new = fields.Boolean(metadata={"description": "None of the cases that are like it"})
    same_as = _id(metadata={"description": "The case that it is, which gets one more reporter"})

    def _beside(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Return what does not belong to the intake."""
        return {name: _data.pop(name) for name in ("is_new", "same_as") if name in _data}


class OwnReportIn(ReportIn):
    """What a resident reports, after a look at what may be the same."""

    is_new = fields.Boolean(metadata={"description": "None of the cases that are like it"})
    same_as = _id(metadata={"description": "The case that it is, which gets one more reporter"})


class OpenReportIn(OwnReportIn):
    """What somebody without an account reports; name and phone only if they like."""

    community = fields.String(validate=validate.Length(max=8))
    reporter_name = fields.String(validate=validate.Length(max=40))
    reporter_phone = fields.String(validate=validate.Length(max=20))
    website = fields.String(
        validate=validate.Length(max=200), metadata={"description": "Left empty by people"}
    )

    @post_load
    def _to_report(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is said about the case into one value."""
        with_point(data)
        names = ("photos", "is_new", "same_as", "community")
        apart: dict[str, Any] = {name: data.pop(name) for name in names if name in data}
        return {
            **apart,
            "trap": data.pop("website", ""),
            "intake": Intake(source=Source.REPORTED, **data),
        }


class OpenPlaceIn(Schema):
    """Where a report without an account begins: a community, and a sign that was scanned."""

    class Meta:
        """Whatever else stands in the address is not looked at."""

        unknown = EXCLUDE

    community = fields.String(validate=validate.Length(max=8))
    sign = fields.String(validate=validate.Length(max=16))


class SignQueryIn(Schema):
    """The sign that was scanned, if one was."""

    class Meta:
        """Whatever else stands in the address is not looked at."""

        unknown = EXCLUDE

    sign = fields.String(validate=validate.Length(max=16))


class AlikeIn(Schema):
    """What is about to be reported, as far as it is known while somebody types."""

    class Meta:
        """The rest of the form is not looked at."""

        unknown = EXCLUDE

    micro_grid_id = _id(required=True)
    category = fields.Enum(Category, by_value=True, load_default=None)
    title = fields.String(validate=validate.Length(max=80), load_default="")
    description = fields.String(validate=validate.Length(max=WORDS_MAX), load_default="")

    @post_load
    def _to_told(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the words."""
        text = f"{data.pop('title')} {data.pop('description')}".strip()
        return {**data, "text": text}


class OpenAlikeIn(AlikeIn):
    """The same, from somebody who is not logged in."""

    community = fields.String(validate=validate.Length(max=8))


class JoinIn(WithPhotosIn):
    """One more voice: the place that is meant, and what there is to add."""

    micro_grid_id = _id(required=True)
    words = fields.String(validate=validate.Length(max=WORDS_MAX))
    reporter_person_id = _id()
    reporter_name = fields.String(validate=validate.Length(max=40))
    reporter_phone = fields.String(validate=validate.Length(max=20))


class AnswerIn(Schema):
    """What a reporter says of the outcome."""

    is_solved = fields.Boolean(required=True)
    satisfaction = fields.Enum(Satisfaction, by_value=True)
    words = fields.String(validate=validate.Length(max=ANSWER_WORDS_MAX))


class SignIn(Schema):
    """A sign to be made."""

    micro_grid_id = _id(required=True)
    description = fields.String(required=True, validate=validate.Length(1, 80))
    lat = fields.Float(validate=validate.Range(-90, 90), allow_nan=False)
    lng = fields.Float(validate=validate.Range(-180, 180), allow_nan=False)

    @post_load
    def _to_point(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Turn degrees into a point; half a point is none."""
        if len({"lat", "lng"} & set(data)) == 1:
            data.pop("lat", None)
            data.pop("lng", None)
        return with_point(data)


class SignsIn(PageIn):
    """Which signs are asked for."""

    micro_grid_id = _id()
    with_retired = fields.Boolean()


class SignsToPrintIn(Schema):
    """Which signs are printed; all when none is named."""

    sign_ids = fields.List(_id(), validate=validate.Length(max=60))


class AlikeOut(Schema):
    """A case that may be the same; strangers are told what, where and when."""

    case_id = fields.Integer()
    category = fields.Enum(Category, by_value=True)
    place_label = fields.String()
    state = fields.Enum(State, by_value=True)
    registered_at = fields.AwareDateTime()
    points = fields.Integer()


class AlikeStaffOut(AlikeOut):
    """The same, for staff."""

    number = fields.String()
    title = fields.String()


class ReceiptOut(Schema):
    """What a reporter without an account keeps: with the token they follow their case."""

    number = fields.String()
    token = fields.String()
    is_joined = fields.Boolean()


class ToldEventOut(Schema):
    """One line of what a reporter is told."""

    type = fields.Enum(EventType, by_value=True)
    at = fields.AwareDateTime()
    words = fields.String()
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    refusal = fields.Enum(Refusal, by_value=True, allow_none=True)
    photo_ids = fields.List(fields.Integer())


class FollowedOut(Schema):
    """A case as its reporter follows it: nobody's name in full."""

    number = fields.String()
    title = fields.String()
    category = fields.Enum(Category, by_value=True)
    place_label = fields.String()
    registered_at = fields.AwareDateTime()
    state = fields.Enum(State, by_value=True)
    round = fields.Integer()
    steps = fields.List(fields.Nested(StepOut))
    step = fields.Enum(Step, by_value=True, allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    holder_role = fields.String()
    holder_family_name = fields.String()
    events = fields.List(fields.Nested(ToldEventOut))
    is_solved = fields.Boolean(allow_none=True)
    satisfaction = fields.Enum(Satisfaction, by_value=True, allow_none=True)
    may_answer = fields.Boolean()
    may_complain = fields.Boolean()


class FollowedLineOut(Schema):
    """A case in a reporter's list."""

    case_id = fields.Integer()
    number = fields.String()
    title = fields.String()
    category = fields.Enum(Category, by_value=True)
    place_label = fields.String()
    state = fields.Enum(State, by_value=True)
    registered_at = fields.AwareDateTime()
    is_joined = fields.Boolean()


class SignOut(Schema):
    """A sign."""

    id = fields.Integer()
    code = fields.String()
    micro_grid_id = fields.Integer()
    place_label = fields.String()
    description = fields.String()
    lat = fields.Float(attribute="point.lat")
    lng = fields.Float(attribute="point.lng")
    made_at = fields.AwareDateTime()
    retired_at = fields.AwareDateTime(allow_none=True)


class ListedCaseOut(Schema):
    """A line of a list from above."""

    external_number = fields.String()
    title = fields.String()
    case_id = fields.Integer(allow_none=True)
    number = fields.String()


class CaseListProblemOut(Schema):
    """What is wrong in which line, in words."""

    line = fields.Integer()
    column = fields.String(attribute="title")
    message = fields.Function(lambda problem: say(problem.error))


class CaseListOut(Schema):
    """What a list of cases from above would do, or did."""

    id = fields.Integer()
    state = fields.Enum(CaseListState, by_value=True)
    file_name = fields.String()
    new_count = fields.Integer()
    known_count = fields.Integer()
    wrong_count = fields.Integer()
    staged_by_name = fields.String()
    staged_at = fields.AwareDateTime()
    cases = fields.List(fields.Nested(ListedCaseOut))
    known = fields.List(fields.Nested(ListedCaseOut))
    problems = fields.List(fields.Nested(CaseListProblemOut))
    unused_titles = fields.List(fields.String())
