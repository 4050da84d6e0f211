"""The shapes of deaths, moves away and what members choose for the end of the account."""

from marshmallow import EXCLUDE, Schema, fields, validate

from timebank.volunteering.rules.leaving import (
    Ground,
    LeavingKind,
    LeavingState,
    Outcome,
)
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.schemas.fields import row_id
from timebank.web.api import PageIn

_WORDS = validate.Length(1, NOTE_MAX)


class LeavingIn(Schema):
    """Who has died or moves away, when, and what was seen."""

    person_id = row_id(required=True)
    kind = fields.Enum(LeavingKind, by_value=True, required=True)
    happened_on = fields.Date(required=True)
    evidence = fields.String(required=True, validate=_WORDS)


class LeavingFormIn(LeavingIn):
    """The form of a report."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class LeavingQuery(Schema):
    """Who is looked for."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    text = fields.String(load_default="", validate=validate.Length(max=40))
    person_id = row_id(load_default=None)


class WishIn(Schema):
    """What becomes of the minutes: kin, a pool, or nothing."""

    outcome = fields.Enum(Outcome, by_value=True, required=True)
    kin_id = row_id(load_default=None, allow_none=True)
    pool_id = row_id(load_default=None, allow_none=True)


class WishFormIn(WishIn):
    """The form of a choice."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class OutcomeIn(WishIn):
    """What is proposed, and why."""

    reason = fields.String(required=True, validate=_WORDS)


class OutcomeFormIn(OutcomeIn):
    """The form of a proposal."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE


class LeavingListIn(PageIn):
    """Which leavings a program asks for."""

    state = fields.Enum(LeavingState, by_value=True, load_default=None)


class LeavingOut(Schema):
    """A death or a move away."""

    id = fields.Integer()
    person_id = fields.Integer()
    person_name = fields.String()
    kind = fields.Enum(LeavingKind, by_value=True)
    state = fields.Enum(LeavingState, by_value=True)
    happened_on = fields.Date()
    evidence = fields.String()
    due_on = fields.Date()
    policy_version = fields.Integer()
    is_due = fields.Boolean()
    reported_at = fields.AwareDateTime()
    reported_by_name = fields.String()
    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    ground = fields.Enum(Ground, by_value=True, allow_none=True)
    claimant_id = fields.Integer(allow_none=True)
    claimant_name = fields.String()
    pool_id = fields.Integer(allow_none=True)
    pool_name = fields.String()
    proposed_by_name = fields.String()
    proposal_reason = fields.String()
    settled_at = fields.AwareDateTime(allow_none=True)
    settled_by_name = fields.String()
    undo_reason = fields.String()
    own_minutes = fields.Integer()
    donation_minutes = fields.Integer()
    debt_minutes = fields.Integer()
    released = fields.Integer()
    withdrawn = fields.Integer()


class DispositionOut(Schema):
    """What a member chose for the end of the account; all empty when nothing was chosen."""

    outcome = fields.Enum(Outcome, by_value=True, allow_none=True)
    kin_id = fields.Integer(allow_none=True)
    kin_name = fields.String()
    pool_id = fields.Integer(allow_none=True)
    pool_name = fields.String()
    chosen_at = fields.AwareDateTime(allow_none=True)
