"""Who works cases: whom a case can be given to, and who heads the grid or is on duty."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import Role, ScopeKind
from timebank.cases.rules.flow import Level

_WORKERS = (Role.GRID_OFFICER, Role.STEWARD, Role.COMMUNITY_ADMIN)


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who works the cases of a grid; ``is_wide`` for who works the whole community's."""

    user_id: int
    person_id: int | None
    name: str
    role: Role
    is_wide: bool

    @property
    def level(self) -> Level:
        """On which level a case is that comes to them by designation."""
        return Level.COMMUNITY if self.is_wide else Level.UNIT


def workers(session: Session, *, community_id: int, grid_id: int) -> list[Worker]:
    """Return who may work a grid's cases: its officers and stewards first, each once."""
    found: dict[int, Worker] = {}
    for grant, name, person_id in access_queries.holders(session, community_id, _WORKERS):
        is_wide = grant.scope_kind is ScopeKind.COMMUNITY
        if not is_wide and (grant.scope_kind, grant.scope_id) != (ScopeKind.GRID, grid_id):
            continue
        known = found.get(grant.user_id)
        if known is None or (is_wide and not known.is_wide):
            found[grant.user_id] = Worker(grant.user_id, person_id, name, grant.role, is_wide)
    return sorted(found.values(), key=lambda one: (one.is_wide, one.user_id))


def fits(worker: Worker, level: Level) -> bool:
    """Whether somebody takes cases of a level; above the co-operative, the community's staff."""
    return worker.is_wide or level in {Level.UNIT, Level.COOPERATIVE}
