"""The shapes of who is a volunteer, who offers what, and how it was; for programs and forms."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.community.rules import Sex
from timebank.volunteering.rules.admission import AdmissionState, CoverFacts
from timebank.volunteering.rules.feedback import FeedbackFacts, Satisfaction, TellingSide
from timebank.volunteering.rules.needs import Language, Skill
from timebank.volunteering.rules.offers import OfferFacts, OfferState
from timebank.volunteering.rules.places import Far
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import of_our_time, row_id, short_text
from timebank.volunteering.schemas.needs import FREE_TIMES, free_times
from timebank.web.api import PageIn


class ApplyIn(Schema):
    """Somebody asks to be a volunteer; staff name the person."""

    person_id = row_id(load_default=None, allow_none=True)
    words = short_text(NOTE_MAX)


class IdentityIn(Schema):
    """By what it was seen who somebody is."""

    identity_note = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))


class CoverIn(Schema):
    """An accident insurance; without a person it is for all volunteers."""

    person_id = row_id(load_default=None, allow_none=True)
    policy_number = fields.String(required=True, validate=validate.Length(1, 60))
    insurer = fields.String(required=True, validate=validate.Length(1, 80))
    from_on = fields.Date(required=True, validate=of_our_time)
    until_on = fields.Date(required=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts."""
        return {"facts": CoverFacts(**data)}


class VolunteersIn(PageIn):
    """Whom staff look for."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    text = short_text(40)
    skill = fields.Enum(Skill, by_value=True, load_default=None)
    language = fields.Enum(Language, by_value=True, load_default=None)
    free_time = fields.String(validate=validate.OneOf(["", *FREE_TIMES]), load_default="")
    grid_id = row_id(load_default=None)


class OfferIn(Schema):
    """What somebody offers."""

    kind_id = row_id(required=True)
    words = fields.String(required=True, validate=validate.Length(1, NOTE_MAX))
    free_times = free_times()
    far = fields.Enum(Far, by_value=True, load_default=Far.COMMUNITY)
    until_on = fields.Date(required=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts."""
        data["free_times"] = tuple(dict.fromkeys(data["free_times"]))
        return {"facts": OfferFacts(**data)}


class OffersIn(PageIn):
    """Which offers."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    kind_id = row_id(load_default=None)


class FeedbackIn(Schema):
    """What one side says; staff name the side for whom they write it down."""

    side = fields.Enum(TellingSide, by_value=True, load_default=None, allow_none=True)
    satisfaction = fields.Enum(Satisfaction, by_value=True, required=True)
    is_solved = fields.Boolean(load_default=None, allow_none=True)
    may_refer = fields.Boolean(load_default=False)
    words = short_text(NOTE_MAX)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts, the side aside."""
        side = data.pop("side")
        return {"facts": FeedbackFacts(**data), "side": side}


class FeedbackListIn(PageIn):
    """Which words."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    satisfaction = fields.Enum(Satisfaction, by_value=True, load_default=None)


class AdmissionOut(Schema):
    """Where somebody stands who wants to help."""

    person_id = fields.Integer()
    person_name = fields.String()
    state = fields.Enum(AdmissionState, by_value=True)
    words = fields.String()
    reason = fields.String()
    applied_at = fields.AwareDateTime()
    applied_by_name = fields.String()
    checked_at = fields.AwareDateTime(allow_none=True)
    checked_by_name = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()


class OwnAdmissionOut(Schema):
    """Where the sender stands; empty before they asked."""

    state = fields.String()
    reason = fields.String()
    applied_at = fields.AwareDateTime()


class CoverOut(Schema):
    """An accident insurance."""

    id = fields.Integer()
    person_id = fields.Integer(allow_none=True)
    person_name = fields.String()
    policy_number = fields.String()
    insurer = fields.String()
    from_on = fields.Date()
    until_on = fields.Date()


class VolunteerOut(Schema):
    """A volunteer as staff see them."""

    person_id = fields.Integer()
    name = fields.String()
    place_label = fields.String()
    sex = fields.Enum(Sex, by_value=True, allow_none=True)
    skills = fields.List(fields.String())
    languages = fields.List(fields.String())
    free_times = fields.List(fields.String())
    far = fields.Enum(Far, by_value=True)
    state = fields.Enum(AdmissionState, by_value=True, allow_none=True)


class OfferOut(Schema):
    """What somebody offers."""

    id = fields.Integer()
    volunteer_name = fields.String()
    grid_name = fields.String()
    kind_id = fields.Integer()
    kind_name = fields.String()
    words = fields.String()
    free_times = fields.List(fields.String())
    far = fields.Enum(Far, by_value=True)
    until_on = fields.Date()
    state = fields.Enum(OfferState, by_value=True)
    posted_at = fields.AwareDateTime()
    asked = fields.Integer()


class FeedbackOut(Schema):
    """What one side said."""

    id = fields.Integer()
    task_id = fields.Integer()
    task_title = fields.String()
    volunteer_name = fields.String()
    side = fields.Enum(TellingSide, by_value=True)
    satisfaction = fields.Enum(Satisfaction, by_value=True)
    is_solved = fields.Boolean(allow_none=True)
    may_refer = fields.Boolean()
    words = fields.String()
    at = fields.AwareDateTime()
    is_by_staff = fields.Boolean()


class MadeOut(Schema):
    """The id of what was made."""

    id = fields.Integer()
