"""Shapes of opinions."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from timebank.deliberation.queries.opinions import OpinionFilter
from timebank.deliberation.rules.opinions import (
    TITLE_MAX,
    WORDS_MAX,
    OpinionFacts,
    Source,
    State,
    Topic,
)
from timebank.web.api import PageIn

ROW_ID = validate.Range(1, 2**62)


def text(most: int, *, least: int = 0, **options: Any) -> fields.String:  # noqa: ANN401 - marshmallow's own
    """Return a field for words of some length."""
    return fields.String(validate=validate.Length(min=least, max=most), **options)


def row_id(**options: Any) -> fields.Integer:  # noqa: ANN401 - marshmallow's own
    """Return a field for the id of a row."""
    return fields.Integer(strict=False, validate=ROW_ID, **options)


class OpinionIn(Schema):
    """What somebody says."""

    title = text(TITLE_MAX, least=2, required=True)
    words = text(WORDS_MAX, least=2, required=True)
    topic = fields.Enum(Topic, by_value=True, load_default=Topic.OTHER)
    micro_grid_id = row_id(load_default=None, allow_none=True)

    @post_load
    def _to_facts(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather what is said into one value."""
        apart: dict[str, Any] = {
            name: data.pop(name) for name in ("source", "community_id") if name in data
        }
        return {**apart, "facts": OpinionFacts(**data)}


class ContactIn(OpinionIn):
    """What somebody says who has no account; how to reach them is theirs to tell."""

    contact_name = text(40, load_default="")
    contact = text(40, load_default="")


class PublicOpinionIn(ContactIn):
    """What a stranger says to a community."""

    community_id = row_id(required=True)


class EnterOpinionIn(ContactIn):
    """What staff write down: from the phone, or from the box."""

    source = fields.Enum(
        Source,
        by_value=True,
        required=True,
        validate=validate.OneOf([Source.PHONE, Source.PAPER]),
    )


class OpinionFilterIn(PageIn):
    """Which opinions are asked for."""

    tab = fields.String(load_default="open", validate=validate.OneOf(["open", "done", "all"]))
    topic = fields.Enum(Topic, by_value=True)
    source = fields.Enum(Source, by_value=True)

    @post_load
    def _to_filter(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the filter into one value."""
        kept = {name: data.pop(name) for name in ("tab", "topic", "source") if name in data}
        return {**data, "wanted": OpinionFilter(**kept)}


class CommunityIn(Schema):
    """Which community a page speaks for."""

    community = text(16, load_default="")


class SortIn(Schema):
    """What an opinion is about, and whether others may read it."""

    topic = fields.Enum(Topic, by_value=True, required=True)
    is_public = fields.Boolean(load_default=False)


class JoinIn(Schema):
    """Which opinion said the same."""

    same_as_id = row_id(required=True)


class AnswerIn(Schema):
    """The answer that is given."""

    words = text(WORDS_MAX, least=2, required=True)


class ReasonIn(Schema):
    """Why."""

    reason = text(200, least=2, required=True)


class ToAgendaIn(Schema):
    """Which meeting is to talk about it."""

    meeting_id = row_id(required=True)
    title = text(TITLE_MAX, load_default="")


class TermIn(Schema):
    """Within how many days opinions are answered."""

    days = fields.Integer(strict=False, required=True, validate=validate.Range(1, 90))


class IdOut(Schema):
    """The id of what was made."""

    id = fields.Integer()


class TokenOut(Schema):
    """By which an opinion is followed; it is shown this once."""

    token = fields.String()


class ReachOut(Schema):
    """How to reach whoever said it."""

    contact = fields.String()


class VoiceOut(Schema):
    """An opinion as other residents read it: nobody is named."""

    id = fields.Integer()
    number = fields.String()
    topic = fields.Enum(Topic, by_value=True)
    state = fields.Enum(State, by_value=True)
    title = fields.String()
    words = fields.String()
    supporters = fields.Integer()
    said_at = fields.AwareDateTime()
    answer_due_on = fields.Date()
    answer = fields.String()
    answered_at = fields.AwareDateTime(allow_none=True)
    is_own = fields.Boolean()
    is_supported = fields.Boolean()


class OpinionOut(VoiceOut):
    """An opinion as staff read it."""

    source = fields.Enum(Source, by_value=True)
    place = fields.String()
    is_public = fields.Boolean()
    is_late = fields.Boolean()
    answered_by_name = fields.String()
    same_as_id = fields.Integer(allow_none=True)
    item_id = fields.Integer(allow_none=True)
    meeting_id = fields.Integer(allow_none=True)
    case_id = fields.Integer(allow_none=True)
    has_contact = fields.Boolean()
    commands = fields.List(fields.String())
