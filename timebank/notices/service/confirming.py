"""Mail goes only to an address whose owner has sent back the code that came there.

The code follows from the consent and the address, so that it stands nowhere. It is sent by the job
``notices.deliver`` before anything else, under a lease as every delivery.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from timebank.access.models import UserAccount
from timebank.community.models import Community
from timebank.kernel import clock
from timebank.kernel.actor import Actor
from timebank.kernel.db import transaction
from timebank.kernel.ids import new_id
from timebank.notices import errors
from timebank.notices.models.deliveries import Contact
from timebank.notices.rules import channels as rules
from timebank.notices.rules.channels import Channel
from timebank.notices.rules.letters import AddressCode, Letter
from timebank.notices.service.channels import ways
from timebank.notices.service.codes import code_of, forget_code
from timebank.notices.service.senders import SendingError, send
from timebank.trail import service as trail
from timebank.web import words

log = structlog.get_logger("timebank.notices")


@dataclass(frozen=True, slots=True)
class Asked:
    """A code on its way: for which consent, and the letter that carries it."""

    contact_id: int
    revision: int
    letter: Letter


def confirm_address(session: Session, *, actor: Actor, code: str) -> None:
    """Say the code that came by mail; from then on messages go there.

    Raises:
        NoCodeWaitingError: no address waits for one.
        AddressCodeWrongError: it is another, or it is too late.
    """
    row = session.scalar(
        select(Contact)
        .where(
            Contact.person_id == (actor.person_id or 0),
            Contact.channel == Channel.MAIL,
            Contact.code_until.is_not(None),
        )
        .with_for_update()
    )
    if row is None or row.code_until is None:
        raise errors.NoCodeWaitingError(field="code")
    is_open = row.code_until > clock.now() and row.code_tries < rules.CODE_TRIES_MAX
    if not is_open or code.strip() != code_of(row):
        raise errors.AddressCodeWrongError(
            field="code", aftermath=lambda later: _count_wrong(later, row.id)
        )
    forget_code(row)
    row.confirmed_at = clock.now()
    session.flush()
    trail.record(
        session,
        actor=actor,
        action="notices.address_confirmed",
        subject_type="person",
        subject_id=row.person_id,
    )


def _count_wrong(session: Session, contact_id: int) -> None:
    """Keep a wrong try counted."""
    row = session.get_one(Contact, contact_id, with_for_update=True, populate_existing=True)
    row.code_tries = min(row.code_tries + 1, rules.CODE_TRIES_MAX)


def send_codes() -> int:
    """Send the codes that were asked for and return how many; what fails is tried again."""
    count = 0
    while count < rules.CODES_AT_ONCE and (asked := transaction(_claim)) is not None:
        count += 1
        try:
            send(asked.letter, ways())
        except SendingError as error:
            log.warning("code_not_delivered", problem=error.problem)
            if not error.is_final:
                continue
        transaction(lambda session, sent=asked: _mark(session, sent))  # type: ignore[misc]  # bound now
    return count


def _claim(session: Session) -> Asked | None:
    """Take the next code that is due; None when there is none."""
    row = session.scalar(
        select(Contact)
        .where(Contact.code_due_at <= clock.now(), Contact.code_until > clock.now())
        .order_by(Contact.code_due_at, Contact.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.code_due_at = clock.now() + rules.LEASE
    session.flush()
    return Asked(row.id, row.revision, _letter(session, row))


def _letter(session: Session, row: Contact) -> Letter:
    """Return the letter with the code, in its reader's language."""
    chosen = session.scalar(
        select(UserAccount.locale)
        .where(UserAccount.person_id == row.person_id, UserAccount.is_active)
        .order_by(UserAccount.id)
        .limit(1)
    )
    house = session.get_one(Community, row.community_id).name
    told = AddressCode(code_of(row))
    with words.read_by(chosen):
        return Letter(
            key=new_id(),
            channel=Channel.MAIL,
            person_id=row.person_id,
            code=told.code,
            heading=words.sentence(told.heading, {}),
            text=words.sentence(told.template, told.facts),
            path="/me/channels",
            house=house,
            locale=chosen or words.LOCALES[0],
            address=row.address or "",
        )


def _mark(session: Session, sent: Asked) -> None:
    """Note that a code was sent, unless another was asked for meanwhile."""
    session.execute(
        update(Contact)
        .where(Contact.id == sent.contact_id, Contact.revision == sent.revision)
        .values(code_due_at=None)
        .execution_options(synchronize_session=False)
    )
