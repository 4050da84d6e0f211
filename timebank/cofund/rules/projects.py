"""Pure values of co-funding: states and arrows, and how what is stored is shown."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

COST_LINES_MAX = 40
AMOUNT_FEN_MAX = 10**10
WEIGHT_MAX = 10**12


class Party(StrEnum):
    """Who pays: the order breaks ties when a fen is left over."""

    COMPANY = "company"
    PROPERTY_FIRM = "property_firm"
    RESIDENTS = "residents"


class Basis(StrEnum):
    """By what the shares are reckoned."""

    AGREEMENT = "agreement"
    FLOOR_AREA = "floor_area"
    HOUSEHOLDS = "households"
    AMOUNTS = "amounts"


class Method(StrEnum):
    """How a contribution came in."""

    BANK = "bank"
    CASH = "cash"
    TRANSFER = "transfer"


class ProjectState(StrEnum):
    """Where a project stands."""

    DRAFT = "draft"
    COSTED = "costed"
    AGREED = "agreed"
    FUNDING = "funding"
    ACTIVE = "active"
    ACCEPTED = "accepted"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Command(StrEnum):
    """What can be asked of a project."""

    COST = "cost"
    AGREE = "agree"
    RECEIVE = "receive"
    UNDO = "undo"
    REQUEST = "request"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PAY = "pay"
    ACCEPT = "accept"
    CLOSE = "close"
    CANCEL = "cancel"
    RAISE = "raise"


class SpendingState(StrEnum):
    """Where a spending request stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_P, _C, _S = ProjectState, Command, SpendingState

# (state, command) → the state it leads to. What is not listed is refused.
TRANSITIONS: Mapping[tuple[ProjectState, Command], ProjectState] = {
    (_P.DRAFT, _C.COST): _P.COSTED,  # a price is the first thing the parties ask for
    (_P.COSTED, _C.COST): _P.COSTED,  # quotes change until somebody signs
    (_P.AGREED, _C.COST): _P.COSTED,  # nobody has paid yet: the agreement falls with its price
    (_P.COSTED, _C.AGREE): _P.AGREED,  # shares need a costing to add up to
    (_P.AGREED, _C.AGREE): _P.AGREED,  # a new version replaces the unpaid one
    (_P.AGREED, _C.RECEIVE): _P.FUNDING,  # the first money opens the funding
    (_P.FUNDING, _C.RECEIVE): _P.FUNDING,
    (_P.ACTIVE, _C.RECEIVE): _P.ACTIVE,  # works may begin before everybody has paid
    (_P.ACCEPTED, _C.RECEIVE): _P.ACCEPTED,  # late payers pay the last instalment
    (_P.AGREED, _C.RAISE): _P.AGREED,  # the share is known: households are told what is theirs
    (_P.FUNDING, _C.RAISE): _P.FUNDING,
    (_P.ACTIVE, _C.RAISE): _P.ACTIVE,
    (_P.ACCEPTED, _C.RAISE): _P.ACCEPTED,  # late payers still owe
    (_P.FUNDING, _C.UNDO): _P.FUNDING,
    (_P.ACTIVE, _C.UNDO): _P.ACTIVE,
    (_P.ACCEPTED, _C.UNDO): _P.ACCEPTED,
    (_P.FUNDING, _C.REQUEST): _P.FUNDING,
    (_P.ACTIVE, _C.REQUEST): _P.ACTIVE,
    (_P.ACCEPTED, _C.REQUEST): _P.ACCEPTED,  # the final payment follows acceptance
    (_P.FUNDING, _C.APPROVE): _P.ACTIVE,  # money is set aside: the works begin
    (_P.ACTIVE, _C.APPROVE): _P.ACTIVE,
    (_P.ACCEPTED, _C.APPROVE): _P.ACCEPTED,
    (_P.FUNDING, _C.REFUSE): _P.FUNDING,
    (_P.ACTIVE, _C.REFUSE): _P.ACTIVE,
    (_P.ACCEPTED, _C.REFUSE): _P.ACCEPTED,
    (_P.FUNDING, _C.WITHDRAW): _P.FUNDING,
    (_P.ACTIVE, _C.WITHDRAW): _P.ACTIVE,
    (_P.ACCEPTED, _C.WITHDRAW): _P.ACCEPTED,
    (_P.ACTIVE, _C.PAY): _P.ACTIVE,
    (_P.ACCEPTED, _C.PAY): _P.ACCEPTED,
    (_P.ACTIVE, _C.ACCEPT): _P.ACCEPTED,  # only what was built can be accepted
    (_P.ACCEPTED, _C.CLOSE): _P.CLOSED,  # what is left goes back to those who paid
    (_P.DRAFT, _C.CANCEL): _P.CANCELLED,
    (_P.COSTED, _C.CANCEL): _P.CANCELLED,
    (_P.AGREED, _C.CANCEL): _P.CANCELLED,
    (_P.FUNDING, _C.CANCEL): _P.CANCELLED,  # everybody gets back what they paid
    (_P.ACTIVE, _C.CANCEL): _P.CANCELLED,  # what was not spent goes back
}

# (state, command) of one spending request.
SPENDING_TRANSITIONS: Mapping[tuple[SpendingState, Command], SpendingState] = {
    (_S.REQUESTED, _C.APPROVE): _S.APPROVED,  # by a second person; the cash is held
    (_S.REQUESTED, _C.REFUSE): _S.REFUSED,
    (_S.REQUESTED, _C.WITHDRAW): _S.WITHDRAWN,
    (_S.APPROVED, _C.PAY): _S.PAID,  # the held cash leaves
    (_S.APPROVED, _C.REFUSE): _S.REFUSED,  # an approval may be taken back until it is paid
    (_S.APPROVED, _C.WITHDRAW): _S.WITHDRAWN,
}

# The seven steps of a life, in order, for pages and print.
LIFE = (_P.DRAFT, _P.COSTED, _P.AGREED, _P.FUNDING, _P.ACTIVE, _P.ACCEPTED, _P.CLOSED)
ENDED = frozenset({_P.CLOSED, _P.CANCELLED})
PUBLIC = frozenset(_P) - {_P.DRAFT, _P.COSTED}
OPEN_SPENDING = frozenset({_S.REQUESTED, _S.APPROVED})


@dataclass(frozen=True, slots=True)
class CostLine:
    """One thing to be paid for and its price."""

    label: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PartyFigures:
    """What one party agreed, paid, got back, had spent, still owes and has left, in fen."""

    party: Party
    agreed_fen: int
    received_fen: int
    refunded_fen: int
    spent_fen: int
    owed_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class ProjectFigures:
    """The same sums for the whole project, beside its parties; ``held_fen`` waits for payment."""

    parties: tuple[PartyFigures, ...]
    agreed_fen: int
    received_fen: int
    refunded_fen: int
    spent_fen: int
    owed_fen: int
    left_fen: int
    held_fen: int


@dataclass(frozen=True, slots=True)
class CostLineView:
    """One item of a costing."""

    id: int
    label: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ShareView:
    """What one party pays under an agreement."""

    party: Party
    weight: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AgreementView:
    """A signed agreement with its shares."""

    version: int
    signed_on: date
    basis: Basis
    total_fen: int
    digest: str
    document_file_id: int | None
    shares: tuple[ShareView, ...]


@dataclass(frozen=True, slots=True)
class ContributionView:
    """Money that came in, and whether it was undone."""

    id: int
    project_id: int
    party: Party
    amount_fen: int
    received_on: date
    payer_name: str
    method: Method
    reference: str
    entry_id: uuid.UUID
    recorded_at: datetime
    undone_at: datetime | None
    undone_reason: str


@dataclass(frozen=True, slots=True)
class SpendingView:
    """A spending request with what it is for and who acted on it."""

    id: int
    project_id: int
    project_number: str
    project_title: str
    cost_line_id: int
    cost_line: str
    amount_fen: int
    payee: str
    purpose: str
    document_file_id: int
    state: SpendingState
    requested_by: int
    requested_name: str
    requested_at: datetime
    approved_name: str
    approved_at: datetime | None
    paid_on: date | None
    entry_id: uuid.UUID | None
    ended_at: datetime | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class ProjectView:
    """A project with its sums; ``reached_at`` tells when each state was first reached."""

    id: int
    community_id: int
    number: str
    title: str
    description: str
    place_text: str
    micro_grid_id: int | None
    case_id: int | None
    due_on: date | None
    state: ProjectState
    reached_at: Mapping[ProjectState, datetime]
    acceptance_note: str
    acceptance_file_id: int | None
    end_reason: str
    figures: ProjectFigures


@dataclass(frozen=True, slots=True)
class Totals:
    """The sums of several projects, in fen."""

    count: int
    agreed_fen: int
    received_fen: int
    spent_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class ProjectsOfCase:
    """The projects that grew out of a case, with their totals."""

    items: Sequence[ProjectView]
    totals: Totals


@dataclass(frozen=True, slots=True)
class LifeStep:
    """One step of a project's life: ``done``, ``now`` or ``todo``, and when it was reached."""

    number: int
    state: ProjectState
    mark: str
    reached_at: datetime | None


def life(project: ProjectView) -> list[LifeStep]:
    """Return the seven steps of a project; a cancelled one keeps those it reached."""
    at = LIFE.index(project.state) if project.state in LIFE else -1
    steps = []
    for index, state in enumerate(LIFE):
        is_reached = state in project.reached_at and (index <= at or at < 0)
        is_now = index == at and project.state is not ProjectState.CLOSED
        mark = "now" if is_now else "done" if is_reached else "todo"
        reached = project.reached_at[state] if is_reached else None
        steps.append(LifeStep(index + 1, state, mark, reached))
    return steps
