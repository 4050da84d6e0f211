"""Taking a need back because what stood behind it in a higher room is over."""

from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.volunteering.errors.needs import NeedNotFoundError
from timebank.volunteering.models.needs import Need
from timebank.volunteering.rules.needs import NeedCommand, NeedState, need_commands_from
from timebank.volunteering.service.needs import withdraw


def drop_need(session: Session, *, actor: Actor, need_id: int, reason: str) -> bool:
    """Take a need back, if it is not past that; whether it was.

    The caller has seen to it that the actor may end what the need was posted for.

    Raises:
        NeedNotFoundError: it is not of the actor's community.
    """
    row = session.get(Need, need_id, with_for_update=True, populate_existing=True)
    if row is None or row.community_id != actor.community_id:
        raise NeedNotFoundError
    if NeedCommand.WITHDRAW not in need_commands_from(NeedState(row.state)):
        return False
    withdraw(session, actor=actor, row=row, reason=reason)
    return True
