"""Shapes of messages, for programs and forms."""

from marshmallow import Schema, fields, validate

from timebank.kernel.paging import ROW_ID_MAX
from timebank.notices.rules.channels import Channel, DeliveryState
from timebank.web.api import PageIn


class InboxIn(PageIn):
    """Which of one's messages are asked for."""

    unread_only = fields.Boolean(load_default=False)


class ReadAllIn(Schema):
    """The newest message that was seen."""

    through_id = fields.Integer(required=True, strict=False, validate=validate.Range(1, ROW_ID_MAX))


class NoticeOut(Schema):
    """A message, in the reader's language."""

    id = fields.Integer()
    code = fields.String(metadata={"description": "Stable name of the kind of notice"})
    heading = fields.String()
    text = fields.String()
    url = fields.String(metadata={"description": "Path of the page it is about"})
    told_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)


class ReadAllOut(Schema):
    """How many messages were marked."""

    count = fields.Integer()


class ChannelIn(Schema):
    """A channel that is wanted, or not any more; consent is said with the choice."""

    channel = fields.Enum(Channel, by_value=True, required=True)
    is_on = fields.Boolean(required=True)
    address = fields.Email(load_default="", validate=validate.Length(max=120))


class RhythmIn(Schema):
    """Whether one letter a week tells of all messages."""

    is_weekly = fields.Boolean(required=True)


class AddressCodeIn(Schema):
    """The code that came by mail."""

    code = fields.String(required=True, validate=validate.Length(min=1, max=20))


class ChannelOut(Schema):
    """One's choice of a channel."""

    channel = fields.Enum(Channel, by_value=True)
    is_on = fields.Boolean()
    is_open = fields.Boolean(metadata={"description": "Whether the community has set it up"})
    address = fields.String()
    consented_at = fields.AwareDateTime(allow_none=True)
    is_confirmed = fields.Boolean(
        metadata={"description": "False while an address waits for the code that was sent there"}
    )
    is_weekly = fields.Boolean(metadata={"description": "One letter a week instead of each"})


class UndeliveredOut(Schema):
    """A message that did not get out; its words are not told."""

    id = fields.Integer()
    person_id = fields.Integer()
    person_name = fields.String()
    channel = fields.Enum(Channel, by_value=True)
    state = fields.Enum(DeliveryState, by_value=True)
    problem = fields.String()
    tries = fields.Integer()
    tried_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime()
