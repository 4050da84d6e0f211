"""What a department sees through its link: what it was called to, by when, and what it can say.

A link may be passed on, so that it shows where and what kind of matter it is and the words that
were written for the departments, without contacts: no reporter, no description, no name in full.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.cases.errors.intake import LinkNotFoundError
from timebank.cases.models.cases import CaseEvent, CaseEventPrivate, CaseFile
from timebank.cases.models.whistles import CaseCallLink, CaseWhistle
from timebank.cases.queries import whistles
from timebank.cases.queries.whistles import CalledView
from timebank.cases.rules import flow, whistling
from timebank.cases.rules import intake as rules
from timebank.cases.rules.flow import Category, Command, EventType, State
from timebank.cases.rules.open311 import without_contacts
from timebank.cases.rules.whistling import Saying
from timebank.community import queries as community_queries
from timebank.kernel import clock


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as the department that is called reads it."""

    community_name: str
    case_number: str
    category: Category
    place_label: str
    words: str
    caller_family_name: str
    part: CalledView
    others: tuple[CalledView, ...]
    sayings: tuple[Saying, ...]
    may_assess: bool
    is_over: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkView:
    """The link of a part that holds: by whom it was made no page needs to know."""

    made_at: datetime
    expires_at: datetime


def by_token(session: Session, token: str) -> CaseCallLink:
    """Return the link that has this secret and holds.

    Raises:
        LinkNotFoundError: there is none; the answer is the same for every wrong or old one.
    """
    row = session.scalar(
        select(CaseCallLink).where(
            CaseCallLink.token_digest == rules.token_digest(token),
            CaseCallLink.stopped_at.is_(None),
            CaseCallLink.expires_at > clock.now(),
        )
    )
    if row is None:
        raise LinkNotFoundError
    return row


def link(session: Session, whistle_id: int) -> LinkView | None:
    """Return the link of a part that holds; the caller has checked the reach."""
    row = session.scalar(
        select(CaseCallLink).where(
            CaseCallLink.whistle_id == whistle_id,
            CaseCallLink.stopped_at.is_(None),
            CaseCallLink.expires_at > clock.now(),
        )
    )
    return LinkView(row.made_at, row.expires_at) if row else None


def call(session: Session, row: CaseCallLink) -> CallView:
    """Return the call of a link; once nothing is left to say, no more than that it is over."""
    part = session.get_one(CaseWhistle, row.whistle_id)
    case = session.get_one(CaseFile, part.case_id)
    called = whistles.called(session, case.id)
    own = next(one for one in called if one.id == part.id)
    is_over = part.as_called().is_over(clock.now())
    place = community_queries.micro_grid(session, case.micro_grid_id)
    words = "" if is_over else without_contacts(_words(session, case.id, part.position))
    return CallView(
        community_name=community_queries.community(session, case.community_id).name,
        case_number=case.number,
        category=Category(case.category),
        place_label="" if is_over else place.label,
        words=words,
        caller_family_name="" if is_over else rules.family_name(case.holder_name or ""),
        part=own,
        others=() if is_over else tuple(one for one in called if one.id != part.id),
        sayings=tuple(whistling.own_sayings(own.state)),
        may_assess=not is_over and not own.is_open and _takes_assessments(case),
        is_over=is_over,
        expires_at=row.expires_at,
    )


def _words(session: Session, case_id: int, position: int) -> str:
    """Return what was written when a part was called; blank once it is erased."""
    found = session.execute(
        select(CaseEvent.payload, CaseEventPrivate.body)
        .outerjoin(CaseEventPrivate, CaseEventPrivate.event_id == CaseEvent.id)
        .where(CaseEvent.case_id == case_id, CaseEvent.type == EventType.WHISTLED.value)
        .order_by(CaseEvent.seq)
        .limit(whistles.DEPARTMENTS_MAX)
    )
    for payload, body in found:
        if any(one["position"] == position for one in payload["departments"]):
            return str(json.loads(body)["words"]) if body else ""
    return ""


def _takes_assessments(case: CaseFile) -> bool:
    """Whether the state of a case still lets departments say how it was."""
    return Command.ASSESS in flow.possible(State(case.state))
