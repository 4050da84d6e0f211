"""Pure values of co-funding: states and arrows, and how what is stored is shown."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
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
    PUBLICISED = "publicised"
    VOTING = "voting"
    AGREED = "agreed"
    FUNDING = "funding"
    ACTIVE = "active"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    RETENTION = "retention"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Command(StrEnum):
    """What can be asked of a project."""

    COST = "cost"
    PUBLICISE = "publicise"
    OBJECT = "object"
    OPEN_VOTE = "open_vote"
    COUNT = "count"
    FAIL = "fail"
    AGREE = "agree"
    AMEND = "amend"
    RAISE = "raise"
    RECEIVE = "receive"
    UNDO = "undo"
    REQUEST = "request"
    ENDORSE = "endorse"
    APPROVE = "approve"
    CHANGE_PAYEE = "change_payee"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PAY = "pay"
    ACCEPT = "accept"
    DEDUCT = "deduct"
    RELEASE = "release"
    SETTLE = "settle"
    KEEP = "keep"
    CLOSE = "close"
    CANCEL = "cancel"


class SpendingState(StrEnum):
    """Where a spending request stands."""

    REQUESTED = "requested"
    ENDORSED = "endorsed"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


_P, _C, _S = ProjectState, Command, SpendingState
_WHILE_MONEY_MOVES = (_P.FUNDING, _P.ACTIVE, _P.ACCEPTED)


def _stay(
    commands: Iterable[Command], states: Iterable[ProjectState]
) -> dict[tuple[ProjectState, Command], ProjectState]:
    """Return arrows that lead back to where they begin."""
    return {(state, command): state for command in commands for state in states}


# (state, command) → the state it leads to. What is not listed is refused.
TRANSITIONS: Mapping[tuple[ProjectState, Command], ProjectState] = {
    (_P.DRAFT, _C.COST): _P.COSTED,  # a price is the first thing the parties ask for
    (_P.COSTED, _C.COST): _P.COSTED,  # quotes change until everybody is shown them
    (_P.PUBLICISED, _C.COST): _P.COSTED,  # another price is shown anew
    (_P.AGREED, _C.COST): _P.COSTED,  # nobody has paid yet: the agreement falls with its price
    (_P.COSTED, _C.PUBLICISE): _P.PUBLICISED,  # what it costs hangs at every door first
    (_P.PUBLICISED, _C.OPEN_VOTE): _P.VOTING,  # owners decide about what they have seen
    (_P.VOTING, _C.COUNT): _P.VOTING,  # passed: the parties may sign
    (_P.VOTING, _C.FAIL): _P.COSTED,  # not passed: another plan, or none
    (_P.PUBLICISED, _C.AGREE): _P.AGREED,  # small, without owners' money: the rule lets it pass
    (_P.VOTING, _C.AGREE): _P.AGREED,  # only with a vote that passed over this very sum
    (_P.AGREED, _C.AGREE): _P.AGREED,  # a new version replaces the unpaid one
    (_P.AGREED, _C.RECEIVE): _P.FUNDING,  # the first money opens the funding
    (_P.FUNDING, _C.APPROVE): _P.ACTIVE,  # money is set aside: the works begin
    (_P.ACTIVE, _C.APPROVE): _P.ACTIVE,
    (_P.ACCEPTED, _C.APPROVE): _P.ACCEPTED,
    (_P.ACTIVE, _C.ACCEPT): _P.ACCEPTED,  # only what was built can be accepted
    (_P.ACCEPTED, _C.SETTLE): _P.SETTLED,  # nothing more comes in or goes out; surplus goes back
    (_P.SETTLED, _C.KEEP): _P.RETENTION,  # what was withheld waits for the end of the defects
    (_P.SETTLED, _C.CLOSE): _P.CLOSED,  # nothing was withheld
    (_P.RETENTION, _C.CLOSE): _P.CLOSED,  # released or deducted to the last fen
    **_stay([_C.RECEIVE], _WHILE_MONEY_MOVES),  # works may begin before everybody has paid
    **_stay([_C.UNDO, _C.REQUEST, _C.REFUSE, _C.WITHDRAW], _WHILE_MONEY_MOVES),
    **_stay([_C.ENDORSE, _C.CHANGE_PAYEE], _WHILE_MONEY_MOVES),
    **_stay([_C.PAY], (_P.ACTIVE, _P.ACCEPTED)),
    # The share is known: households are told what is theirs; late payers still owe.
    **_stay([_C.RAISE], (_P.AGREED, *_WHILE_MONEY_MOVES)),
    **_stay([_C.AMEND], (_P.FUNDING, _P.ACTIVE)),  # more work, another price, a new version
    **_stay([_C.OPEN_VOTE, _C.COUNT, _C.FAIL], (_P.FUNDING, _P.ACTIVE)),  # over the overrun
    **_stay([_C.OBJECT], (_P.PUBLICISED, _P.VOTING)),
    **_stay([_C.DEDUCT], (_P.ACTIVE, _P.ACCEPTED, _P.RETENTION)),
    **_stay([_C.RELEASE], (_P.ACTIVE, _P.RETENTION)),  # while active: before it is cancelled
    # Until the works are accepted everybody may get back what was not spent.
    **{
        (state, _C.CANCEL): _P.CANCELLED
        for state in (
            *(_P.DRAFT, _P.COSTED, _P.PUBLICISED, _P.VOTING),
            *(_P.AGREED, _P.FUNDING, _P.ACTIVE),
        )
    },
}

# (state, command) of one spending request.
SPENDING_TRANSITIONS: Mapping[tuple[SpendingState, Command], SpendingState] = {
    (_S.REQUESTED, _C.APPROVE): _S.APPROVED,  # by a second person; the cash is held
    (_S.REQUESTED, _C.ENDORSE): _S.ENDORSED,  # above the limit: the first of two approvals
    (_S.ENDORSED, _C.APPROVE): _S.APPROVED,  # by a third person
    (_S.REQUESTED, _C.REFUSE): _S.REFUSED,
    (_S.ENDORSED, _C.REFUSE): _S.REFUSED,
    (_S.REQUESTED, _C.WITHDRAW): _S.WITHDRAWN,
    (_S.ENDORSED, _C.WITHDRAW): _S.WITHDRAWN,
    (_S.REQUESTED, _C.CHANGE_PAYEE): _S.REQUESTED,  # another payee is another bill: approved anew
    (_S.ENDORSED, _C.CHANGE_PAYEE): _S.REQUESTED,
    (_S.APPROVED, _C.CHANGE_PAYEE): _S.REQUESTED,
    (_S.APPROVED, _C.PAY): _S.PAID,  # the held cash leaves
    (_S.APPROVED, _C.REFUSE): _S.REFUSED,  # an approval may be taken back until it is paid
    (_S.APPROVED, _C.WITHDRAW): _S.WITHDRAWN,
}

# The steps of a life, in order, for pages and print.
LIFE = (
    *(_P.DRAFT, _P.COSTED, _P.PUBLICISED, _P.VOTING, _P.AGREED, _P.FUNDING, _P.ACTIVE),
    *(_P.ACCEPTED, _P.SETTLED, _P.RETENTION, _P.CLOSED),
)
ENDED = frozenset({_P.CLOSED, _P.CANCELLED})
AGREED_ON = frozenset(LIFE[LIFE.index(_P.AGREED) :])
PUBLIC = frozenset(_P) - {_P.DRAFT, _P.COSTED}
OPEN_SPENDING = frozenset({_S.REQUESTED, _S.ENDORSED, _S.APPROVED})


def number_of(year: int, serial: int) -> str:
    """Return the number by which people call a project, such as ``2026-07``."""
    return f"{year}-{serial:02d}"


@dataclass(frozen=True, slots=True)
class CostLine:
    """One thing to be paid for and its price, with the builder's quote where there is one."""

    label: str
    amount_fen: int
    quote_file_id: int | None = None


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
    """The same sums for the whole project, beside its parties.

    ``held_fen`` waits for payment; ``withheld_fen`` is part of what was spent and kept back from
    the builder until the end of the defects period.
    """

    parties: tuple[PartyFigures, ...]
    agreed_fen: int
    received_fen: int
    refunded_fen: int
    spent_fen: int
    owed_fen: int
    left_fen: int
    held_fen: int
    withheld_fen: int


@dataclass(frozen=True, slots=True)
class CostLineView:
    """One item of a costing."""

    id: int
    label: str
    amount_fen: int
    quote_file_id: int | None = None


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
    is_of_household: bool = False


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
    contract_file_id: int | None
    payee_account: str
    withheld_fen: int
    needs_second: bool
    payee_wait_until: datetime | None
    payee_note: str
    state: SpendingState
    requested_by: int
    requested_name: str
    requested_at: datetime
    endorsed_name: str
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
    publicised_from: date | None
    publicised_to: date | None
    retention_permille: int
    defects_until: date | None
    accepted_on: date | None
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
    """Return the steps of a project; one that it never came by is left out once it is past."""
    at = LIFE.index(project.state) if project.state in LIFE else -1
    steps: list[LifeStep] = []
    for index, state in enumerate(LIFE):
        is_reached = state in project.reached_at and (index <= at or at < 0)
        if not is_reached and index < at:
            continue
        is_now = index == at and project.state is not ProjectState.CLOSED
        mark = "now" if is_now else "done" if is_reached else "todo"
        reached = project.reached_at[state] if is_reached else None
        steps.append(LifeStep(len(steps) + 1, state, mark, reached))
    return steps
