"""Who acts, and how far each of their permissions reaches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    """By which face the actor came."""

    WEB = "web"
    API = "api"
    CLI = "cli"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far one permission goes: own things, some grids or centres, the community, or all."""

    own: bool = False
    grid_ids: frozenset[int] = frozenset()
    centre_ids: frozenset[int] = frozenset()
    community: bool = False
    city: bool = False

    def __or__(self, other: "Reach") -> "Reach":
        """Return the union of two reaches."""
        return Reach(
            own=self.own or other.own,
            grid_ids=self.grid_ids | other.grid_ids,
            centre_ids=self.centre_ids | other.centre_ids,
            community=self.community or other.community,
            city=self.city or other.city,
        )

    @property
    def is_wide(self) -> bool:
        """Whether it covers the whole community."""
        return self.community or self.city

    def covers(
        self, *, is_own: bool = False, grid_id: int | None = None, centre_id: int | None = None
    ) -> bool:
        """Whether an object of the actor's community, so placed, lies within reach."""
        return (
            self.is_wide
            or (self.own and is_own)
            or (grid_id is not None and grid_id in self.grid_ids)
            or (centre_id is not None and centre_id in self.centre_ids)
        )


NOWHERE = Reach()


@dataclass(frozen=True, slots=True)
class Actor:
    """The person or program that acts: ids, name, and what it may do how far.

    ``user_id`` and ``person_id`` are None for programs; ``roles`` are role codes. ``till_id`` is
    the till at which the browser stands, if it is one's shared tablet.
    """

    community_id: int
    name: str
    channel: Channel
    user_id: int | None = None
    person_id: int | None = None
    roles: frozenset[str] = frozenset()
    permissions: Mapping[str, Reach] = field(default_factory=dict)
    address: str | None = None
    till_id: int | None = None

    def may(self, permission: str) -> bool:
        """Whether the permission is held at all, however far."""
        return permission in self.permissions

    def reach(self, permission: str) -> Reach:
        """Return how far a permission goes; nowhere when it is not held."""
        return self.permissions.get(permission, NOWHERE)


def program(*, community_id: int, name: str, channel: Channel = Channel.JOB) -> Actor:
    """Return the actor for a job or a command: it may do nothing by permission, only by code."""
    return Actor(community_id=community_id, name=name, channel=channel)
