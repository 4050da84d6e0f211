"""The columns of ``case_file`` that follow from the fold of its events."""

from typing import Any

from timebank.cases.models.cases import NEVER
from timebank.cases.rules.flow import Step
from timebank.cases.rules.folding import CaseState

# Columns that the fold holds under the same name.
_AROUND = (
    *("assigned_user_id", "level", "dispute", "whistles", "open_whistles"),
    *("meeting_on", "master_id", "merged_from", "children"),
)


def columns_of(state: CaseState) -> dict[str, Any]:  # Any: one entry for each column, all kinds
    """Return the columns of ``case_file`` that follow from the fold."""
    columns: dict[str, Any] = {
        "state": state.state,
        "source": state.source,
        "category": state.category,
        "micro_grid_id": state.micro_grid_id,
        "policy_version": state.policy_version,
        "is_urgent": state.is_urgent,
        "is_provisional": state.is_provisional,
        "version": state.version,
        "round": state.round,
        "holder_user_id": state.holder_user_id,
        "holder_person_id": state.holder_person_id,
        "outcome": state.outcome,
        "answer": state.answer,
        "feedback_tries": state.feedback_tries,
        "asked": state.asked,
        "paused_until": state.paused_until,
        **{name: getattr(state, name) for name in _AROUND},
        "step": state.step,
        "order_at": state.due_at or NEVER,
    }
    for step in Step:
        times = state.times.get(step)
        columns[f"{step}_started_at"] = times.started_at if times else None
        columns[f"{step}_due_at"] = times.due_at if times else None
        columns[f"{step}_done_at"] = times.done_at if times else None
        columns[f"{step}_why"] = times.why if times else None
    return columns
