"""Whose accounts somebody may read."""

from timebank.kernel.actor import Actor


def whose(actor: Actor) -> int | None:
    """Return whose accounts an actor may read: one person's, or everybody's (None).

    Who reaches less than the community and is nobody's person gets 0, which is no person's id.
    """
    if actor.reach("ledger.audit").is_wide or actor.reach("ledger.read").is_wide:
        return None
    return actor.person_id or 0
