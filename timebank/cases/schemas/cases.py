"""Shapes of cases, for JSON and for forms alike."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_load,
    validate,
    validates_schema,
)

from timebank.cases.queries.lists import CaseFilter, Tab
from timebank.cases.rules.clocks import ClockState
from timebank.cases.rules.flow import (
    PHOTOS_MAX,
    Answer,
    Category,
    Command,
    Dispute,
    EventType,
    Level,
    Method,
    Outcome,
    Refusal,
    Source,
    State,
    Step,
)
from timebank.cases.rules.geo import point_at
from timebank.cases.rules.intake import CATEGORY_NAMES, IntakeChannel
from timebank.cases.rules.overlays import PauseReason
from timebank.cases.rules.policy import DayRule, Pace, Start, Unit
from timebank.cases.rules.reporting import Satisfaction
from timebank.cases.service.history import Photo
from timebank.cases.service.intake import Intake
from timebank.web.api import PageIn

ROW_ID = validate.Range(1, 2**63 - 1)
WORDS_MAX = 2000
# Five megabytes of photo in base64.
_PHOTO_TEXT_MAX = 7 * 1024 * 1024


def _text(limit: int, *, least: int = 0, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own
    """Return a text field of bounded length."""
    return fields.String(validate=validate.Length(min=least or None, max=limit), **options)


def _id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own
    """Return a field for the id of a row."""
    return fields.Integer(strict=False, validate=ROW_ID, **options)


def with_point(data: dict[str, Any]) -> dict[str, Any]:
    """Turn the degrees among loaded values into a point; hooks run in no order to rely on."""
    if "lat" in data:
        data["point"] = point_at(data.pop("lat"), data.pop("lng"))
    return data


class PhotoIn(Schema):
    """A photo in JSON."""

    name = _text(120, least=1, required=True)
    content_base64 = fields.String(
        required=True, validate=validate.Length(min=4, max=_PHOTO_TEXT_MAX)
    )

    @post_load
    def _to_photo(self, data: dict[str, str], **_: object) -> Photo:
        """Return the photo with its bytes."""
        try:
            content = b64decode(data["content_base64"], validate=True)
        except (Base64Error, ValueError) as error:
            message = "Invalid value."
            raise ValidationError(message, "content_base64") from error
        return Photo(name=data["name"], content=content)


class WithPhotosIn(Schema):
    """Anything that may come with photos."""

    photos = fields.List(fields.Nested(PhotoIn), validate=validate.Length(max=PHOTOS_MAX))


class ReportIn(WithPhotosIn):
    """What a resident reports."""

    category = fields.Enum(Category, by_value=True, required=True)
    title = _text(80, least=2, required=True)
    description = _text(WORDS_MAX, required=True)
    micro_grid_id = _id(required=True)
    place_text = _text(80, load_default="")
    sign_code = _text(
        16, metadata={"description": "The code of the sign that was scanned; it hangs there"}
    )
    lat = fields.Float(validate=validate.Range(-90, 90), allow_nan=False)
    lng = fields.Float(validate=validate.Range(-180, 180), allow_nan=False)
    keeps_place = fields.Boolean(
        metadata={"description": "The place in the photos becomes the place of the case"}
    )

    @validates_schema
    def _check_point(self, data: dict[str, Any], **_: object) -> None:
        """Refuse half a point."""
        if ("lat" in data) != ("lng" in data):
            message = "Invalid value."
            raise ValidationError(message, "lat")

    @post_load
    def _to_point(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Turn degrees into a point."""
        return with_point(data)


class RegisterIn(ReportIn):
    """A case as staff register it."""

    source = fields.Enum(Source, by_value=True, required=True)
    origin = _text(
        80, load_default="", metadata={"description": "Who assigned it, document number"}
    )
    reporter_person_id = _id()
    reporter_name = _text(40)
    reporter_phone = _text(20)
    is_urgent = fields.Boolean(load_default=False)
    channel = fields.Enum(IntakeChannel, by_value=True, load_default=IntakeChannel.STAFF)
    external_number = _text(
        60, least=1, metadata={"description": "The number that the office above gave it"}
    )
    occurred_at = fields.AwareDateTime(
        metadata={"description": "When it happened, at most 24 h back; limits run from now"}
    )

    @post_load
    def _to_intake(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is said about the case into one value."""
        with_point(data)
        apart: dict[str, Any] = {
            name: data.pop(name) for name in ("photos", "occurred_at") if name in data
        }
        return {**apart, **self._beside(data), "intake": Intake(**data)}

    def _beside(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Return what does not belong to the intake."""
        return {}


class PatrolFixIn(RegisterIn):
    """Something found and fixed on patrol."""

    source = fields.Enum(Source, by_value=True, load_default=Source.PATROL)
    outcome = fields.Enum(Outcome, by_value=True, load_default=Outcome.SOLVED)
    title = _text(80, least=2)
    description = _text(WORDS_MAX)
    words = _text(WORDS_MAX, least=1, required=True)
    no_photo_reason = _text(200)

    def _beside(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Return what belongs to the resolution; who is in a hurry writes no title."""
        _data.setdefault("title", CATEGORY_NAMES[_data["category"]])
        _data.setdefault("description", _data["words"])
        names = ("outcome", "words", "no_photo_reason")
        return {name: _data.pop(name) for name in names if name in _data}


class VersionIn(Schema):
    """The version that the sender saw; another one is refused."""

    expected_version = fields.Integer(strict=False, validate=ROW_ID)


class WordsIn(VersionIn):
    """Words that have to be said."""

    words = _text(WORDS_MAX, least=1, required=True)


class CloseIn(VersionIn):
    """Words that may be said at the end."""

    words = _text(WORDS_MAX)


class NoteIn(VersionIn, WithPhotosIn):
    """Progress, in words or photos."""

    words = _text(WORDS_MAX)


class ResolveIn(WordsIn, WithPhotosIn):
    """What came of a case."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    no_photo_reason = _text(200)


class FeedBackIn(WordsIn):
    """What the reporter was told and answered."""

    method = fields.Enum(Method, by_value=True, required=True)
    answer = fields.Enum(Answer, by_value=True, required=True)
    reporter = _text(
        24, metadata={"description": "Key of one reporter; without it, the next to be asked"}
    )
    satisfaction = fields.Enum(Satisfaction, by_value=True)


class RejectIn(WordsIn):
    """Why a case is not taken on, and where the reporter is sent."""

    refusal = fields.Enum(Refusal, by_value=True, required=True)


class AskPauseIn(WordsIn):
    """A pause that is asked for: its listed reason and its last day, to the end."""

    reason = fields.Enum(PauseReason, by_value=True, required=True)
    last_on = fields.Date(required=True)


class AskExtensionIn(WordsIn, WithPhotosIn):
    """An extension that is asked for: the new last day, to the end."""

    last_on = fields.Date(required=True)


class LookIn(Schema):
    """Why somebody needs the reporter's name and phone."""

    reason = _text(200, least=2, required=True)


class CaseFilterIn(PageIn):
    """Which cases are asked for."""

    tab = fields.Enum(Tab, by_value=True)
    state = fields.Enum(State, by_value=True)
    source = fields.Enum(Source, by_value=True)
    category = fields.Enum(Category, by_value=True)
    grid_id = _id()
    micro_grid_id = _id()
    text = _text(40)
    is_late = fields.Boolean()

    @post_load
    def _to_filter(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what narrows the list into one value."""
        apart: dict[str, Any] = {
            name: data.pop(name) for name in ("cursor", "limit") if name in data
        }
        return {**apart, "wanted": CaseFilter(**data)}


class ClockOut(Schema):
    """A step's clock: what is left, or over when late, and the used share of the limit."""

    state = fields.Enum(ClockState, by_value=True)
    is_late = fields.Boolean()
    days = fields.Integer()
    hours = fields.Integer()
    minutes = fields.Integer()
    percent = fields.Integer()


class StepOut(Schema):
    """One of the four steps."""

    step = fields.Enum(Step, by_value=True)
    limit_minutes = fields.Integer(
        metadata={"description": "In the limit's own time; a workday counts its office hours"}
    )
    amount = fields.Integer(attribute="limit.amount")
    unit = fields.Enum(Unit, by_value=True, attribute="limit.unit")
    pace = fields.Enum(Pace, by_value=True, attribute="limit.pace")
    counts_from = fields.Enum(Start, by_value=True, attribute="limit.start")
    day_rule = fields.Enum(DayRule, by_value=True, attribute="limit.day_rule")
    first_due_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "What was promised before it was moved"}
    )
    started_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)
    used_minutes = fields.Integer(allow_none=True)
    reason = fields.String(allow_none=True)
    clock = fields.Nested(ClockOut, allow_none=True)


class ReporterOut(Schema):
    """Who reported; masked, except where a look was written down."""

    person_id = fields.Integer(allow_none=True)
    name = fields.String()
    phone = fields.String()
    email = fields.String()


class CaseLineOut(Schema):
    """A case in a list."""

    id = fields.Integer()
    number = fields.String()
    title = fields.String()
    source = fields.Enum(Source, by_value=True)
    category = fields.Enum(Category, by_value=True)
    state = fields.Enum(State, by_value=True)
    round = fields.Integer()
    version = fields.Integer()
    step = fields.Enum(Step, by_value=True, allow_none=True)
    place_label = fields.String()
    place_text = fields.String()
    holder_user_id = fields.Integer(allow_none=True)
    holder_name = fields.String(allow_none=True)
    assigned_name = fields.String(allow_none=True)
    level = fields.Enum(Level, by_value=True)
    registered_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime(allow_none=True)
    clock = fields.Nested(ClockOut, allow_none=True)
    paused_until = fields.AwareDateTime(allow_none=True)


class CaseOut(CaseLineOut):
    """A case in full; ``commands`` are what the caller may do now."""

    description = fields.String()
    origin = fields.String()
    micro_grid_id = fields.Integer()
    grid_id = fields.Integer()
    grid_name = fields.String()
    policy_version = fields.Integer()
    is_urgent = fields.Boolean()
    is_provisional = fields.Boolean(
        metadata={"description": "A promise reaches a year whose workdays are not known yet"}
    )
    dispute = fields.Enum(Dispute, by_value=True, allow_none=True)
    open_whistles = fields.Integer()
    meeting_on = fields.Date(allow_none=True)
    master_id = fields.Integer(allow_none=True)
    children = fields.Integer()
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    answer = fields.Enum(Answer, by_value=True, allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    steps = fields.List(fields.Nested(StepOut))
    asked_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "A pause or an extension until then is asked for"}
    )
    reporter = fields.Nested(ReporterOut, allow_none=True)
    commands = fields.List(fields.Enum(Command, by_value=True))


class CaseEventOut(Schema):
    """One line of a case's history; ``words`` is null once erased."""

    seq = fields.Integer()
    type = fields.Enum(EventType, by_value=True)
    actor_name = fields.String()
    role = fields.String()
    occurred_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()
    words = fields.String(allow_none=True)
    no_photo_reason = fields.String()
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    method = fields.Enum(Method, by_value=True, allow_none=True)
    answer = fields.Enum(Answer, by_value=True, allow_none=True)
    refusal = fields.Enum(Refusal, by_value=True, allow_none=True)
    until = fields.AwareDateTime(allow_none=True)
    pause_reason = fields.Enum(PauseReason, by_value=True, allow_none=True)
    level = fields.Enum(Level, by_value=True, allow_none=True)
    meeting_on = fields.Date(allow_none=True)
    satisfaction = fields.Enum(Satisfaction, by_value=True, allow_none=True)
    photo_ids = fields.List(fields.Integer())
    hash = fields.String()


class LinkedProjectOut(Schema):
    """A project that grew out of a case."""

    id = fields.Integer()
    number = fields.String()
    title = fields.String()
    state = fields.String()


class LinkedOut(Schema):
    """What hangs on a case, with totals."""

    need_ids = fields.Function(lambda linked: [need.id for need in linked.needs])
    task_ids = fields.Function(lambda linked: [task.id for task in linked.tasks])
    record_ids = fields.Function(lambda linked: [record.id for record in linked.records])
    volunteer_count = fields.Integer()
    earned_minutes = fields.Integer()
    redemption_ids = fields.Function(lambda linked: [one.id for one in linked.redemptions])
    redeemed_minutes = fields.Integer()
    projects = fields.List(fields.Nested(LinkedProjectOut))
    agreed_fen = fields.Integer()
    spent_fen = fields.Integer()
