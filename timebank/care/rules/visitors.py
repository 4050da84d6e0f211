"""What was served to a visitor, as it is listed."""

from dataclasses import dataclass
from datetime import date, datetime

from timebank.care.rules.desk import LineView


@dataclass(frozen=True, slots=True)
class VisitView:
    """What was served to somebody of another community, with the claim it made."""

    transfer_id: int
    person_id: int
    person_name: str
    community_name: str
    centre_id: int
    centre_name: str
    till_id: int
    slip_number: str
    served_on: date
    served_at: datetime
    operator_name: str
    total_minutes: int
    is_undone: bool
    undo_reason: str
    undone_by: str
    undo_second: str
    lines: tuple[LineView, ...]
