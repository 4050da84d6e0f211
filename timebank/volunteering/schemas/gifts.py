"""The shapes of giving: pools, grants, family wallets."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules.gifts import GIFT_MAX, GrantState, Need, Source
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import row_id
from timebank.web.api import PageIn

_MINUTES = validate.Range(1, GIFT_MAX)


class PoolIn(Schema):
    """A new pool."""

    name = fields.String(required=True, validate=validate.Length(1, 40))
    purpose = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))


class GiftIn(Schema):
    """Minutes for a pool, from one's own or from those that may only be given away."""

    minutes = fields.Integer(required=True, validate=_MINUTES)
    source = fields.Enum(Source, by_value=True, load_default=Source.OWN)


class GiftFormIn(GiftIn):
    """The form of a gift."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class GrantIn(Schema):
    """Minutes for somebody in need, with a case or a reason."""

    person_id = row_id(required=True)
    minutes = fields.Integer(required=True, validate=_MINUTES)
    need = fields.Enum(Need, by_value=True, required=True)
    case_number = fields.String(load_default="", validate=validate.Length(max=20))
    reason = fields.String(load_default="", validate=validate.Length(max=NOTE_MAX))


class GrantFormIn(GrantIn):
    """The form of a grant."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class NewGrantQuery(Schema):
    """Who is looked for."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    text = fields.String(load_default="", validate=validate.Length(max=40))


class GrantListIn(PageIn):
    """Which grants a program asks for."""

    pool_id = row_id(load_default=None)
    state = fields.Enum(GrantState, by_value=True, load_default=None)


class WalletIn(Schema):
    """With whom, and how much in a month."""

    receiver_id = row_id(load_default=None, allow_none=True)
    receiver_card = fields.String(load_default="", validate=validate.Length(max=20))
    month_minutes_max = fields.Integer(required=True, validate=_MINUTES)


class WalletFormIn(WalletIn):
    """The form of a wallet."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class WalletGiftIn(Schema):
    """How much is given."""

    minutes = fields.Integer(required=True, validate=_MINUTES)


class PoolOut(Schema):
    """A pool with what is in it."""

    id = fields.Integer()
    name = fields.String()
    purpose = fields.String()
    is_open = fields.Boolean()
    posted_minutes = fields.Integer()
    available_minutes = fields.Integer()


class GrantOut(Schema):
    """A grant."""

    id = fields.Integer()
    pool_id = fields.Integer()
    pool_name = fields.String()
    person_id = fields.Integer()
    person_name = fields.String()
    minutes = fields.Integer()
    need = fields.Enum(Need, by_value=True)
    case_id = fields.Integer(allow_none=True)
    case_number = fields.String()
    reason = fields.String()
    state = fields.Enum(GrantState, by_value=True)
    requested_at = fields.AwareDateTime()
    requested_by_name = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()
    decision_reason = fields.String()


class HelpedOut(Schema):
    """What became of one's gifts to a pool: numbers, no names."""

    pool_id = fields.Integer()
    pool_name = fields.String()
    given_minutes = fields.Integer()
    since_on = fields.Date()
    people = fields.Integer()
    minutes = fields.Integer()
    needs = fields.Function(
        lambda helped: [{"need": need.value, "minutes": total} for need, total in helped.needs]
    )


class WalletOut(Schema):
    """An agreement between two people."""

    id = fields.Integer()
    giver_id = fields.Integer()
    giver_name = fields.String()
    receiver_id = fields.Integer()
    receiver_name = fields.String()
    month_minutes_max = fields.Integer()
    month_given_minutes = fields.Integer()
    left_minutes = fields.Integer()
    is_open = fields.Boolean()
    may_spend = fields.Boolean()
    opened_at = fields.AwareDateTime()
    agreed_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)


class UseOut(Schema):
    """What a relative spent of the sender's minutes."""

    used_at = fields.AwareDateTime()
    relative_name = fields.String()
    what = fields.String()
    minutes = fields.Integer()
    is_returned = fields.Boolean()
