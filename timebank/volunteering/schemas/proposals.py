"""The shapes of activities that organisations propose, for programs and forms alike."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load, validate

from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.proposals import ProposalFacts, ProposalState, TakingUp
from timebank.volunteering.rules.records import NOTE_MAX
from timebank.volunteering.rules.tasks import PLACES_MAX, Admission, TaskState
from timebank.volunteering.schemas.fields import (
    in_whole_minutes,
    of_our_time,
    on_its_day,
    row_id,
    short_text,
)
from timebank.web.api import PageIn


class _ProposalFactsIn(Schema):
    """What is told of an activity, its time aside."""

    kind_id = row_id(required=True)
    activity = fields.String(required=True, validate=validate.Length(1, 120))
    places = fields.Integer(required=True, validate=validate.Range(1, PLACES_MAX))
    place = short_text()
    details = short_text(NOTE_MAX)


class ProposalIn(_ProposalFactsIn):
    """A new proposal."""

    starts_at = fields.AwareDateTime(required=True, validate=of_our_time)
    ends_at = fields.AwareDateTime(required=True, validate=of_our_time)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the facts, in whole minutes."""
        in_whole_minutes(data)
        return {"facts": ProposalFacts(**data)}


class ProposalFormIn(_ProposalFactsIn):
    """The form of a new proposal: a day and two times on the wall clock."""

    class Meta:
        """What else a form carries is not for us."""

        unknown = EXCLUDE

    on = fields.Date(required=True, validate=of_our_time)
    starts_at = fields.Time(required=True)
    ends_at = fields.Time(required=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Put the times onto the day and gather the facts."""
        on_its_day(data)
        return {"facts": ProposalFacts(**data)}


class TakingUpIn(Schema):
    """What staff say when they take a proposal up."""

    admission = fields.Enum(Admission, by_value=True, load_default=Admission.DIRECT)
    risk = fields.Enum(Risk, by_value=True, load_default=Risk.LOW)
    micro_grid_id = row_id(load_default=None, allow_none=True)

    @post_load
    def pack(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Gather the terms."""
        return {"terms": TakingUp(**data)}


class ProposalsIn(PageIn):
    """Which proposals of a list a page shows."""

    class Meta:
        """Addresses may carry more."""

        unknown = EXCLUDE

    state = fields.Enum(ProposalState, by_value=True, load_default=None)


class ProposalListIn(PageIn):
    """Which proposals a program asks for."""

    state = fields.Enum(ProposalState, by_value=True)


class ProposalOut(Schema):
    """A proposal, and what became of it."""

    id = fields.Integer()
    organisation_id = fields.Integer()
    organisation_name = fields.String()
    state = fields.Enum(ProposalState, by_value=True)
    state_reason = fields.String()
    kind_id = fields.Integer()
    kind_name = fields.String()
    activity = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    places = fields.Integer()
    place = fields.String()
    details = fields.String()
    proposed_at = fields.AwareDateTime()
    proposed_by_id = fields.Integer()
    proposed_by_name = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by_name = fields.String()
    task_id = fields.Integer(allow_none=True)
    task_state = fields.Enum(TaskState, by_value=True, allow_none=True)
    task_reason = fields.String()
