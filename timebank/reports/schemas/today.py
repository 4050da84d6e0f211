"""Shapes of the figures."""

from marshmallow import Schema, fields, validate


class DisclosureIn(Schema):
    """Whose public figures are asked for; without a code, the first community's."""

    community = fields.String(validate=validate.Length(min=1, max=8))


class UrgentOut(Schema):
    """Something to look at first."""

    kind = fields.String()
    count = fields.Integer()
    case_id = fields.Integer(allow_none=True)
    title = fields.String()
    step = fields.String()
    late_minutes = fields.Integer()


class DoorOut(Schema):
    """One micro-grid with its open cases."""

    micro_grid_id = fields.Integer()
    building_no = fields.Integer()
    unit_no = fields.Integer()
    open = fields.Integer()
    overdue = fields.Integer()


class GridOut(Schema):
    """One grid with its micro-grids."""

    grid_id = fields.Integer()
    name = fields.String()
    open = fields.Integer()
    overdue = fields.Integer()
    micro_grids = fields.List(fields.Nested(DoorOut), attribute="doors")


class RateOut(Schema):
    """Of a step settled this month, how many in time."""

    step = fields.String()
    in_time = fields.Integer()
    settled = fields.Integer()


class MonthHoursOut(Schema):
    """Minutes earned and redeemed in one month."""

    year = fields.Integer()
    month = fields.Integer()
    earned_minutes = fields.Integer()
    redeemed_minutes = fields.Integer()


class HoursOut(Schema):
    """What residents hold, and how it came and went in twelve months."""

    outstanding_minutes = fields.Integer()
    held_minutes = fields.Integer()
    earned_minutes = fields.Integer()
    redeemed_minutes = fields.Integer()
    months_to_redeem = fields.Integer(allow_none=True)
    months = fields.List(fields.Nested(MonthHoursOut))


class GridHoursOut(Schema):
    """What one grid earned; without its number, what was earned outside all grids."""

    grid_id = fields.Integer(allow_none=True)
    name = fields.String()
    account_id = fields.Integer(allow_none=True)
    months = fields.List(fields.Integer(), metadata={"description": "minutes, month by month"})
    minutes = fields.Integer()


class HoursByGridOut(Schema):
    """The last twelve months as [year, month], and the minutes of each grid in them."""

    months = fields.List(fields.List(fields.Integer()))
    grids = fields.List(fields.Nested(GridHoursOut))
    totals = fields.List(fields.Integer())
    minutes = fields.Integer()


class BookFiguresOut(Schema):
    """One book: by how much its accounts do not cancel out."""

    code = fields.String()
    name = fields.String()
    difference = fields.Integer()


class ProofFiguresOut(Schema):
    """The last proof of the books: of how many entries, and how many rows were wrong."""

    proved_at = fields.AwareDateTime()
    entries = fields.Integer()
    wrong = fields.Integer()


class WaitingOut(Schema):
    """What waits, and what waits for more than three days."""

    count = fields.Integer()
    too_long = fields.Integer()


class SpendingWaitingOut(WaitingOut):
    """Spending requests that nobody has approved yet."""

    amount_fen = fields.Integer()


class ProjectSumsOut(Schema):
    """The sums of the projects, fen."""

    count = fields.Integer()
    agreed_fen = fields.Integer()
    received_fen = fields.Integer()
    spent_fen = fields.Integer()
    left_fen = fields.Integer()


class FiguresOut(Schema):
    """All figures of a community at one moment."""

    community_name = fields.String()
    urgent = fields.List(fields.Nested(UrgentOut))
    open_cases = fields.Integer()
    overdue_cases = fields.Integer()
    grids = fields.List(fields.Nested(GridOut))
    rates = fields.List(fields.Nested(RateOut))
    hours = fields.Nested(HoursOut)
    wrong_checks = fields.Integer()
    books = fields.List(fields.Nested(BookFiguresOut))
    proof = fields.Nested(ProofFiguresOut, allow_none=True)
    redeemed_difference_minutes = fields.Integer()
    records = fields.Nested(WaitingOut)
    objections = fields.Integer()
    spending = fields.Nested(SpendingWaitingOut)
    bookings_today = fields.Integer()
    projects = fields.Nested(ProjectSumsOut)


class SharedOut(Schema):
    """A sum over people; null when fewer than five stand behind it."""

    people = fields.Integer(allow_none=True)
    minutes = fields.Integer(allow_none=True)


class CasesClosedOut(Schema):
    """Cases closed this year; null when fewer than five."""

    closed = fields.Integer(allow_none=True)
    in_time = fields.Integer(allow_none=True)


class DisclosureOut(Schema):
    """What everybody may know of a community."""

    community_code = fields.String()
    community_name = fields.String()
    subdistrict = fields.String()
    year = fields.Integer()
    given = fields.Nested(SharedOut)
    redeemed = fields.Nested(SharedOut)
    projects = fields.Nested(ProjectSumsOut)
    cases = fields.Nested(CasesClosedOut)
