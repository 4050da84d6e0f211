"""What the faces of co-funding for programs share: the blueprint, and what a reader may see."""

from sqlalchemy.orm import Session

from timebank.cofund.queries import projects as queries
from timebank.cofund.rules.projects import ProjectView
from timebank.web.api import room_api
from timebank.web.doors import current_actor

api = room_api("cofund")


def sees_all() -> bool:
    """Whether the reader handles projects; others see what is public, without payers' names."""
    return current_actor().reach("cofund.read").is_wide


def visible_project(session: Session, project_id: int) -> ProjectView:
    """Return a project that the reader may see."""
    return queries.project(
        session,
        community_id=current_actor().community_id,
        project_id=project_id,
        only_public=not sees_all(),
    )
