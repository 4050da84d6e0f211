"""Shapes of the board of the six roles."""

from marshmallow import Schema, fields, validate

from timebank.community.rules import SixRole


class BoardIn(Schema):
    """Of which grid, or only where something is missing."""

    grid_id = fields.Integer(validate=validate.Range(1, 2**63 - 1))
    gaps = fields.Boolean(
        load_default=False,
        metadata={"description": "only where a seat is vacant, or nobody stands in for an absent"},
    )


class BoardPageIn(BoardIn):
    """The same as a page asks, and whether every grid stands open."""

    opened = fields.Boolean(load_default=False)


class StandingOut(Schema):
    """Leave that runs; the deputy is null when nobody stands in."""

    deputy_name = fields.String(allow_none=True)
    last_on = fields.Date()


class SitterOut(Schema):
    """Who holds a seat; the phone is masked, and blank beyond the reader's reach."""

    person_id = fields.Integer()
    name = fields.String()
    started_on = fields.Date()
    phone_masked = fields.String()
    leave = fields.Nested(StandingOut, allow_none=True)


class SeatOut(Schema):
    """One role at one place; nobody in it is a vacancy."""

    role = fields.Enum(SixRole, by_value=True)
    place_id = fields.Integer()
    sitters = fields.List(fields.Nested(SitterOut))


class LoadOut(Schema):
    """What waits at a micro-grid; null where the reader may not know."""

    households = fields.Integer()
    people = fields.Integer()
    open_cases = fields.Integer(allow_none=True)
    late_cases = fields.Integer(allow_none=True)
    key_people = fields.Integer(allow_none=True)


class UnitSeatsOut(Schema):
    """One micro-grid with its six seats and its load."""

    micro_grid_id = fields.Integer()
    label = fields.String()
    grid_id = fields.Integer()
    grid_name = fields.String()
    vacancies = fields.Integer()
    seats = fields.List(fields.Nested(SeatOut), attribute="in_order")
    waits = fields.Nested(LoadOut, attribute="load", data_key="load")


class RoleTallyOut(Schema):
    """One role in all of the community."""

    role = fields.Enum(SixRole, by_value=True)
    seats = fields.Integer()
    held = fields.Integer()
    vacant = fields.Integer()
    people = fields.Integer()
    away = fields.Integer()


class BoardOut(Schema):
    """Micro-grids with their six, and the roles in all."""

    units = fields.List(fields.Nested(UnitSeatsOut))
    tallies = fields.List(fields.Nested(RoleTallyOut))
