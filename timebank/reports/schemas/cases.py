"""Shapes of the figures of cases."""

from marshmallow import Schema, fields, validate

from timebank.cases.rules.flow import Step
from timebank.reports.rules.cases import NAMES, By, Fate, Part
from timebank.reports.schemas.figures import HeadOut
from timebank.web.api import PageIn

_ID = validate.Range(1, 2**63 - 1)


def _month(description: str) -> fields.Date:
    """Return a field of a month as 2026-11."""
    return fields.Date(format="%Y-%m", metadata={"format": "month", "description": description})


class CasePeriodIn(Schema):
    """Whole months, the last twelve when none are named, one grid if wanted, as of a moment."""

    first = _month("the first month, as 2026-01")
    last = _month("the last month, as 2026-12")
    grid_id = fields.Integer(validate=_ID)
    as_of = fields.AwareDateTime(
        metadata={"description": "as it was known then; without it, as it is known now"}
    )


class CaseFiguresIn(CasePeriodIn):
    """By which side figures of cases are laid out."""

    by = fields.Enum(By, by_value=True, load_default=By.GRID)


class CaseRowsIn(CasePeriodIn, PageIn):
    """Which cases are wanted: behind one figure, one part of it, on one row of a side."""

    name = fields.String(validate=validate.OneOf(NAMES), load_default="registered")
    part = fields.Enum(Part, by_value=True, load_default=Part.WHOLE)
    by = fields.Enum(By, by_value=True)
    key = fields.String(validate=validate.Length(max=24))


class CaseMonthIn(Schema):
    """Which month is told, the last that is over when none is named, and of which grid."""

    month = _month("the month, as 2026-11")
    grid_id = fields.Integer(validate=_ID)
    as_of = fields.AwareDateTime()


class CaseRateOut(Schema):
    """A part of a whole; of nothing no share."""

    part = fields.Integer()
    whole = fields.Integer()
    permille = fields.Integer(allow_none=True)


class StepFiguresOut(Schema):
    """A step: how often in time, and minutes in the clock of its promise."""

    on_time = fields.Nested(CaseRateOut)
    median_minutes = fields.Integer(attribute="median", allow_none=True)
    slow_minutes = fields.Integer(
        attribute="slow", allow_none=True, metadata={"description": "nine of ten took no longer"}
    )


class CaseSharesOut(Schema):
    """Shares of the cases that were registered in the period."""

    closed = fields.Nested(CaseRateOut)
    solved = fields.Nested(CaseRateOut)
    satisfied = fields.Nested(CaseRateOut)
    reopened = fields.Nested(CaseRateOut)
    returned = fields.Nested(CaseRateOut)
    paused = fields.Nested(CaseRateOut)
    extended = fields.Nested(CaseRateOut)
    escalated = fields.Nested(CaseRateOut)


def _excluded(fate: Fate) -> fields.Function:
    """Return a field of how many are left out by one fate."""
    return fields.Function(lambda one: one.excluded[fate], metadata={"type": "integer"})


class CaseGroupOut(Schema):
    """The figures of one group of cases; what is left out of shares is counted beside."""

    registered = fields.Integer()
    rejected = _excluded(Fate.REJECTED)
    cancelled = _excluded(Fate.CANCELLED)
    merged = _excluded(Fate.MERGED)
    unreachable = fields.Integer()
    unrated = fields.Integer()
    steps = fields.Dict(keys=fields.Enum(Step, by_value=True), values=fields.Nested(StepFiguresOut))
    shares = fields.Nested(CaseSharesOut)


class CaseLineFiguresOut(Schema):
    """The figures of one row."""

    head = fields.Nested(HeadOut)
    figures = fields.Nested(CaseGroupOut)


class CaseFiguresOut(Schema):
    """The figures of a period in all and by one side."""

    all = fields.Nested(CaseGroupOut)
    lines = fields.List(fields.Nested(CaseLineFiguresOut))


class CaseRowOut(Schema):
    """A case behind a figure; ``at`` is when its step was due, or when it was registered."""

    case_id = fields.Integer()
    number = fields.String()
    title = fields.String()
    at = fields.AwareDateTime()
    round = fields.Integer()
    is_late = fields.Boolean(allow_none=True)
    minutes = fields.Integer(allow_none=True)
    fate = fields.Enum(Fate, by_value=True, allow_none=True)
