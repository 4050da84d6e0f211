"""Cards, and whom a counter means by a scan or by typing."""

from hashlib import sha256

from sqlalchemy import Select, select, union
from sqlalchemy.orm import Session

from timebank.care.models.desk import MemberCard
from timebank.care.queries import search
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import (
    CardView,
)
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel.actor import Actor
from timebank.kernel.sealed import blind_index


def token_digest(token: str) -> str:
    """Return the digest under which a card's QR token is found, whatever case a scanner sends."""
    return sha256(token.strip().upper().encode()).hexdigest()


def code_digest(*, person_id: int, code: str) -> str:
    """Return the keyed digest of a one-time code."""
    return blind_index(f"care-code:{person_id}:{code}")


def card(session: Session, person_id: int) -> CardView | None:
    """Return a person's card in use, if there is one."""
    row = session.scalar(
        select(MemberCard).where(MemberCard.person_id == person_id, MemberCard.is_active)
    )
    if row is None:
        return None
    return CardView(
        id=row.id,
        person_id=row.person_id,
        card_no=row.card_no,
        serial=row.serial,
        has_pin=row.pin_hash is not None,
        locked_until=row.locked_until,
        issued_at=row.issued_at,
        photo_file_id=row.photo_file_id,
    )


def card_token(session: Session, *, community_id: int, person_id: int) -> str | None:
    """Return the QR token of a person's card in use, for printing."""
    return session.scalar(
        select(MemberCard.token).where(
            MemberCard.community_id == community_id,
            MemberCard.person_id == person_id,
            MemberCard.is_active,
        )
    )


def find_people(session: Session, actor: Actor, text: str) -> list[PersonView]:
    """Return whom a counter means by a scan or by typing: QR, card, phone tail, initials, name."""
    typed = text.strip()
    if not typed:
        return []
    by_card = session.scalars(_card_holder(actor, typed)).all()
    ids = by_card or search.meant(
        session, community_id=actor.community_id, text=typed, limit=rules.FOUND_MAX
    )
    known = community_queries.persons(session, ids)
    return [known[person_id] for person_id in ids]


def _card_holder(actor: Actor, typed: str) -> Select[tuple[int]]:
    """Select whose card in use has this QR token or number; each is one look into an index."""
    of_community = (MemberCard.community_id == actor.community_id, MemberCard.is_active)
    by_token = select(MemberCard.person_id).where(
        MemberCard.token_digest == token_digest(typed), *of_community
    )
    by_number = select(MemberCard.person_id).where(
        MemberCard.card_no == typed.upper(), *of_community
    )
    return select(union(by_token, by_number).subquery().c.person_id)
