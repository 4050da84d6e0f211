"""A message on its way out."""

from dataclasses import dataclass, field
from uuid import UUID

from timebank.notices.rules.channels import Channel


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to go, in its reader's language; it shows nothing of itself in logs."""

    key: UUID
    channel: Channel
    person_id: int
    code: str
    heading: str = field(repr=False)
    text: str = field(repr=False)
    path: str
    house: str
    locale: str
    address: str = field(repr=False, default="")
