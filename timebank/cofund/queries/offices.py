"""Who handles a community's money."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.models import RoleGrant, UserAccount
from timebank.access.queries import grants_in_force
from timebank.access.rules import Role


def persons_with_role(session: Session, *, community_id: int, role: Role) -> list[int]:
    """Return the persons who hold a role in a community today."""
    rows = session.scalars(
        select(UserAccount.person_id)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .where(
            UserAccount.community_id == community_id,
            UserAccount.person_id.is_not(None),
            RoleGrant.role == role,
            grants_in_force(),
        )
        .distinct()
        .order_by(UserAccount.person_id)
        .limit(200)
    )
    return [one for one in rows if one is not None]
