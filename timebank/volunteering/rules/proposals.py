"""Activities that an organisation proposes, and which way a proposal may go: pure values.

A proposal is no task: nobody can sign up for it and no figure counts it. Staff who take it up post
a task like any other, with their own word on risk and on who gets its places.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from timebank.kernel import clock
from timebank.kernel.errors import DomainError
from timebank.volunteering.errors import proposals as errors
from timebank.volunteering.rules.needs import Risk
from timebank.volunteering.rules.tasks import Admission, TaskState

# How many proposals of one organisation may wait at once.
WAITING_MAX = 5


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    TAKEN_UP = "taken_up"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class ProposalEvent(StrEnum):
    """What happened to a proposal, as its trail tells it."""

    PROPOSED = "activity_proposed"
    TAKEN_UP = "activity_taken_up"
    DECLINED = "activity_declined"
    WITHDRAWN = "activity_withdrawn"


_S = ProposalState
PROPOSAL_ARROWS: Mapping[tuple[ProposalState, ProposalState], str] = {
    (_S.PROPOSED, _S.TAKEN_UP): "staff answer for what volunteers are sent to",
    (_S.PROPOSED, _S.DECLINED): "who proposes is owed a reason",
    (_S.PROPOSED, _S.WITHDRAWN): "nobody was promised anything yet",
}
_ANSWERED: Mapping[ProposalState, type[DomainError]] = {
    _S.TAKEN_UP: errors.ProposalTakenUpError,
    _S.DECLINED: errors.ProposalDeclinedError,
    _S.WITHDRAWN: errors.ProposalWithdrawnError,
}


def check_waits(state: ProposalState) -> None:
    """Refuse to answer, or take back, what was answered or taken back before.

    Raises:
        DomainError: its class says what became of it.
    """
    if state in _ANSWERED:
        raise _ANSWERED[state]


@dataclass(frozen=True, slots=True)
class ProposalFacts:
    """What a leader tells of an activity; risk and who gets a place are for staff to say."""

    kind_id: int
    activity: str
    starts_at: datetime
    ends_at: datetime
    places: int
    place: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class TakingUp:
    """What staff say when they take a proposal up."""

    admission: Admission = Admission.DIRECT
    risk: Risk = Risk.LOW
    micro_grid_id: int | None = None


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal as its leaders and staff see it, with what became of its task."""

    id: int
    organisation_id: int
    organisation_name: str
    state: ProposalState
    state_reason: str
    kind_id: int
    kind_name: str
    is_risky_kind: bool
    activity: str
    starts_at: datetime
    ends_at: datetime
    places: int
    place: str
    details: str
    proposed_at: datetime
    proposed_by_id: int
    proposed_by_name: str
    decided_at: datetime | None
    decided_by_name: str
    task_id: int | None
    task_state: TaskState | None
    task_reason: str

    @property
    def starts_on(self) -> date:
        """The community's day on which it begins."""
        return clock.day_of(self.starts_at)
