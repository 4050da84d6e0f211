"""What goes out to programs about publicity, votes, households and endings."""

import marshmallow as ma
from marshmallow import fields

from timebank.cofund.rules.policy import Matter
from timebank.cofund.rules.projects import Party
from timebank.cofund.rules.receivables import ReceivableState, WaiverState
from timebank.cofund.rules.retention import MoveKind, MoveState
from timebank.cofund.rules.votes import Channel, Choice, VoteKind, VoteState


class TallyOut(ma.Schema):
    """Six sums; areas in hundredths of a square metre."""

    area_total = fields.Integer()
    heads_total = fields.Integer()
    area_part = fields.Integer()
    heads_part = fields.Integer()
    area_yes = fields.Integer()
    heads_yes = fields.Integer()


class BarOut(ma.Schema):
    """What the law asks, as the vote keeps it."""

    quorum_numerator = fields.Integer()
    quorum_denominator = fields.Integer()
    pass_numerator = fields.Integer()
    pass_denominator = fields.Integer()
    is_strict = fields.Boolean()
    is_of_all = fields.Boolean()


class VoteOut(ma.Schema):
    """A vote with its law and, once counted, its sums."""

    id = fields.Integer()
    project_id = fields.Integer()
    kind = fields.Enum(VoteKind, by_value=True)
    matter = fields.Enum(Matter, by_value=True)
    question = fields.String()
    total_fen = fields.Integer()
    law_code = fields.String()
    law_source = fields.String()
    bar = fields.Nested(BarOut)
    opens_on = fields.Date()
    closes_on = fields.Date()
    state = fields.Enum(VoteState, by_value=True)
    tally = fields.Nested(TallyOut)
    digest = fields.String()
    counted_at = fields.AwareDateTime(allow_none=True)


class VotesOut(ma.Schema):
    """The votes about a project."""

    votes = fields.List(fields.Nested(VoteOut))


class OwnerOut(ma.Schema):
    """A household of a roll."""

    id = fields.Integer()
    building = fields.Integer()
    unit = fields.Integer()
    room_no = fields.String()
    area_hundredths = fields.Integer()


class RollLineOut(ma.Schema):
    """A household of a roll and by what way its ballot came; never what it says."""

    owner = fields.Nested(OwnerOut)
    channel = fields.Enum(Channel, by_value=True, allow_none=True)


class OwnBallotOut(ma.Schema):
    """One's own household and what it said."""

    owner = fields.Nested(OwnerOut)
    choice = fields.Enum(Choice, by_value=True, allow_none=True)
    cast_on = fields.Date(allow_none=True)


class OwnBallotsOut(ma.Schema):
    """What one's own households said."""

    ballots = fields.List(fields.Nested(OwnBallotOut))


class CountedOut(ma.Schema):
    """Whether two people have read a paper ballot alike."""

    is_counted = fields.Boolean()


class ReceivableOut(ma.Schema):
    """What one household owes for one instalment."""

    id = fields.Integer()
    project_id = fields.Integer()
    building = fields.Integer()
    unit = fields.Integer()
    room_no = fields.String()
    instalment = fields.Integer()
    amount_fen = fields.Integer()
    paid_fen = fields.Integer()
    waived_fen = fields.Integer()
    outstanding_fen = fields.Integer()
    payment_code = fields.String()
    due_on = fields.Date()
    state = fields.Enum(ReceivableState, by_value=True)


class ReceivablesOut(ma.Schema):
    """What one's own household is asked for."""

    receivables = fields.List(fields.Nested(ReceivableOut))


class ReceivableSumsOut(ma.Schema):
    """How the households of a project stand together."""

    households = fields.Integer()
    paid_up = fields.Integer()
    amount_fen = fields.Integer()
    paid_fen = fields.Integer()
    waived_fen = fields.Integer()
    outstanding_fen = fields.Integer()


class WaiverOut(ma.Schema):
    """A request to let a household off."""

    id = fields.Integer()
    receivable = fields.Nested(ReceivableOut)
    amount_fen = fields.Integer()
    reason = fields.String()
    state = fields.Enum(WaiverState, by_value=True)
    asked_name = fields.String()
    decided_name = fields.String()
    decision_note = fields.String()


class RegisterOut(ma.Schema):
    """How many dwellings were kept."""

    dwellings = fields.Integer()


class RetentionMoveOut(ma.Schema):
    """Withheld money on its way."""

    id = fields.Integer()
    project_id = fields.Integer()
    kind = fields.Enum(MoveKind, by_value=True)
    amount_fen = fields.Integer()
    payee = fields.String()
    reason = fields.String()
    is_early = fields.Boolean()
    state = fields.Enum(MoveState, by_value=True)
    asked_name = fields.String()
    decided_name = fields.String()
    moved_on = fields.Date(allow_none=True)


class SettlementOut(ma.Schema):
    """A final account."""

    project_id = fields.Integer()
    settled_on = fields.Date()
    settled_name = fields.String()
    facts = fields.Dict()
    digest = fields.String()
    document_file_id = fields.Integer(allow_none=True)


class VersionOut(ma.Schema):
    """The number of a new version."""

    version = fields.Integer()


class PotOut(ma.Schema):
    """A matching pot."""

    id = fields.Integer()
    name = fields.String()
    sponsor = fields.String()
    party = fields.Enum(Party, by_value=True)
    permille = fields.Integer()
    project_cap_fen = fields.Integer()
    available_fen = fields.Integer()
    matched_fen = fields.Integer()


class IncomeOut(ma.Schema):
    """What came in once from a source."""

    id = fields.Integer()
    received_on = fields.Date()
    amount_fen = fields.Integer()
    owners_fen = fields.Integer()
    other_fen = fields.Integer()
    reference = fields.String()


class SourceOut(ma.Schema):
    """What earns on common parts."""

    id = fields.Integer()
    name = fields.String()
    other_party = fields.Enum(Party, by_value=True)
    owners_permille = fields.Integer()
    owners_fen = fields.Integer()
    other_fen = fields.Integer()
    latest = fields.List(fields.Nested(IncomeOut))


class SourcesOut(ma.Schema):
    """The pots and sources of a community."""

    pots = fields.List(fields.Nested(PotOut))
    sources = fields.List(fields.Nested(SourceOut))
