"""Shapes of messages, for programs and forms."""

from marshmallow import Schema, fields, validate

from timebank.kernel.paging import ROW_ID_MAX
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
