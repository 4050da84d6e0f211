"""Shapes of meetings and decisions."""

from base64 import b64decode
from binascii import Error as Base64Error
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from timebank.deliberation.queries.decisions import DecisionFilter
from timebank.deliberation.rules.meetings import (
    MINUTES_MAX,
    TITLE_MAX,
    WORDS_MAX,
    Conclusion,
    DecisionFacts,
    ItemFacts,
    Kind,
    MeetingFacts,
    QuorumRule,
    SeatFacts,
    Side,
    StanceFacts,
)
from timebank.deliberation.schemas.opinions import row_id, text
from timebank.kernel import clock
from timebank.volunteering.rules.tasks import TaskFacts
from timebank.web.api import PageIn

# A scan of ten megabytes, in letters.
_SCAN_CHARS_MAX = 14_000_000

YEAR = validate.Range(2000, 2100)


class MeetingIn(Schema):
    """What is planned."""

    title = text(TITLE_MAX, least=2, required=True)
    kind = fields.Enum(Kind, by_value=True, load_default=Kind.HALL)
    place = text(80, least=2, required=True)
    starts_at = fields.AwareDateTime(required=True)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the plan into one value."""
        return {"facts": MeetingFacts(**data)}


class MeetingForm(Schema):
    """What is planned, as the page asks: a day and a time of day."""

    title = text(TITLE_MAX, least=2, required=True)
    kind = fields.Enum(Kind, by_value=True, load_default=Kind.HALL)
    place = text(80, least=2, required=True)
    on = fields.Date(required=True)
    at = fields.Time(required=True)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the plan into one value."""
        starts_at = clock.at_local(data.pop("on"), data.pop("at"))
        return {"facts": MeetingFacts(starts_at=starts_at, **data)}


class SeatIn(Schema):
    """Who is invited."""

    side = fields.Enum(Side, by_value=True, required=True)
    name = text(40, least=1, required=True)
    person_id = row_id(load_default=None, allow_none=True)
    has_vote = fields.Boolean(load_default=True)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it into one value."""
        return {"facts": SeatFacts(**data)}


class SeatForm(Schema):
    """Who is invited, as the page asks: a name, or somebody known here."""

    side = fields.Enum(Side, by_value=True, required=True)
    name = text(40, load_default="")
    person_id = row_id(load_default=None, allow_none=True)
    has_vote = fields.Boolean(load_default=False)


class ItemIn(Schema):
    """What is to be talked about."""

    title = text(TITLE_MAX, least=2, required=True)
    description = text(WORDS_MAX, load_default="")
    choices = text(WORDS_MAX, load_default="")
    opinion_id = row_id(load_default=None, allow_none=True)
    case_id = row_id(load_default=None, allow_none=True)
    project_id = row_id(load_default=None, allow_none=True)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it into one value."""
        return {"facts": ItemFacts(**data)}


VOTES = validate.Range(0, 200)


class StanceIn(Schema):
    """What a side says, and its votes."""

    side = fields.Enum(Side, by_value=True, required=True)
    words = text(WORDS_MAX, load_default="")
    yes = fields.Integer(strict=False, load_default=0, validate=VOTES)
    no = fields.Integer(strict=False, load_default=0, validate=VOTES)
    abstained = fields.Integer(strict=False, load_default=0, validate=VOTES)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it into one value."""
        return {"facts": StanceFacts(**data)}


class DecisionIn(Schema):
    """What was decided, who sees to it, until when."""

    words = text(WORDS_MAX, least=2, required=True)
    owner_seat_id = row_id(required=True)
    due_on = fields.Date(required=True)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it into one value."""
        return {"facts": DecisionFacts(**data)}


class ConcludeIn(Schema):
    """That an item is deferred or was only told of, and why."""

    conclusion = fields.Enum(
        Conclusion,
        by_value=True,
        required=True,
        validate=validate.OneOf([Conclusion.DEFERRED, Conclusion.INFORMED]),
    )
    words = text(WORDS_MAX, least=2, required=True)


class MinutesIn(Schema):
    """The minutes."""

    words = text(MINUTES_MAX, least=2, required=True)


class AddendumIn(Schema):
    """What is added to a signed record."""

    words = text(WORDS_MAX, least=2, required=True)


class FileIn(Schema):
    """A photo or scan."""

    file_name = text(120, least=1, required=True)
    content_base64 = fields.String(required=True, validate=validate.Length(4, _SCAN_CHARS_MAX))

    def _content(self, data: dict[str, Any]) -> bytes:
        """Return the bytes.

        Raises:
            ValidationError: they are not base64.
        """
        try:
            return b64decode(data["content_base64"], validate=True)
        except (Base64Error, ValueError) as error:
            message = "Invalid value."
            raise ValidationError(message, "content_base64") from error


class SignIn(FileIn):
    """The signed sheet."""

    @post_load
    def _to_scan(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return it as the verb takes it."""
        return {"scan": self._content(data), "file_name": data["file_name"]}


class PublishIn(Schema):
    """What residents read above the decisions."""

    summary = text(WORDS_MAX, load_default="")


class QuorumIn(Schema):
    """The quorum of a kind of meeting."""

    kind = fields.Enum(Kind, by_value=True, required=True)
    share_permille = fields.Integer(strict=False, required=True, validate=validate.Range(1, 1000))
    heads_min = fields.Integer(strict=False, required=True, validate=validate.Range(1, 200))
    sides_min = fields.Integer(strict=False, required=True, validate=validate.Range(1, 6))

    @post_load
    def _to_rule(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the numbers into one value."""
        return {"kind": data.pop("kind"), "rule": QuorumRule(**data)}


class FinishForm(Schema):
    """What came of a decision; the photo comes beside the form."""

    outcome = text(WORDS_MAX, least=2, required=True)


class FinishIn(FileIn):
    """What came of a decision, with its proof."""

    outcome = text(WORDS_MAX, least=2, required=True)
    file_name = text(120, load_default="")
    content_base64 = fields.String(load_default="", validate=validate.Length(0, _SCAN_CHARS_MAX))

    @post_load
    def _to_evidence(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return it as the verb takes it."""
        told = {"outcome": data["outcome"], "file_name": data["file_name"]}
        return {**told, "evidence": self._content(data) or None}


class ProjectIn(Schema):
    """The name of the project a decision becomes."""

    title = text(TITLE_MAX, least=2, required=True)


class TaskIn(Schema):
    """The task a decision becomes."""

    kind_id = row_id(required=True)
    activity = text(80, least=2, required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    places = fields.Integer(strict=False, required=True, validate=validate.Range(1, 500))
    place = text(80, load_default="")

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it into one value."""
        return {"facts": TaskFacts(**data)}


class TaskForm(Schema):
    """The task a decision becomes, as the page asks."""

    kind_id = row_id(required=True)
    activity = text(80, least=2, required=True)
    on = fields.Date(required=True)
    begins = fields.Time(required=True)
    ends = fields.Time(required=True)
    places = fields.Integer(strict=False, required=True, validate=validate.Range(1, 500))
    place = text(80, load_default="")

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather it into one value."""
        on = data.pop("on")
        starts_at = clock.at_local(on, data.pop("begins"))
        ends_at = clock.at_local(on, data.pop("ends"))
        return {"facts": TaskFacts(starts_at=starts_at, ends_at=ends_at, **data)}


class HereIn(Schema):
    """The code that was scanned."""

    code = text(64, load_default="")


class ProjectItemIn(Schema):
    """To which meeting a project is brought, as what, and why."""

    meeting_id = row_id(required=True)
    title = text(80, least=2, required=True)
    description = text(1000, least=2, required=True)


class YearIn(Schema):
    """Of which year."""

    year = fields.Integer(strict=False, validate=YEAR)


class MeetingFilterIn(PageIn):
    """Which meetings are asked for."""

    year = fields.Integer(strict=False, validate=YEAR)


class MatterFilterIn(PageIn):
    """Which matters are asked for."""

    year = fields.Integer(strict=False, validate=YEAR)
    decided = fields.Boolean(load_default=False)


class DecisionFilterIn(PageIn):
    """Which decisions are asked for."""

    tab = fields.String(
        load_default="open", validate=validate.OneOf(["open", "late", "done", "closed", "all"])
    )
    year = fields.Integer(strict=False, validate=YEAR)
    went = fields.String(load_default="", validate=validate.OneOf(["", "case", "project", "task"]))

    @post_load
    def _to_filter(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the filter into one value."""
        kept = {name: data.pop(name) for name in ("tab", "year", "went") if name in data}
        return {**data, "wanted": DecisionFilter(**kept)}
