"""Joining from outside: somebody asks, staff accept or refuse, a code opens the first login."""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.access import queries as access_queries
from timebank.access.rules import Role, ScopeKind
from timebank.access.service import accounts, logins
from timebank.access.service.sessions import Counter, count_try
from timebank.community import queries as community_queries
from timebank.community.errors import BirthdayInvalidError, NameInvalidError, PhoneInvalidError
from timebank.community.rules import (
    KinshipKind,
    age_years,
    clean,
    is_birthday,
    is_name,
    phone_index,
    phone_of,
)
from timebank.community.service import people
from timebank.kernel import clock, passwords, sealed
from timebank.kernel.actor import Actor, program
from timebank.trail import service as trail
from timebank.volunteering.errors import admission as admission_errors
from timebank.volunteering.errors import joining as errors
from timebank.volunteering.errors.records import CardNotFoundError, PlaceNotFoundError
from timebank.volunteering.errors.tasks import NotGuardianError
from timebank.volunteering.models.joining import JoinRequest
from timebank.volunteering.queries import joining as queries
from timebank.volunteering.queries import limits
from timebank.volunteering.rules import joining as rules
from timebank.volunteering.rules.helpers import is_minor
from timebank.volunteering.rules.joining import Applicant, JoinState
from timebank.volunteering.rules.records import required
from timebank.volunteering.service import admission, profiles


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who was accepted, and how they log in the first time; the code is shown this once.

    Without a code the person could log in before.
    """

    person_id: int
    login_name: str = ""
    code: str = ""


def ask_to_join(
    session: Session, *, community_id: int, told: Applicant, agrees: bool, address: str
) -> None:
    """Ask to become a member. The answer is the same for a number that is known or waits already.

    Raises:
        TriedTooOftenError: too many requests from this address or about this number.
        ConsentMissingError, NameInvalidError, PhoneInvalidError, BirthdayInvalidError
        CommunityUnknownError, PlaceNotFoundError
    """
    if not agrees:
        raise errors.ConsentMissingError(field="agrees")
    told = _tidied(session, community_id, told)
    _count(session, address=address, phone=told.phone)
    facts = {**asdict(told), "born_on": told.born_on.isoformat()}
    is_lite = session.get_bind().dialect.name == "sqlite"
    add = (sqlite.insert if is_lite else postgresql.insert)(JoinRequest)
    session.execute(
        add.values(
            community_id=community_id,
            state=JoinState.WAITING,
            facts=json.dumps(facts, ensure_ascii=False),
            phone_index=phone_index(told.phone),
            micro_grid_id=told.micro_grid_id,
            consent_version=rules.CONSENT_VERSION,
            asked_at=clock.now(),
            decided_by_name="",
            reason="",
            code_tries=0,
        ).on_conflict_do_nothing()
    )


def _tidied(session: Session, community_id: int, told: Applicant) -> Applicant:
    """Return what was told in the form in which it is kept, checked."""
    name, phone = clean(told.name), phone_of(told.phone)
    if not is_name(name):
        raise NameInvalidError(field="name", given=name)
    if phone is None:
        raise PhoneInvalidError(field="phone", given=told.phone)
    if not is_birthday(told.born_on, today=clock.today()):
        raise BirthdayInvalidError(field="born_on", given=told.born_on)
    if community_id not in {one.id for one in community_queries.communities(session)}:
        raise errors.CommunityUnknownError(field="community_id")
    places = community_queries.micro_grids(session, community_id)
    if told.micro_grid_id not in {one.id for one in places}:
        raise PlaceNotFoundError(field="micro_grid_id")
    return Applicant(
        name=name,
        phone=phone,
        micro_grid_id=told.micro_grid_id,
        room_no=clean(told.room_no),
        born_on=told.born_on,
        serves=told.serves,
        words=told.words.strip()[: rules.WORDS_CHARS_MAX],
    )


def _count(session: Session, *, address: str, phone: str) -> None:
    """Count a request for its address and its number, whether or not anybody has that number."""
    for name, kind, free in (
        (f"join:address:{address}", "address", rules.ADDRESS_TRIES_FREE),
        (f"join:phone:{phone}", "account", rules.PHONE_TRIES_FREE),
    ):
        count_try(session, Counter(sealed.blind_index(name), kind, free))


def accept_request(
    session: Session,
    *,
    actor: Actor,
    request_id: int,
    identity_note: str,
    person_id: int | None = None,
    guardian_card: str = "",
    guardian_kind: KinshipKind = KinshipKind.PARENT,
) -> Accepted:
    """Accept a request: register the person, or link who is registered; open their first login.

    ``identity_note`` says by what one saw who stands there: the login may open an account with
    minutes. Who wants to serve has applied by it: two looks go before the admission. For who is
    under age a guardian stands there too, whose card and kinship one has seen.

    Raises:
        IdentityNoteMissingError: nothing is said of what was shown.
        JoinRequestNotFoundError, JoinRequestDecidedError, OwnJoinRequestError
        PersonKnownError: somebody of this name and birthday lives there; link them.
        PersonNotFoundError: who is to be linked is not within the actor's reach.
        GuardianMissingError, RelativeUnclearError, NotGuardianError: of who is under age.
    """
    if not identity_note.strip():
        raise admission_errors.IdentityNoteMissingError(field="identity_note")
    row = _waiting(session, actor, request_id)
    told = queries.applicant_of(row)
    if told is None:
        raise errors.JoinRequestDecidedError
    if person_id is None:
        person_id = people.register_person(
            session,
            actor=actor,
            name=told.name,
            micro_grid_id=told.micro_grid_id,
            room_no=told.room_no,
            born_on=told.born_on,
            phone=told.phone,
        ).id
    person = community_queries.person_within(
        session,
        community_id=actor.community_id,
        person_id=person_id,
        reach=actor.reach("person.register"),
    )
    if person.id == actor.person_id:
        raise errors.OwnJoinRequestError
    born_on = person.born_on or told.born_on
    if is_minor(born_on, on=clock.today()):
        _hear_guardian(session, actor, person.id, card_no=guardian_card, kind=guardian_kind)
    done = _open_login(session, actor, row, person.id, name=person.name, born_on=born_on)
    _decide(row, actor, JoinState.ACCEPTED)
    row.person_id = person.id
    session.flush()
    _leave_trail(session, actor, "join_accepted", row.id, summary=identity_note.strip())
    if told.serves:
        _apply(session, actor, person.id, words=told.words)
    return done


def _hear_guardian(
    session: Session, actor: Actor, minor_id: int, *, card_no: str, kind: KinshipKind
) -> None:
    """Register by whose consent somebody under age joins, with the kinship that was proved."""
    if not card_no.strip():
        raise errors.GuardianMissingError(field="guardian_card")
    guardian_id = limits.person_id_of_card(
        session, community_id=actor.community_id, card_no=card_no.strip()
    )
    guardian = community_queries.persons(session, [guardian_id or 0]).get(guardian_id or 0)
    if guardian is None:
        raise CardNotFoundError(field="guardian_card", card_no=card_no.strip())
    if is_minor(guardian.born_on, on=clock.today()):
        raise NotGuardianError(field="guardian_card")
    known = community_queries.relatives(session, minor_id)
    if not any(one.person_id == guardian.id and one.verified_on for one in known):
        relative = guardian.card_no or ""
        people.verify_kinship(
            session, actor=actor, person_id=minor_id, relative=relative, kind=kind
        )
    profiles.give_guardian_consent(session, actor=actor, minor_id=minor_id, guardian_id=guardian.id)


def _open_login(
    session: Session,
    actor: Actor,
    row: JoinRequest,
    person_id: int,
    *,
    name: str,
    born_on: date,
) -> Accepted:
    """Open a login without a password that anybody knows, and a code that sets one.

    The old are elders by it, everybody else a resident; a volunteer becomes who is admitted.
    """
    if logins.has_login(session, person_id=person_id):
        return Accepted(person_id)
    card_no = people.issue_card(session, actor=actor, person_id=person_id)
    code = rules.new_code()
    user_id = accounts.create_user(
        session,
        actor=actor,
        community_id=actor.community_id,
        login_name=card_no,
        password=secrets.token_urlsafe(24),
        person_id=person_id,
        name=name,
    )
    is_old = age_years(born_on, on=clock.today()) >= rules.ELDER_YEARS
    accounts.grant_role(
        session,
        actor=program(community_id=actor.community_id, name="volunteering.join"),
        user_id=user_id,
        role=Role.ELDER if is_old else Role.RESIDENT,
        scope_kind=ScopeKind.OWN,
    )
    row.user_id, row.code_hash = user_id, passwords.hash_secret(code)
    row.code_until, row.code_tries = clock.now() + rules.CODE_HOLDS, 0
    return Accepted(person_id, card_no.lower(), code)


def _apply(session: Session, actor: Actor, person_id: int, *, words: str) -> None:
    """Let somebody have applied as a volunteer; who has already, has."""
    try:
        admission.apply(session, actor=actor, person_id=person_id, words=words)
    except (admission_errors.AlreadyAppliedError, admission_errors.AlreadyAdmittedError):
        return


def refuse_request(session: Session, *, actor: Actor, request_id: int, reason: str) -> None:
    """Refuse a request with the reason; what was told is forgotten.

    Raises:
        JoinRequestNotFoundError, JoinRequestDecidedError, ReasonMissingError
    """
    row = _waiting(session, actor, request_id)
    row.reason = required(reason)
    _decide(row, actor, JoinState.REFUSED)
    session.flush()
    _leave_trail(session, actor, "join_refused", row.id)


def use_code(session: Session, *, login_name: str, code: str, password: str, address: str) -> None:
    """Set the first password by a code, once; every wrong answer is the same.

    Raises:
        TriedTooOftenError: too many tries from this address.
        JoinCodeWrongError: name and code do not belong together, or the code is spent.
        PasswordShortError, PasswordLongError, PasswordCommonError: it is too weak.
    """
    name = f"join:code:{address}"
    counter = Counter(sealed.blind_index(name), "address", rules.ADDRESS_TRIES_FREE)
    user_id = access_queries.user_id_of(session, login_name.strip().lower())
    row = session.scalar(
        select(JoinRequest)
        .where(
            JoinRequest.user_id == user_id,
            JoinRequest.code_hash.is_not(None),
            JoinRequest.code_until > clock.now(),
            JoinRequest.code_tries < rules.CODE_TRIES_MAX,
        )
        .with_for_update()
    )
    is_right = passwords.matches(None if row is None else row.code_hash, code.strip())
    count_try(session, counter)
    if row is None or not is_right or user_id is None:
        raise errors.JoinCodeWrongError(
            field="code", aftermath=lambda later: _count_wrong(later, counter, row)
        )
    keeper = program(community_id=row.community_id, name="volunteering.join")
    accounts.set_password(session, actor=keeper, user_id=user_id, password=password)
    row.code_hash = row.code_until = None
    session.flush()


def _count_wrong(session: Session, counter: Counter, row: JoinRequest | None) -> None:
    """Keep a wrong try counted, for the address and for the code."""
    count_try(session, counter)
    if row is not None:
        there = session.get_one(JoinRequest, row.id, with_for_update=True, populate_existing=True)
        there.code_tries = min(there.code_tries + 1, rules.CODE_TRIES_MAX)


def _waiting(session: Session, actor: Actor, request_id: int) -> JoinRequest:
    """Return a request within reach that waits, locked.

    Raises:
        JoinRequestNotFoundError, JoinRequestDecidedError
    """
    queries.request(session, actor=actor, request_id=request_id)
    row = session.get_one(JoinRequest, request_id, with_for_update=True, populate_existing=True)
    if row.state != JoinState.WAITING:
        raise errors.JoinRequestDecidedError
    return row


def _decide(row: JoinRequest, actor: Actor, state: JoinState) -> None:
    """Write how a request ended, and forget what it told."""
    row.state, row.facts, row.decided_at = state, None, clock.now()
    row.decided_by_user_id, row.decided_by_name = actor.user_id, actor.name


def _leave_trail(
    session: Session, actor: Actor, verb: str, request_id: int, summary: str = ""
) -> None:
    """Note who decided which request."""
    trail.record(
        session,
        actor=actor,
        action=f"volunteering.{verb}",
        subject_type="join_request",
        subject_id=request_id,
        summary=summary,
    )
