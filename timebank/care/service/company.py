"""Several members at one table: served in one go, each with a proof of their own, or not at all."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from timebank.care.errors.tills import TableEmptyError
from timebank.care.rules.desk import Proven, RedemptionView, Wanted
from timebank.care.rules.tills import TABLE_MAX
from timebank.care.service import redemptions
from timebank.kernel.actor import Actor
from timebank.kernel.errors import DomainError
from timebank.kernel.ids import derived_id


def redeem_table(
    session: Session,
    *,
    actor: Actor,
    key: UUID,
    centre_id: int,
    wanted: Sequence[Wanted],
    proofs: Mapping[int, Proven],
) -> list[RedemptionView]:
    """Redeem the same for everybody at a table; the same key charges each of them once.

    ``proofs`` holds each one's own agreement by person. A refusal stands at that person's field
    and leaves nobody charged; only the wrong try is counted.

    Raises:
        TableEmptyError: fewer than two sit there, or too many.
        and whatever ``redemptions.redeem`` raises for one of them.
    """
    if not 2 <= len(proofs) <= TABLE_MAX:
        raise TableEmptyError(most=TABLE_MAX)
    made = []
    # In one order, so that two tables with the same people never wait crosswise.
    for person_id in sorted(proofs):
        try:
            made.append(
                redemptions.redeem(
                    session,
                    actor=actor,
                    key=derived_id(key, f"seat:{person_id}"),
                    centre_id=centre_id,
                    person_id=person_id,
                    wanted=wanted,
                    proven=proofs[person_id],
                    table_key=key,
                )
            )
        except DomainError as refusal:
            if refusal.field in {"pin", "code"}:
                refusal.field = f"pin_{person_id}"
            raise
    return made
