"""Needs within reach: one, lists, what waits for staff, and what a case asked for."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from timebank.community import queries as community_queries
from timebank.community import rules as community_rules
from timebank.community.models import Building, MicroGrid
from timebank.community.rules import Sex
from timebank.kernel import clock, paging
from timebank.kernel.actor import Actor
from timebank.kernel.paging import Page
from timebank.volunteering.errors.needs import NeedNotFoundError
from timebank.volunteering.models.needs import Need
from timebank.volunteering.models.policy import ServiceKind
from timebank.volunteering.queries import limits
from timebank.volunteering.rules.needs import (
    Asker,
    Channel,
    Language,
    NeedCommand,
    NeedState,
    NeedView,
    Risk,
    Skill,
    need_commands_from,
)

LAST_SHOWN = 4
_ENUMS: dict[str, Any] = {"state": NeedState, "asker": Asker, "channel": Channel, "risk": Risk}


def within(actor: Actor, permission: str) -> ColumnElement[bool]:
    """Return the condition that a need lies within the reach of a permission."""
    reach = actor.reach(permission)
    ways: list[ColumnElement[bool]] = [true()] if reach.is_wide else []
    if reach.own:
        ways.append(is_own(actor))
    if reach.grid_ids:
        ways.append(Need.grid_id.in_(reach.grid_ids))
    if reach.centre_ids:
        ways.append(Need.centre_id.in_(reach.centre_ids))
    return and_(Need.community_id == actor.community_id, or_(*ways) if ways else false())


def is_own(actor: Actor) -> ColumnElement[bool]:
    """Return the condition that the actor needs it, or asked for it, by whatever account."""
    ways: list[ColumnElement[bool]] = []
    if actor.person_id is not None:
        ways += [Need.recipient_id == actor.person_id, Need.asked_by_id == actor.person_id]
    if actor.user_id is not None:
        ways.append(Need.asked_by_user_id == actor.user_id)
    return or_(*ways) if ways else false()


def _select() -> Select[Any]:  # Any: a row of several entities
    """Select needs with kind, door number and the number of the case."""
    return (
        select(Need, ServiceKind.name, Building.number, MicroGrid.unit_no, limits.CASE.c.number)
        .join(ServiceKind, ServiceKind.id == Need.kind_id)
        .outerjoin(MicroGrid, MicroGrid.id == Need.micro_grid_id)
        .outerjoin(Building, Building.id == MicroGrid.building_id)
        .outerjoin(limits.CASE, limits.CASE.c.id == Need.case_id)
    )


def _views(session: Session, wanted: Select[Any]) -> list[NeedView]:
    """Return the views of the selected needs: two reads, however many there are."""
    rows = session.execute(wanted).all()
    names = community_queries.persons(session, {row[0].recipient_id for row in rows})
    return [_view(row, names[row[0].recipient_id].name) for row in rows]


def _view(row: Any, recipient_name: str) -> NeedView:  # noqa: ANN401 - an outer join's row
    """Return the view of one row of ``_select``."""
    it, kind_name, building_no, unit_no, case_number = row
    copied = {
        name: getattr(it, name) for name in NeedView.__dataclass_fields__ if hasattr(Need, name)
    }
    copied |= {name: kind(copied[name]) for name, kind in _ENUMS.items()}
    copied["sex"] = Sex(it.sex) if it.sex else None
    copied["skills"] = tuple(Skill(one) for one in it.skills)
    copied["languages"] = tuple(Language(one) for one in it.languages)
    label = ""
    if building_no is not None:
        label = community_rules.micro_grid_label(building_no=building_no, unit_no=unit_no)
    return NeedView(
        **copied,
        recipient_name=recipient_name,
        kind_name=kind_name,
        micro_grid_label=label,
        case_number=case_number or "",
    )


def need(
    session: Session, *, actor: Actor, need_id: int, permission: str = "need.read"
) -> NeedView:
    """Return one need within the reach of a permission.

    Raises:
        NeedNotFoundError: there is none, or it lies outside.
    """
    found = _views(session, _select().where(Need.id == need_id, within(actor, permission)))
    if not found:
        raise NeedNotFoundError
    return found[0]


def needs(
    session: Session,
    *,
    actor: Actor,
    state: NeedState | None = None,
    only_own: bool = False,
    cursor: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Page[NeedView]:
    """Return needs within reach, newest first; ``only_own`` keeps the actor's."""
    wanted = _select().where(within(actor, "need.read"))
    if only_own:
        wanted = wanted.where(is_own(actor))
    if state is not None:
        wanted = wanted.where(Need.state == state)
    if cursor:
        wanted = wanted.where(Need.id < paging.decode_id(cursor))
    rows = _views(session, wanted.order_by(Need.id.desc()).limit(limit + 1))
    return paging.page_of(rows, limit=limit, key=lambda view: [view.id])


def to_decide(session: Session, *, actor: Actor) -> Sequence[NeedView]:
    """Return what staff have to answer within reach: urgent first, then soonest."""
    wanted = _select().where(within(actor, "task.manage"), Need.state == NeedState.POSTED)
    order = (Need.is_urgent.desc(), Need.starts_at, Need.id)
    return _views(session, wanted.order_by(*order).limit(paging.PAGE_SIZE))


def waited_minutes(waiting: Sequence[NeedView]) -> dict[int, int]:
    """Return how long each need has waited for an answer, by need."""
    now = clock.now()
    return {one.id: int((now - one.posted_at).total_seconds()) // 60 for one in waiting}


def last_needs(session: Session, *, actor: Actor, recipient_id: int) -> Sequence[NeedView]:
    """Return what somebody asked for lately, within reach, one for each kind, newest first."""
    newest = (
        select(func.max(Need.id))
        .where(within(actor, "need.read"), Need.recipient_id == recipient_id)
        .group_by(Need.kind_id)
    )
    wanted = _select().where(Need.id.in_(newest))
    return _views(session, wanted.order_by(Need.id.desc()).limit(LAST_SHOWN))


def needs_of_case(session: Session, case_id: int) -> Sequence[NeedView]:
    """Return what was asked for in a case, newest first."""
    wanted = _select().where(Need.case_id == case_id)
    return _views(session, wanted.order_by(Need.id.desc()).limit(paging.PAGE_SIZE))


def acts_now(actor: Actor, view: NeedView) -> dict[str, bool]:
    """Return which acts to offer on a need; each verb still decides for itself."""
    possible = need_commands_from(view.state)
    manages = actor.reach("task.manage").covers(grid_id=view.grid_id, centre_id=view.centre_id)
    posts = actor.reach("need.post").covers(grid_id=view.grid_id, centre_id=view.centre_id)
    is_party = actor.person_id is not None and actor.person_id in {
        view.recipient_id,
        view.asked_by_id,
    }
    return {
        "take_up": manages and NeedCommand.TAKE_UP in possible,
        "decline": manages and NeedCommand.DECLINE in possible,
        "change": (posts or is_party) and view.state is NeedState.POSTED,
        "withdraw": (posts or is_party) and NeedCommand.WITHDRAW in possible,
    }
