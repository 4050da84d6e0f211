"""The shapes of printed passbooks."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.volunteering.rules import passbook_prints as rules
from timebank.volunteering.rules.passbook_prints import Layout


def _tenths(default: int) -> fields.Integer:
    """Return a field for a distance in tenths of a millimetre."""
    return fields.Integer(load_default=default, validate=validate.Range(0, rules.TENTHS_MAX))


class BookletIn(Schema):
    """A booklet that is handed out."""

    serial = fields.String(
        required=True,
        validate=[validate.Length(1, rules.SERIAL_MAX), validate.Regexp(r"[A-Za-z0-9-]+$")],
    )


class PrintIn(Schema):
    """A print: its number, as it was to be when the sender looked."""

    expected_sequence = fields.Integer(required=True, validate=validate.Range(1, 10**6))


class VoidIn(Schema):
    """Why a print was spoilt, and whether something reached the paper."""

    reason = fields.String(required=True, validate=validate.Length(1, rules.REASON_MAX))
    is_paper_used = fields.Boolean(required=True)


class LayoutIn(Schema):
    """How booklets are ruled; distances in tenths of a millimetre."""

    lines_per_page = fields.Integer(
        required=True, validate=validate.Range(rules.LINES_MIN, rules.LINES_MAX)
    )
    pages = fields.Integer(required=True, validate=validate.Range(1, rules.PAGES_MAX))
    top_tenths_mm = _tenths(180)
    left_tenths_mm = _tenths(80)
    line_tenths_mm = fields.Integer(load_default=65, validate=validate.Range(30, 200))
    fold_after_line = fields.Integer(load_default=0, validate=validate.Range(0, rules.LINES_MAX))
    fold_tenths_mm = _tenths(0)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the ruling in one value; a fold below the last line is no fold."""
        if data["fold_after_line"] > data["lines_per_page"]:
            data["fold_after_line"] = 0
        return {"ruling": Layout(**data)}


class LayoutFormIn(LayoutIn):
    """The form of a ruling."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class LayoutOut(Schema):
    """How booklets are ruled; distances in tenths of a millimetre."""

    lines_per_page = fields.Integer()
    pages = fields.Integer()
    top_tenths_mm = fields.Integer()
    left_tenths_mm = fields.Integer()
    line_tenths_mm = fields.Integer()
    fold_after_line = fields.Integer()
    fold_tenths_mm = fields.Integer()


class PlaceOut(Schema):
    """A line of a page, both from 1."""

    page = fields.Integer()
    line = fields.Integer()


class BookletOut(Schema):
    """A booklet: how far it is printed, and what waits."""

    id = fields.Integer()
    person_id = fields.Integer()
    serial = fields.String()
    carried_minutes = fields.Integer()
    printed_minutes = fields.Integer()
    next_sequence = fields.Integer()
    next_place = fields.Nested(PlaceOut)
    lines_left = fields.Integer()
    waiting = fields.Integer()


class PrintedOut(Schema):
    """A line of a print."""

    place = fields.Nested(PlaceOut)
    entry_id = fields.UUID()
    on_day = fields.Date()
    kind = fields.String()
    memo = fields.String()
    minutes = fields.Integer()
    after_minutes = fields.Integer()


class PrintOut(Schema):
    """A print with its lines."""

    id = fields.Integer()
    booklet_id = fields.Integer()
    sequence = fields.Integer()
    first_position = fields.Integer()
    last_position = fields.Integer()
    opening_minutes = fields.Integer()
    closing_minutes = fields.Integer()
    printed_at = fields.AwareDateTime()
    printed_by_name = fields.String()
    voided_at = fields.AwareDateTime(allow_none=True)
    void_reason = fields.String()
    lines = fields.List(fields.Nested(PrintedOut))
