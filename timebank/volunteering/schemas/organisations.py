"""The shapes of an organisation's desk."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.community.rules import OrganisationKind
from timebank.volunteering.rules.organisations import MemberState
from timebank.volunteering.schemas.fields import row_id


class CardIn(Schema):
    """Who is meant, by the number on their card."""

    card_no = fields.String(required=True, validate=validate.Length(1, 20))


class CardFormIn(CardIn):
    """The form of the same."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class LeaderFormIn(CardFormIn):
    """The form by which a leader is named."""

    organisation_id = row_id(required=True)


class LeaderOut(Schema):
    """Who leads an organisation."""

    id = fields.Integer()
    organisation_id = fields.Integer()
    person_id = fields.Integer()
    person_name = fields.String()
    named_at = fields.AwareDateTime()


class LedOut(Schema):
    """An organisation with its leaders."""

    id = fields.Integer()
    kind = fields.Enum(OrganisationKind, by_value=True)
    name = fields.String()
    leaders = fields.List(fields.Nested(LeaderOut))


class OwnLedOut(Schema):
    """An organisation that the sender leads."""

    id = fields.Integer()
    kind = fields.Enum(OrganisationKind, by_value=True)
    name = fields.String()


class MembershipOut(Schema):
    """How the sender stands with an organisation."""

    id = fields.Integer()
    organisation_id = fields.Integer()
    organisation_name = fields.String()
    state = fields.Enum(MemberState, by_value=True)
    asked_at = fields.AwareDateTime()
    asked_by_name = fields.String()
    answered_at = fields.AwareDateTime(allow_none=True)


class OrganisationMemberOut(Schema):
    """A member who agreed, with what was served for this organisation."""

    id = fields.Integer()
    person_name = fields.String()
    agreed_at = fields.AwareDateTime()
    year_minutes = fields.Integer()
    last_on = fields.Date(allow_none=True)


class OrganisationAskOut(Schema):
    """An ask without an answer; nobody is named."""

    id = fields.Integer()
    asked_at = fields.AwareDateTime()
    asked_by_name = fields.String()


class OrganisationActivityOut(Schema):
    """An activity with its places."""

    id = fields.Integer()
    activity = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    place = fields.String()
    places = fields.Integer()
    taken = fields.Integer()


class OrganisationMonthOut(Schema):
    """What was served in a month, as far as it may be told."""

    month_on = fields.Date()
    minutes = fields.Integer()
    is_partial = fields.Boolean()


class OrganisationFiguresOut(Schema):
    """What was served for an organisation, as far as it may be told."""

    months = fields.List(fields.Nested(OrganisationMonthOut))
    year = fields.Integer()
    year_minutes = fields.Integer()
    year_people = fields.Integer()
    is_partial = fields.Boolean()


class OrganisationDeskOut(Schema):
    """The desk of an organisation, its members aside."""

    id = fields.Integer()
    name = fields.String()
    figures = fields.Nested(OrganisationFiguresOut)
    members = fields.Integer()
    coming = fields.List(fields.Nested(OrganisationActivityOut))
    past = fields.List(fields.Nested(OrganisationActivityOut))
    asks = fields.List(fields.Nested(OrganisationAskOut))
