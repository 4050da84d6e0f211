"""Where a field of a person comes from: a list, or people who put it right."""

from sqlalchemy.orm import Session

from timebank.community.models import PersonSource
from timebank.community.rules import PersonField
from timebank.kernel import clock
from timebank.kernel.actor import Actor


def note_source(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    field: PersonField,
    is_from_list: bool = False,
    former_household_id: int | None = None,
) -> None:
    """Keep where a field comes from, so that no older list sets it back."""
    session.add(
        PersonSource(
            community_id=actor.community_id,
            person_id=person_id,
            field=field,
            is_from_list=is_from_list,
            former_household_id=former_household_id,
            set_at=clock.now(),
            set_by_user_id=actor.user_id,
        )
    )
