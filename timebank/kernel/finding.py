"""What a verification found: one row that is not as it should be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that disagrees with what follows from the rest of the books.

    ``row`` names it within its table; ``rule`` is the sentence that it breaks.
    """

    table: str
    row: str
    is_value: str
    should_be: str
    rule: str
    community_id: int | None = None
