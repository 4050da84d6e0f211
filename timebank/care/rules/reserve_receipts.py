"""Values of money that came into the reserve; no database."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """Money that came into the reserve; undone when it was noted wrongly."""

    id: int
    received_on: date
    amount_fen: int
    source: str
    document: str
    entry_id: UUID
    noted_by: str
    noted_by_user_id: int | None
    noted_at: datetime
    reversal_entry_id: UUID | None
    undo_reason: str
    undone_by: str
    undone_at: datetime | None

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back."""
        return self.reversal_entry_id is not None
