"""Shapes of meetings and decisions as they are shown."""

from marshmallow import Schema, fields

from timebank.deliberation.rules import decisions as decision_rules
from timebank.deliberation.rules.meetings import Conclusion, Kind, NoteKind, Side, State


class MeetingLineOut(Schema):
    """A meeting in the list."""

    id = fields.Integer()
    number = fields.String()
    kind = fields.Enum(Kind, by_value=True)
    state = fields.Enum(State, by_value=True)
    title = fields.String()
    place = fields.String()
    starts_at = fields.AwareDateTime()
    items = fields.Integer()
    decisions = fields.Integer()


class QuorumRuleOut(Schema):
    """A quorum rule."""

    version = fields.Integer()
    share_permille = fields.Integer()
    heads_min = fields.Integer()
    sides_min = fields.Integer()


class QuorumOut(Schema):
    """The arithmetic of a quorum."""

    rule = fields.Nested(QuorumRuleOut)
    invited = fields.Integer()
    by_share = fields.Integer()
    needed = fields.Integer()
    present = fields.Integer()
    sides = fields.Integer()
    is_met = fields.Boolean()


class SeatOut(Schema):
    """Somebody invited."""

    id = fields.Integer()
    side = fields.Enum(Side, by_value=True)
    name = fields.String()
    person_id = fields.Integer(allow_none=True)
    has_vote = fields.Boolean()
    signed_in_at = fields.AwareDateTime(allow_none=True)


class StanceOut(Schema):
    """What a side said."""

    side = fields.Enum(Side, by_value=True)
    words = fields.String()
    yes = fields.Integer()
    no = fields.Integer()
    abstained = fields.Integer()


class DecisionOut(Schema):
    """A decision."""

    id = fields.Integer()
    meeting_id = fields.Integer()
    meeting_number = fields.String()
    item_id = fields.Integer()
    item_title = fields.String()
    state = fields.Enum(decision_rules.State, by_value=True)
    words = fields.String()
    owner_name = fields.String()
    due_on = fields.Date()
    is_late = fields.Boolean()
    outcome = fields.String()
    done_at = fields.AwareDateTime(allow_none=True)
    done_by_name = fields.String()
    closed_at = fields.AwareDateTime(allow_none=True)
    closed_by_name = fields.String()
    sent_back = fields.String()
    case_id = fields.Integer(allow_none=True)
    project_id = fields.Integer(allow_none=True)
    task_id = fields.Integer(allow_none=True)
    commands = fields.List(fields.String())


class ItemOut(Schema):
    """A matter on the agenda."""

    id = fields.Integer()
    position = fields.Integer()
    title = fields.String()
    description = fields.String()
    choices = fields.String()
    case_id = fields.Integer(allow_none=True)
    project_id = fields.Integer(allow_none=True)
    conclusion = fields.Enum(Conclusion, by_value=True, allow_none=True)
    conclusion_words = fields.String()
    stances = fields.List(fields.Nested(StanceOut))
    decisions = fields.List(fields.Nested(DecisionOut))
    opinion_ids = fields.Function(lambda item: [opinion_id for opinion_id, _ in item.opinions])


class MinutesNoteOut(Schema):
    """A note on the minutes."""

    kind = fields.Enum(NoteKind, by_value=True)
    before = fields.String()
    words = fields.String()
    at = fields.AwareDateTime()
    by_name = fields.String()


class MeetingOut(Schema):
    """A meeting with everything on it."""

    id = fields.Integer()
    number = fields.String()
    kind = fields.Enum(Kind, by_value=True)
    state = fields.Enum(State, by_value=True)
    title = fields.String()
    place = fields.String()
    starts_at = fields.AwareDateTime()
    quorum = fields.Nested(QuorumOut)
    seats = fields.List(fields.Nested(SeatOut))
    items = fields.List(fields.Nested(ItemOut))
    minutes = fields.String()
    notes = fields.List(fields.Nested(MinutesNoteOut))
    summary = fields.String()
    held_at = fields.AwareDateTime(allow_none=True)
    signed_at = fields.AwareDateTime(allow_none=True)
    signed_by_name = fields.String()
    published_at = fields.AwareDateTime(allow_none=True)
    commands = fields.List(fields.String())


class MatterOut(Schema):
    """One matter that was on a table."""

    id = fields.Integer()
    meeting_id = fields.Integer()
    meeting_number = fields.String()
    held_at = fields.AwareDateTime(allow_none=True)
    title = fields.String()
    conclusion = fields.Enum(Conclusion, by_value=True, allow_none=True)


class FiguresOut(Schema):
    """What a year of meetings came to."""

    year = fields.Integer()
    meetings = fields.Integer()
    matters = fields.Integer()
    decided = fields.Integer()
    decisions = fields.Integer()
    cases = fields.Integer()
    projects = fields.Integer()
    tasks = fields.Integer()
    closed = fields.Integer()


class RulesOut(Schema):
    """The rules in force: quorum by kind, days to answer."""

    quorum = fields.Dict(keys=fields.String(), values=fields.Nested(QuorumRuleOut))
    answer_days = fields.Integer()
