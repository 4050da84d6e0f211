"""Activities that organisations propose: an organisation's own, what waits for staff, one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import Session

from timebank.community.models import Organisation
from timebank.kernel import paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.proposals import ProposalNotFoundError
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.models.proposals import ActivityProposal
from timebank.volunteering.models.tasks import Task
from timebank.volunteering.queries import organisations
from timebank.volunteering.rules.proposals import ProposalState, ProposalView
from timebank.volunteering.rules.tasks import TaskState

_it = ActivityProposal


def within(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that a proposal is for the actor to answer: any of the community.

    Where it takes place is said by who takes it up, so none falls to one grid or centre before.
    """
    if not actor.may("task.manage"):
        return false()
    return _it.community_id == actor.community_id


def _select() -> Select[Any]:  # Any: a row of several entities
    """Select proposals with organisation, kind and what became of the task."""
    return (
        select(_it, Organisation.name, ServiceKind.name, ServiceKind.is_risky, Task)
        .join(Organisation, Organisation.id == _it.organisation_id)
        .join(ServiceKind, ServiceKind.id == _it.kind_id)
        .outerjoin(Task, Task.id == _it.task_id)
    )


def _view(row: Any) -> ProposalView:  # noqa: ANN401 - an outer join's row
    """Return the view of one row of ``_select``."""
    it, organisation_name, kind_name, is_risky, task = row
    names = (name for name in ProposalView.__dataclass_fields__ if hasattr(_it, name))
    copied = {name: getattr(it, name) for name in names}
    return ProposalView(
        **{**copied, "state": ProposalState(it.state)},
        organisation_name=organisation_name,
        kind_name=kind_name,
        is_risky_kind=bool(is_risky),
        task_state=TaskState(task.state) if task is not None else None,
        task_reason=task.state_reason if task is not None else "",
    )


def proposal(session: Session, *, actor: Actor, proposal_id: int) -> ProposalView:
    """Return one proposal that is for the actor to answer.

    Raises:
        ProposalNotFoundError: there is none, or it lies outside.
    """
    return _one(session, _it.id == proposal_id, within(actor))


def led_proposal(
    session: Session, *, actor: Actor, organisation_id: int, proposal_id: int
) -> ProposalView:
    """Return one proposal of an organisation that the actor leads.

    Raises:
        DeskNotFoundError, ProposalNotFoundError
    """
    organisations.name_of_led(session, actor=actor, organisation_id=organisation_id)
    return _one(session, _it.id == proposal_id, _it.organisation_id == organisation_id)


def _one(session: Session, *conditions: ColumnElement[bool]) -> ProposalView:
    """Return the only proposal that meets conditions.

    Raises:
        ProposalNotFoundError
    """
    row = session.execute(_select().where(*conditions)).one_or_none()
    if row is None:
        raise ProposalNotFoundError
    return _view(row)


def proposals(
    session: Session,
    *,
    actor: Actor,
    state: ProposalState | None = None,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[ProposalView]:
    """Return what organisations proposed to the actor's community, newest first."""
    wanted = _select().where(within(actor))
    if state is not None:
        wanted = wanted.where(_it.state == state)
    return _page(session, wanted, cursor, limit)


def led_proposals(
    session: Session,
    *,
    actor: Actor,
    organisation_id: int,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[ProposalView]:
    """Return what an organisation that the actor leads proposed, newest first.

    Raises:
        DeskNotFoundError: the actor does not lead it.
    """
    organisations.name_of_led(session, actor=actor, organisation_id=organisation_id)
    wanted = _select().where(_it.organisation_id == organisation_id)
    return _page(session, wanted, cursor, limit)


def _page(
    session: Session, wanted: Select[Any], cursor: str | None, limit: int
) -> Page[ProposalView]:
    """Return one page of proposals, newest first."""
    if cursor is not None:
        wanted = wanted.where(_it.id < paging.decode_id(cursor))
    rows = session.execute(wanted.order_by(_it.id.desc()).limit(limit + 1))
    return paging.page_of([_view(row) for row in rows], limit=limit, key=lambda one: [one.id])


def to_answer(session: Session, *, actor: Actor) -> Sequence[ProposalView]:
    """Return what waits for the actor's answer, the soonest first."""
    wanted = _select().where(within(actor), _it.state == ProposalState.PROPOSED)
    rows = session.execute(wanted.order_by(_it.starts_at, _it.id).limit(paging.PAGE_SIZE))
    return [_view(row) for row in rows]


def waiting_count(session: Session, *, organisation_id: int) -> int:
    """Return how many proposals of an organisation wait for an answer."""
    wanted = select(func.count(_it.id)).where(
        _it.organisation_id == organisation_id, _it.state == ProposalState.PROPOSED
    )
    return session.scalar(wanted) or 0


def host_of(session: Session, *, task_id: int) -> tuple[str, str] | None:
    """Return the organisation in whose name a task is held, and who proposed it if one did."""
    row = session.execute(
        select(Organisation.name, _it.proposed_by_name)
        .join(Task, Task.organisation_id == Organisation.id)
        .outerjoin(_it, _it.task_id == Task.id)
        .where(Task.id == task_id)
    ).one_or_none()
    return None if row is None else (row[0], row[1] or "")
