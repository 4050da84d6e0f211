"""Kinds of service: what a community counts at all; what each counts, the policy says."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.kernel.actor import Actor
from timebank.kernel.ids import new_id
from timebank.trail import service as trail
from timebank.volunteering.errors.policy import (
    KindNameMissingError,
    KindNameTakenError,
    LastKindError,
)
from timebank.volunteering.errors.records import KindNotFoundError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.service import books


def new_kind(
    session: Session, *, actor: Actor, name: str, description: str = "", is_risky: bool = False
) -> int:
    """Add a kind of service under a code of its own and return its id.

    Raises:
        KindNameMissingError, KindNameTakenError
    """
    return books.add_kind(
        session,
        actor=actor,
        code=new_id().hex,
        name=_free_name(session, actor, name),
        description=description.strip(),
        is_risky=is_risky,
    )


def change_kind(
    session: Session,
    *,
    actor: Actor,
    kind_id: int,
    name: str,
    description: str = "",
    is_risky: bool = False,
) -> None:
    """Name and describe a kind anew; what was recorded under it stays under it.

    Raises:
        KindNotFoundError, KindNameMissingError, KindNameTakenError
    """
    kind = _locked(session, actor, kind_id)
    kind.name = _free_name(session, actor, name, except_id=kind.id)
    kind.description, kind.is_risky = description.strip(), is_risky
    _leave_trail(session, actor, "change_kind", kind)


def switch_kind(session: Session, *, actor: Actor, kind_id: int, is_active: bool) -> None:
    """Offer a kind for new records, or no longer; old records keep it.

    Raises:
        KindNotFoundError: there is none.
        LastKindError: nothing would be left to record.
    """
    kind = _locked(session, actor, kind_id)
    if not is_active:
        others = session.scalar(
            select(func.count()).where(
                ServiceKind.community_id == actor.community_id,
                ServiceKind.is_active,
                ServiceKind.id != kind.id,
            )
        )
        if not others:
            raise LastKindError
    kind.is_active = is_active
    _leave_trail(session, actor, "switch_kind", kind)


def _locked(session: Session, actor: Actor, kind_id: int) -> ServiceKind:
    """Return a kind of the actor's community, locked."""
    kind = session.scalar(
        select(ServiceKind)
        .where(ServiceKind.id == kind_id, ServiceKind.community_id == actor.community_id)
        .with_for_update()
    )
    if kind is None:
        raise KindNotFoundError(field="kind_id")
    return kind


def _free_name(session: Session, actor: Actor, name: str, *, except_id: int = 0) -> str:
    """Return a name without blanks around it that no other kind has."""
    kept = name.strip()
    if not kept:
        raise KindNameMissingError(field="name")
    taken = select(ServiceKind.id).where(
        ServiceKind.community_id == actor.community_id,
        ServiceKind.name == kept,
        ServiceKind.id != except_id,
    )
    if session.scalar(taken) is not None:
        raise KindNameTakenError(field="name", name=kept)
    return kept


def _leave_trail(session: Session, actor: Actor, verb: str, kind: ServiceKind) -> None:
    """Note who did what to which kind."""
    session.flush()
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="service_kind",
        subject_id=kind.id,
        summary=kind.name,
    )
