"""Shapes of the community's figures: what is asked for, and what is told."""

from marshmallow import Schema, fields, validate

from timebank.reports.rules.tables import Side
from timebank.volunteering.rules.figures import AgeGroup
from timebank.volunteering.rules.needs import Outcome
from timebank.web.api import PageIn

_ID = validate.Range(1, 2**63 - 1)
_ID_OR_NONE = validate.Range(0, 2**63 - 1)
_MOVES = ("gifts_own", "gifts_donation", "gifts_ended", "grants", "family", "expired")
_RESTRICTIONS = ("own", "donation", "team")
_STANDS = ("active", "new", "lapsed")


def _month(description: str) -> fields.Date:
    """Return a field of a month as 2026-11."""
    return fields.Date(format="%Y-%m", metadata={"format": "month", "description": description})


class PeriodIn(Schema):
    """Whole months, the last twelve when none are named, and one grid or one centre if wanted."""

    first = _month("the first month, as 2026-01")
    last = _month("the last month, as 2026-12")
    grid_id = fields.Integer(validate=_ID)
    centre_id = fields.Integer(validate=_ID)


class TableIn(PeriodIn):
    """By which two sides hours are laid out."""

    rows = fields.Enum(Side, by_value=True, load_default=Side.MONTH)
    columns = fields.Enum(Side, by_value=True, load_default=Side.KIND)


class HoursRowsIn(PeriodIn, PageIn):
    """Which postings are wanted; 0 stands for outside of all grids, or at no centre."""

    kind_id = fields.Integer(validate=_ID)
    of_grid_id = fields.Integer(validate=_ID_OR_NONE)
    of_centre_id = fields.Integer(validate=_ID_OR_NONE)
    age_group = fields.String(validate=validate.OneOf([one.value for one in AgeGroup]))
    volunteer_id = fields.Integer(validate=_ID)
    recipient_id = fields.Integer(validate=_ID)


class VolunteerRowsIn(PeriodIn, PageIn):
    """Which volunteers are wanted."""

    which = fields.String(validate=validate.OneOf(_STANDS), load_default="active")
    of_grid_id = fields.Integer(validate=_ID_OR_NONE)
    age_group = fields.String(validate=validate.OneOf([one.value for one in AgeGroup]))


class NeedRowsIn(PeriodIn, PageIn):
    """Which needs are wanted."""

    outcome = fields.String(validate=validate.OneOf([one.value for one in Outcome]))
    kind_id = fields.Integer(validate=_ID)
    of_grid_id = fields.Integer(validate=_ID_OR_NONE)


class LotRowsIn(PageIn):
    """Of which year and restriction lots are wanted."""

    year = fields.Integer(required=True, validate=validate.Range(2000, 2999))
    restriction = fields.String(required=True, validate=validate.OneOf(_RESTRICTIONS))


class MoveRowsIn(PeriodIn, PageIn):
    """Which gifts, grants or expiries are wanted."""

    which = fields.String(required=True, validate=validate.OneOf(_MOVES))


class MonthIn(Schema):
    """Which month is told, the last that is over when none is named, and of which place."""

    month = _month("the month, as 2026-11")
    grid_id = fields.Integer(validate=_ID)
    centre_id = fields.Integer(validate=_ID)


class HeadOut(Schema):
    """A row's or a column's key and name; without a key, what stands outside of all of them."""

    key = fields.Raw(
        allow_none=True,
        metadata={"nullable": True, "description": "an id, a month as 2026-11, or a word"},
    )
    name = fields.String()


class HoursLineOut(Schema):
    """One row: minutes by column; null where they are too few to tell."""

    head = fields.Nested(HeadOut)
    minutes = fields.List(fields.Integer(allow_none=True))
    total = fields.Integer(allow_none=True)


class HoursTableOut(Schema):
    """Hours by two sides."""

    columns = fields.List(fields.Nested(HeadOut))
    lines = fields.List(fields.Nested(HoursLineOut))
    totals = fields.List(fields.Integer(allow_none=True))
    total = fields.Integer(allow_none=True)


class PeopleOut(Schema):
    """Volunteers; null where they are too few to tell."""

    active = fields.Integer(allow_none=True)
    new = fields.Integer(allow_none=True)
    lapsed = fields.Integer(allow_none=True)


class PeopleLineOut(Schema):
    """The volunteers of one age group or grid."""

    head = fields.Nested(HeadOut)
    people = fields.Nested(PeopleOut)


class VolunteersOut(Schema):
    """Volunteers in all, by age group, and by grid of their service."""

    all = fields.Nested(PeopleOut)
    ages = fields.List(fields.Nested(PeopleLineOut))
    grids = fields.List(fields.Nested(PeopleLineOut))


class SpreadOut(Schema):
    """How hours are spread: what the busiest tenth did, and Gini's coefficient in thousandths."""

    volunteers = fields.Integer(allow_none=True)
    minutes = fields.Integer()
    top_volunteers = fields.Integer(allow_none=True)
    top_minutes = fields.Integer()
    gini_permille = fields.Integer()


class PairOut(Schema):
    """A volunteer and a recipient with the most hours between them."""

    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    recipient_id = fields.Integer()
    recipient_name = fields.String()
    minutes = fields.Integer()


class ShareOut(Schema):
    """What one centre has of the hours."""

    head = fields.Nested(HeadOut)
    minutes = fields.Integer()


class ConcentrationOut(Schema):
    """Whether few do most; pairs only for those who may see people."""

    spread = fields.Nested(SpreadOut)
    pairs = fields.List(fields.Nested(PairOut))
    centres = fields.List(fields.Nested(ShareOut))
    minutes = fields.Integer()


class NeedCountsOut(Schema):
    """Needs, what became of them, and how many minutes until somebody was found."""

    posted = fields.Integer(allow_none=True)
    met = fields.Integer(allow_none=True)
    unmet = fields.Integer(allow_none=True)
    cancelled = fields.Integer(allow_none=True)
    waiting = fields.Integer(allow_none=True)
    matched = fields.Integer(allow_none=True)
    median_minutes = fields.Integer(allow_none=True)
    slow_minutes = fields.Integer(
        allow_none=True, metadata={"description": "nine of ten were found within"}
    )


class NeedLineOut(Schema):
    """The needs of one kind or grid."""

    head = fields.Nested(HeadOut)
    counts = fields.Nested(NeedCountsOut)


class NeedsOut(Schema):
    """Needs in all, by kind and by grid."""

    all = fields.Nested(NeedCountsOut)
    kinds = fields.List(fields.Nested(NeedLineOut))
    grids = fields.List(fields.Nested(NeedLineOut))


class FlowOut(Schema):
    """What an open account took in and gave back in the period, and where it stands now."""

    code = fields.String()
    name = fields.String()
    account_id = fields.Integer(allow_none=True)
    came = fields.Integer()
    went = fields.Integer()
    net = fields.Integer()
    standing = fields.Integer()


class GivenOut(Schema):
    """Minutes that members gave in the period, and what was granted."""

    gifts_own = fields.Integer()
    gifts_donation = fields.Integer()
    gifts_ended = fields.Integer()
    grants = fields.Integer()
    family = fields.Integer()


class StandingOut(Schema):
    """What bounded accounts hold now."""

    own = fields.Integer()
    donation = fields.Integer()
    team = fields.Integer()
    pools = fields.Integer()
    held = fields.Integer()
    all = fields.Integer()


class CohortOut(Schema):
    """What is left of the minutes of one year and restriction."""

    year = fields.Integer()
    restriction = fields.String()
    minutes = fields.Integer()


class CheckOut(Schema):
    """Two ways to the same number."""

    name = fields.String()
    left = fields.Integer()
    right = fields.Integer()
    is_right = fields.Boolean()


class BooksOut(Schema):
    """The books of hours; of some places only their own accounts."""

    flows = fields.List(fields.Nested(FlowOut))
    given = fields.Nested(GivenOut)
    standing = fields.Nested(StandingOut)
    cohorts = fields.List(fields.Nested(CohortOut))
    checks = fields.List(fields.Nested(CheckOut))


class HoursRowOut(Schema):
    """A posting of service; minutes are negative when it was taken back."""

    id = fields.Integer()
    record_id = fields.Integer()
    entry_id = fields.UUID()
    on_day = fields.Date()
    minutes = fields.Integer()
    volunteer_id = fields.Integer()
    volunteer_name = fields.String()
    recipient_name = fields.String()
    kind_name = fields.String()


class VolunteerRowOut(Schema):
    """A volunteer with the minutes of the period, and the days of the first and last posting."""

    volunteer_id = fields.Integer()
    name = fields.String()
    minutes = fields.Integer()
    first_on = fields.Date()
    last_on = fields.Date()


class NeedRowOut(Schema):
    """A need, what became of it, and how many minutes until somebody was found."""

    need_id = fields.Integer()
    kind_name = fields.String()
    outcome = fields.String()
    waited_minutes = fields.Integer(allow_none=True)
    posted_at = fields.AwareDateTime()


class LotRowOut(Schema):
    """A lot of which something is left."""

    id = fields.Integer()
    account_id = fields.Integer()
    entry_id = fields.UUID()
    kind = fields.String()
    earned_on = fields.Date()
    amount = fields.Integer()
    remaining = fields.Integer()


class MoveRowOut(Schema):
    """A gift, a grant or what expired."""

    id = fields.Integer()
    on_day = fields.Date()
    name = fields.String()
    minutes = fields.Integer()
    entry_id = fields.UUID()


class ComparedOut(Schema):
    """A figure of a month beside the month before and the same month a year before."""

    name = fields.String()
    unit = fields.String()
    now = fields.Integer(allow_none=True)
    before = fields.Integer(allow_none=True)
    year_before = fields.Integer(allow_none=True)


class MonthReportOut(Schema):
    """The main figures of a month."""

    month = _month("the month told")
    figures = fields.List(fields.Nested(ComparedOut))
