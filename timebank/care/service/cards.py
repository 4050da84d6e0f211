"""Member cards, PINs and one-time codes: how the elder says yes."""

import base64
import hmac
import secrets
from collections.abc import Callable

from sqlalchemy import case, func, literal, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from timebank.care.errors.desk import (
    BadPinError,
    CardAlreadyOpenError,
    CardMissingError,
    OwnServiceError,
    PinLockedError,
    PinMissingError,
    ProofMissingError,
    SignedSlipUsedError,
    WrongCodeError,
    WrongPinError,
)
from timebank.care.errors.tills import CardNotHereError, PhotoMissingError
from timebank.care.models.desk import MemberCard, OneTimeCode
from timebank.care.models.slips import Redemption
from timebank.care.queries import cards
from timebank.care.rules import desk as rules
from timebank.care.rules.desk import CardView, Proof, Proven
from timebank.community import queries as community_queries
from timebank.community.queries import PersonView
from timebank.kernel import clock, passwords
from timebank.kernel.actor import Actor
from timebank.kernel.db import Moment
from timebank.kernel.errors import InvalidError
from timebank.trail import service as trail

TOKEN_BYTES = 20


def refuse_own_or_kin(session: Session, *, actor: Actor, person_id: int) -> None:
    """Refuse staff who would act for themselves or for their family.

    Raises:
        OwnServiceError: the person is the actor or the actor's kin.
    """
    if actor.person_id is None:
        return
    if actor.person_id == person_id or community_queries.are_kin(
        session, actor.person_id, person_id
    ):
        raise OwnServiceError


def open_card(session: Session, *, actor: Actor, person_id: int) -> CardView:
    """Issue a person's first card.

    Raises:
        CardAlreadyOpenError: they have one in use.
        OwnServiceError: the actor would serve their own family.
    """
    person = _person(session, actor, person_id)
    refuse_own_or_kin(session, actor=actor, person_id=person_id)
    known = cards.card(session, person_id)
    if known is not None:
        raise CardAlreadyOpenError(name=person.name, card_no=known.card_no)
    return _issue(session, actor=actor, person=person, old=None)


def replace_card(session: Session, *, actor: Actor, person_id: int, reason: str) -> CardView:
    """Close a lost or broken card and issue the next one; the PIN stays with the person.

    Raises:
        CardMissingError: there is none to replace.
        OwnServiceError: the actor would serve their own family.
    """
    person = _person(session, actor, person_id)
    refuse_own_or_kin(session, actor=actor, person_id=person_id)
    old = locked_card(session, person=person)
    old.is_active, old.closed_at, old.close_reason = False, clock.now(), reason
    session.flush()
    return _issue(session, actor=actor, person=person, old=old)


def _issue(
    session: Session, *, actor: Actor, person: PersonView, old: MemberCard | None
) -> CardView:
    """Write a new card with a fresh QR token of 160 random bits.

    The token begins with a letter: a scanner's first digit would press a service's key.
    """
    token = "T" + base64.b32encode(secrets.token_bytes(TOKEN_BYTES)).decode()
    serial = session.scalar(
        select(func.max(MemberCard.serial)).where(MemberCard.person_id == person.id)
    )
    card = MemberCard(
        community_id=actor.community_id,
        person_id=person.id,
        card_no=person.card_no or f"P-{person.id:05d}",
        serial=(serial or 0) + 1,
        token=token,
        token_digest=cards.token_digest(token),
        pin_hash=old.pin_hash if old else None,
        photo_file_id=old.photo_file_id if old else None,
        issued_at=clock.now(),
        is_active=True,
    )
    session.add(card)
    session.flush()
    _note(session, actor, card, "care.card_issued")
    view = cards.card(session, person.id)
    assert view is not None
    return view


def set_pin(
    session: Session, *, actor: Actor, person_id: int, pin: str, proven: Proven
) -> CardView:
    """Set the PIN that the elder typed; to change one, the elder says yes once more.

    Raises:
        BadPinError: it is not six digits, or anyone's first guess.
        CardMissingError: there is no card yet.
        ProofMissingError, WrongPinError, WrongCodeError, PinLockedError: see ``prove``.
        OwnServiceError: staff would do it for their own family.
    """
    person = _person(session, actor, person_id)
    if actor.person_id != person_id:
        refuse_own_or_kin(session, actor=actor, person_id=person_id)
    if not rules.is_strong_pin(pin):
        raise BadPinError(field="new_pin")
    card = locked_card(session, person=person)
    proof = None
    if card.pin_hash is not None:
        proof = prove(session, card=card, person=person, proven=proven)
    card.pin_hash = passwords.hash_secret(pin)
    card.pin_tries, card.locked_until = 0, None
    session.flush()
    _note(session, actor, card, "care.pin_set", proof=proof.value if proof else "first")
    view = cards.card(session, person_id)
    assert view is not None
    return view


def make_code(session: Session, *, actor: Actor) -> str:
    """Return a fresh one-time code for the actor; their earlier ones end.

    Raises:
        CardMissingError: the actor has no card, so nothing could be taken from them.
    """
    if actor.person_id is None:
        raise CardMissingError(name=actor.name)
    person = _person(session, actor, actor.person_id)
    card = locked_card(session, person=person)
    now = clock.now()
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.person_id == person.id, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
    )
    code = f"{secrets.randbelow(10**6):06d}"
    session.add(
        OneTimeCode(
            community_id=actor.community_id,
            person_id=person.id,
            code_digest=cards.code_digest(person_id=person.id, code=code),
            expires_at=now + rules.CODE_LIFE,
        )
    )
    session.flush()
    _note(session, actor, card, "care.code_made")
    return code


def locked_card(session: Session, *, person: PersonView) -> MemberCard:
    """Return the person's card in use, locked: one act on it at a time.

    Raises:
        CardMissingError: they have none.
    """
    card = session.scalar(
        select(MemberCard)
        .where(MemberCard.person_id == person.id, MemberCard.is_active)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if card is None or not person.is_active:
        raise CardMissingError(name=person.name)
    return card


def prove(session: Session, *, card: MemberCard, person: PersonView, proven: Proven) -> Proof:
    """Return how the elder said yes, or refuse; wrong tries are counted after the roll-back.

    Raises:
        ProofMissingError: nothing was given.
        PinLockedError, PinMissingError, WrongPinError, WrongCodeError, SignedSlipUsedError.
    """
    if proven.signed_slip:
        _refuse_used_slip(session, card, proven.signed_slip)
        return Proof.SIGNED
    if not proven.pin and not proven.code:
        raise ProofMissingError(field="pin")
    if card.locked_until is not None and card.locked_until > clock.now():
        raise PinLockedError(field="pin", until=card.locked_until)
    if proven.pin and passwords.matches(card.pin_hash, proven.pin):
        proof = Proof.PIN
    elif proven.code and _use_code(session, card, proven.code):
        proof = Proof.CODE
    else:
        raise _wrong(card, person, proven)
    if card.pin_tries or card.locked_until:
        card.pin_tries, card.locked_until = 0, None
    return proof


def card_by_photo(card: MemberCard, *, name: str, token: str) -> tuple[Proof, int]:
    """Return that the card itself was scanned by staff who look from its photo to the elder.

    Raises:
        CardNotHereError: another card was scanned.
        PhotoMissingError: there is no photo to look at.
    """
    if not hmac.compare_digest(cards.token_digest(token), card.token_digest):
        raise CardNotHereError(field="card_token")
    if card.photo_file_id is None:
        raise PhotoMissingError(field="card_token", name=name)
    return Proof.CARD, card.photo_file_id


def put_photo(
    session: Session, *, actor: Actor, person_id: int, content: bytes, name: str
) -> CardView:
    """Put the member's photo on their card; it goes along to the next card.

    Raises:
        CardMissingError: there is no card.
        OwnServiceError: staff would do it for their own family.
    """
    person = _person(session, actor, person_id)
    refuse_own_or_kin(session, actor=actor, person_id=person_id)
    card = locked_card(session, person=person)
    card.photo_file_id = trail.store_file(
        session, actor=actor, content=content, name=name, purpose="card_photo", field="photo"
    )
    session.flush()
    _note(session, actor, card, "care.card_photo_put")
    view = cards.card(session, person_id)
    assert view is not None
    return view


def _wrong(card: MemberCard, person: PersonView, proven: Proven) -> InvalidError:
    """Return the refusal of digits that are neither the PIN nor a living code."""
    if proven.pin and not proven.code and card.pin_hash is None:
        return PinMissingError(field="pin", name=person.name)
    kind = WrongPinError if proven.pin else WrongCodeError
    return kind(
        field="pin" if proven.pin else "code",
        tries_left=rules.tries_left(card.pin_tries + 1),
        aftermath=_counted_try(card.id),
    )


def _use_code(session: Session, card: MemberCard, code: str) -> bool:
    """Use up a one-time code; whether there was one to use."""
    now = clock.now()
    used = session.execute(
        update(OneTimeCode)
        .where(
            OneTimeCode.person_id == card.person_id,
            OneTimeCode.code_digest == cards.code_digest(person_id=card.person_id, code=code),
            OneTimeCode.used_at.is_(None),
            OneTimeCode.expires_at > now,
        )
        .values(used_at=now)
    )
    return changed_rows(used) == 1


def changed_rows(result: object) -> int:
    """Return how many rows an UPDATE changed."""
    return result.rowcount if isinstance(result, CursorResult) else 0


def _counted_try(card_id: int) -> Callable[[Session], None]:
    """Return the write that counts a wrong try and locks after the last one."""
    until = literal(clock.now() + rules.PIN_LOCK, Moment())

    def count(session: Session) -> None:
        is_last = MemberCard.pin_tries + 1 >= rules.PIN_TRIES_MAX
        session.execute(
            update(MemberCard)
            .where(MemberCard.id == card_id)
            .values(
                pin_tries=case((is_last, 0), else_=MemberCard.pin_tries + 1),
                locked_until=case((is_last, until), else_=MemberCard.locked_until),
            )
        )

    return count


def _refuse_used_slip(session: Session, card: MemberCard, slip: str) -> None:
    """Refuse the number of a signed paper that has been used."""
    used = select(Redemption.id).where(
        Redemption.community_id == card.community_id, Redemption.signed_slip == slip
    )
    if session.scalar(used) is not None:
        raise SignedSlipUsedError(field="signed_slip", slip=slip)


def _person(session: Session, actor: Actor, person_id: int) -> PersonView:
    """Return a person of the actor's community."""
    return community_queries.person(session, community_id=actor.community_id, person_id=person_id)


def _note(session: Session, actor: Actor, card: MemberCard, action: str, **facts: str) -> None:
    """Leave the trail of an act on a card."""
    trail.record(
        session,
        actor=actor,
        action=action,
        subject_type="member_card",
        subject_id=card.id,
        summary=f"{card.card_no}/{card.serial}",
        facts=facts,
    )
