"""Builders for the review desk: neighbours who serve each other, a second officer, rules."""

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from tests.make.access import make_actor
from tests.make.volunteering import DAY, Street, at, make_facts
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.volunteering.rules.desk import DeskRules
from timebank.volunteering.service import desk_rules, proofs, records, risk


def make_officer(session: Session, street: Street, *, name: str = "钱进") -> Actor:
    """Return another officer of the street's grid."""
    return make_actor(
        session,
        community_id=street.community.id,
        roles=(("grid_officer", "grid", street.place.grid_id),),
        name=name,
    )


def set_rules(session: Session, street: Street, **values: Any) -> int:
    """Set the desk's rules from today on."""
    return desk_rules.set_desk_rules(session, actor=street.admin, values=DeskRules(**values))


def make_other_way(
    session: Session, street: Street, *, start: str = "14:00", end: str = "15:00", day: date = DAY
) -> int:
    """Return a confirmed record of the elder's service to the volunteer, entered by staff."""
    facts = replace(
        make_facts(street, start=start, end=end, day=day), recipient_id=street.volunteer_person.id
    )
    with clock.fixed_at(at("23:00", day)):
        record_id = records.record_service(
            session, actor=street.officer, facts=facts, volunteer_id=street.elder_person.id
        )
        proofs.confirm_service(session, actor=street.volunteer, record_id=record_id)
    return record_id


def reckon(session: Session) -> None:
    """Do the job that reckons the risk of what waits."""
    risk.score_risk(session, {})
