"""The shapes of photos and papers of a record."""

from base64 import b64decode
from binascii import Error as Base64Error

from marshmallow import Schema, ValidationError, fields, post_load, validate

from timebank.trail.rules import FILE_BYTES_MAX, NAME_LENGTH_MAX
from timebank.volunteering.rules.exhibits import AT_ONCE_MAX, Paper
from timebank.volunteering.schemas.desk import SaidIn

_TEXT_MAX = FILE_BYTES_MAX * 4 // 3 + 4


class PaperIn(Schema):
    """A photo or a PDF in JSON."""

    name = fields.String(required=True, validate=validate.Length(1, NAME_LENGTH_MAX))
    content_base64 = fields.String(required=True, validate=validate.Length(4, _TEXT_MAX))

    @post_load
    def pack(self, data: dict[str, str], **_: object) -> Paper:
        """Return the paper with its bytes."""
        try:
            content = b64decode(data["content_base64"], validate=True)
        except (Base64Error, ValueError) as error:
            message = "Invalid value."
            raise ValidationError(message, "content_base64") from error
        return Paper(name=data["name"], content=content)


class PapersIn(Schema):
    """Photos and papers to be handed in."""

    papers = fields.List(
        fields.Nested(PaperIn), required=True, validate=validate.Length(1, AT_ONCE_MAX)
    )


class SaidWithPapersIn(SaidIn):
    """What somebody has to say, and what shows it."""

    papers = fields.List(
        fields.Nested(PaperIn), load_default=list, validate=validate.Length(max=AT_ONCE_MAX)
    )


class ExhibitOut(Schema):
    """A photo or a paper of a record."""

    id = fields.Integer()
    number = fields.Integer()
    dispute_id = fields.Integer(allow_none=True)
    at = fields.AwareDateTime()
    actor_name = fields.String()
    name = fields.String()
    media_type = fields.String()
    size_bytes = fields.Integer()


class ExhibitContentOut(Schema):
    """A photo or a paper with its bytes."""

    name = fields.String()
    media_type = fields.String()
    sha256 = fields.String()
    content_base64 = fields.String()
