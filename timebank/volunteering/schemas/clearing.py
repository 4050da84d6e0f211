"""The shapes of what passes between communities: terms, transfers, sheets, settlements."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules.clearing import (
    LIMIT_MAX,
    NOTE_MAX,
    MoveKind,
    Purpose,
    TransferState,
)
from timebank.volunteering.rules.gifts import GIFT_MAX
from timebank.volunteering.schemas.fields import row_id
from timebank.web.api import PageIn

_MINUTES = validate.Range(1, GIFT_MAX)
_LIMIT = validate.Range(0, LIMIT_MAX)
_WORDS = (validate.Length(1, NOTE_MAX), validate.Regexp(r".*\S", error="请写几个字。"))


class _Form(Schema):
    """A form; what else it carries is not for us."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class TermsIn(Schema):
    """How far each of two communities may owe the other."""

    other_id = row_id(required=True)
    we_may_owe_minutes = fields.Integer(required=True, validate=_LIMIT)
    they_may_owe_minutes = fields.Integer(required=True, validate=_LIMIT)
    is_automatic = fields.Boolean(load_default=False)
    from_on = fields.Date(required=True)


class TermsFormIn(TermsIn, _Form):
    """The form of terms."""


class GroundIn(Schema):
    """Why, in a few words."""

    reason = fields.String(required=True, validate=_WORDS)


class GroundFormIn(GroundIn, _Form):
    """The form of a reason."""


class MonthIn(Schema):
    """Which month, by any of its days."""

    month = fields.Date(required=True)


class SettlementIn(Schema):
    """How much of what is owed was settled, and how."""

    minutes = fields.Integer(required=True, validate=validate.Range(1, LIMIT_MAX))
    how = fields.String(required=True, validate=_WORDS)


class SettlementFormIn(SettlementIn, _Form):
    """The form of a settlement."""


class SendIn(Schema):
    """To whom in another community, and how much."""

    to_person_id = row_id(required=True)
    minutes = fields.Integer(required=True, validate=_MINUTES)


class SendFormIn(SendIn, _Form):
    """The form of sending."""


class TakeAlongIn(Schema):
    """In which community somebody wants to be served, for up to how much."""

    community_id = row_id(required=True)
    minutes = fields.Integer(required=True, validate=_MINUTES)


class TakeAlongFormIn(TakeAlongIn, _Form):
    """The form of taking along."""


class SendForIn(SendIn):
    """For whom, by which signed slip, to whom and how much."""

    person_id = row_id(required=True)
    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class SendForFormIn(SendIn, _Form):
    """The form of sending for somebody."""

    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class TakeAlongForIn(TakeAlongIn):
    """For whom, by which signed slip, where and for up to how much."""

    person_id = row_id(required=True)
    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class TakeAlongForFormIn(TakeAlongIn, _Form):
    """The form of taking along for somebody."""

    slip_number = fields.String(required=True, validate=validate.Length(1, 40))


class AssistQuery(_Form):
    """Who is looked for."""

    text = fields.String(load_default="", validate=validate.Length(max=40))


class TransferListIn(PageIn):
    """Which transfers a program asks for."""

    pair_id = row_id(load_default=None)
    state = fields.Enum(TransferState, by_value=True, load_default=None)


class TermsOut(Schema):
    """One version of what two communities agreed on, seen from the sender's."""

    id = fields.Integer()
    version = fields.Integer()
    we_may_owe_minutes = fields.Integer()
    they_may_owe_minutes = fields.Integer()
    is_automatic = fields.Boolean()
    from_on = fields.Date()
    in_force_on = fields.Date(allow_none=True)
    is_ours = fields.Boolean()
    proposed_by_name = fields.String()
    proposed_at = fields.AwareDateTime()
    signed_by_name = fields.String()
    signed_at = fields.AwareDateTime(allow_none=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)


class FreezeOut(Schema):
    """A stop on new transfers."""

    is_ours = fields.Boolean()
    reason = fields.String()
    frozen_at = fields.AwareDateTime()
    frozen_by_name = fields.String()


class PairOut(Schema):
    """How the sender's community stands with another."""

    id = fields.Integer()
    other_id = fields.Integer()
    other_name = fields.String()
    we_owe_minutes = fields.Integer()
    we_can_send_minutes = fields.Integer()
    they_can_send_minutes = fields.Integer()
    terms = fields.Nested(TermsOut, allow_none=True)
    proposal = fields.Nested(TermsOut, allow_none=True)
    freezes = fields.Nested(FreezeOut, many=True)


class DestinationOut(Schema):
    """Where the sender may send minutes."""

    community_id = fields.Integer()
    community_name = fields.String()
    person_id = fields.Integer()
    name = fields.String()
    purpose = fields.Enum(Purpose, by_value=True)
    kind = fields.String()


class TransferOut(Schema):
    """A transfer between communities; the code only for who shows it."""

    id = fields.Integer()
    pair_id = fields.Integer()
    purpose = fields.Enum(Purpose, by_value=True)
    state = fields.Enum(TransferState, by_value=True)
    is_outgoing = fields.Boolean()
    from_community = fields.String()
    to_community = fields.String()
    person_name = fields.String()
    to_person_name = fields.String()
    minutes = fields.Integer()
    moved_minutes = fields.Integer(allow_none=True)
    code = fields.String()
    requested_at = fields.AwareDateTime()
    lapses_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()
    decision_reason = fields.String()
    is_reversal_asked = fields.Boolean()
    reversal_reason = fields.String()


class SignatureOut(Schema):
    """Who signed for a side, and when."""

    name = fields.String()
    at = fields.AwareDateTime()


class SheetOut(Schema):
    """A month between two communities; minutes that the sender's owes count up."""

    id = fields.Integer()
    pair_id = fields.Integer()
    our_name = fields.String()
    other_name = fields.String()
    month = fields.Date()
    opening_minutes = fields.Integer()
    sent_minutes = fields.Integer()
    received_minutes = fields.Integer()
    net_minutes = fields.Integer()
    closing_minutes = fields.Integer()
    lines = fields.Integer()
    digest = fields.String()
    ours = fields.Nested(SignatureOut, allow_none=True)
    theirs = fields.Nested(SignatureOut, allow_none=True)
    is_settled = fields.Boolean()


class SheetLineOut(Schema):
    """One move of a month, with its entry in either book."""

    number = fields.Integer()
    moved_on = fields.Date()
    kind = fields.Enum(MoveKind, by_value=True)
    we_owe_minutes = fields.Integer()
    position_after_minutes = fields.Integer()
    our_entry_id = fields.String()
    their_entry_id = fields.String()
    agrees = fields.Boolean()
    transfer_id = fields.Integer(allow_none=True)
    purpose = fields.Enum(Purpose, by_value=True, allow_none=True)


class SettlementOut(Schema):
    """What two communities settled by other means."""

    id = fields.Integer()
    minutes = fields.Integer()
    note = fields.String()
    is_ours = fields.Boolean()
    proposed_by_name = fields.String()
    proposed_at = fields.AwareDateTime()
    signed_by_name = fields.String()
    signed_at = fields.AwareDateTime(allow_none=True)
    withdrawn_at = fields.AwareDateTime(allow_none=True)
